"""Times as text: UTC, aware, lossless."""

from datetime import UTC, datetime


def parse_time(text: str) -> datetime:
    """Read an ISO time; one without a zone is UTC.

    >>> parse_time("2026-01-05T09:00:00").isoformat()
    '2026-01-05T09:00:00+00:00'
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
