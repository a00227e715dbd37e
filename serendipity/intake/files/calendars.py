"""Calendars (iCalendar): each VEVENT becomes an event under its UID."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError

from serendipity.domain.errors import InvalidInput
from serendipity.intake.files.lines import LineError, Read, problems_of, text_of
from serendipity.intake.inputs import EventInput
from serendipity.intake.timing import in_utc

CALLED = {
    "id": "UID",
    "title": "SUMMARY",
    "description": "DESCRIPTION",
    "starts_at": "DTSTART",
    "ends_at": "DTEND",
}
_BEGIN = re.compile(r"BEGIN:VEVENT\s*$", re.IGNORECASE)
_REPEATS = ("RRULE", "RDATE")


def read_calendar(content: bytes, *, zone: str = "UTC") -> Read[EventInput]:
    """Read the events of an iCalendar file; `zone` is that of dates and of times that name none.

    An all-day event starts at the day's first hour. What is cancelled is left out, with a note. A series is refused by
    its line. Raises InvalidInput when the file is no calendar.
    """
    text = text_of(content)
    calendar = _calendar(text)
    own_zone = _zone(calendar, zone)
    lines: list[tuple[int, EventInput]] = []
    errors: list[LineError] = []
    notes: list[str] = []
    for number, event in _number_lines(text, calendar.walk("VEVENT")):
        problem = _problem(event)
        if problem:
            errors.append(LineError(line=number, problem=problem))
        elif str(event.get("STATUS", "")).upper() == "CANCELLED":
            notes.append(f"The event in line {number} is cancelled, and left out.")
        else:
            _take(event, number, own_zone, lines, errors)
    return Read(lines=tuple(lines), errors=tuple(errors), notes=tuple(notes))


def _calendar(text: str) -> Any:
    # Only here: the library is not needed to serve a page.
    from icalendar import Calendar

    try:
        return Calendar.from_ical(text)
    except ValueError as error:
        raise InvalidInput(f"This is not an iCalendar file ({error}); export the calendar again as .ics.") from error


def _zone(calendar: Any, zone: str) -> str:
    own = str(calendar.get("X-WR-TIMEZONE", ""))
    return own if own in available_timezones() else zone


def _number_lines(text: str, events: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Pair each event with the line in which it begins. Raises InvalidInput where that cannot be told."""
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _BEGIN.match(line)]
    if len(lines) != len(events):
        raise InvalidInput("Some events begin in lines that cannot be told apart; export the calendar again as .ics.")
    return zip(lines, events, strict=True)


def _problem(event: Any) -> str | None:
    if event.errors:
        name, message = event.errors[0]
        return f"{name or 'a property'} cannot be read ({message}); correct it, or export the calendar again"
    if any(name in event for name in _REPEATS):
        return "repeats; export it as single events (one for each date on which people met), each with a UID"
    missing = next((name for name in ("UID", "SUMMARY", "DTSTART") if not str(event.get(name, ""))), None)
    return f"has no {missing}; add it, or export the calendar again" if missing else None


def _take(event: Any, number: int, zone: str, lines: list[tuple[int, EventInput]], errors: list[LineError]) -> None:
    try:
        lines.append((number, EventInput.model_validate(_values(event, zone))))
    except ValidationError as error:
        errors.extend(problems_of(error, number, CALLED))


def _values(event: Any, zone: str) -> Mapping[str, Any]:
    starts = event.decoded("DTSTART")
    ends = event.decoded("DTEND", None)
    if ends is None and "DURATION" in event:
        ends = starts + event.decoded("DURATION")
    return {
        "id": _uid(event),
        "title": str(event["SUMMARY"]),
        "description": str(event.get("DESCRIPTION", "")),
        "starts_at": _moment(starts, zone),
        "ends_at": _moment(ends, zone) if ends is not None else None,
    }


def _uid(event: Any) -> str:
    """Return the UID, with the date where it is one changed date of a series."""
    recurrence = event.decoded("RECURRENCE-ID", None)
    return str(event["UID"]) if recurrence is None else f"{event['UID']}:{_moment(recurrence, 'UTC').date()}"


def _moment(value: date, zone: str) -> datetime:
    if isinstance(value, datetime):
        return in_utc(value, zone)
    return datetime.combine(value, time(), ZoneInfo(zone)).astimezone(UTC)
