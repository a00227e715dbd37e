"""A graph in dictionaries: an earlier `as_of`, other half-lives and back-tests fold the records into one of these."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from serendipity.domain.decay import Weight
from serendipity.domain.graph import Changes, EdgeKey, EdgeKind, Fact, HalfLives, Head, Node, NodeKind, Remap
from serendipity.ports import GraphTransaction
from serendipity.stores.graph_transaction import (
    Gathered,
    GatheredTransaction,
    NodeKey,
    changes,
    ends,
    missing_end,
    threshold,
)


class MemoryGraph:
    """A `GraphStore` that lives as long as the object; safe to use from several threads.

    >>> graph = MemoryGraph(HalfLives())
    >>> with graph.write() as transaction:
    ...     transaction.advance(Head(offset=7))
    >>> graph.head().offset
    7
    """

    def __init__(self, half_lives: HalfLives) -> None:
        self._writing = Lock()
        self._reading = Lock()
        self._start(half_lives)

    def _start(self, half_lives: HalfLives) -> None:
        self._head = Head(half_lives=half_lives)
        self._nodes: dict[NodeKey, Node] = {}
        self._node_positions: dict[NodeKey, int] = {}
        self._weights: dict[EdgeKey, Weight] = {}
        self._facts: dict[EdgeKey, Fact] = {}
        self._edge_positions: dict[EdgeKey, int] = {}
        self._dropped_nodes: dict[NodeKey, int] = {}
        self._dropped_edges: dict[EdgeKey, int] = {}
        self._remaps: dict[NodeKey, tuple[Remap, int]] = {}
        # Edges by node, made when first asked for and kept from then on: most back-tests never ask.
        self._edges_at: dict[NodeKey, set[EdgeKey]] | None = None

    @contextmanager
    def write(self) -> Iterator[GraphTransaction]:
        """Open a write transaction; writers take turns."""
        with self._writing:
            transaction = GatheredTransaction(self._head, self._read_weights)
            yield transaction
            with self._reading:
                self._apply(transaction.gathered)

    def head(self) -> Head:
        """Return the head."""
        return self._head

    def changes_since(self, position: int) -> Changes:
        """Return everything touched after a position (0: the whole graph)."""
        after = threshold(position)
        with self._reading:
            touched = [key for key, at in self._edge_positions.items() if at > after]
            return changes(
                self._head,
                whole=position == 0,
                nodes=[self._nodes[key] for key, at in self._node_positions.items() if at > after],
                weights={key: self._weights[key] for key in touched if key in self._weights},
                facts={key: self._facts[key] for key in touched if key in self._facts},
                dropped_nodes=[key for key, at in self._dropped_nodes.items() if at > after],
                dropped_edges=[key for key, at in self._dropped_edges.items() if at > after],
                remaps=[remap for remap, at in self._remaps.values() if at > after],
            )

    def around(self, kind: NodeKind, id: str, kinds: Collection[EdgeKind]) -> dict[EdgeKey, Weight | Fact]:
        """Return the edges of these kinds at a node, in either direction."""
        with self._reading:
            keys = [key for key in self._edges_by_node().get((kind, id), ()) if key.kind in kinds]
            return {key: self._weights[key] if key in self._weights else self._facts[key] for key in keys}

    def nodes(self, kind: NodeKind, ids: Collection[str]) -> dict[str, Node]:
        """Return the nodes that exist among these ids."""
        with self._reading:
            return {id: self._nodes[kind, id] for id in ids if (kind, id) in self._nodes}

    def counts(self) -> dict[str, int]:
        """Count nodes and edges by kind."""
        with self._reading:
            found = Counter(str(kind) for kind, _ in self._nodes)
            found.update(str(key.kind) for key in self._edge_positions)
        return {str(kind): found[str(kind)] for kind in (*NodeKind, *EdgeKind)}

    def clear(self, half_lives: HalfLives) -> None:
        """Delete everything and start at offset 0 with these half-lives."""
        with self._writing, self._reading:
            self._start(half_lives)

    def start_over(self, half_lives: HalfLives, *, now: datetime) -> None:
        """Clear."""
        self.clear(half_lives)

    def migrate(self) -> None:
        """Do nothing: there is no schema."""

    def settle(self) -> bool:
        """Do nothing: there is no log of ours."""
        return True

    def check(self) -> str:
        """Return the store in one line."""
        return "graph in memory"

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _read_weights(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        stored = self._weights
        return {key: stored[key] for key in keys if key in stored}

    def _apply(self, gathered: Gathered) -> None:
        """Take over a finished transaction, whole: what could fail comes before the first change."""
        self._check_ends(gathered)
        position = gathered.head.offset
        for node in gathered.dropped:
            self._drop_node(node, position)
        self._nodes.update(gathered.nodes)
        for key in gathered.nodes:
            self._remaps.pop(key, None)
        self._node_positions.update(dict.fromkeys(gathered.nodes, position))
        self._apply_weights(gathered.weights, position)
        self._apply_facts(gathered.facts, position)
        self._remaps.update((key, (remap, position)) for key, remap in gathered.remaps.items())
        self._head = gathered.head

    def _check_ends(self, gathered: Gathered) -> None:
        for end in gathered.ends_to_check():
            if end not in self._nodes or end in gathered.dropped:
                raise missing_end(end)

    def _apply_weights(self, weights: dict[EdgeKey, Weight], position: int) -> None:
        stored, positions = self._weights, self._edge_positions
        for key, weight in weights.items():
            if weight.count:
                if key not in stored:
                    self._link(key)
                stored[key] = weight
                positions[key] = position
            elif stored.pop(key, None) is not None:
                self._drop_edge(key, position)

    def _apply_facts(self, facts: dict[EdgeKey, Fact | None], position: int) -> None:
        for key, fact in facts.items():
            if fact is not None:
                self._link(key)
                self._facts[key] = fact
                self._edge_positions[key] = position
            elif self._facts.pop(key, None) is not None:
                self._drop_edge(key, position)

    def _drop_edge(self, key: EdgeKey, position: int) -> None:
        del self._edge_positions[key]
        self._dropped_edges[key] = position
        self._unlink(key)

    def _drop_node(self, node: NodeKey, position: int) -> None:
        if self._nodes.pop(node, None) is None:
            return
        del self._node_positions[node]
        self._dropped_nodes[node] = position
        for key in list(self._edges_by_node().get(node, ())):
            self._weights.pop(key, None)
            self._facts.pop(key, None)
            del self._edge_positions[key]
            self._unlink(key)

    def _edges_by_node(self) -> dict[NodeKey, set[EdgeKey]]:
        if self._edges_at is None:
            self._edges_at = {}
            for key in self._edge_positions:
                self._link(key)
        return self._edges_at

    def _link(self, key: EdgeKey) -> None:
        if self._edges_at is not None:
            for end in ends(key):
                self._edges_at.setdefault(end, set()).add(key)

    def _unlink(self, key: EdgeKey) -> None:
        if self._edges_at is not None:
            for end in ends(key):
                self._edges_at[end].discard(key)
