"""The graph as the matcher sees it: sparse matrices, kept and refreshed by what changed since."""

import math
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from scipy import sparse

from serendipity.domain.decay import factor
from serendipity.domain.errors import HalfLivesDiffer
from serendipity.domain.graph import (
    PIN_SHARE,
    Changes,
    EdgeKind,
    HalfLives,
    Head,
    NodeKind,
)
from serendipity.matching.snapshot.edges import Edges, Floats, Integers, Sparse, Triples, clamp, lift, symmetrise
from serendipity.matching.snapshot.index_map import MANY, IndexMaps


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """The graph at an offset, as arrays.

    Nodes are numbered in the order of their ids. Matrices are CSR, float64. Weighted kinds are scaled to `landmark` L:
    an entry is w·2^((t'−L)/h), so reading a whole matrix at `now` is one factor, 2^(−(now−L)/h) (`decayed_by`).
    Undirected kinds keep one direction in `edges` (smaller id first); `knows`, `introduced_at`, `related` have both.
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
        from serendipity.matching.snapshot.refresh import Refresh  # it makes snapshots, as this module's do

        return Refresh(self, changes).snapshot()

    # --- numbers of nodes ------------------------------------------------------------------------------------------

    @cached_property
    def member_index(self) -> IndexMaps:
        """The row of each member."""
        return IndexMaps(self.members)

    @cached_property
    def topic_index(self) -> IndexMaps:
        """The number of each topic."""
        return IndexMaps(self.topics)

    @cached_property
    def event_index(self) -> IndexMaps:
        """The number of each event."""
        return IndexMaps(self.events)

    def ids(self, kind: NodeKind) -> Sequence[str]:
        """Return the ids of a kind in the order of their numbers."""
        return {NodeKind.MEMBER: self.members, NodeKind.TOPIC: self.topics, NodeKind.EVENT: self.events}[kind]

    def rows(self, members: Collection[str]) -> Integers:
        """Return the rows of those members that the graph has, ascending."""
        if isinstance(members, Set) and len(members) * MANY > len(self.members):
            # Of many it is quicker to ask the set than to look each up.
            return np.flatnonzero(np.fromiter(map(members.__contains__, self.members), np.bool_, len(self.members)))
        known: Integers = np.unique(self.member_index.of(members))
        return known[known >= 0]

    # --- matrices, scaled to the landmark --------------------------------------------------------------------------

    def decayed_by(self, kind: EdgeKind, now: datetime) -> float:
        """Return the factor that turns a weighted kind's matrix into its reading at `now`."""
        return factor(now - self.landmark, self.half_lives.of(kind))

    @cached_property
    def interests(self) -> Sparse:
        """Members × topics, negations read as nothing; a pinned one is at least PIN_SHARE of its member's strongest."""
        return lift(clamp(self.edges[EdgeKind.INTERESTED_IN].matrix), self.pinned, PIN_SHARE)

    @property
    def pinned(self) -> Sparse:
        """Members × topics, 1 where a member keeps the interest from fading."""
        return self.edges[EdgeKind.PINNED].matrix

    @cached_property
    def seeks(self) -> Sparse:
        """Members × topics."""
        return clamp(self.edges[EdgeKind.SEEKS].matrix)

    @cached_property
    def offers(self) -> Sparse:
        """Members × topics."""
        return clamp(self.edges[EdgeKind.OFFERS].matrix)

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
        return symmetrise(clamp(self.edges[EdgeKind.KNOWS].matrix))

    @cached_property
    def introduced_at(self) -> Sparse:
        """Members × members, symmetric, when two were introduced: seconds since 1970 (inf: nobody knows)."""
        edges = self.edges[EdgeKind.INTRODUCED_TO]
        at = np.where(np.isnan(edges.at), np.inf, edges.at)
        parts = at, edges.matrix.indices, edges.matrix.indptr
        return symmetrise(sparse.csr_array(parts, shape=edges.matrix.shape))

    @cached_property
    def related(self) -> Sparse:
        """Topics × topics, symmetric: decayed counts of being mentioned together."""
        return symmetrise(clamp(self.edges[EdgeKind.RELATED_TO].matrix))

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


def moment(seconds: float) -> datetime | None:
    """Return the time of an edge; None for one that has none."""
    return datetime.fromtimestamp(seconds, tz=UTC) if math.isfinite(seconds) else None
