"""Inputs of explanations, read for many pairs at once, as each small look into a matrix costs more.

Rows are plain dictionaries, as they are short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from serendipity.domain.decay import DAY
from serendipity.domain.graph import EdgeKind
from serendipity.matching.kernels.chains import chains
from serendipity.matching.scoring.scoring import PreparedSnapshot
from serendipity.matching.snapshot.edges import Edges, Floats, Integers, Sparse, entries_of, exact

Row = Mapping[int, float]
Value = TypeVar("Value", int, float)
FEWEST_DAYS = 3
FURTHEST_DAY = 2**31
FIRST_OF_ALL = 3  # the weekday of 1 January 1970, a Thursday
SAID = (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjacent:
    """A topic of one and a topic of the other that are related: the share of an interest that spreads, and the gain."""

    topics: tuple[int, int]
    share: float
    gain: float


@dataclass(frozen=True, kw_only=True, eq=False)
class TopicStatements:
    """Edges of one kind: where each is, by member and topic; weights, times, and what is left of the weights by now."""

    places: Mapping[int, Mapping[int, int]]
    weights: Sequence[float]
    at: Sequence[float]
    decay: float

    def positive(self, row: int) -> set[int]:
        """Return the topics of a member's edges that are no negations."""
        return {topic for topic, place in self.places[row].items() if self.weights[place] > 0}

    def told(self, row: int, topic: int) -> tuple[float, float | None]:
        """Return the weight of an edge as it stands now, and when it was last said; nothing where there is none."""
        place = self.places[row].get(topic)
        return (0.0, None) if place is None else (round(self.weights[place] * self.decay, 4), self.at[place])


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplanationInputs:
    """Facts about some pairs (in order) and their members (by row).

    `weekdays` has a bit for each day (Monday's is 1) on which a member was seen, 0 for who was seen on few days.
    """

    ready: PreparedSnapshot
    profiles: Mapping[int, Row]
    attendance: Mapping[int, Row]
    said: Mapping[EdgeKind, TopicStatements]
    weekdays: Mapping[int, int]
    adjacent: Sequence[Sequence[Adjacent]]
    between: Sequence[tuple[int, int]]  # the two on the strongest of the shortest chains of ties, as `chains` has them

    @classmethod
    def of(cls, ready: PreparedSnapshot, ones: Integers, others: Integers, now: datetime) -> "ExplanationInputs":
        """Read what is known of these pairs of rows."""
        rows = np.unique(np.concatenate([ones, others]))
        between = np.empty((len(ones), 2), dtype=np.int64)
        chains(exact(ready.paths.ties), ones, others, between)
        profiles, attendance = ready.interests.profiles, ready.events.attendance
        return cls(
            ready=ready,
            profiles=_weights(profiles, rows),
            attendance=_weights(attendance, rows),
            said={kind: _said(ready, kind, rows, now) for kind in SAID},
            weekdays=dict(zip(rows.tolist(), weekdays(ready.snapshot.edges[SAID[0]], rows).tolist(), strict=True)),
            adjacent=adjacent(profiles, ready.interests.spread, ones, others),
            between=[(first, last) for first, last in between.tolist()],
        )


def _said(ready: PreparedSnapshot, kind: EdgeKind, rows: Integers, now: datetime) -> TopicStatements:
    edges = ready.snapshot.edges[kind]
    few = _FewRows.of(edges.matrix, rows)
    return TopicStatements(
        places=few.by_row(range(len(few.entries))),
        weights=edges.matrix.data[few.entries].tolist(),
        at=edges.at[few.entries].tolist(),
        decay=ready.snapshot.decayed_by(kind, now),
    )


