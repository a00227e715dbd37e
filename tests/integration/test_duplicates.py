"""Duplicates whose history is one with another's, runs that were missed, and what has served its time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger

from serendipity.domain.errors import DifferentBody, NotAllowed
from serendipity.domain.model import Link, LinkPurpose, NewSignal, Run, Session
from serendipity.flow import TICKS
from serendipity.intake import members
from serendipity.upkeep.sweep import sweep
from serendipity.usecases.check_in.check_in import strike
from serendipity.usecases.members.personal_data import export
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up, publish
from serendipity.workers.ticks import TickRunner
from tests.fakes import FakeClock
from tests.integration.small_house import installation, say


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(time=datetime.now(UTC))


@pytest.fixture
def services(tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """A fresh installation with a place and four members who agreed to everything."""
    with installation(tmp_path / "data", clock) as services:
        yield services


# --- duplicates ---


def test_a_block_outlives_a_merge(services: Services, clock: FakeClock) -> None:
    """Whom a duplicate never wants to meet, and who never wants to meet them, are kept apart from the one who stays."""
    with services.ledger.write() as uow:
        uow.members.block("ada", "cas", why="never", at=clock.now())
        uow.members.block("dee", "ada", why="never", at=clock.now())
        members.merge(uow, "ada", "bob", now=clock.now())
        assert {("bob", "cas"), ("bob", "dee")} <= uow.members.blocks()
        assert all(one != other for one, other in uow.members.blocks())


def test_an_export_holds_what_was_said_as_a_duplicate(services: Services, clock: FakeClock) -> None:
    """Both ids are one person."""
    say(services, "ada", "amber")
    with services.ledger.write() as uow:
        members.merge(uow, "ada", "bob", now=clock.now())
    told = [record["data"].get("text") for record in export(services, "bob")["records"] if record["data"]]
    assert "amber" in told


def test_a_duplicate_that_says_the_same_again_is_known(services: Services, clock: FakeClock) -> None:
    """A retry under the old id answers as the first time, before and after the merge; another body does not."""
    first = say(services, "ada", "amber", id="c-1")
    with services.ledger.write() as uow:
        members.merge(uow, "ada", "bob", now=clock.now())
    assert say(services, "ada", "amber", id="c-1") == first
    later = say(services, "ada", "birch", id="c-2")
    assert say(services, "ada", "birch", id="c-2") == later
    with pytest.raises(DifferentBody):
        say(services, "ada", "cedar", id="c-1")


def test_the_one_who_stays_strikes_out_what_the_duplicate_said(services: Services, clock: FakeClock) -> None:
    """Both ids are one person; nobody else may."""
    position = say(services, "ada", "amber")
    with services.ledger.write() as uow:
        members.merge(uow, "ada", "bob", now=clock.now())
    strike(services, "bob", position, "amber")
    with pytest.raises(NotAllowed):
        strike(services, "cas", position, "amber")


def test_a_duplicates_code_opens_the_door_of_the_one_who_stays(services: Services, clock: FakeClock) -> None:
    """Unless that one has a code."""
    with services.ledger.write() as uow:
        for member in ("ada", "cas", "dee"):
            uow.members.set_code(member, f"code of {member}")
        members.merge(uow, "ada", "bob", now=clock.now())
        members.merge(uow, "cas", "dee", now=clock.now())
        found = [uow.members.find_by_code(f"code of {id}") for id in ("ada", "cas", "dee")]
    assert [member.id if member else None for member in found] == ["bob", None, "dee"]


# --- what was missed, and what has served its time ---


def test_a_run_that_fell_due_while_nobody_worked_is_made_up_for(services: Services, clock: FakeClock) -> None:
    """Once; a new installation waits for its first."""
    daily = CronTrigger(hour=7, timezone="UTC")
    catch_up(services)
    publish(services)

    def scheduled() -> int:
        with services.ledger.read() as uow:
            return len(uow.operations.runs(kinds={"scheduled"}))

    tick = TickRunner(services, next(tick for tick in TICKS if tick.name == "matching"))

    assert not tick.was_missed(daily)
    run_matching(services, RunRequest(kind="scheduled"))
    clock.forward(hours=25)
    assert tick.was_missed(daily)
    tick()
    assert not tick.was_missed(daily)
    assert scheduled() == 2


def test_what_nobody_can_use_any_more_is_swept_away(services: Services, clock: FakeClock) -> None:
    """Sessions and links that expired, and old triggered runs; what still counts stays."""
    now = clock.now()
    for name, at in (("old", now - timedelta(days=200)), ("new", now + timedelta(days=1))):
        with services.ledger.write() as uow:
            uow.access.add_session(Session(token_hash=name, subject="member:ada", csrf="c", expires_at=at))
            uow.access.add_link(
                Link(token_hash=name, purpose=LinkPurpose.PROFILE, member="ada", subject=None, expires_at=at)
            )
            for kind in ("triggered", "scheduled"):
                run = Run(id=f"{kind}-{name}", kind=kind, as_of=at, started_at=at, seed=0, position=0, settings={})
                uow.operations.put_run(run)
    with services.ledger.write() as uow:
        old = NewSignal(source="t", id="old", name="x", at=now - timedelta(days=401))
        uow.signals.append([old, NewSignal(source="t", id="new", name="x", at=now)])

    assert sweep(services) == {"sessions": 1, "links": 1, "signals": 1, "runs": 1}

    with services.ledger.read() as uow:
        assert uow.access.session("new", now=now) is not None
        assert uow.access.link("old") is None
        kept = {run.id for run in uow.operations.runs()}
    assert kept == {"triggered-new", "scheduled-new", "scheduled-old"}
