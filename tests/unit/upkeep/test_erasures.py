"""The list of erasures: append-only, private, and read back in order."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.upkeep.erasures import Erasure, later_erasures, note_erasure

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_was_noted_is_read_back_in_order(tmp_path: Path) -> None:
    """Oldest first, from a time on where one is named."""
    path = tmp_path / "data" / "erasures.jsonl"
    for member, days in (("m-2", 1), ("m-1", 0)):
        note_erasure(path, member, MONDAY + timedelta(days=days))
    assert later_erasures(path) == [Erasure("m-1", MONDAY), Erasure("m-2", MONDAY + timedelta(days=1))]
    assert [each.member for each in later_erasures(path, MONDAY + timedelta(hours=1))] == ["m-2"]


def test_the_list_is_its_owners_alone(tmp_path: Path) -> None:
    """It says who left."""
    note_erasure(tmp_path / "erasures.jsonl", "m-1", MONDAY)
    assert stat.S_IMODE((tmp_path / "erasures.jsonl").stat().st_mode) == 0o600


def test_there_may_be_no_list_yet(tmp_path: Path) -> None:
    """Nobody was erased so far."""
    assert later_erasures(tmp_path / "erasures.jsonl") == []


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    """Its erasure was never acknowledged; what is noted after it starts on a line of its own."""
    path = tmp_path / "erasures.jsonl"
    note_erasure(path, "m-1", MONDAY)
    with path.open("a") as file:
        file.write('{"member": "m-')
    assert [each.member for each in later_erasures(path)] == ["m-1"]
    note_erasure(path, "m-3", MONDAY)
    assert [each.member for each in later_erasures(path)] == ["m-1", "m-3"]


def test_a_line_that_is_no_erasure_is_told(tmp_path: Path) -> None:
    """A restore must not go on without it."""
    path = tmp_path / "erasures.jsonl"
    path.write_text('{"who": "m-1"}\n')
    with pytest.raises(InvalidInput, match="Line 1"):
        later_erasures(path)
