"""Why two members should meet: structured evidence, from which every sentence of an introduction is made.

Made for the pairs that are shown, not for all. The weights of the reasons for meeting add up to 1; what differs and why
the two would not have met by themselves are told beside them, with weight 0.
"""

import functools
import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from serendipity.domain.decay import DAY
from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Reason
from serendipity.matching.chains_kernel import chain
from serendipity.matching.edges import Integers, Sparse, exact
from serendipity.matching.scoring import TRUST, Prepared, prepared
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot, moment

MOST_OF_A_KIND = 3
WALK_SHARES = {1: 1.0, 2: 1.0, 3: 0.4}
Key = TypeVar("Key", bound=Hashable)


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
        others = {topic for other in rows if other != row for topic in _positive(snapshot.interests, other).tolist()}
        if own := _most(_row(snapshot.interests, row), without=others)[:1]:
            id = snapshot.members[row]
            found.append(Reason(kind="difference", weight=0.0, topics=(snapshot.topics[own[0]],), members=(id,)))
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """One pair, with what explains it at hand; plain dictionaries, as rows are short."""

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

    @cached_property
    def mine(self) -> dict[int, float]:
        return _row(self.ready.interests.profiles, self.one)

    @cached_property
    def theirs(self) -> dict[int, float]:
        return _row(self.ready.interests.profiles, self.other)

    def shared_topics(self) -> list[Reason]:
        """Topics that both work on; each counts what it adds to the cosine, so rare ones most."""
        gains = {topic: weight * self.theirs[topic] for topic, weight in self.mine.items() if topic in self.theirs}
        return [
            Reason(
                kind="shared_topic",
                weight=gain * TRUST["interests"],
                topics=(self.snapshot.topics[topic],),
                data=self._said(EdgeKind.INTERESTED_IN, EdgeKind.INTERESTED_IN, topic, topic),
            )
            for topic, gain in _greatest(gains)
        ]

    def adjacent_topics(self) -> list[Reason]:
        """Topics of each side that are related and not shared; each counts what widening adds to the relevance."""
        spread, theirs = self.ready.interests.spread, self.theirs
        shares = {
            (topic, other): share
            for topic in self.mine
            if topic not in theirs
            for other, share in _row(spread, topic).items()
            if other in theirs and other not in self.mine
        }
        gains = {pair: share * self.mine[pair[0]] * theirs[pair[1]] for pair, share in shares.items()}
        return [self._adjacent(pair, gain, shares[pair]) for pair, gain in _greatest(gains)]

    def _adjacent(self, pair: tuple[int, int], gain: float, share: float) -> Reason:
        affinity = share / (self.ready.settings.widening or 1.0)
        said = self._said(EdgeKind.INTERESTED_IN, EdgeKind.INTERESTED_IN, *pair)
        return Reason(
            kind="adjacent_topics",
            weight=gain * TRUST["interests"],
            topics=(self.snapshot.topics[pair[0]], self.snapshot.topics[pair[1]]),
            data={**said, "affinity": round(affinity, 4)},
        )

    def seek_offers(self) -> list[Reason]:
        """What one seeks and the other offers; `giver` is the member who offers."""
        return [
            *self._favours(EdgeKind.SEEKS, EdgeKind.OFFERS, self.other),
            *self._favours(EdgeKind.OFFERS, EdgeKind.SEEKS, self.one),
        ]

    def _favours(self, kind: EdgeKind, other_kind: EdgeKind, giver: int) -> list[Reason]:
        mine, theirs = _row(self._wanted(kind), self.one), _row(self._wanted(other_kind), self.other)
        hits = sorted(mine.keys() & theirs.keys())
        return [
            Reason(
                kind="seek_offer",
                weight=TRUST["wants"] / max(len(hits), 1),
                topics=(self.snapshot.topics[topic],),
                members=(self.snapshot.members[giver],),
                data={**self._said(kind, other_kind, topic, topic), "giver": self.snapshot.members[giver]},
            )
            for topic in hits[:MOST_OF_A_KIND]
        ]

    def _wanted(self, kind: EdgeKind) -> Sparse:
        return self.snapshot.seeks if kind is EdgeKind.SEEKS else self.snapshot.offers

    def shared_events(self) -> list[Reason]:
        """Events that both attended, small and recent ones first."""
        weights = self.ready.events.attendance
        mine, theirs = _row(weights, self.one), _row(weights, self.other)
        gains = {event: weight**2 for event, weight in mine.items() if event in theirs}
        return [self._event(event, -math.expm1(-gain)) for event, gain in _greatest(gains)]

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
        if not self._chain:
            return []
        steps = len(self._chain) - 1
        return [
            Reason(
                kind="path",
                weight=TRUST["paths"] * WALK_SHARES[steps],
                members=tuple(self.snapshot.members[row] for row in self._chain),
                data={"length": steps},
            )
        ]

    @cached_property
    def _chain(self) -> tuple[int, ...]:
        first, last = chain(exact(self.ready.paths.ties), self.one, self.other)
        return () if first < 0 else tuple(dict.fromkeys((self.one, first, last, self.other)))

    def difference(self) -> list[Reason]:
        """What each works on that the other does not: the weightiest of either."""
        own, others_own = _most(self.mine, without=self.theirs), _most(self.theirs, without=self.mine)
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
        codes = self.snapshot.organisation_codes
        one, other = int(codes[self.one]), int(codes[self.other])
        mine, theirs = _row(self.snapshot.attended, self.one), _row(self.snapshot.attended, self.other)
        data = {
            "steps": len(self._chain) - 1 if self._chain else None,
            "different_organisation": one != other if min(one, other) >= 0 else None,
            "shared_events": len(mine.keys() & theirs.keys()),
            "shared_weekdays": self._shared_weekdays(),
        }
        return [Reason(kind="distance", weight=0.0, data=data)]

    def _shared_weekdays(self) -> list[int] | None:
        """Weekdays (0 is Monday) on which both were seen of late; None where either said too little to tell."""
        seen = [self._weekdays(row) for row in (self.one, self.other)]
        return None if any(len(days) < MOST_OF_A_KIND for days in seen) else sorted(set(seen[0]) & set(seen[1]))

    def _weekdays(self, row: int) -> list[int]:
        days = {at // DAY.total_seconds() for _, at in self._edges(EdgeKind.INTERESTED_IN, row).values()}
        return [int((day + 3) % 7) for day in days]  # 1 January 1970 was a Thursday

    def _said(self, kind: EdgeKind, other_kind: EdgeKind, topic: int, other_topic: int) -> dict[str, Any]:
        """What each side's edge says: weight as it stands now, and when it was last said."""
        edges = self._edges(kind, self.one).get(topic), self._edges(other_kind, self.other).get(other_topic)
        return {
            "labels": [self.snapshot.labels[number] for number in dict.fromkeys((topic, other_topic))],
            "weights": [
                round((edge[0] if edge else 0.0) * self._decay(of), 4)
                for of, edge in zip((kind, other_kind), edges, strict=True)
            ],
            "said_at": [_time(edge[1]) if edge else None for edge in edges],
        }

    @cached_property
    def _known(self) -> dict[tuple[EdgeKind, int], dict[int, tuple[float, float]]]:
        return {}

    def _edges(self, kind: EdgeKind, row: int) -> dict[int, tuple[float, float]]:
        """Return weight and time of a member's edges, by topic."""
        if (kind, row) not in self._known:
            edges = self.snapshot.edges[kind]
            part = slice(edges.matrix.indptr[row], edges.matrix.indptr[row + 1])
            columns, weights, at = (each[part].tolist() for each in (edges.matrix.indices, edges.matrix.data, edges.at))
            self._known[kind, row] = dict(zip(columns, zip(weights, at, strict=True), strict=True))
        return self._known[kind, row]

    @cached_property
    def _decays(self) -> dict[EdgeKind, float]:
        return {}

    def _decay(self, kind: EdgeKind) -> float:
        if kind not in self._decays:
            self._decays[kind] = self.snapshot.decayed_by(kind, self.now)
        return self._decays[kind]

    def _named(self, topics: Iterable[int]) -> list[dict[str, str]]:
        return [{"id": self.snapshot.topics[topic], "label": self.snapshot.labels[topic]} for topic in topics]


def _row(matrix: Sparse, row: int) -> dict[int, float]:
    """Return a row as weights by column."""
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return dict(zip(matrix.indices[part].tolist(), matrix.data[part].tolist(), strict=True))


def _greatest(gains: Mapping[Key, float]) -> list[tuple[Key, float]]:
    """Return the greatest positive gains, a few at most; equals stay in order."""
    return sorted((each for each in gains.items() if each[1] > 0), key=lambda each: -each[1])[:MOST_OF_A_KIND]


def _most(weights: Mapping[int, float], *, without: Collection[int]) -> list[int]:
    return [topic for topic, _ in _greatest({topic: weights[topic] for topic in weights if topic not in without})]


def _time(at: float) -> str | None:
    when = moment(at)
    return when.isoformat() if when else None
