"""When something happened: zones, defaults and the refusal of the future."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from serendipity.domain.errors import InvalidInput

AHEAD = timedelta(minutes=5)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


def in_utc(at: datetime, zone: str = "UTC") -> datetime:
    """Return `at` in UTC; a time without a zone is one of `zone`. Raises InvalidInput.

    >>> in_utc(datetime(2026, 1, 5, 9, 0), "Europe/Brussels").hour
    8
    """
    try:
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{at.isoformat()} lies beyond the calendar; check the date") from None


def resolve_time(at: datetime | None, *, now: datetime, zone: str = "UTC") -> datetime:
    """Return the effective time: `now` when none is given; more than five minutes ahead is refused."""
    if at is None:
        return now
    moment = in_utc(at, zone)
    if moment > now + AHEAD:
        raise InvalidInput(f"`at` lies in the future ({moment.isoformat()}); send the time at which it happened")
    if moment < EARLIEST:
        raise InvalidInput(f"`at` lies before 1900 ({moment.isoformat()}); check the date")
    return moment
