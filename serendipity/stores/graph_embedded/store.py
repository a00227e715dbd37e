"""A `GraphStore` in a SQLite file: WAL, one writer at a time, readers that see one consistent view."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from serendipity.domain.decay import Weight
from serendipity.domain.errors import GraphDamaged
from serendipity.domain.graph import (
    ENDS,
    WEIGHTED,
    Changes,
    EdgeKey,
    EdgeKind,
    Fact,
    HalfLives,
    Head,
    Node,
    NodeKind,
)
from serendipity.ports import GraphTransaction
from serendipity.stores import graph_rows
from serendipity.stores.graph_embedded import rows
from serendipity.stores.graph_embedded.connections import (
    REBUILD,
    Connections,
    answering,
    lacking_tables,
    migrate,
    require_schema,
    schema_version,
    transaction,
)
from serendipity.stores.graph_embedded.rows import TEXT
from serendipity.stores.graph_embedded.write import write_gathered
from serendipity.stores.graph_transaction import GatheredTransaction, changes, threshold
from serendipity.stores.named_queries import load_queries
from serendipity.stores.sqlite_vacuum import settle_file

QUERIES = load_queries("serendipity.stores.graph_embedded", "queries.sql")
ASIDE = ".damaged-"
CLEARING = [name for name in QUERIES if name.startswith("clear_")]


class EmbeddedGraph:
    """The graph of a small installation; safe to use from several threads and processes."""

    def __init__(self, path: Path, half_lives: HalfLives) -> None:
        self._path = path
        self._half_lives = half_lives
        self._connections = Connections(path)

    @contextmanager
    def write(self) -> Iterator[GraphTransaction]:
        """Open a write transaction: SQLite's write lock is taken before the head is read."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            read = partial(self._read_weights, connection)
            gathering = GatheredTransaction(self._read_head(connection), read)
            yield gathering
            with answering(self._path):
                write_gathered(connection, QUERIES, gathering.gathered)

    def head(self) -> Head:
        """Return the head."""
        with self._transaction("BEGIN") as connection:
            return self._read_head(connection)

    def changes_since(self, position: int) -> Changes:
        """Return everything touched after a position (0: the whole graph), as of one moment."""
        with self._transaction("BEGIN") as connection, answering(self._path):
            select = partial(_select, connection, threshold(position))
            return changes(
                self._read_head(connection),
                whole=position == 0,
                nodes=map(rows.node, select("changed_nodes")),
                weights=dict(map(rows.read_weighted_edge, select("changed_weights"))),
                facts=dict(map(rows.read_stated_edge, select("changed_facts"))),
                dropped_nodes=((NodeKind(kind), id) for kind, id in select("changed_dropped_nodes")),
                dropped_edges=map(rows.edge_key, select("changed_dropped_edges")),
                remaps=map(graph_rows.remap, select("changed_remaps")),
            )

    def around(self, kind: NodeKind, id: str, kinds: Collection[EdgeKind]) -> dict[EdgeKey, Weight | Fact]:
        """Return the edges of these kinds at a node, in either direction."""
        found: dict[EdgeKey, Weight | Fact] = {}
        with self._transaction("BEGIN") as connection, answering(self._path):
            for edge_kind in kinds:
                for side, end in zip(("from", "to"), ENDS[edge_kind], strict=True):
                    if end is kind:
                        found.update(_edges(connection, edge_kind, side, id))
        return found

    def nodes(self, kind: NodeKind, ids: Collection[str]) -> dict[str, Node]:
        """Return the nodes that exist among these ids."""
        with self._transaction("BEGIN") as connection, answering(self._path):
            found = (connection.execute(QUERIES["node"], (TEXT[kind], id)).fetchone() for id in ids)
            return {node.id: node for node in (rows.node(row) for row in found if row is not None)}

    def counts(self) -> dict[str, int]:
        """Count nodes and edges by kind."""
        with self._transaction("BEGIN") as connection, answering(self._path):
            found: dict[str, int] = dict(connection.execute(QUERIES["counts"]).fetchall())
        return {str(kind): found.get(TEXT[kind], 0) for kind in (*NodeKind, *EdgeKind)}

    def clear(self, half_lives: HalfLives) -> None:
        """Delete everything and start at offset 0 with these half-lives."""
        with self._transaction("BEGIN IMMEDIATE") as connection, answering(self._path):
            for name in CLEARING:
                connection.execute(QUERIES[name])
            connection.execute(QUERIES["start"], rows.half_lives_row(half_lives))
        self._half_lives = half_lives

    def start_over(self, half_lives: HalfLives, *, now: datetime) -> None:
        """Start at offset 0 with these half-lives; a damaged file is put aside under its name and the time."""
        try:
            self.migrate()
            self.check()
            self.clear(half_lives)
        except GraphDamaged:
            self._connections.put_aside(f"{self._path.name}{ASIDE}{now:%Y%m%dT%H%M%S}")
            self.migrate()
            self.clear(half_lives)

    def migrate(self) -> None:
        """Bring the file's schema to this version, and start a new graph with the half-lives given at opening."""
        with self._connections.lend() as connection:
            migrate(connection, self._path)
            with transaction(connection, self._path, "BEGIN IMMEDIATE"), answering(self._path):
                require_schema(connection, self._path)
                connection.execute(QUERIES["start"], rows.half_lives_row(self._half_lives))

    def settle(self) -> bool:
        """Bring what was overwritten out of log and file; False where a reader is in the way just now.

        Files that were put aside go: nothing can be taken out of what is damaged.
        """
        for path in self._path.parent.glob(f"{self._path.name}{ASIDE}*"):
            path.unlink(missing_ok=True)
        with answering(self._path):
            return settle_file(str(self._path))

    def check(self) -> str:
        """Return the file and its versions in one line, once every page was looked at. Raises GraphUnavailable."""
        with self._transaction("BEGIN") as connection, answering(self._path):
            [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise GraphDamaged(f"The graph file {self._path} is damaged ({found}); {REBUILD}")
            if lacking := lacking_tables(connection):
                raise GraphDamaged(f"The graph file {self._path} lacks {lacking[0]}; {REBUILD}")
            connection.execute(QUERIES["head"]).fetchone()
            return f"graph in {self._path} (SQLite {sqlite3.sqlite_version}, schema {schema_version(connection)})"

    def close(self) -> None:
        """Release connections."""
        self._connections.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._connections.lend() as connection, transaction(connection, self._path, begin):
            require_schema(connection, self._path)
            yield connection

    def _read_head(self, connection: sqlite3.Connection) -> Head:
        with answering(self._path):
            return graph_rows.head(connection.execute(QUERIES["head"]).fetchone())

    def _read_weights(self, connection: sqlite3.Connection, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        query, found = QUERIES["weight"], {}
        with answering(self._path):
            # One prepared statement per key is as fast here as joining a temporary table; in the order of the tree it
            # is twice as fast as at random.
            for key in sorted(keys):
                row = connection.execute(query, rows.key_row(key)).fetchone()
                if row is not None:
                    found[key] = rows.weight(*row)
        return found


def _select(connection: sqlite3.Connection, after: int, name: str) -> Iterable[rows.Row]:
    return connection.execute(QUERIES[name], (after,))


def _edges(
    connection: sqlite3.Connection, kind: EdgeKind, side: str, id: str
) -> Iterable[tuple[EdgeKey, Weight | Fact]]:
    if kind in WEIGHTED:
        return map(rows.read_weighted_edge, connection.execute(QUERIES[f"weights_{side}"], (TEXT[kind], id)))
    return map(rows.read_stated_edge, connection.execute(QUERIES[f"facts_{side}"], (TEXT[kind], id)))


def open_embedded_graph(path: Path, half_lives: HalfLives) -> EmbeddedGraph:
    """Return the graph in a SQLite file, whose folder exists; `migrate` makes the file and starts it with `half_lives`.

    Nothing is opened yet: a file that cannot be opened raises GraphUnavailable at first use.
    """
    return EmbeddedGraph(path, half_lives)
