"""A community that goes through the real intake and the real reading."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.demo.cast import DemoCheckIn
from serendipity.demo.community import load_community
from serendipity.domain.model import Purpose
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput, MemberInput
from serendipity.intake.members import join_all
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import read_pending
from tests.fakes import FakeClock

AFTER_JANUARY = datetime(2026, 2, 1, 12, tzinfo=UTC)
MATCHING = frozenset({Purpose.MATCHING})


def january_story() -> list[DemoCheckIn]:
    """What the example community said about big data in January."""
    return [said for said in load_community(AFTER_JANUARY).check_ins if said.origin == "january"]


def services_in(folder: Path, clock: FakeClock) -> Services:
    """The services of a fresh installation with an embedded graph."""
    services = build_services(Settings(data_dir=folder), clock=clock)
    services.graph.migrate()
    return services


def join(services: Services, members: Iterable[str]) -> None:
    """Let members join who agree to matching."""
    inputs = [MemberInput(id=id, name=id, purposes=MATCHING) for id in sorted(members)]
    with services.ledger.write() as uow:
        join_all(uow, inputs, source="test", now=services.clock.now(), scrub=services.scrub)


def check_in_all(services: Services, said: Iterable[DemoCheckIn]) -> None:
    """Let members check in, and read what they said."""
    inputs = [CheckInInput(id=each.id, member=each.member, text=each.text, at=each.at) for each in said]
    with services.ledger.write() as uow:
        record_check_ins(uow, inputs, source="test", now=services.clock.now(), scrub=services.scrub)
    read_pending(services.ledger, services.reader, now=services.clock.now())
