"""Graph stores that stand in front of another one: killed at a named point, or out of reach for a while."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.decay import Weight
from serendipity.domain.errors import GraphUnavailable
from serendipity.domain.graph import Changes, EdgeKey, EdgeKind, Fact, HalfLives, Head, Node, NodeKind, Remap
from serendipity.ports import GraphStore, GraphTransaction

POINTS = ("before write", "after put_weights", "before commit", "after commit")


class Killed(Exception):
    """The process ended here."""


@dataclass
class InFront:
    """Hands everything on to another graph."""

    graph: GraphStore

    def reach(self, point: str) -> None:
        """Pass a named point, or raise there."""

    @contextmanager
    def write(self) -> Iterator[GraphTransaction]:
        self.reach("before write")
        with self.graph.write() as transaction:
            yield _Watched(transaction, self)
            self.reach("before commit")
        self.reach("after commit")

    def head(self) -> Head:
        self.reach("head")
        return self.graph.head()

    def changes_since(self, position: int) -> Changes:
        self.reach("changes")
        return self.graph.changes_since(position)

    def around(self, kind: NodeKind, id: str, kinds: Collection[EdgeKind]) -> dict[EdgeKey, Weight | Fact]:
        self.reach("around")
        return self.graph.around(kind, id, kinds)

    def nodes(self, kind: NodeKind, ids: Collection[str]) -> dict[str, Node]:
        self.reach("nodes")
        return self.graph.nodes(kind, ids)

    def counts(self) -> dict[str, int]:
        self.reach("counts")
        return self.graph.counts()

    def clear(self, half_lives: HalfLives) -> None:
        self.graph.clear(half_lives)

    def start_over(self, half_lives: HalfLives, *, now: datetime) -> None:
        self.graph.start_over(half_lives, now=now)

    def settle(self) -> bool:
        return self.graph.settle()

    def migrate(self) -> None:
        self.reach("migrate")
        self.graph.migrate()

    def check(self) -> str:
        self.reach("check")
        return self.graph.check()

    def close(self) -> None:
        self.graph.close()


@dataclass
class DyingGraph(InFront):
    """Is killed the next time that it reaches `dies_at`, once."""

    dies_at: str | None = None

    def reach(self, point: str) -> None:
        if point == self.dies_at:
            self.dies_at = None
            raise Killed(point)


@dataclass
class SwitchedGraph(InFront):
    """Does not answer as long as it is `down`."""

    down: bool = False

    def reach(self, point: str) -> None:
        if self.down:
            raise GraphUnavailable


@dataclass
class _Watched:
    """A transaction that tells when weights were put."""

    transaction: GraphTransaction
    store: InFront

    def head(self) -> Head:
        return self.transaction.head()

    def weights(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        return self.transaction.weights(keys)

    def put_nodes(self, nodes: Iterable[Node]) -> None:
        self.transaction.put_nodes(nodes)

    def put_weights(self, weights: Mapping[EdgeKey, Weight]) -> None:
        self.transaction.put_weights(weights)
        self.store.reach("after put_weights")

    def put_facts(self, facts: Mapping[EdgeKey, Fact | None]) -> None:
        self.transaction.put_facts(facts)

    def drop_node(self, kind: NodeKind, id: str) -> None:
        self.transaction.drop_node(kind, id)

    def remap(self, remap: Remap) -> None:
        self.transaction.remap(remap)

    def advance(self, head: Head) -> None:
        self.transaction.advance(head)
