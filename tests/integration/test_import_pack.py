"""Importing packs: strictly before a day, with consent, safe to repeat and to interrupt."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Purpose, Record, RecordKind
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.upkeep.erasure import erase_again
from serendipity.usecases.imports.data_sets import import_pack
from serendipity.usecases.imports.tables import ImportReport

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PACK: dict[str, list[Any]] = {
    "people": [{"id": id, "name": f"Person {id}"} for id in ("p1", "p2", "p3")],
    "events": [
        {"id": "e1", "title": "Workshop", "at": "2016-06-12", "text": "Workshop"},
        {"id": "e2", "title": "Conference", "at": "2018-06-12", "text": "On parsing"},
    ],
    "check_ins": [
        {"person": "p1", "text": "Parsing", "at": "2016-06-12"},
        {"person": "p2", "text": "x" * 2500, "at": "2017-12-31"},
        {"person": "p1", "text": "Speech", "at": "2018-01-01"},
    ],
    "attendance": [
        {"person": "p2", "event": "e1", "at": "2016-06-12"},
        {"person": "p3", "event": "e2", "at": "2018-06-12"},
    ],
    "ties": [
        {"a": "p2", "b": "p1", "at": "2016-05-01", "group_size": 5},
        {"a": "p2", "b": "p1", "at": "2016-05-01", "kind": "acked-by"},
        {"a": "p1", "b": "p3", "at": "2018-01-01"},
    ],
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.migrate()
    yield opened
    opened.close()


def packed(tmp_path: Path, **more: list[Any]) -> Path:
    """A folder with the pack, and more lines in some of its files (a text is written as it is)."""
    folder = tmp_path / "toy"
    folder.mkdir(exist_ok=True)
    for name, lines in PACK.items():
        texts = [line if isinstance(line, str) else json.dumps(line) for line in [*lines, *more.get(name, [])]]
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join([*texts, ""]).encode()))
    return folder


def load(ledger: Ledger, folder: Path, until: date | None = None, **options: Any) -> ImportReport:
    """Import the pack."""
    return import_pack(ledger, folder, until=until, now=NOW, scrub=scrub_for_ledger, **options)


def records(ledger: Ledger, *kinds: RecordKind) -> list[Record]:
    """The ledger's records of some kinds."""
    with ledger.read() as uow:
        return uow.records.after(0, limit=1000, kinds=kinds or None)


def test_everything_strictly_before_the_day_is_imported(ledger: Ledger, tmp_path: Path) -> None:
    """What happens on the day itself is not, nor who appears on it only."""
    report = load(ledger, packed(tmp_path), date(2018, 1, 1))
    assert report.counts == {"people": 2, "events": 1, "check_ins": 2, "attendance": 1, "ties": 2}
    assert max(record.at for record in records(ledger)) < datetime(2018, 1, 1, tzinfo=UTC)
    assert {record.member for record in records(ledger, RecordKind.MEMBER_JOINED)} == {"p1", "p2"}


def test_people_join_with_consent_when_they_first_appear(ledger: Ledger, tmp_path: Path) -> None:
    """Their records are backdated to that day."""
    load(ledger, packed(tmp_path))
    joined = {record.member: record.at for record in records(ledger, RecordKind.MEMBER_JOINED)}
    with ledger.read() as uow:
        agreed = uow.members.with_purpose(Purpose.MATCHING)
    first = datetime(2016, 5, 1, tzinfo=UTC)
    assert joined == {"p1": first, "p2": first, "p3": datetime(2018, 1, 1, tzinfo=UTC)}
    assert agreed == {"p1", "p2", "p3"}
    assert len(records(ledger, RecordKind.CONSENT_GIVEN)) == 9


def test_long_texts_are_cut_and_counted(ledger: Ledger, tmp_path: Path) -> None:
    """At the ledger's own limit."""
    report = load(ledger, packed(tmp_path))
    assert (report.cut, len(report.notes)) == (1, 1)
    assert max(len((record.data or {})["text"]) for record in records(ledger, RecordKind.CHECK_IN)) == 2000


