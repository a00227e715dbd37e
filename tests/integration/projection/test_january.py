"""The story that started it all: in January "Marketing Automation" overtakes "Marketing" next to "Big Data"."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from serendipity.domain.decay import Weight, value
from serendipity.domain.graph import EdgeKind, HalfLives, NodeKind
from serendipity.domain.model import Role
from serendipity.flow import GRAPH_KINDS
from serendipity.intake.events import attend, publish
from serendipity.intake.inputs import AttendanceInput, EventInput, RegistrationInput
from serendipity.ports import GraphStore
from serendipity.usecases.members.personal_data import interests
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import read_pending
from serendipity.usecases.upkeep.graph import graph_as_of, project
from tests.fakes import FakeClock
from tests.integration.projection.community import (
    AFTER_JANUARY,
    check_in_all,
    january_story,
    join,
    services_in,
)

TENTH = datetime(2026, 1, 10, tzinfo=UTC)
EVENING = datetime(2026, 1, 20, 18, tzinfo=UTC)
ROLES = {"m-speaks": Role.SPEAKER, "m-hosts": Role.HOST, "m-listens": Role.ATTENDEE}


@dataclass(frozen=True)
class January:
    """The services with all of January read, and how many records moved the graph before the tenth."""

    services: Services
    early: int


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Iterator[January]:
    """January as it was said: intake, reading, and an evening on the same topics."""
    services = services_in(tmp_path_factory.mktemp("january"), FakeClock(AFTER_JANUARY))
    said = january_story()
    join(services, {each.member for each in said} | ROLES.keys() | {"m-registers"})
    check_in_all(services, [each for each in said if each.at < TENTH])
    with services.ledger.read() as uow:
        early = uow.records.count(kinds=GRAPH_KINDS)
    check_in_all(services, [each for each in said if each.at >= TENTH])
    _hold_an_evening(services)
    yield January(services, early)
    services.graph.close()
    services.ledger.close()


def _hold_an_evening(services: Services) -> None:
    now = services.clock.now()
    evening = EventInput(id="e-evening", title="Evening on privacy", starts_at=EVENING)
    attended = [AttendanceInput(member=member, event=evening.id, role=role) for member, role in ROLES.items()]
    registered = RegistrationInput(member="m-registers", event=evening.id, at=EVENING)
    with services.ledger.write() as uow:
        publish(uow, [evening], now=now, scrub=services.scrub)
        attend(uow, attended, source="test", now=now)
        attend(uow, [registered], source="test", now=now)
    read_pending(services.ledger, services.reader, now=now)


@pytest.fixture
def projected(january: January, graph: GraphStore) -> Services:
    """The services with everything projected into a graph of every kind."""
    services = replace(january.services, graph=graph, name=f"test:{id(graph)}")
    while services.projector().step():
        pass
    return services


def affinities_of_big_data(graph: GraphStore, now: datetime) -> list[str]:
    """The topics related to "Big Data", the strongest first."""
    found = graph.around(NodeKind.TOPIC, "big-data", [EdgeKind.RELATED_TO])
    strength = {
        next(end for end in key[1:] if end != "big-data"): value(edge, now, HalfLives().affinity)
        for key, edge in found.items()
        if isinstance(edge, Weight)
    }
    return sorted(strength, key=lambda topic: -strength[topic])


def test_marketing_automation_overtakes_marketing_next_to_big_data(january: January, graph: GraphStore) -> None:
    """Early in January "Marketing" is the strongest affinity of "Big Data", at its end "Marketing Automation" is."""
    services = replace(january.services, graph=graph)
    services.projector(batch=january.early).step()
    early = affinities_of_big_data(graph, TENTH)
    while services.projector().step():
        pass
    late = affinities_of_big_data(graph, AFTER_JANUARY)

    assert early[0] == "marketing"
    assert "marketing-automation" not in early
    assert late[:2] == ["marketing-automation", "marketing"]


def test_asking_as_of_the_tenth_still_gives_the_old_answer(projected: Services) -> None:
    """An earlier moment is folded from the records, whatever the live graph says by now."""
    then = graph_as_of(projected, TENTH)
    assert affinities_of_big_data(projected.graph, AFTER_JANUARY)[0] == "marketing-automation"
    assert affinities_of_big_data(then, TENTH)[0] == "marketing"
    assert "marketing-automation" not in affinities_of_big_data(then, TENTH)


def test_as_of_a_moment_leaves_out_what_was_said_at_that_very_moment(january: January) -> None:
    """As of means strictly before."""
    at = january_story()[0].at
    before, after = graph_as_of(january.services, at), graph_as_of(january.services, at + timedelta(microseconds=1))
    assert before.counts()[EdgeKind.RELATED_TO] == 0
    assert after.counts()[EdgeKind.RELATED_TO] > 0


def test_an_interest_fades_when_it_is_no_longer_mentioned(projected: Services) -> None:
    """Half of it is left after one half-life, a quarter after two."""
    now, half_life = AFTER_JANUARY, timedelta(days=projected.half_lives.interests)
    weights = []
    for clock in (FakeClock(now), FakeClock(now + half_life), FakeClock(now + 2 * half_life)):
        found = interests(replace(projected, clock=clock), "m-030")
        weights.append({each.topic: each.weight for each in found}["big-data"])
    assert weights[1:] == [pytest.approx(weights[0] / 2), pytest.approx(weights[0] / 4)]


def test_a_fresh_interest_comes_before_one_that_was_mentioned_more_often_long_ago(projected: Services) -> None:
    """m-036 spoke of marketing on the third only, and of marketing automation later in the month."""
    found = {each.topic: each.weight for each in interests(projected, "m-036")}
    assert found["marketing-automation"] > found["marketing"] > 0


def test_attendance_raises_interest_by_role_and_registration_less(projected: Services) -> None:
    """Who speaks is more interested than who hosts, who listens, and who only registered."""
    raised = {
        member: {each.topic: each.weight for each in interests(projected, member)}["privacy"]
        for member in (*ROLES, "m-registers")
    }
    assert raised["m-speaks"] > raised["m-hosts"] > raised["m-listens"] > raised["m-registers"] > 0


def test_an_interest_raised_by_attendance_fades_too(projected: Services) -> None:
    """An evening long ago says less about a member than one last week."""
    later = replace(projected, clock=FakeClock(AFTER_JANUARY + timedelta(days=45)))
    [now], [then] = (
        [each.weight for each in interests(services, "m-speaks") if each.topic == "privacy"]
        for services in (projected, later)
    )
    assert then == pytest.approx(now / 2)


def test_projecting_once_more_changes_nothing(projected: Services) -> None:
    """There is nothing left to fold."""
    before = projected.graph.head()
    assert project(projected) == 0
    assert projected.graph.head() == before
