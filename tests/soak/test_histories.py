"""Random histories in numbers."""

import pytest
from hypothesis import given, settings

from serendipity.ports import GraphStore
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_neo4j import Neo4jGraph
from tests.integration.projection.comparing import HALF_LIVES
from tests.integration.projection.conftest import (  # noqa: F401 - the fixtures of the histories
    NewLedger,
    embedded_graph,
    empty_ledger,
    neo4j_graph,
    new_ledger,
)
from tests.integration.projection.living import Chapter
from tests.integration.projection.test_exactly_once import CHAPTERS, RELAXED, lives_the_same

pytestmark = pytest.mark.soak


@settings(max_examples=400, deadline=None, suppress_health_check=RELAXED)
@given(chapters=CHAPTERS)
def test_many_histories_give_the_same_graph_in_memory(
    new_ledger: NewLedger,  # noqa: F811
    chapters: list[Chapter],
) -> None:
    """As in every run, with many more histories."""
    lives_the_same(new_ledger, MemoryGraph(HALF_LIVES), chapters)


@settings(max_examples=200, deadline=None, suppress_health_check=RELAXED)
@given(chapters=CHAPTERS)
def test_many_histories_give_the_same_graph_in_its_file(
    new_ledger: NewLedger,  # noqa: F811
    embedded_graph: GraphStore,  # noqa: F811
    chapters: list[Chapter],
) -> None:
    """As in every run, with many more histories."""
    lives_the_same(new_ledger, embedded_graph, chapters)


@settings(max_examples=60, deadline=None, suppress_health_check=RELAXED)
@given(chapters=CHAPTERS)
def test_many_histories_give_the_same_graph_on_neo4j(
    new_ledger: NewLedger,  # noqa: F811
    neo4j_graph: Neo4jGraph,  # noqa: F811
    chapters: list[Chapter],
) -> None:
    """As in every run, with many more histories."""
    lives_the_same(new_ledger, neo4j_graph, chapters)
