"""When something was said counts, not when it was heard of; and any moment can be asked for."""

import random
from datetime import datetime, timedelta

import pytest

from serendipity.domain.decay import value
from serendipity.domain.graph import EdgeKey, EdgeKind, HalfLives
from serendipity.domain.model import Stance, Visibility
from serendipity.ports import GraphStore, Ledger
from serendipity.projection import fold_into
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.usecases.services import new_standing
from tests.integration.projection.comparing import HALF_LIVES, assert_same
from tests.integration.projection.conftest import NewLedger
from tests.integration.projection.histories import LATER, START, History
from tests.integration.projection.living import project

PHRASES = {"amber": "t1", "basalt": "t2", "cobalt": "t3"}
OTHER_HALF_LIVES = HalfLives(interests=7, wants=11, affinity=90, ties=20)
SAID = [
    (f"m{number % 4 + 1}", list(PHRASES)[: number % 3 + 1], 37 * number % 2400, (1.0, 0.7, -0.5)[number % 5 % 3])
    for number in range(60)
]


def written(ledger: Ledger, said: list[tuple[str, list[str], int, float]]) -> Ledger:
    """Write check-ins into an empty ledger, in this order."""
    history = History.begun()
    for member, phrases, hours, weight in said:
        history.says(
            member, [(phrase, weight, Stance.INTEREST) for phrase in phrases], hours, Visibility.MEMBERS, False
        )
    with ledger.write() as uow:
        uow.records.append(history.new)
    return ledger


def brute_force(member: str, topic: str, before: datetime, half_life_days: float) -> float:
    """The sum over everything said, each with what is left of it, without any fold."""
    sum_of_all = 0.0
    for who, phrases, hours, weight in SAID:
        age_days = (before - START).total_seconds() / 86_400 - hours / 24
        if who == member and topic in {PHRASES[phrase] for phrase in phrases} and age_days > 0:
            sum_of_all += weight * 0.5 ** (age_days / half_life_days)
    return sum_of_all


def together(one: str, other: str, before: datetime, half_life_days: float) -> float:
    """The decayed number of check-ins that are for both topics, without any fold."""
    count = 0.0
    for _, phrases, hours, weight in SAID:
        age_days = (before - START).total_seconds() / 86_400 - hours / 24
        if weight > 0 and {one, other} <= {PHRASES[phrase] for phrase in phrases} and age_days > 0:
            count += 0.5 ** (age_days / half_life_days)
    return count


def test_backdated_and_shuffled_check_ins_give_the_weights_of_those_in_order(
    new_ledger: NewLedger, graph: GraphStore
) -> None:
    """What is heard of late counts as if it had been heard of in time."""
    in_order = written(new_ledger(), sorted(SAID, key=lambda said: said[2]))
    shuffled = written(new_ledger(), random.Random(7).sample(SAID, len(SAID)))
    expected = MemoryGraph(HALF_LIVES)
    project(in_order, expected)
    project(shuffled, graph, batch=17)
    assert_same(graph, expected, shuffled)


def test_the_live_graph_holds_the_brute_force_sums(ledger: Ledger, graph: GraphStore) -> None:
    """Interests and affinities are what their formula says, on every store."""
    project(written(ledger, SAID), graph, batch=17)
    weights = graph.changes_since(0).weights
    for member in ("m1", "m2", "m3", "m4"):
        for topic in PHRASES.values():
            edge = weights[EdgeKey(EdgeKind.INTERESTED_IN, member, topic)]
            assert value(edge, LATER, 45) == pytest.approx(brute_force(member, topic, LATER, 45), rel=1e-9, abs=1e-12)
    for one, other in (("t1", "t2"), ("t1", "t3"), ("t2", "t3")):
        edge = weights[EdgeKey(EdgeKind.RELATED_TO, one, other)]
        assert value(edge, LATER, 30) == pytest.approx(together(one, other, LATER, 30), rel=1e-9)


@pytest.mark.parametrize("days", [10, 55.5, 99])
@pytest.mark.parametrize("half_lives", [HALF_LIVES, OTHER_HALF_LIVES], ids=["usual", "other"])
def test_any_moment_and_any_half_lives_give_the_brute_force_sums(
    ledger: Ledger, days: float, half_lives: HalfLives
) -> None:
    """An earlier moment and other half-lives are folded in memory, with the same answer as a sum by hand."""
    moment, graph = START + timedelta(days=days), MemoryGraph(half_lives)
    fold_into(graph, written(ledger, SAID), new_standing(), half_lives, before=moment)
    weights = graph.changes_since(0).weights
    for member in ("m1", "m2", "m3", "m4"):
        for topic in PHRASES.values():
            expected = brute_force(member, topic, moment, half_lives.interests)
            edge = weights.get(EdgeKey(EdgeKind.INTERESTED_IN, member, topic))
            found = value(edge, moment, half_lives.interests) if edge else 0.0
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
