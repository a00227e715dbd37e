"""Turns the example's relative days into moments: counted back from the day the demo ends, in the place's zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Brussels")
SATURDAY = 6


def on_weekday(day: date, *, forward: bool = False) -> date:
    """The day itself, or at the weekend the Friday before (the Monday after when `forward`).

    >>> on_weekday(date(2026, 5, 10)).isoformat(), on_weekday(date(2026, 5, 9), forward=True).isoformat()
    ('2026-05-08', '2026-05-11')
    """
    excess = day.isoweekday() - SATURDAY
    if excess < 0:
        return day
    return day + timedelta(days=2 - excess) if forward else day - timedelta(days=1 + excess)


def local_moment(day: date, clock: str) -> datetime:
    """The moment, in UTC, at which the place's clock shows `clock` (HH:MM) on that day.

    >>> local_moment(date(2026, 7, 1), "09:30").isoformat()
    '2026-07-01T07:30:00+00:00'
    """
    return datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)


def days_before(end: datetime, days: int) -> date:
    """The local date so many days before the end (after it when negative)."""
    return end.astimezone(ZONE).date() - timedelta(days=days)


def latest_whole_january(end: datetime) -> int:
    """The year of the most recent January that was over at `end`, by the place's clock.

    >>> latest_whole_january(datetime(2026, 1, 31, 22, 30, tzinfo=UTC))
    2025
    >>> latest_whole_january(datetime(2026, 1, 31, 23, 0, tzinfo=UTC))
    2026
    """
    local = end.astimezone(ZONE)
    return local.year if local.month > 1 else local.year - 1
