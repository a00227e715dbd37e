"""Dates as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from serendipity.domain.errors import InvalidInput


def moment_of(text: str, zone: str = "UTC") -> datetime:
    """Read an ISO date or time; a bare date means its start, and what has no zone is one of `zone`.

    Raises InvalidInput.

    >>> moment_of("2026-01-10", "Europe/Brussels").isoformat()
    '2026-01-09T23:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a date; write it as 2026-01-31 or 2026-01-31T09:00.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
