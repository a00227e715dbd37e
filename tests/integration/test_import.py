"""Importing files into a real ledger: good lines go in, wrong ones are told, and doing it again changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Purpose, RecordKind
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.usecases.imports.tables import (
    ImportOptions,
    ImportReport,
    import_attendance,
    import_check_ins,
    import_events,
    import_members,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MEMBERS = """name;email;organisation;skills;consents;joined
Ada;ada@example.org;Acme;python|sql;matching|introductions;2026-01-05
Bob;bob@example.org;;;;
"""
CHECK_INS = """member,text,at
ada@example.org,"Big data, mail me at ada@example.org",2026-02-02 09:00
ada@example.org,Marketing,2026-02-02 09:00
bob@example.org,Rust,2026-02-03
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.migrate()
    yield opened
    opened.close()


def written(tmp_path: Path, text: str, name: str = "file.csv") -> Path:
    """A file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def members(ledger: Ledger, tmp_path: Path, text: str = MEMBERS, *, dry_run: bool = False) -> ImportReport:
    """Import a table of members."""
    return import_members(
        ledger, written(tmp_path, text), now=NOW, scrub=scrub_for_ledger, options=ImportOptions(dry_run=dry_run)
    )


def head(ledger: Ledger) -> int:
    """The ledger's last position."""
    with ledger.read() as uow:
        return uow.records.head()


def test_members_join_with_what_their_lines_say(ledger: Ledger, tmp_path: Path) -> None:
    """Profile, consent and the day they joined."""
    report = members(ledger, tmp_path)
    with ledger.read() as uow:
        ada, bob = uow.members.find_by_email("ada@example.org"), uow.members.find_by_email("bob@example.org")
    assert (report.added, report.known, report.errors) == (2, 0, ())
    assert ada is not None
    assert (ada.organisation, ada.skills, ada.joined_at) == (
        "Acme",
        ("python", "sql"),
        datetime(2026, 1, 5, tzinfo=UTC),
    )
    assert ada.purposes == {Purpose.MATCHING, Purpose.INTRODUCTIONS}
    assert bob is not None
    assert (bob.purposes, bob.joined_at) == (frozenset(), NOW)


def test_importing_the_same_members_again_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """They are known by their address."""
    members(ledger, tmp_path)
    before = head(ledger)
    assert (members(ledger, tmp_path).known, head(ledger)) == (2, before)


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """It goes through the ledger, and back."""
    report = members(ledger, tmp_path, MEMBERS + "Cy;nowhere;;;;\n", dry_run=True)
    assert (report.added, [error.line for error in report.errors], head(ledger)) == (2, [4], 0)


def test_a_wrong_line_does_not_keep_the_others_out(ledger: Ledger, tmp_path: Path) -> None:
    """What the ledger refuses is told by line, like what cannot be read."""
    members(ledger, tmp_path)
    text = "id,name,email\nm-9,Zoe,zoe@example.org\nm-8,Not Ada,ada@example.org\nm-7,,\nm-6,Yan,\n"
    report = members(ledger, tmp_path, text)
    assert (report.added, [error.line for error in report.errors]) == (2, [3, 4])
    assert "address" in report.errors[0].problem
    assert not report.complete


def test_two_lines_that_contradict_each_other_are_told(ledger: Ledger, tmp_path: Path) -> None:
    """The second one names the first; the same line twice is no contradiction."""
    text = "name,email\nAda,ada@example.org\nAda,ada@example.org\nAda L,ADA@example.org\n"
    report = members(ledger, tmp_path, text, dry_run=True)
    assert (report.added, [error.line for error in report.errors]) == (1, [4])
    assert "line 2" in report.errors[0].problem


def test_a_strict_import_keeps_nothing_of_a_file_with_an_error(ledger: Ledger, tmp_path: Path) -> None:
    """All or nothing, for who wants it so."""
    path = written(tmp_path, MEMBERS + "Cy;nowhere;;;;\n")
    report = import_members(ledger, path, now=NOW, scrub=scrub_for_ledger, options=ImportOptions(strict=True))
    assert (report.added, len(report.errors), head(ledger)) == (0, 1, 0)


