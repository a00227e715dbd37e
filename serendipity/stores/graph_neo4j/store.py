"""A `GraphStore` on Neo4j, through the official driver."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from neo4j import Transaction

from serendipity.domain.decay import Weight
from serendipity.domain.errors import GraphUnavailable
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
from serendipity.stores.graph_neo4j import rows
from serendipity.stores.graph_neo4j.migrations import apply_migrations, load_migrations, schema_folder
from serendipity.stores.graph_neo4j.server import QUERIES, Server, answering, ask, ask_together
from serendipity.stores.graph_neo4j.write import StoredWeights, write_gathered
from serendipity.stores.graph_transaction import GatheredTransaction, changes, overlay, threshold

NODE_KINDS = frozenset(NodeKind)
TOGETHER = 10_000  # records up to which what they touched is read in lists
COLUMNS = {
    "nodes": "kind, id, text, millis1, micros1, millis2, micros2, place",
    "weights": "kind, source, target, weight, millis, micros, count, why",
    "facts": "kind, source, target, millis, micros, role, weight, outcome",
}


class Neo4jGraph:
    """The graph of a production installation; safe to use from several threads and processes."""

    def __init__(self, server: Server, half_lives: HalfLives) -> None:
        self._server = server
        self._half_lives = half_lives
        self._migrations = load_migrations(schema_folder())

    @contextmanager
    def write(self) -> Iterator[GraphTransaction]:
        """Open a write transaction: the community node's write lock is taken before the head is read."""
        with self._locked() as (transaction, community):
            stored = StoredWeights(transaction)

            def read(keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
                with answering(self._server.uri):
                    return stored.read(keys)

            gathering = GatheredTransaction(community.head, read)
            yield gathering
            with answering(self._server.uri):
                write_gathered(transaction, gathering.gathered, stored)

    def head(self) -> Head:
        """Return the head."""
        with self._server.transaction(write=False) as transaction, answering(self._server.uri):
            return self._read_community(transaction).head

    def changes_since(self, position: int) -> Changes:
        """Return everything touched after a position (0: the whole graph), as of one moment.

        Neo4j shows a reader each commit as it happens. So what is short is read under the writers' lock; the whole
        graph is read without it, and then, under the lock, what was touched meanwhile, which replaces what was torn.
        """
        if position:
            with self._locked() as (transaction, community):
                return self._read_changes(transaction, position, community.head, whole=False)
        with self._locked() as (_, before):
            pass  # whatever was committed up to `before` is now seen whole
        with self._server.transaction(write=False) as transaction:
            graph = self._read_changes(transaction, 0, before.head, whole=True)
        with self._locked() as (transaction, after):
            if after.generation != before.generation:
                raise GraphUnavailable("The graph was cleared while it was read; read it again.")
            since = before.head.offset - 1
            return overlay(graph, self._read_changes(transaction, since, after.head, whole=False))

    def around(self, kind: NodeKind, id: str, kinds: Collection[EdgeKind]) -> dict[EdgeKey, Weight | Fact]:
        """Return the edges of these kinds at a node, in either direction."""
        found: dict[EdgeKey, Weight | Fact] = {}
        with self._server.transaction(write=False) as transaction, answering(self._server.uri):
            self._read_community(transaction)
            for edge_kind in kinds:
                if kind in ENDS[edge_kind]:
                    found.update(_edges(transaction, edge_kind, kind, id))
        return found

    def nodes(self, kind: NodeKind, ids: Collection[str]) -> dict[str, Node]:
        """Return the nodes that exist among these ids."""
        with self._server.transaction(write=False) as transaction, answering(self._server.uri):
            self._read_community(transaction)
            record = ask(transaction, f"nodes_{kind.value}", ids=list(ids)).single(strict=True)
            return {node.id: node for node in map(rows.node, record[0])}

    def counts(self) -> dict[str, int]:
        """Count nodes and edges by kind."""
        with self._server.transaction(write=False) as transaction, answering(self._server.uri):
            self._read_community(transaction)
            found = dict(record.values() for record in ask(transaction, "counts"))
        return {str(kind): found.get(kind.value, 0) for kind in (*NodeKind, *EdgeKind)}

    def clear(self, half_lives: HalfLives) -> None:
        """Delete everything and start at offset 0 with these half-lives, in batches.

        Cut off half-way, it leaves a graph that refuses to be read or written until it is cleared again.
        """
        with self._server.transaction(write=True) as transaction, answering(self._server.uri):
            ask(transaction, "lock").consume()
            ask(transaction, "begin_clearing").consume()
        for name in ("clear_edges", "clear_nodes"):
            self._server.run_alone(QUERIES[name])
        head = rows.head_properties(Head(half_lives=half_lives))
        self._server.run_alone(QUERIES["end_clearing"], head=head)
        self._half_lives = half_lives

    def start_over(self, half_lives: HalfLives, *, now: datetime) -> None:
        """Migrate and clear; a damaged database is the server's to tell of."""
        self.migrate()
        self.clear(half_lives)

    def migrate(self) -> None:
        """Apply the migrations that are missing, and start a new graph with the half-lives given at opening."""
        apply_migrations(self._server, self._migrations)
        self._server.run_alone(QUERIES["start"], head=rows.head_properties(Head(half_lives=self._half_lives)))

    def settle(self) -> bool:
        """Do nothing: there is no log of ours."""
        return True

    def check(self) -> str:
        """Return the server and its versions in one line. Raises GraphUnavailable."""
        with self._server.transaction(write=False) as transaction, answering(self._server.uri):
            self._read_community(transaction)
            agent = ask(transaction, "head").consume().server.agent
        return f"graph in {agent} at {self._server.uri} (schema {len(self._migrations)})"

    def close(self) -> None:
        """Release connections."""
        self._server.close()

    @contextmanager
    def _locked(self) -> Iterator[tuple[Transaction, "_Community"]]:
        with self._server.transaction(write=True) as transaction:
            with answering(self._server.uri):
                ask(transaction, "lock").consume()
                community = self._read_community(transaction)
            yield transaction, community

    def _read_community(self, transaction: Transaction) -> "_Community":
        """Read the community node; raise GraphUnavailable where there is no graph that could be used."""
        record = ask(transaction, "head").single()
        if record is None:
            raise GraphUnavailable("The graph in Neo4j is not migrated; run `serendipity graph migrate`.")
        *head, clearing, generation, applied = record
        if clearing:
            raise GraphUnavailable("The graph is being cleared, or that was cut off; run `serendipity graph rebuild`.")
        if set(applied) != {migration.number for migration in self._migrations}:
            raise GraphUnavailable("The graph in Neo4j has another schema; run `serendipity graph migrate`.")
        return _Community(head=graph_rows.head(head), generation=generation)

    def _read_changes(self, transaction: Transaction, position: int, head: Head, *, whole: bool) -> Changes:
        with answering(self._server.uri):
            after = threshold(position)
            few = not whole and head.offset - position <= TOGETHER
            tombstones = list(ask(transaction, "changed_tombstones", after=after))
            return changes(
                head,
                whole=whole,
                nodes=map(rows.node, _changed_rows(transaction, "nodes", after, few)),
                weights=dict(map(rows.read_weighted_edge, _changed_rows(transaction, "weights", after, few))),
                facts=dict(map(rows.read_stated_edge, _changed_rows(transaction, "facts", after, few))),
                dropped_nodes=[(NodeKind(kind), id) for kind, id, _ in tombstones if kind in NODE_KINDS],
                dropped_edges=[rows.edge_key(row) for row in tombstones if row[0] not in NODE_KINDS],
                remaps=map(graph_rows.remap, ask(transaction, "changed_remaps", after=after)),
            )


class _Community(NamedTuple):
    """Properties of the community node; `generation` counts how often the graph was cleared."""

    head: Head
    generation: int


def _changed_rows(transaction: Transaction, what: str, after: int, few: bool) -> Iterable[rows.Row]:
    """Return the rows of what was touched after a position; where few records touched it, all in one list."""
    name = f"changed_{what}"
    if few:
        return ask_together(transaction, name, COLUMNS[what], after=after)
    return ask(transaction, name, after=after)


def _edges(
    transaction: Transaction, edge_kind: EdgeKind, kind: NodeKind, id: str
) -> Iterable[tuple[EdgeKey, Weight | Fact]]:
    if edge_kind is EdgeKind.MENTIONED:
        return StoredWeights(transaction).read([EdgeKey(edge_kind, id, id)]).items()
    found = ask(transaction, f"around_{edge_kind.value}", id=id, label=kind.value)
    return map(rows.read_weighted_edge if edge_kind in WEIGHTED else rows.read_stated_edge, found)


def open_neo4j_graph(
    uri: str, user: str, password: str, half_lives: HalfLives, database: str | None = None
) -> Neo4jGraph:
    """Return the graph in a Neo4j database; `migrate` prepares it and starts it with `half_lives`.

    Nothing is opened yet: a server that does not answer raises GraphUnavailable at first use, within five seconds.
    """
    return Neo4jGraph(Server(uri, user, password, database), half_lives)
