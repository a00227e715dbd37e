"""A ledger of its own for every history, and the graph stores it is projected into."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from serendipity.ports import GraphStore
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_neo4j import Neo4jGraph, open_neo4j_graph
from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from tests.integration.projection.comparing import HALF_LIVES
from tests.servers.neo4j_server import Neo4jServer
from tests.servers.session import exclusive

NewLedger = Callable[[], SqlLedger]
NewGraph = Callable[[], GraphStore]


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated ledger file, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "ledger.db"
    ledger = open_ledger(f"sqlite:///{path}")
    ledger.migrate()
    ledger.close()
    return path


@pytest.fixture
def new_ledger(empty_ledger: Path, tmp_path: Path) -> Iterator[NewLedger]:
    """Opens one empty ledger after another."""
    opened: list[SqlLedger] = []
    numbers = count()

    def open_another() -> SqlLedger:
        path = tmp_path / f"ledger-{next(numbers)}.db"
        shutil.copy(empty_ledger, path)
        opened.append(open_ledger(f"sqlite:///{path}"))
        return opened[-1]

    yield open_another
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(new_ledger: NewLedger) -> SqlLedger:
    """An empty ledger."""
    return new_ledger()


@pytest.fixture
def embedded_graph(tmp_path: Path) -> Iterator[GraphStore]:
    """An empty embedded graph."""
    graph = open_embedded_graph(tmp_path / "graph.db", HALF_LIVES)
    graph.migrate()
    yield graph
    graph.close()


@pytest.fixture
def neo4j_graph(neo4j_server: Neo4jServer) -> Iterator[Neo4jGraph]:
    """The graph in Neo4j, used by nobody else; cleared, not emptied, since its schema takes seconds."""
    with exclusive("neo4j-use"):
        graph = open_neo4j_graph(neo4j_server.uri, *neo4j_server.auth, HALF_LIVES)
        graph.migrate()
        graph.clear(HALF_LIVES)
        yield graph
        graph.close()


@pytest.fixture(params=["memory", "embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def graph(request: pytest.FixtureRequest) -> GraphStore:
    """An empty graph of every kind."""
    if request.param == "memory":
        return MemoryGraph(HALF_LIVES)
    opened: GraphStore = request.getfixturevalue(f"{request.param}_graph")
    return opened