def test_a_corrected_line_under_a_known_id_says_what_differs(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing is overwritten behind anybody's back."""
    line = "id,member,text,at\nc-1,ada@example.org,{},2026-02-02\n"
    members(ledger, tmp_path)
    for text in ("Big data", "Small data"):
        path = written(tmp_path, line.format(text))
        report = import_check_ins(ledger, path, now=NOW, scrub=scrub_for_ledger)
    assert "text was 'Big data', and is 'Small data' here" in report.errors[0].problem


def test_check_ins_find_their_members_by_address_and_are_scrubbed(ledger: Ledger, tmp_path: Path) -> None:
    """Two at the same moment are two, and again they are the same two."""
    members(ledger, tmp_path)
    path = written(tmp_path, CHECK_INS)
    first = import_check_ins(ledger, path, now=NOW, scrub=scrub_for_ledger)
    again = import_check_ins(ledger, path, now=NOW, scrub=scrub_for_ledger)
    with ledger.read() as uow:
        records = uow.records.after(0, limit=100, kinds={RecordKind.CHECK_IN})
    assert ((first.added, first.known), (again.added, again.known)) == ((3, 0), (0, 3))
    assert [(record.data or {})["text"] for record in records] == ["Big data, mail me at […]", "Marketing", "Rust"]
    assert not any("@" in record.id for record in records)


def test_an_unknown_address_and_a_time_ahead_are_told_by_line(ledger: Ledger, tmp_path: Path) -> None:
    """With what to do about each."""
    members(ledger, tmp_path)
    path = written(
        tmp_path, CHECK_INS + "eve@example.org,Go,2026-02-03\nbob@example.org,Go,2027-01-01\nm-0,Go,2026-01-01\n"
    )
    report = import_check_ins(ledger, path, now=NOW, scrub=scrub_for_ledger)
    told = {error.line: error.problem for error in report.errors}
    assert (report.added, sorted(told)) == (3, [5, 6, 7])
    assert ("import the members first" in told[5], "future" in told[6], "no member 'm-0'" in told[7]) == (True,) * 3


def test_events_come_from_tables_and_calendars_and_change(ledger: Ledger, tmp_path: Path) -> None:
    """A second import under the same id changes the event."""
    event = "BEGIN:VEVENT\nUID:a@x\nSUMMARY:{}\nDTSTART:20260401T180000Z\nEND:VEVENT\n"
    ics = f"BEGIN:VCALENDAR\n{event}END:VCALENDAR\n"
    table = written(tmp_path, "id,title,start\nb,Talk,2026-04-02 18:00\n", "events.csv")
    for title in ("Meet-up", "Big meet-up"):
        import_events(ledger, written(tmp_path, ics.format(title), "events.ics"), now=NOW, scrub=scrub_for_ledger)
    report = import_events(
        ledger, table, now=NOW, scrub=scrub_for_ledger, options=ImportOptions(zone="Europe/Brussels")
    )
    with ledger.read() as uow:
        events = uow.places.events()
    assert report.added == 1
    assert [(event.id, event.title) for event in events] == [("a@x", "Big meet-up"), ("b", "Talk")]
    assert events[1].starts_at == datetime(2026, 4, 2, 16, tzinfo=UTC)


def test_attendance_counts_a_member_once_per_event(ledger: Ledger, tmp_path: Path) -> None:
    """However often the list is imported."""
    members(ledger, tmp_path)
    import_events(ledger, written(tmp_path, "id,title,start\ne,Talk,2026-02-01\n"), now=NOW, scrub=scrub_for_ledger)
    path = written(tmp_path, "member,event,role\nada@example.org,e,speaker\nbob@example.org,e,\nbob@example.org,f,\n")
    reports = [import_attendance(ledger, path, now=NOW) for _ in range(2)]
    assert [(report.added, report.known) for report in reports] == [(2, 0), (0, 2)]
    assert "no event 'f'" in reports[0].errors[0].problem


def test_progress_is_told_batch_by_batch(ledger: Ledger, tmp_path: Path) -> None:
    """Up to the last line."""
    text = "id,name\n" + "".join(f"m-{number},Member {number}\n" for number in range(600))
    told: list[tuple[int, int, str]] = []
    import_members(
        ledger,
        written(tmp_path, text),
        now=NOW,
        scrub=scrub_for_ledger,
        options=ImportOptions(progress=lambda done, total, what: told.append((done, total, what))),
    )
    assert told == [(500, 600, "members"), (600, 600, "members")]


def test_a_file_that_is_not_there_is_said_so(ledger: Ledger, tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(InvalidInput, match=r"nowhere\.csv cannot be read"):
        import_members(ledger, tmp_path / "nowhere.csv", now=NOW, scrub=scrub_for_ledger)
