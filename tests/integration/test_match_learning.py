"""Learning from a pack's own history, and a back-test that looks at nothing after its moment."""

import gzip
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from serendipity.cli import app

CRAFTS = ("weaving", "pottery", "falconry", "carpentry", "glassblowing")
SIZE = 40


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where no .env lies."""
    monkeypatch.chdir(tmp_path)


def rows(future: str) -> dict[str, list[dict[str, Any]]]:
    """Members of five crafts, who tie themselves to their own later; what comes after 2018 says `future`."""
    people = [f"p{n:02}" for n in range(SIZE)]
    texts = [
        {"person": p, "text": f"Working on {CRAFTS[n % 5]} with my neighbours", "at": f"{year}-03-0{1 + n % 9}"}
        for n, p in enumerate(people)
        for year in (2014, 2015, 2016, 2017)
    ]
    early = [{"a": people[n], "b": people[n + 1], "at": "2014-05-01"} for n in range(SIZE - 1)]
    late = [{"a": people[n], "b": people[n + 10], "at": f"2017-0{1 + n % 9}-01"} for n in range(SIZE - 10)]
    after = [{"person": p, "text": future, "at": "2018-02-01"} for p in people]
    meetings = [{"id": "e1", "title": "Fair", "at": "2014-04-01", "text": "Fair"}]
    here = [{"person": p, "event": "e1", "at": "2014-04-01"} for p in people]
    return {
        "people": [{"id": p, "name": f"Person {p}"} for p in people],
        "events": meetings,
        "check_ins": [*texts, *after],
        "attendance": here,
        "ties": [*early, *late, {"a": "p00", "b": "p39", "at": "2018-03-01"}],
    }


def written(folder: Path, future: str, lacking: Collection[str] = ()) -> Path:
    """Write a pack, some files of it without a line."""
    folder.mkdir()
    for name, lines in rows(future).items():
        lines = [] if name in lacking else lines
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return folder


def test_a_back_test_learns_from_what_came_before_and_sees_nothing_after(tmp_path: Path) -> None:
    """Two packs that differ after 2018 only give the same lists and the same lesson, which the first ties taught."""
    told = []
    for name, future in (("one", "falconry"), ("two", "tax law")):
        pack, out = written(tmp_path / name, future), tmp_path / f"{name}.jsonl"
        words = ["backtest", str(pack), "--at", "2018-01-01", "--out", str(out), "--active-days", "1500", "--json"]
        result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), *words])
        assert result.exit_code == 0, result.output
        told.append((json.loads(result.stdout)["lesson"], out.read_text()))

    assert told[0] == told[1]
    lesson, lists = told[0]
    assert lesson["first_ties"] == SIZE - 10
    assert set(lesson["tried"]) == {"interests", "paths", "events"}
    assert len(lists.splitlines()) == SIZE


@pytest.mark.parametrize(
    "lacking", [("ties",), ("events", "attendance"), ("ties", "events", "attendance")], ids=lambda names: names[0]
)
def test_a_back_test_goes_without_ties_or_events(tmp_path: Path, lacking: tuple[str, ...]) -> None:
    """Everybody gets ten different people all the same."""
    pack, out = written(tmp_path / "pack", "falconry", lacking), tmp_path / "lists.jsonl"
    words = ["backtest", str(pack), "--at", "2018-01-01", "--out", str(out), "--active-days", "1500", "--surprise", "0"]
    result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), *words])
    assert result.exit_code == 0, result.output

    lists = {line["person"]: line["matches"] for line in map(json.loads, out.read_text().splitlines())}

    assert len(lists) == SIZE
    assert all(len(set(ten)) == 10 for ten in lists.values())


def test_a_community_without_history_is_told_that_there_is_too_little(tmp_path: Path) -> None:
    """Nothing is learned, and no half-life is advised."""
    result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "half-lives"])

    assert result.exit_code == 0, result.output
    assert "too few ties" in " ".join(result.stdout.split())
