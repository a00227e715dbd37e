"""The graph store."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from serendipity.domain.decay import Weight
from serendipity.domain.graph import Changes, EdgeKey, EdgeKind, Fact, HalfLives, Head, Node, NodeKind, Remap


class GraphTransaction(Protocol):
    """One write transaction; whoever opened it holds the write lock of the community node until it ends."""

    def head(self) -> Head:
        """Return the head, read after the lock was taken."""
        ...

    def weights(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        """Return the weights that exist among these keys (weighted kinds)."""
        ...

    def put_nodes(self, nodes: Iterable[Node]) -> None:
        """Insert or replace nodes; one that had become another is itself again: its remap is forgotten."""
        ...

    def put_weights(self, weights: Mapping[EdgeKey, Weight]) -> None:
        """Write whole weights; both ends exist already. One with count 0 is dropped (a tombstone stays)."""
        ...

    def put_facts(self, facts: Mapping[EdgeKey, Fact | None]) -> None:
        """Write whole facts; None drops the edge (a tombstone stays)."""
        ...

    def drop_node(self, kind: NodeKind, id: str) -> None:
        """Delete a node with all its edges (a tombstone stays); nothing happens when it is not there."""
        ...

    def remap(self, remap: Remap) -> None:
        """Note that a node became another (edges are moved by the fold)."""
        ...

    def advance(self, head: Head) -> None:
        """Set the head; everything that this transaction touched carries `head.offset` as its position."""
        ...


class GraphStore(Protocol):
    """A projection of the records: keeps facts; rules (decay, score, caps) live above.

    Contract: what a transaction wrote is seen whole or not at all; two writers take turns; reads see committed
    data only. A store that does not answer raises GraphUnavailable.
    """

    def write(self) -> AbstractContextManager[GraphTransaction]:
        """Open a write transaction, waiting for the lock of the community node; commits at the end of the block."""
        ...

    def head(self) -> Head:
        """Return the head."""
        ...

    def changes_since(self, position: int) -> Changes:
        """Return everything touched after a position (0: the whole graph)."""
        ...

    def around(self, kind: NodeKind, id: str, kinds: Collection[EdgeKind]) -> dict[EdgeKey, Weight | Fact]:
        """Return the edges of these kinds at a node, in either direction."""
        ...

    def nodes(self, kind: NodeKind, ids: Collection[str]) -> dict[str, Node]:
        """Return the nodes that exist among these ids."""
        ...

    def counts(self) -> dict[str, int]:
        """Count nodes and edges by kind."""
        ...

    def clear(self, half_lives: HalfLives) -> None:
        """Delete everything and start at offset 0 with these half-lives."""
        ...

    def start_over(self, half_lives: HalfLives, *, now: datetime) -> None:
        """Bring the schema to this version and `clear`, also where what is stored is damaged: that is put aside."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this version."""
        ...

    def settle(self) -> bool:
        """Bring what was overwritten out of the store's files; False where a reader is in the way just now."""
        ...

    def check(self) -> str:
        """Return the store and its version in one line. Raises GraphUnavailable."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
