"""Learning from outcomes as a house meets it: each week by itself, and by hand from the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serendipity.cli import app
from serendipity.usecases.learning.outcome_model import VERSIONS
from serendipity.usecases.services import Services
from serendipity.workers.ticks import start_worker
from tests.fakes import FakeClock
from tests.integration.outcomes import with_outcomes
from tests.integration.small_house import installation


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation; commands run where no .env lies."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def services(folder: Path) -> Iterator[Services]:
    """A community whose outcomes teach something."""
    with installation(folder, FakeClock(time=datetime.now(UTC))) as services:
        with_outcomes(services)
        yield services


def numbers(services: Services) -> list[int]:
    """The versions there are."""
    with services.ledger.read() as uow:
        return [each.number for each in VERSIONS.all(uow)]


def learn(folder: Path, *words: str) -> Result:
    """Run the command on the installation in a folder."""
    return CliRunner().invoke(app, ["--data-dir", str(folder), "learn-outcomes", *words])


def test_each_week_outcomes_are_learned_from_unless_a_version_was_taken_back(services: Services) -> None:
    """Sunday's turn makes a version; once that is taken back, the next Sunday changes nothing."""
    worker = start_worker(services, match_at="06:00", match_weekdays="mon", zone="UTC")
    weekly = worker.get_job("outcome_model")
    worker.shutdown()

    weekly.func()
    learned = numbers(services)
    VERSIONS.roll_back(services, by="service")
    weekly.func()

    assert (weekly.next_run_time.strftime("%a"), weekly.next_run_time.hour) == ("Sun", 4)
    assert learned == [1]
    assert numbers(services) == [2, 1]


def test_the_command_tries_learns_and_takes_back(services: Services, folder: Path) -> None:
    """A dry run keeps nothing; a version is kept, and taken back, by default to the one before."""
    tried = json.loads(learn(folder, "--dry-run", "--json").stdout)
    untouched = numbers(services)
    learned = learn(folder)
    back = learn(folder, "--roll-back")
    again = json.loads(learn(folder, "--roll-back-to", "1", "--json").stdout)

    assert tried["used"] is None
    assert tried["after"]["brier"] < tried["before"]["brier"]
    assert untouched == []
    assert "Version 1 weighs the rounds to come." in " ".join(learned.stdout.split())
    assert "Version 2 brings version 0 back" in back.stdout
    assert (again["number"], again["restores"], again["learned"] is None) == (3, 1, False)


def test_what_cannot_be_taken_back_is_told(services: Services, folder: Path) -> None:
    """In one line on standard error: no such version, and a dry run of taking back."""
    missing, both = learn(folder, "--roll-back-to", "9"), learn(folder, "--dry-run", "--roll-back")

    assert (missing.exit_code, both.exit_code) == (1, 1)
    assert "NotFound: There is no such version" in " ".join(missing.stderr.split())
    assert "InvalidInput" in both.stderr
    assert numbers(services) == []
