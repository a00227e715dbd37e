"""Lives through a history: written chapter by chapter, projected in batches, killed on the way, compared at the end."""

from datetime import timedelta

from serendipity.ports import GraphStore, Ledger
from serendipity.projection import Projector, fold_into
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.usecases.services import new_standing
from tests.integration.projection.comparing import HALF_LIVES, absolute_contributions, differences
from tests.integration.projection.histories import LATER, History, Step
from tests.integration.projection.stores import DyingGraph, Killed

Chapter = tuple[list[Step], int, str | None]


def project(ledger: Ledger, graph: GraphStore, *, batch: int = 10_000) -> None:
    """Fold until nothing is left, as a new process."""
    projector = Projector(ledger, graph, HALF_LIVES, new_standing, batch=batch)
    while projector.step():
        pass


def live_through(ledger: Ledger, graph: GraphStore, chapters: list[Chapter]) -> None:
    """Write a history chapter by chapter, and project each as far as one short-lived process comes."""
    history, written = History.begun(), 0
    for steps, batch, dies_at in chapters:
        history.play(steps)
        with ledger.write() as uow:
            answers = uow.records.append(history.new[written:])
        assert all(answer.fresh for answer in answers)
        written = len(history.new)
        dying = DyingGraph(graph, dies_at=dies_at)
        projector = Projector(ledger, dying, HALF_LIVES, new_standing, batch=batch)
        try:
            projector.step()
            projector.step()
        except Killed:
            projector.step()
    project(ledger, graph, batch=5)


def assert_all_ways_agree(ledger: Ledger, lived: GraphStore) -> None:
    """Compare the graph that lived through it with one made in one go and one folded in memory, then rebuild it."""
    scale = absolute_contributions(ledger)
    at_once, folded = MemoryGraph(HALF_LIVES), MemoryGraph(HALF_LIVES)
    project(ledger, at_once)
    fold_into(folded, ledger, new_standing(), HALF_LIVES, before=LATER + timedelta(days=1))
    assert differences(lived, at_once, scale) == []
    assert differences(folded, at_once, scale) == []
    lived.clear(HALF_LIVES)
    project(ledger, lived, batch=7)
    assert differences(lived, at_once, scale) == []
