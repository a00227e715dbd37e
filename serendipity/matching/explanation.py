"""Why two members should meet: structured evidence, from which every sentence of an introduction is made.

Made for the pairs that are shown, not for all. The weights of the reasons for meeting add up to 1; what differs and why
the two would not have met by themselves are told beside them, with weight 0.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from serendipity.domain.decay import DAY
from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Reason
from serendipity.matching.edges import Edges, Integers, Sparse
from serendipity.matching.scoring import TRUST, Prepared, prepared
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot, moment

MOST_OF_A_KIND = 3
WALK_SHARES = {1: 1.0, 2: 1.0, 3: 0.4}


def explain(snapshot: Snapshot, one: str, other: str, *, now: datetime, settings: MatchSettings) -> tuple[Reason, ...]:
    """Return the reasons for a pair, from `one` to `other`, weightiest first."""
    case = _Case.of(snapshot, one, other, now, settings)
    found = [
        *case.shared_topics(),
        *case.adjacent_topics(),
        *case.seek_offers(),
        *case.shared_events(),
        *case.shortest_path(),
    ]
    total = sum(reason.weight for reason in found) or 1.0
    weighed = [replace(reason, weight=reason.weight / total) for reason in found]
    return (*sorted(weighed, key=lambda reason: -reason.weight), *case.difference(), *case.distance())


def explain_all(
    snapshot: Snapshot, members: Sequence[str], *, now: datetime, settings: MatchSettings
) -> tuple[Reason, ...]:
    """Return the reasons for a pair; for a group what all share, and what each works on that nobody else does.

    Nothing where one of them is not in the graph (any more).
    """
    if any(id not in snapshot.member_index for id in members):
        return ()
    if len(members) == 2:
        return explain(snapshot, members[0], members[1], now=now, settings=settings)
    rows = [snapshot.member_index[id] for id in members]
    topics = _rarest(snapshot.interests, shared(snapshot.interests, rows))
    events = _rarest(snapshot.attended, shared(snapshot.attended, rows))
    everyone, total = tuple(members), len(topics) + len(events)
    return (
        *(
            Reason(kind="shared_topic", weight=1 / total, topics=(snapshot.topics[topic],), members=everyone)
            for topic in topics
        ),
        *(
            Reason(kind="shared_event", weight=1 / total, events=(snapshot.events[event],), members=everyone)
            for event in events
        ),
        *_own(snapshot, rows),
    )


def shared(matrix: Sparse, rows: Sequence[int]) -> Integers:
    """Return the columns that all of these rows have, with positive weight."""
    return functools.reduce(np.intersect1d, (_positive(matrix, row) for row in rows))


def _positive(matrix: Sparse, row: int) -> Integers:
    entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[entries][matrix.data[entries] > 0].astype(np.int64)


def _rarest(matrix: Sparse, columns: Integers) -> list[int]:
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return [int(column) for column in sorted(columns.tolist(), key=lambda column: counts[column])[:MOST_OF_A_KIND]]


def _own(snapshot: Snapshot, rows: Sequence[int]) -> list[Reason]:
    """Return what each works on most that none of the others does."""
    found = []
    for row in rows:
        others = np.unique(np.concatenate([_positive(snapshot.interests, other) for other in rows if other != row]))
        entries = slice(snapshot.interests.indptr[row], snapshot.interests.indptr[row + 1])
        topics, weights = snapshot.interests.indices[entries].astype(np.int64), snapshot.interests.data[entries]
        if own := _most(topics, weights, without=others)[:1]:
            id = snapshot.members[row]
            found.append(Reason(kind="difference", weight=0.0, topics=(snapshot.topics[own[0]],), members=(id,)))
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """One pair, with what explains it at hand."""

    ready: Prepared
    one: int
    other: int
    now: datetime

    @classmethod
    def of(cls, snapshot: Snapshot, one: str, other: str, now: datetime, settings: MatchSettings) -> "_Case":
        index = snapshot.member_index
        return cls(ready=prepared(snapshot, settings), one=index[one], other=index[other], now=now)

    @property
    def snapshot(self) -> Snapshot:
        return self.ready.snapshot

    def shared_topics(self) -> list[Reason]:
        """Topics that both work on; each counts what it adds to the cosine, so rare ones most."""
        (topics, mine), (others, theirs) = self._profiles()
        shared, here, there = np.intersect1d(topics, others, return_indices=True)
        gains = mine[here] * theirs[there]
        return [
            Reason(
                kind="shared_topic",
                weight=float(gains[n]) * TRUST["interests"],
                topics=(self.snapshot.topics[shared[n]],),
                data=self._said(EdgeKind.INTERESTED_IN, EdgeKind.INTERESTED_IN, int(shared[n]), int(shared[n])),
            )
            for n in _greatest(gains)
        ]

    def adjacent_topics(self) -> list[Reason]:
        """Topics of each side that are related and not shared; each counts what widening adds to the relevance."""
        (topics, mine), (others, theirs) = self._profiles()
        near = self.ready.interests.spread[topics][:, others].tocoo()
        rows, columns = (ends.astype(np.int64) for ends in near.coords)
        gains = near.data * mine[rows] * theirs[columns]
        gains[np.isin(topics[rows], others) | np.isin(others[columns], topics)] = 0.0
        return [
            self._adjacent(int(topics[rows[n]]), int(others[columns[n]]), float(gains[n])) for n in _greatest(gains)
        ]

    def _adjacent(self, mine: int, theirs: int, gain: float) -> Reason:
        affinity = float(self.ready.interests.spread[mine, theirs]) / (self.ready.settings.widening or 1.0)
        said = self._said(EdgeKind.INTERESTED_IN, EdgeKind.INTERESTED_IN, mine, theirs)
        return Reason(
            kind="adjacent_topics",
            weight=gain * TRUST["interests"],
            topics=(self.snapshot.topics[mine], self.snapshot.topics[theirs]),
            data={**said, "affinity": round(affinity, 4)},
        )

    def seek_offers(self) -> list[Reason]:
        """What one seeks and the other offers; `giver` is the member who offers."""
        return [
            *self._favours(EdgeKind.SEEKS, EdgeKind.OFFERS, self.other),
            *self._favours(EdgeKind.OFFERS, EdgeKind.SEEKS, self.one),
        ]

    def _favours(self, kind: EdgeKind, other_kind: EdgeKind, giver: int) -> list[Reason]:
        mine, theirs = self._row(self._wanted(kind), self.one), self._row(self._wanted(other_kind), self.other)
        hits = np.intersect1d(mine[0], theirs[0])
        return [
            Reason(
                kind="seek_offer",
                weight=TRUST["wants"] / max(len(hits), 1),
                topics=(self.snapshot.topics[topic],),
                members=(self.snapshot.members[giver],),
                data={**self._said(kind, other_kind, int(topic), int(topic)), "giver": self.snapshot.members[giver]},
            )
            for topic in hits[:MOST_OF_A_KIND]
        ]

    def _wanted(self, kind: EdgeKind) -> Sparse:
        return self.snapshot.seeks if kind is EdgeKind.SEEKS else self.snapshot.offers

    def shared_events(self) -> list[Reason]:
        """Events that both attended, small and recent ones first."""
        weights = self.ready.events.attendance
        mine, theirs = self._row(weights, self.one), self._row(weights, self.other)
        shared, here, _ = np.intersect1d(mine[0], theirs[0], return_indices=True)
        gains = mine[1][here] ** 2
        return [self._event(int(shared[n]), float(-np.expm1(-gains[n]))) for n in _greatest(gains)]

    def _event(self, event: int, gain: float) -> Reason:
        starts = moment(float(self.snapshot.starts[event]))
        return Reason(
            kind="shared_event",
            weight=gain * TRUST["events"],
            events=(self.snapshot.events[event],),
            data={
                "title": self.snapshot.titles[event],
                "size": int(self.snapshot.sizes[event]),
                "starts_at": starts.isoformat() if starts else None,
            },
        )

    def shortest_path(self) -> list[Reason]:
        """The strongest of the shortest chains of ties, of at most three, from one to the other."""
        chain = self._chain
        if chain is None:
            return []
        return [
            Reason(
                kind="path",
                weight=TRUST["paths"] * WALK_SHARES[len(chain) - 1],
                members=tuple(self.snapshot.members[row] for row in chain),
                data={"length": len(chain) - 1},
            )
        ]

    @property
    def _chain(self) -> tuple[int, ...] | None:
        ties = self.ready.paths.ties
        near, far = self._row(ties, self.one), self._row(ties, self.other)
        if self.other in near[0]:
            return self.one, self.other
        shared, here, there = np.intersect1d(near[0], far[0], return_indices=True)
        if len(shared):
            middle = shared[int(np.argmax(near[1][here] * far[1][there]))]
            return self.one, int(middle), self.other
        between = ties[near[0]][:, far[0]].tocoo()
        if not between.nnz:
            return None
        rows, columns = between.coords
        best = int(np.argmax(near[1][rows] * between.data * far[1][columns]))
        return self.one, int(near[0][rows[best]]), int(far[0][columns[best]]), self.other

    def difference(self) -> list[Reason]:
        """What each works on that the other does not: the weightiest of either."""
        (topics, mine), (others, theirs) = self._profiles()
        own = _most(topics, mine, without=others)
        others_own = _most(others, theirs, without=topics)
        if not own and not others_own:
            return []
        names = [self.snapshot.topics[topic] for topic in (*own, *others_own)]
        data = {
            "only_one": self._named(own),
            "only_other": self._named(others_own),
        }
        return [Reason(kind="difference", weight=0.0, topics=tuple(names), data=data)]

    def distance(self) -> list[Reason]:
        """Why they would not have met: how far apart they are, and where they work."""
        chain = self._chain
        organisations = self.snapshot.organisation_codes[[self.one, self.other]]
        known = bool((organisations >= 0).all())
        mine, theirs = (self._row(self.snapshot.attended, row)[0] for row in (self.one, self.other))
        data = {
            "steps": None if chain is None else len(chain) - 1,
            "different_organisation": bool(organisations[0] != organisations[1]) if known else None,
            "shared_events": len(np.intersect1d(mine, theirs)),
            "shared_weekdays": self._shared_weekdays(),
        }
        return [Reason(kind="distance", weight=0.0, data=data)]

    def _shared_weekdays(self) -> list[int] | None:
        """Weekdays (0 is Monday) on which both were seen of late; None where either said too little to tell."""
        seen = [self._weekdays(row) for row in (self.one, self.other)]
        return None if any(len(days) < MOST_OF_A_KIND for days in seen) else sorted(set(seen[0]) & set(seen[1]))

    def _weekdays(self, row: int) -> list[int]:
        edges = self.snapshot.edges[EdgeKind.INTERESTED_IN]
        times = np.unique(edges.at[edges.matrix.indptr[row] : edges.matrix.indptr[row + 1]] // DAY.total_seconds())
        return [int((day + 3) % 7) for day in times]  # 1 January 1970 was a Thursday

    def _profiles(self) -> tuple[tuple[Integers, Any], tuple[Integers, Any]]:
        profiles = self.ready.interests.profiles
        return self._row(profiles, self.one), self._row(profiles, self.other)

    @staticmethod
    def _row(matrix: Sparse, row: int) -> tuple[Integers, Any]:
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        return matrix.indices[entries].astype(np.int64), matrix.data[entries]

    def _said(self, kind: EdgeKind, other_kind: EdgeKind, topic: int, other_topic: int) -> dict[str, Any]:
        """What each side's edge says: weight as it stands now, and when it was last said."""
        return {
            "labels": [self.snapshot.labels[number] for number in dict.fromkeys((topic, other_topic))],
            "weights": [self._weight(kind, self.one, topic), self._weight(other_kind, self.other, other_topic)],
            "said_at": [
                _time(self.snapshot.edges[kind], self.one, topic),
                _time(self.snapshot.edges[other_kind], self.other, other_topic),
            ],
        }

    def _weight(self, kind: EdgeKind, row: int, topic: int) -> float:
        edges = self.snapshot.edges[kind]
        place = edges.position(row, topic)
        scaled = 0.0 if place is None else float(edges.matrix.data[place])
        return round(scaled * self.snapshot.decayed_by(kind, self.now), 4)

    def _named(self, topics: Iterable[int]) -> list[dict[str, str]]:
        return [{"id": self.snapshot.topics[topic], "label": self.snapshot.labels[topic]} for topic in topics]


def _greatest(gains: Any) -> Sequence[int]:
    """The places of the greatest positive gains, a few at most."""
    order = np.argsort(-gains, kind="stable")[:MOST_OF_A_KIND]
    return [int(place) for place in order if gains[place] > 0]


def _most(topics: Integers, weights: Any, *, without: Integers) -> list[int]:
    return [int(topics[n]) for n in _greatest(np.where(np.isin(topics, without), 0.0, weights))]


def _time(edges: Edges, row: int, column: int) -> str | None:
    place = edges.position(row, column)
    when = None if place is None else moment(float(edges.at[place]))
    return when.isoformat() if when else None