def weekdays(edges: Edges, rows: Integers) -> Integers:
    """Return the weekdays of the times of each row's edges as bits, Monday's is 1; 0 for fewer than `FEWEST_DAYS`.

    >>> from scipy import sparse
    >>> at = np.array([0.0, 1.0, 86_400.0, 7 * 86_400.0])
    >>> matrix = sparse.csr_array(np.ones((1, 4)))
    >>> weekdays(Edges(matrix=matrix, at=at), np.array([0])).tolist() == [(1 << 3) + (1 << 4)]  # Thursday, Friday
    True
    """
    entries, of_row = entries_of(edges.matrix, rows)
    days = (edges.at[entries] // DAY.total_seconds()).astype(np.int64)
    each, day = np.divmod(np.unique(of_row * FURTHEST_DAY + days), FURTHEST_DAY)
    seen = np.zeros(len(rows), dtype=np.int64)
    np.bitwise_or.at(seen, each, 1 << ((day + FIRST_OF_ALL) % 7))
    return np.where(np.bincount(each, minlength=len(rows)) >= FEWEST_DAYS, seen, 0)


def _weights(matrix: Sparse, rows: Integers) -> dict[int, Row]:
    few = _FewRows.of(matrix, rows)
    return few.by_row(matrix.data[few.entries].tolist())


@dataclass(frozen=True, kw_only=True, eq=False)
class _FewRows:
    """Entries of a few rows: their places, their columns, and where each row ends among them."""

    rows: Integers
    entries: Integers
    columns: list[int]
    ends: list[int]

    @classmethod
    def of(cls, matrix: Sparse, rows: Integers) -> "_FewRows":
        entries, of_row = entries_of(matrix, rows)
        ends = np.cumsum(np.bincount(of_row, minlength=len(rows))).tolist()
        return cls(rows=rows, entries=entries, columns=matrix.indices[entries].tolist(), ends=ends)

    def by_row(self, values: Sequence[Value]) -> dict[int, Mapping[int, Value]]:
        """Return the values of the entries by row and column."""
        parts = zip(self.rows.tolist(), [0, *self.ends[:-1]], self.ends, strict=True)
        return {row: self._row(values, start, end) if start < end else {} for row, start, end in parts}

    def _row(self, values: Sequence[Value], start: int, end: int) -> dict[int, Value]:
        return dict(zip(self.columns[start:end], values[start:end], strict=True))


def adjacent(profiles: Sparse, spread: Sparse, ones: Integers, others: Integers) -> list[list[Adjacent]]:
    """Return for each pair the topics of each side that are related and not shared, in the order of the first's.

    >>> from scipy import sparse
    >>> two = sparse.csr_array(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> spread = sparse.csr_array(np.array([[1.0, 0.25], [0.25, 1.0]]))
    >>> adjacent(two, spread, np.array([0]), np.array([1]))
    [[Adjacent(topics=(0, 1), share=0.25, gain=0.25)]]
    """
    mine, theirs = _Topics.of(profiles, ones), _Topics.of(profiles, others)
    own, only_theirs = mine.without(theirs), theirs.without(mine)
    near, of_own = entries_of(spread, own.topics)
    place = only_theirs.places(own.pairs[of_own] * profiles.shape[1] + spread.indices[near])
    hits = np.flatnonzero(place >= 0)
    near, of_own, place = near[hits], of_own[hits], place[hits]
    shares = spread.data[near]
    gains = shares * own.weights[of_own] * only_theirs.weights[place]
    found: list[list[Adjacent]] = [[] for _ in range(len(ones))]
    topics = zip(own.topics[of_own].tolist(), spread.indices[near].tolist(), strict=True)
    parts = zip(own.pairs[of_own].tolist(), topics, shares.tolist(), gains.tolist(), strict=True)
    for pair, ends, share, gain in parts:
        found[pair].append(Adjacent(topics=ends, share=share, gain=gain))
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Topics:
    """Topics of one side of pairs: parallel arrays, and a key per pair and topic."""

    pairs: Integers
    topics: Integers
    weights: Floats
    keys: Integers

    @classmethod
    def of(cls, profiles: Sparse, rows: Integers) -> "_Topics":
        entries, pairs = entries_of(profiles, rows)
        topics = profiles.indices[entries].astype(np.int64)
        return cls(pairs=pairs, topics=topics, weights=profiles.data[entries], keys=pairs * profiles.shape[1] + topics)

    def without(self, others: "_Topics") -> "_Topics":
        """Leave out what the other side works on too."""
        left = others.places(self.keys) < 0
        return _Topics(
            pairs=self.pairs[left], topics=self.topics[left], weights=self.weights[left], keys=self.keys[left]
        )

    def places(self, keys: Integers) -> Integers:
        """Return where keys are, -1 for those that are not there."""
        if len(self.keys) == 0:
            return np.full(len(keys), -1, dtype=np.int64)
        order = np.argsort(self.keys, kind="stable")
        place = order[np.minimum(np.searchsorted(self.keys, keys, sorter=order), len(order) - 1)]
        return np.where(self.keys[place] == keys, place, -1)
