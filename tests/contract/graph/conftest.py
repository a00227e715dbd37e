"""The three graph stores, each empty and migrated, for one suite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serendipity.domain.graph import HalfLives
from serendipity.ports import GraphStore
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_neo4j import Neo4jGraph, open_neo4j_graph
from tests.servers.neo4j_server import Neo4jServer
from tests.servers.session import exclusive

HALF_LIVES = HalfLives(interests=45, wants=30, affinity=30, ties=365)
OpenGraph = Callable[[], GraphStore]


@pytest.fixture
def neo4j_graph(neo4j_server: Neo4jServer) -> Iterator[Callable[[], Neo4jGraph]]:
    """Opens the graph in Neo4j, used by nobody else; cleared, not emptied, since the schema takes seconds."""
    opened: list[Neo4jGraph] = []

    def open_again() -> Neo4jGraph:
        opened.append(open_neo4j_graph(neo4j_server.uri, *neo4j_server.auth, HALF_LIVES))
        return opened[-1]

    with exclusive("neo4j-use"):
        first = open_again()
        first.migrate()
        first.clear(HALF_LIVES)
        yield open_again
        for graph in opened:
            graph.close()


@pytest.fixture
def embedded_graph(tmp_path: Path) -> Iterator[OpenGraph]:
    """Opens the graph in one SQLite file."""
    opened: list[GraphStore] = []

    def open_again() -> GraphStore:
        opened.append(open_embedded_graph(tmp_path / "graph.db", HALF_LIVES))
        return opened[-1]

    open_again().migrate()
    yield open_again
    for graph in opened:
        graph.close()


@pytest.fixture(params=["memory", "embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def open_graph(request: pytest.FixtureRequest) -> OpenGraph:
    """Opens the same graph again, as another process would (the one in memory is itself)."""
    if request.param == "memory":
        only = MemoryGraph(HALF_LIVES)
        return lambda: only
    opened: OpenGraph = request.getfixturevalue(f"{request.param}_graph")
    return opened


@pytest.fixture
def graph(open_graph: OpenGraph) -> GraphStore:
    """An empty graph."""
    return open_graph()