def test_a_later_day_adds_only_what_is_new(ledger: Ledger, tmp_path: Path) -> None:
    """As does the same day again: nothing."""
    folder = packed(tmp_path)
    load(ledger, folder, date(2018, 1, 1))
    again = load(ledger, folder, date(2018, 1, 1))
    rest = load(ledger, folder)
    whole = load(ledger, folder)
    assert (again.added, rest.added, whole.added) == (0, 5, 0)
    assert rest.known + rest.added == whole.known


def test_an_interrupted_import_is_taken_up_again(ledger: Ledger, tmp_path: Path) -> None:
    """What was committed by then is known."""

    def interrupt(done: int, total: int, what: str) -> None:
        if what == "check_ins":
            raise KeyboardInterrupt

    folder = packed(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        load(ledger, folder, progress=interrupt)
    report = load(ledger, folder)
    assert (report.counts["check_ins"], report.counts["ties"]) == (0, 3)


def test_wrong_lines_are_told_by_file_and_line(ledger: Ledger, tmp_path: Path) -> None:
    """The others are imported."""
    folder = packed(
        tmp_path,
        people=[{"id": "has space", "name": "N"}],
        check_ins=[
            {"person": "p9", "text": "Who?", "at": "2017-01-01"},
            {"person": "p1", "text": "When?", "at": "yesterday"},
            {"person": "p1", "text": "!!!", "at": "2017-01-01"},
            {"person": "p1", "text": "Later", "at": "2027-01-01"},
            "not json",
            '{"person": "p1", "text": "\\ud800", "at": "2017-01-01"}',
            '{"person": "p1", "text": "Deep", "at": "2017-01-01", "more": ' + "[" * 300 + "]" * 300 + "}",
            '{"person": "p1", "text": "One", "text": "Two", "at": "2017-01-01"}',
        ],
        attendance=[{"person": "p1", "event": "e9", "at": "2017-01-01"}],
        ties=[{"a": "p1", "b": "p1", "at": "2017-01-01"}],
    )
    report = load(ledger, folder)
    told = [(error.file, error.line) for error in report.errors]
    check_ins = [("check_ins.jsonl.gz", line) for line in range(4, 12)]
    assert told == [("people.jsonl.gz", 4), *check_ins, ("attendance.jsonl.gz", 3), ("ties.jsonl.gz", 4)]
    assert report.counts["check_ins"] == 3


def test_a_dry_run_checks_every_line_and_leaves_the_ledger_alone(ledger: Ledger, tmp_path: Path) -> None:
    """It counts what would come in."""
    report = load(ledger, packed(tmp_path, ties=["{"]), dry_run=True)
    assert (report.added, len(report.errors), records(ledger)) == (3 + 2 + 3 + 2 + 3, 1, [])


def test_the_erased_stay_erased(ledger: Ledger, tmp_path: Path) -> None:
    """A pack that is imported again says nothing more about them."""
    folder = packed(tmp_path)
    load(ledger, folder, date(2018, 1, 1))
    erase_again(ledger, "p1", NOW)
    report = load(ledger, folder)
    assert (report.counts["check_ins"], report.counts["ties"]) == (0, 0)


def test_a_folder_without_its_files_is_no_pack(ledger: Ledger, tmp_path: Path) -> None:
    """It is said what is missing."""
    with pytest.raises(InvalidInput, match=r"people\.jsonl\.gz"):
        load(ledger, tmp_path)


def test_a_damaged_file_is_said_so(ledger: Ledger, tmp_path: Path) -> None:
    """Half a file is not taken for a whole one."""
    folder = packed(tmp_path)
    whole = (folder / "ties.jsonl.gz").read_bytes()
    (folder / "ties.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match="damaged"):
        load(ledger, folder)
