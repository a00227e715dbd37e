"""A graph store that does not answer, is not migrated or was migrated by others says so, and what to do."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from serendipity.domain.errors import GraphUnavailable, MisconfiguredSetting
from serendipity.domain.graph import NodeKind
from serendipity.ports import GraphStore
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.graph_neo4j import Neo4jGraph, open_neo4j_graph
from serendipity.stores.graph_neo4j.migrations import (
    Migration,
    applied_migrations,
    apply_migrations,
    load_migrations,
    schema_folder,
)
from serendipity.stores.graph_neo4j.server import Server
from tests.contract.graph.conftest import HALF_LIVES
from tests.contract.graph.examples import WEIGHTS, fill
from tests.servers.neo4j_server import Neo4jServer, empty
from tests.servers.session import exclusive, free_port


def _open_for_writing(graph: GraphStore) -> None:
    with graph.write():
        pass


USES: list[Callable[[GraphStore], object]] = [
    lambda graph: graph.head(),
    lambda graph: graph.changes_since(0),
    lambda graph: graph.changes_since(5),
    lambda graph: graph.around(NodeKind.MEMBER, "m", []),
    lambda graph: graph.nodes(NodeKind.MEMBER, ["m"]),
    lambda graph: graph.counts(),
    lambda graph: graph.check(),
    _open_for_writing,
]


def _says(graph: GraphStore, what: str) -> None:
    """Every way to use the graph raises GraphUnavailable with these words."""
    for use in USES:
        with pytest.raises(GraphUnavailable, match=what):
            use(graph)


# --- the file ---------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_migrated_asks_for_it(tmp_path: Path) -> None:
    """Nothing is made up for a graph that was never started."""
    graph = open_embedded_graph(tmp_path / "graph.db", HALF_LIVES)

    _says(graph, "run `serendipity graph migrate`")
    graph.close()


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    """An older program must not write what it does not understand."""
    path = tmp_path / "graph.db"
    graph = open_embedded_graph(path, HALF_LIVES)
    graph.migrate()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()

    _says(graph, "later version")
    with pytest.raises(GraphUnavailable, match="later version"):
        graph.migrate()
    graph.close()


def test_a_file_that_is_no_database_does_not_answer(tmp_path: Path) -> None:
    """The path and SQLite's words are in the message."""
    path = tmp_path / "graph.db"
    path.write_bytes(b"not a database" * 100)
    graph = open_embedded_graph(path, HALF_LIVES)

    _says(graph, r"graph\.db is damaged \(file is not a database\)")
    graph.close()


def test_a_file_in_a_missing_folder_does_not_answer(tmp_path: Path) -> None:
    """It is not made on the way."""
    _says(open_embedded_graph(tmp_path / "none" / "graph.db", HALF_LIVES), "unable to open")


def test_a_closed_file_says_so(tmp_path: Path) -> None:
    """After close nothing is opened behind the caller's back."""
    graph = open_embedded_graph(tmp_path / "graph.db", HALF_LIVES)
    graph.migrate()
    graph.close()

    _says(graph, "was closed")


# --- Neo4j ------------------------------------------------------------------------------------------------------


def test_neo4j_that_is_down_does_not_answer() -> None:
    """Nobody listens on the port; the address is in the message."""
    uri = f"bolt://127.0.0.1:{free_port()}"
    graph = open_neo4j_graph(uri, "neo4j", "secret", HALF_LIVES)

    _says(graph, f"Neo4j at {uri} does not answer")
    for prepare in (graph.migrate, lambda: graph.clear(HALF_LIVES)):
        with pytest.raises(GraphUnavailable):
            prepare()
    graph.close()


@pytest.mark.neo4j
def test_a_wrong_password_is_told_apart(neo4j_server: Neo4jServer) -> None:
    """The message names the settings, not the network, and never the password."""
    graph = open_neo4j_graph(neo4j_server.uri, "neo4j", "wrong-secret", HALF_LIVES)

    with pytest.raises(GraphUnavailable, match="refused the user or password") as raised:
        graph.head()

    assert "wrong-secret" not in str(raised.value)
    graph.close()


@pytest.mark.neo4j
def test_a_database_that_is_not_there_is_named(neo4j_server: Neo4jServer) -> None:
    """A misspelt database name is no reason to crash."""
    graph = open_neo4j_graph(neo4j_server.uri, *neo4j_server.auth, HALF_LIVES, database="elsewhere")

    with pytest.raises(GraphUnavailable, match="elsewhere"):
        graph.head()
    graph.close()


@pytest.mark.neo4j
def test_neo4j_that_is_not_migrated_asks_for_it(neo4j: Neo4jServer) -> None:
    """Then migrating once is enough."""
    graph = open_neo4j_graph(neo4j.uri, *neo4j.auth, HALF_LIVES)

    _says(graph, "run `serendipity graph migrate`")
    graph.migrate()
    fill(graph)

    assert graph.changes_since(0).weights == WEIGHTS
    graph.close()


@pytest.mark.neo4j
def test_a_clearing_that_was_cut_off_blocks_until_it_is_repeated(
    neo4j_graph: Callable[[], Neo4jGraph], neo4j_server: Neo4jServer
) -> None:
    """A graph without half of its edges is never read as if it were whole."""
    graph = neo4j_graph()
    fill(graph)
    with GraphDatabase.driver(neo4j_server.uri, auth=neo4j_server.auth) as driver:
        driver.execute_query("MATCH (c:Community) SET c.clearing = true")

    _says(graph, "being cleared")
    graph.clear(HALF_LIVES)

    assert graph.changes_since(0).nodes == []


# --- migrations -------------------------------------------------------------------------------------------------


def test_the_migrations_are_numbered_from_one_and_hold_statements() -> None:
    """They are found beside the package, from a checkout and from a wheel."""
    migrations = load_migrations(schema_folder())

    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
    assert all(statement.startswith("CREATE ") for migration in migrations for statement in migration.statements)


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    """A migration that was lost must not go unnoticed."""
    for name in ("0001_one.cypher", "0003_three.cypher"):
        (tmp_path / name).write_text("RETURN 1;\n")

    with pytest.raises(MisconfiguredSetting, match="without gaps"):
        load_migrations(tmp_path)


def test_a_checksum_does_not_depend_on_line_ends() -> None:
    """A checkout on another system is the same migration."""
    unix = Migration(number=1, name="0001_one.cypher", text="RETURN 1;\nRETURN 2;\n")

    assert replace(unix, text="RETURN 1;\r\nRETURN 2;\r\n").checksum == unix.checksum
    assert unix.statements == ["RETURN 1", "RETURN 2"]


@pytest.mark.neo4j
def test_changed_and_unknown_migrations_are_refused(neo4j_server: Neo4jServer) -> None:
    """What was applied stays as it was applied; what a later version applied is not touched."""
    server = Server(neo4j_server.uri, *neo4j_server.auth, None)
    first = Migration(number=1, name="0001_one.cypher", text="CREATE INDEX one IF NOT EXISTS FOR (n:One) ON (n.one);\n")
    second = replace(first, number=2, name="0002_two.cypher")
    with exclusive("neo4j-use"):
        empty(neo4j_server)
        apply_migrations(server, [first, second])
        apply_migrations(server, [first, second])

        assert applied_migrations(server) == {1: first.checksum, 2: second.checksum}
        with pytest.raises(MisconfiguredSetting, match="changed after it was applied"):
            apply_migrations(server, [first, replace(second, text="RETURN 1;\n")])
        with pytest.raises(MisconfiguredSetting, match="later version"):
            apply_migrations(server, [first])
        empty(neo4j_server)
    server.close()
