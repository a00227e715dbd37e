"""Whatever happened, however it was cut up and wherever the process died: the graph is the same."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serendipity.ports import GraphStore
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_neo4j import Neo4jGraph
from tests.integration.projection.comparing import HALF_LIVES
from tests.integration.projection.conftest import NewLedger
from tests.integration.projection.histories import STEP
from tests.integration.projection.living import Chapter, assert_all_ways_agree, live_through
from tests.integration.projection.stores import POINTS

CHAPTERS: st.SearchStrategy[list[Chapter]] = st.lists(
    st.tuples(st.lists(STEP, min_size=1, max_size=12), st.integers(1, 12), st.none() | st.sampled_from(POINTS)),
    min_size=1,
    max_size=6,
)
RELAXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def lives_the_same(new_ledger: NewLedger, graph: GraphStore, chapters: list[Chapter]) -> None:
    """Let an emptied graph live through a history, and compare."""
    ledger = new_ledger()
    graph.clear(HALF_LIVES)
    live_through(ledger, graph, chapters)
    assert_all_ways_agree(ledger, graph)
    ledger.close()


@settings(max_examples=60, deadline=None, suppress_health_check=RELAXED)
@given(chapters=CHAPTERS)
def test_any_history_gives_the_same_graph_in_memory(new_ledger: NewLedger, chapters: list[Chapter]) -> None:
    """In batches of any size, killed at any point, at once, rebuilt, folded in memory: one graph."""
    lives_the_same(new_ledger, MemoryGraph(HALF_LIVES), chapters)


@settings(max_examples=40, deadline=None, suppress_health_check=RELAXED)
@given(chapters=CHAPTERS)
def test_any_history_gives_the_same_graph_in_its_file(
    new_ledger: NewLedger, embedded_graph: GraphStore, chapters: list[Chapter]
) -> None:
    """The embedded graph, killed on the way, equals one in memory."""
    lives_the_same(new_ledger, embedded_graph, chapters)


@settings(max_examples=8, deadline=None, suppress_health_check=RELAXED)
@given(chapters=CHAPTERS)
def test_any_history_gives_the_same_graph_on_neo4j(
    new_ledger: NewLedger, neo4j_graph: Neo4jGraph, chapters: list[Chapter]
) -> None:
    """The graph in Neo4j, killed on the way, equals one in memory."""
    lives_the_same(new_ledger, neo4j_graph, chapters)
