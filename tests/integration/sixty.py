"""Sixty members of whom every two share a topic: runs of the matcher on them, and one that is killed on its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import Purpose, Run
from serendipity.intake import members
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.events import open_place
from serendipity.intake.inputs import CheckInInput, MemberInput, PlaceInput
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.graph import catch_up
from tests.fakes import FakeClock
from tests.integration.small_house import Words
from tests.integration.test_rare_turns import add_topics

PAIRS = 30  # more than one batch
TOPICS = [f"topic{n}" for n in range(PAIRS)]


class Killed(BaseException):
    """What ends a process: nothing catches it."""


@contextmanager
def sixty(folder: Path) -> Iterator[Services]:
    """Sixty members of whom every two share a topic that nobody else works on."""
    clock = FakeClock()
    built = build_services(
        Settings(data_dir=folder / "data", match_held_back=0, match_by_lot=0), clock=clock, prepare=False
    )
    built.ledger.migrate()
    built.graph.migrate()
    services = replace(built, reader=Reader(built.ledger, Words))
    _populate(services)
    catch_up(services)
    yield services
    built.graph.close()
    built.ledger.close()


def _populate(services: Services) -> None:
    now = services.clock.now()
    add_topics(services, *TOPICS, *(f"own{n}" for n in range(2 * PAIRS)), "common")
    with services.ledger.write() as uow:
        open_place(uow, PlaceInput(id="main", name="The house"))
        joining = [
            MemberInput(
                id=f"m{n:02}",
                name=f"Member {n}",
                email=f"m{n:02}@example.org",
                organisation=f"Org {n % 7}",
                purposes=frozenset(Purpose),
                joined_at=now - timedelta(days=200 - n),
            )
            for n in range(2 * PAIRS)
        ]
        members.join_all(uow, joining, source="test", now=now, scrub=services.scrub)
        said = [
            CheckInInput(
                member=f"m{n:02}", text=f"topic{n // 2} own{n} common", place="main", at=now - timedelta(days=1)
            )
            for n in range(2 * PAIRS)
        ]
        record_check_ins(uow, said, source="test", now=now, scrub=services.scrub)


def stored(services: Services, id: str) -> Run:
    """The run as it is recorded."""
    with services.ledger.read() as uow:
        return uow.operations.run(id)


def pairs(services: Services) -> list[tuple[str, ...]]:
    """Who is introduced to whom, of all introductions there are."""
    with services.ledger.read() as uow:
        found = uow.introductions.search(limit=1000)
    return sorted(tuple(sorted(party.member for party in each.parties)) for each in found)


def killed_on_its_way(services: Services) -> Run:
    """A scheduled run whose process is killed after its first batch, so that its lease runs out by itself."""

    def kill(done: int, total: int) -> None:
        if total == PAIRS:
            raise Killed

    with pytest.raises(Killed):
        run_matching(services, RunRequest(kind="scheduled", seed=5), progress=kill)
    with services.ledger.read() as uow:
        return uow.operations.runs(kinds={"scheduled"})[0]
