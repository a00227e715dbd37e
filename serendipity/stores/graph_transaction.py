"""Parts that all graph stores share: a write transaction gathered in memory, and the reading of changes.

A store takes the lock and reads the head; the block then writes into a `GatheredTransaction`; at its end the store
writes what was gathered in one go: nodes dropped, nodes put, edges, remaps, head. So the position that everything
carries is known when it is written, and an error in the block has touched nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from serendipity.domain.decay import Weight
from serendipity.domain.errors import NotFound
from serendipity.domain.graph import (
    COMMUNITY,
    ENDS,
    Changes,
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    Head,
    MemberNode,
    Node,
    NodeKind,
    Remap,
    TopicNode,
)

NodeKey = tuple[NodeKind, str]
ReadWeights = Callable[[Collection[EdgeKey]], dict[EdgeKey, Weight]]

KIND_OF: dict[type[Node], NodeKind] = {
    MemberNode: NodeKind.MEMBER,
    TopicNode: NodeKind.TOPIC,
    EventNode: NodeKind.EVENT,
}
TOTAL = EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY)


def node_key(node: Node) -> NodeKey:
    """Return what identifies a node.

    >>> node_key(TopicNode(id="t1", label="Big Data"))
    (<NodeKind.TOPIC: 'Topic'>, 't1')
    """
    return KIND_OF[type(node)], node.id


def ends(key: EdgeKey) -> tuple[NodeKey, NodeKey]:
    """Return the nodes at both ends of an edge."""
    source, target = ENDS[key.kind]
    return (source, key.source), (target, key.target)


@dataclass(kw_only=True, slots=True)
class Gathered:
    """Everything that one transaction touched; dropped nodes go first, so a node may be dropped and made again.

    A weight of count 0 and a fact of None say that the edge is dropped.
    """

    head: Head
    dropped: dict[NodeKey, None] = field(default_factory=dict)
    nodes: dict[NodeKey, Node] = field(default_factory=dict)
    weights: dict[EdgeKey, Weight] = field(default_factory=dict)
    facts: dict[EdgeKey, Fact | None] = field(default_factory=dict)
    remaps: dict[NodeKey, Remap] = field(default_factory=dict)
    stored: set[EdgeKey] = field(default_factory=set)  # weighted edges that were read from the store: their ends exist

    def ends_to_check(self) -> set[NodeKey]:
        """Return the ends of new edges that this transaction does not put itself: the store has to have them."""
        stored = self.stored if not self.dropped else frozenset()
        new = {key for key, weight in self.weights.items() if key not in stored and weight.count}
        new.discard(TOTAL)
        new.update(key for key, fact in self.facts.items() if fact is not None)
        return {end for key in new for end in ends(key) if end not in self.nodes}


class GatheredTransaction:
    """The write transaction of every store: reads see what was written before in the same transaction."""

    def __init__(self, head: Head, read_weights: ReadWeights) -> None:
        self._head = head
        self._read_weights = read_weights
        self.gathered = Gathered(head=head)

    def head(self) -> Head:
        """Return the head, read after the lock was taken (and as `advance` set it since)."""
        return self.gathered.head

    def weights(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        """Return the weights that exist among these keys."""
        written, dropped = self.gathered.weights, self.gathered.dropped
        stored = self._read_weights([key for key in keys if key not in written] if written else keys)
        self.gathered.stored.update(stored)
        if not written and not dropped:
            return stored
        if dropped:
            stored = {key: weight for key, weight in stored.items() if dropped.keys().isdisjoint(ends(key))}
        stored.update((key, written[key]) for key in keys if key in written and written[key].count)
        return stored

    def put_nodes(self, nodes: Iterable[Node]) -> None:
        """Insert or replace nodes."""
        self.gathered.nodes.update((node_key(node), node) for node in nodes)

    def put_weights(self, weights: Mapping[EdgeKey, Weight]) -> None:
        """Write whole weights; one with count 0 is dropped."""
        self.gathered.weights.update(weights)

    def put_facts(self, facts: Mapping[EdgeKey, Fact | None]) -> None:
        """Write whole facts; None drops the edge."""
        self.gathered.facts.update(facts)

    def drop_node(self, kind: NodeKind, id: str) -> None:
        """Delete a node with all its edges, those written before in this transaction too."""
        key = (kind, id)
        self.gathered.nodes.pop(key, None)
        self.gathered.dropped[key] = None
        for edges in (self.gathered.weights, self.gathered.facts):
            for edge in [edge for edge in edges if key in ends(edge)]:
                del edges[edge]

    def remap(self, remap: Remap) -> None:
        """Note that a node became another."""
        self.gathered.remaps[remap.kind, remap.old] = remap

    def advance(self, head: Head) -> None:
        """Set the head; one without half-lives leaves those that the graph has."""
        self.gathered.head = replace(head, half_lives=head.half_lives or self._head.half_lives)


def missing_end(end: NodeKey) -> NotFound:
    """Return the error for an edge one of whose ends is not in the graph."""
    kind, id = end
    return NotFound(f"The graph has no {kind} {id!r}; put the node before its edges.", kind=str(kind), id=id)


def threshold(position: int) -> int:
    """Return the position that touched things lie above: 0 asks for the whole graph, also what carries position 0."""
    return position or -1


def changes(
    head: Head,
    *,
    whole: bool,
    nodes: Iterable[Node],
    weights: dict[EdgeKey, Weight],
    facts: dict[EdgeKey, Fact],
    dropped_nodes: Iterable[NodeKey],
    dropped_edges: Iterable[EdgeKey],
    remaps: Iterable[Remap],
) -> Changes:
    """Put together what was touched after a position, lists sorted by key.

    The whole graph has no drops. An edge that was dropped and made again counts as made only; a node that
    was dropped and made again is in both lists, since its earlier edges are gone: apply drops first.
    """
    gone = [] if whole else sorted(dropped_nodes)
    lost = [] if whole else sorted(key for key in dropped_edges if key not in weights and key not in facts)
    return Changes(
        head=head,
        nodes=sorted(nodes, key=node_key),
        weights=weights,
        facts=facts,
        dropped_nodes=gone,
        dropped_edges=lost,
        remaps=sorted(remaps, key=lambda remap: (remap.kind, remap.old)),
    )


def overlay(graph: Changes, touched: Changes) -> Changes:
    """Bring a whole graph up to date with what was touched while it was read, in the order that readers apply it."""
    gone = set(touched.dropped_nodes)
    lost = set(touched.dropped_edges)
    nodes = {node_key(node): node for node in graph.nodes if node_key(node) not in gone}
    nodes.update((node_key(node), node) for node in touched.nodes)
    itself_again = {node_key(node) for node in touched.nodes}
    remaps = {(remap.kind, remap.old): remap for remap in graph.remaps if (remap.kind, remap.old) not in itself_again}
    remaps |= {(remap.kind, remap.old): remap for remap in touched.remaps}

    def stays(key: EdgeKey) -> bool:
        return key not in lost and gone.isdisjoint(ends(key))

    return changes(
        touched.head,
        whole=True,
        nodes=nodes.values(),
        weights={key: weight for key, weight in graph.weights.items() if stays(key)} | touched.weights,
        facts={key: fact for key, fact in graph.facts.items() if stays(key)} | touched.facts,
        dropped_nodes=(),
        dropped_edges=(),
        remaps=remaps.values(),
    )
