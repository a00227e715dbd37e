"""Several projectors, and several writers: one wins per batch, and nothing is skipped or counted twice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from serendipity.domain.decay import Weight
from serendipity.domain.errors import HalfLivesDiffer, LeaseLost, OffsetMoved
from serendipity.domain.graph import EdgeKey, EdgeKind, HalfLives
from serendipity.domain.model import NewRecord, Stance, Visibility
from serendipity.ports import GraphStore, Ledger
from serendipity.projection import LEASE, Projector
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.usecases.services import new_standing
from tests.integration.projection.comparing import HALF_LIVES, assert_same
from tests.integration.projection.histories import START, History
from tests.integration.projection.living import project
from tests.integration.projection.stores import InFront
from tests.waiting import PATIENCE

PAIR = EdgeKey(EdgeKind.RELATED_TO, "t1", "t2")
PAIRS = 40
WAIT_SECONDS = PATIENCE


def check_ins(count: int, history: History | None = None) -> list[NewRecord]:
    """A community in which a pair of topics is mentioned together so many times, at one moment."""
    history = history or History.begun()
    for _ in range(count):
        said = [("amber", 1.0, Stance.INTEREST), ("basalt", 1.0, Stance.INTEREST)]
        history.says("m1", said, 0, Visibility.MEMBERS, False)
    return history.new


def append(ledger: Ledger, new: list[NewRecord]) -> None:
    """Write in one transaction."""
    with ledger.write() as uow:
        uow.records.append(new)


@dataclass
class Overtaken(InFront):
    """Lets another projector go first, just before it writes."""

    meanwhile: Callable[[], object] | None = None

    def reach(self, point: str) -> None:
        if point == "before write" and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()


def test_of_two_projectors_on_a_fresh_pair_one_wins(ledger: Ledger, graph: GraphStore) -> None:
    """The second finds the offset moved, and there is one edge with the exact sum."""
    append(ledger, check_ins(1))
    first = Projector(ledger, graph, HALF_LIVES, new_standing)
    second = Projector(ledger, Overtaken(graph, meanwhile=first.step), HALF_LIVES, new_standing)
    with pytest.raises(OffsetMoved):
        second.step()
    assert second.step() == 0
    assert graph.changes_since(0).weights[PAIR] == Weight(weight=1.0, updated_at=START, count=1)


def test_a_projector_that_was_taken_over_writes_nothing(ledger: Ledger, graph: GraphStore) -> None:
    """A fence lower than the graph's says that another has the lease by now."""
    append(ledger, check_ins(2))
    Projector(ledger, graph, HALF_LIVES, new_standing, batch=5).step(fence=2)
    before = graph.head()
    with pytest.raises(LeaseLost):
        Projector(ledger, graph, HALF_LIVES, new_standing, batch=5).step(fence=1)
    assert graph.head() == before


def test_while_another_holds_the_lease_nothing_is_folded(ledger: Ledger) -> None:
    """One projector at a time, and the next one at once when the first is through."""
    history = History.begun()
    first = len(check_ins(1, history))
    append(ledger, history.new)
    graph = MemoryGraph(HALF_LIVES)
    projector = Projector(ledger, graph, HALF_LIVES, new_standing)
    with ledger.write() as uow:
        uow.operations.lease(LEASE, holder="another", seconds=3600)
    meanwhile = projector.catch_up(holder="one")
    with ledger.write() as uow:
        uow.operations.release(LEASE, holder="another")
    afterwards = projector.catch_up(holder="one")
    append(ledger, check_ins(1, history)[first:])
    assert (meanwhile, afterwards) == (0, first)
    assert Projector(ledger, graph, HALF_LIVES, new_standing).catch_up(holder="two") == 2


def test_two_threads_that_project_at_once_count_everything_once(ledger: Ledger, graph: GraphStore) -> None:
    """Whoever wins each batch, the sum is exact."""
    append(ledger, check_ins(PAIRS))
    start = threading.Barrier(2)

    def fold() -> None:
        projector = Projector(ledger, graph, HALF_LIVES, new_standing, batch=8)
        start.wait(timeout=WAIT_SECONDS)
        while True:
            try:
                if not projector.step():
                    return
            except OffsetMoved:
                continue

    threads = [threading.Thread(target=fold) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=WAIT_SECONDS)
    assert graph.changes_since(0).weights[PAIR] == Weight(weight=float(PAIRS), updated_at=START, count=PAIRS)


def test_a_graph_of_other_half_lives_asks_for_a_rebuild(ledger: Ledger, graph: GraphStore) -> None:
    """Weights of two half-lives are never mixed, also when there is nothing new."""
    append(ledger, check_ins(1))
    project(ledger, graph)
    with pytest.raises(HalfLivesDiffer):
        Projector(ledger, graph, HalfLives(interests=10), new_standing).catch_up(holder="test")


@pytest.mark.parametrize("late", ["first", "second"])
def test_a_late_committer_is_never_skipped(postgres_url: str, late: str) -> None:
    """Who holds a transaction open while another wants to append is waited for, and the projector misses neither."""
    ledger = open_ledger(postgres_url)
    ledger.migrate()
    everything = check_ins(2)
    append(ledger, everything[:-4])
    graph = MemoryGraph(HALF_LIVES)
    project(ledger, graph)
    appended, released = threading.Event(), threading.Event()

    def hold_open() -> None:
        with ledger.write() as uow:
            uow.records.append(everything[-4:-2])
            appended.set()
            assert released.wait(timeout=WAIT_SECONDS)

    holding = threading.Thread(target=hold_open)
    waiting = threading.Thread(target=append, args=(ledger, everything[-2:]))
    holding.start()
    assert appended.wait(timeout=WAIT_SECONDS)
    waiting.start()
    waiting.join(timeout=0.3)
    assert waiting.is_alive()
    project(ledger, graph)
    assert graph.head().offset == len(everything) - 4
    released.set()
    holding.join(timeout=WAIT_SECONDS)
    if late == "second":
        project(ledger, graph)
    waiting.join(timeout=WAIT_SECONDS)
    project(ledger, graph)

    at_once = MemoryGraph(HALF_LIVES)
    project(ledger, at_once)
    assert graph.changes_since(0).weights[PAIR].count == 2
    assert_same(graph, at_once, ledger)
    ledger.close()
