"""The graph as the matcher sees it: sparse matrices, kept and refreshed by what changed since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from serendipity.domain.decay import DAY, Weight, factor
from serendipity.domain.errors import HalfLivesDiffer, InvalidInput
from serendipity.domain.graph import (
    COMMUNITY,
    ENDS,
    PIN_SHARE,
    WEIGHTED,
    Changes,
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    HalfLives,
    Head,
    MemberNode,
    Node,
    NodeKind,
    TopicNode,
)
from serendipity.matching.edges import Edges, Floats, Integers, Sparse, Triples, clamped, lifted, symmetric

KIND_OF = {MemberNode: NodeKind.MEMBER, TopicNode: NodeKind.TOPIC, EventNode: NodeKind.EVENT}


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """The graph at an offset, as arrays.

    Nodes are numbered in the order of their ids. Matrices are CSR, float64. Weighted kinds are scaled to `landmark` L:
    an entry is w·2^((t'−L)/h), so reading a whole matrix at `now` is one factor, 2^(−(now−L)/h) (`decayed_by`).
    Undirected kinds keep one direction in `edges` (the smaller id first); `knows`, `introduced`, `related` have both.
    """

    head: Head
    landmark: datetime
    half_lives: HalfLives
    members: Sequence[str]
    topics: Sequence[str]
    events: Sequence[str]
    labels: Sequence[str]  # of topics
    titles: Sequence[str]  # of events
    organisations: Sequence[str | None]  # of members
    starts: Floats  # of events, seconds since 1970
    edges: Mapping[EdgeKind, Edges]
    total: float = 0.0  # decayed count of all mentions, scaled to the landmark

    @classmethod
    def build(cls, changes: Changes, half_lives: HalfLives, landmark: datetime) -> "Snapshot":
        """Read the whole graph (`changes_since(0)`)."""
        return cls.empty(half_lives, landmark).refreshed(changes)

    @classmethod
    def empty(cls, half_lives: HalfLives, landmark: datetime) -> "Snapshot":
        """Return the snapshot of a graph without nodes."""
        nothing = Triples.of([])
        return cls(
            head=Head(half_lives=half_lives),
            landmark=landmark,
            half_lives=half_lives,
            members=(),
            topics=(),
            events=(),
            labels=(),
            titles=(),
            organisations=(),
            starts=np.zeros(0),
            edges={kind: nothing.edges((0, 0)) for kind in EdgeKind},
        )

    def refreshed(self, changes: Changes) -> "Snapshot":
        """Apply what changed since; equal to a full build. Raises HalfLivesDiffer, InvalidInput (a loose edge)."""
        if changes.head.half_lives not in (None, self.half_lives):
            raise HalfLivesDiffer
        return _Refresh(self, changes).snapshot()

    # --- numbers of nodes ------------------------------------------------------------------------------------------

    @cached_property
    def member_index(self) -> dict[str, int]:
        """The row of each member."""
        return {id: row for row, id in enumerate(self.members)}

    @cached_property
    def topic_index(self) -> dict[str, int]:
        """The number of each topic."""
        return {id: number for number, id in enumerate(self.topics)}

    @cached_property
    def event_index(self) -> dict[str, int]:
        """The number of each event."""
        return {id: number for number, id in enumerate(self.events)}

    def ids(self, kind: NodeKind) -> Sequence[str]:
        """Return the ids of a kind in the order of their numbers."""
        return {NodeKind.MEMBER: self.members, NodeKind.TOPIC: self.topics, NodeKind.EVENT: self.events}[kind]

    def rows(self, members: Iterable[str]) -> Integers:
        """Return the rows of those members that the graph has, ascending."""
        known = {self.member_index[id] for id in members if id in self.member_index}
        return np.array(sorted(known), dtype=np.int64)

    # --- matrices, scaled to the landmark --------------------------------------------------------------------------

    def decayed_by(self, kind: EdgeKind, now: datetime) -> float:
        """Return the factor that turns a weighted kind's matrix into its reading at `now`."""
        return factor(now - self.landmark, self.half_lives.of(kind))

    @cached_property
    def interests(self) -> Sparse:
        """Members × topics, negations read as nothing; a pinned one is at least PIN_SHARE of its member's strongest."""
        return lifted(clamped(self.edges[EdgeKind.INTERESTED_IN].matrix), self.pinned, PIN_SHARE)

    @property
    def pinned(self) -> Sparse:
        """Members × topics, 1 where a member keeps the interest from fading."""
        return self.edges[EdgeKind.PINNED].matrix

    @cached_property
    def seeks(self) -> Sparse:
        """Members × topics."""
        return clamped(self.edges[EdgeKind.SEEKS].matrix)

    @cached_property
    def offers(self) -> Sparse:
        """Members × topics."""
        return clamped(self.edges[EdgeKind.OFFERS].matrix)

    @property
    def attended(self) -> Sparse:
        """Members × events, 1 where a member was there."""
        return self.edges[EdgeKind.ATTENDED].matrix

    @property
    def registered(self) -> Sparse:
        """Members × events, 1 where a member registered."""
        return self.edges[EdgeKind.REGISTERED].matrix

    @property
    def about(self) -> Sparse:
        """Events × topics."""
        return self.edges[EdgeKind.ABOUT].matrix

    @cached_property
    def knows(self) -> Sparse:
        """Members × members, symmetric."""
        return symmetric(clamped(self.edges[EdgeKind.KNOWS].matrix))

    @cached_property
    def introduced(self) -> Sparse:
        """Members × members, symmetric, 1 where two were introduced."""
        return symmetric(self.edges[EdgeKind.INTRODUCED_TO].matrix)

    @cached_property
    def related(self) -> Sparse:
        """Topics × topics, symmetric: decayed counts of being mentioned together."""
        return symmetric(clamped(self.edges[EdgeKind.RELATED_TO].matrix))

    @cached_property
    def topic_counts(self) -> Floats:
        """The decayed count of mentions per topic."""
        return np.asarray(self.edges[EdgeKind.MENTIONED].matrix.diagonal(), dtype=np.float64)

    @cached_property
    def sizes(self) -> Floats:
        """The final size of each event: how many members attended."""
        return np.bincount(self.attended.indices, minlength=len(self.events)).astype(np.float64)

    @cached_property
    def organisation_codes(self) -> Integers:
        """A number per organisation, -1 for members without one."""
        codes = {name: code for code, name in enumerate(sorted({name for name in self.organisations if name}))}
        return np.array([codes.get(name or "", -1) for name in self.organisations], dtype=np.int64)

    @cached_property
    def last_active(self) -> Floats:
        """When each member last said or attended something, seconds since 1970 (-inf: never)."""
        latest = np.full(len(self.members), -np.inf)
        for kind in (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS, EdgeKind.ATTENDED):
            triples = self.edges[kind].triples()
            np.fmax.at(latest, triples.rows, triples.at)
        return latest


class _Refresh:
    """One application of changes to a snapshot."""

    def __init__(self, old: Snapshot, changes: Changes) -> None:
        self.old, self.changes = old, changes
        self.nodes: dict[NodeKind, dict[str, Node]] = {kind: {} for kind in NodeKind}
        for node in changes.nodes:
            self.nodes[KIND_OF[type(node)]][node.id] = node
        self.gone = self._gone()
        self.ids = {kind: self._ids(kind) for kind in NodeKind}
        self.index = {kind: {id: n for n, id in enumerate(ids)} for kind, ids in self.ids.items()}
        self.moves = {kind: self._moves(kind) for kind in NodeKind}

    def _gone(self) -> dict[NodeKind, set[str]]:
        """Nodes whose edges are gone; one that came back is among the upserts as well."""
        gone: dict[NodeKind, set[str]] = {kind: set() for kind in NodeKind}
        for kind, id in self.changes.dropped_nodes:
            gone[kind].add(id)
        for remap in self.changes.remaps:
            if remap.old not in self.nodes[remap.kind]:
                gone[remap.kind].add(remap.old)
        return gone

    def _ids(self, kind: NodeKind) -> list[str]:
        kept = (id for id in self.old.ids(kind) if id not in self.gone[kind])
        return sorted({*kept, *self.nodes[kind]})

    def _moves(self, kind: NodeKind) -> Integers:
        index, gone = self.index[kind], self.gone[kind]
        numbers = (-1 if id in gone else index[id] for id in self.old.ids(kind))
        return np.fromiter(numbers, dtype=np.int64, count=len(self.old.ids(kind)))

    def snapshot(self) -> Snapshot:
        """Return the new snapshot."""
        members, topics, events = (self.ids[kind] for kind in (NodeKind.MEMBER, NodeKind.TOPIC, NodeKind.EVENT))
        organisations = self._attributes(NodeKind.MEMBER, "organisation", self.old.organisations)
        return replace(
            self.old,
            head=replace(self.changes.head, half_lives=self.old.half_lives),
            members=members,
            topics=topics,
            events=events,
            organisations=organisations,
            labels=self._attributes(NodeKind.TOPIC, "label", self.old.labels),
            titles=self._attributes(NodeKind.EVENT, "title", self.old.titles),
            starts=self._starts(),
            edges=self._edges(),
            total=self._total(),
        )

    def _attributes(self, kind: NodeKind, name: str, old: Sequence[Any]) -> list[Any]:
        before = dict(zip(self.old.ids(kind), old, strict=True))
        changed = {id: getattr(node, name) for id, node in self.nodes[kind].items()}
        return [changed[id] if id in changed else before[id] for id in self.ids[kind]]

    def _starts(self) -> Floats:
        starts = dict(zip(self.old.events, self.old.starts.tolist(), strict=True))
        for node in self.nodes[NodeKind.EVENT].values():
            if isinstance(node, EventNode):
                starts[node.id] = node.starts_at.timestamp()
        return np.array([starts[id] for id in self.ids[NodeKind.EVENT]], dtype=np.float64)

    def _total(self) -> float:
        key = EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY)
        if key in self.changes.dropped_edges:
            return 0.0
        if (weight := self.changes.weights.get(key)) is None:
            return self.old.total
        elapsed = self.old.landmark - weight.updated_at
        return weight.weight * factor(elapsed, self.old.half_lives.of(EdgeKind.MENTIONED))

    def _edges(self) -> dict[EdgeKind, Edges]:
        upserts, dropped = self._upserts(), self._dropped()
        result = {}
        for kind in EdgeKind:
            source, target = ENDS[kind]
            moved = self.old.edges[kind].triples().moved(self.moves[source], self.moves[target])
            shape = len(self.ids[source]), len(self.ids[target])
            new = self._scaled(kind, Triples.of(upserts[kind]))
            result[kind] = moved.replaced(new, Triples.of(dropped[kind]), shape[1]).edges(shape)
        return result

    def _scaled(self, kind: EdgeKind, triples: Triples) -> Triples:
        if kind not in WEIGHTED:
            return triples
        days = (triples.at - self.old.landmark.timestamp()) / DAY.total_seconds()
        return replace(triples, weights=triples.weights * np.exp2(days / self.old.half_lives.of(kind)))

    def _upserts(self) -> dict[EdgeKind, list[tuple[int, int, float, float]]]:
        found: dict[EdgeKind, list[tuple[int, int, float, float]]] = defaultdict(list)
        edges: Iterable[tuple[EdgeKey, Weight | Fact]] = chain(self.changes.weights.items(), self.changes.facts.items())
        for key, edge in edges:
            if key.source != COMMUNITY and not (isinstance(edge, Weight) and edge.count == 0):
                found[key.kind].append((*self._ends(key), *_entry(edge)))
        return found

    def _ends(self, key: EdgeKey) -> tuple[int, int]:
        source, target = ENDS[key.kind]
        try:
            return self.index[source][key.source], self.index[target][key.target]
        except KeyError:
            raise InvalidInput(f"the edge {key} names a node that the graph does not have; rebuild the graph") from None

    def _dropped(self) -> dict[EdgeKind, list[tuple[int, int, float, float]]]:
        found: dict[EdgeKind, list[tuple[int, int, float, float]]] = defaultdict(list)
        ended = [key for key, weight in self.changes.weights.items() if weight.count == 0]
        for key in chain(self.changes.dropped_edges, ended):
            source, target = ENDS[key.kind]
            row, column = self.index[source].get(key.source), self.index[target].get(key.target)
            if row is not None and column is not None:
                found[key.kind].append((row, column, 0.0, 0.0))
        return found


def _entry(edge: Weight | Fact) -> tuple[float, float]:
    """Weight and time (seconds since 1970; NaN where the kind of edge has none)."""
    if isinstance(edge, Weight):
        return edge.weight, edge.updated_at.timestamp()
    return (1.0 if edge.weight is None else edge.weight), (np.nan if edge.at is None else edge.at.timestamp())


def moment(seconds: float) -> datetime | None:
    """Return the time of an edge; None for one that has none."""
    return datetime.fromtimestamp(seconds, tz=UTC) if np.isfinite(seconds) else None
