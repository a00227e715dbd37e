"""Calendars: zones, whole days, series and damage."""

from datetime import UTC, datetime

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.intake.files.calendars import read_calendar


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar of events, each given as its properties."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//\n{head}{body}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


def test_an_event_keeps_its_uid_and_its_zone() -> None:
    """Six in the evening in New York is eleven in UTC."""
    event = "UID:a@x\nSUMMARY:Data\\, big\nDTSTART;TZID=America/New_York:20260105T180000\nDURATION:PT2H"
    [(number, item)] = read_calendar(calendar(event)).lines
    assert (number, item.id, item.title) == (4, "a@x", "Data, big")
    assert item.starts_at == datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert item.ends_at == datetime(2026, 1, 6, 1, tzinfo=UTC)


def test_a_whole_day_starts_at_its_first_hour_in_the_calendars_zone() -> None:
    """The calendar's own zone goes before ours."""
    event = "UID:a@x\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20260705\nDTEND;VALUE=DATE:20260706"
    [(_, item)] = read_calendar(calendar(event, head="X-WR-TIMEZONE:Europe/Brussels\n"), zone="Asia/Tokyo").lines
    assert item.starts_at == datetime(2026, 7, 4, 22, tzinfo=UTC)
    assert item.ends_at == datetime(2026, 7, 5, 22, tzinfo=UTC)


def test_a_time_without_a_zone_is_of_the_zone_given() -> None:
    """A floating time means the clock on the wall."""
    [(_, item)] = read_calendar(calendar("UID:a@x\nSUMMARY:F\nDTSTART:20260705T180000"), zone="Europe/Brussels").lines
    assert item.starts_at == datetime(2026, 7, 5, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("UID:a@x\nSUMMARY:S\nDTSTART:20260705T180000Z\nRRULE:FREQ=WEEKLY", "repeats"),
        ("SUMMARY:S\nDTSTART:20260705T180000Z", "no UID"),
        ("UID:a@x\nDTSTART:20260705T180000Z", "no SUMMARY"),
        ("UID:a@x\nSUMMARY:S\nDTSTART:2026070", "DTSTART cannot be read"),
        ("UID:a@x\nSUMMARY:S\nDTSTART:20260705T180000Z\nDTEND:20260705T170000Z", "ends before it starts"),
    ],
)
def test_an_event_that_cannot_be_kept_is_told_by_its_line(event: str, told: str) -> None:
    """The others are read all the same."""
    good = "UID:z@x\nSUMMARY:Good\nDTSTART:20260705T180000Z"
    read = read_calendar(calendar(good, event))
    assert [item.id for _, item in read.lines] == ["z@x"]
    assert (read.errors[0].line, told in str(read.errors[0])) == (9, True)


def test_a_cancelled_event_is_left_out_with_a_note() -> None:
    """It does not take place."""
    read = read_calendar(calendar("UID:a@x\nSUMMARY:S\nDTSTART:20260705T180000Z\nSTATUS:CANCELLED"))
    assert (read.lines, len(read.notes)) == ((), 1)


def test_every_event_is_told_by_its_own_line() -> None:
    """However many stand before it."""
    events = [f"UID:{number}@x\nSUMMARY:S\nDTSTART:20260705T180000Z" for number in range(300)]
    read = read_calendar(calendar(*events))
    assert [number for number, _ in read.lines] == [4 + 5 * number for number in range(300)]


@pytest.mark.parametrize("begin", ["BEGIN;X=1:VEVENT", "BEG\n IN:VEVENT"])
def test_an_event_whose_line_cannot_be_told_is_refused(begin: str) -> None:
    """Folded or with parameters, where no calendar program writes it so."""
    content = calendar("UID:a@x\nSUMMARY:S\nDTSTART:20260705T180000Z").decode()
    with pytest.raises(InvalidInput, match="export the calendar again"):
        read_calendar(content.replace("BEGIN:VEVENT", begin.replace("\n", "\r\n")).encode())


@pytest.mark.parametrize("content", [b"", b"name,email\n", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"])
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    """And it is said what to do."""
    with pytest.raises(InvalidInput, match="export the calendar again"):
        read_calendar(content)
