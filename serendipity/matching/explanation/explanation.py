"""Why two members should meet: structured evidence, from which every sentence of an introduction is made.

Made for the pairs that are shown, not for all. The weights of the reasons for meeting add up to 1; what differs and why
the two would not have met by themselves are told beside them, with weight 0.
"""

import functools
import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np

from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Match, Reason
from serendipity.matching.explanation.explanation_inputs import Adjacent, ExplanationInputs, Row
from serendipity.matching.factors import Factor
from serendipity.matching.scoring.scoring import TRUST, PreparedSnapshot, prepare
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Integers, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot, moment

MOST_OF_A_KIND = 3
WALK_SHARES = {1: 1.0, 2: 1.0, 3: 0.4}
Key = TypeVar("Key", bound=Hashable)


def explain_each(
    snapshot: Snapshot, groups: Sequence[Sequence[str]], *, now: datetime, settings: MatchSettings
) -> list[tuple[Reason, ...]]:
    """Return the reasons for each pair, from its first to its other, weightiest first; many take less each than one.

    For a group what all share, and what each works on that nobody else does. Nothing where one of them is not in the
    graph (any more).
    """
    number = snapshot.member_index.get
    rows = [[number(id, -1) for id in members] for members in groups]
    pairs = [tuple(each) for each in rows if len(each) == 2 and min(each) >= 0]
    explained = iter(_pairs(prepare(snapshot, settings), pairs, now))
    return [
        () if min(each) < 0 else next(explained) if len(each) == 2 else _group(snapshot, members, each)
        for members, each in zip(groups, rows, strict=True)
    ]


def explain_matches(
    snapshot: Snapshot, matches: Sequence[Match], *, now: datetime, settings: MatchSettings
) -> list[Match]:
    """Return matches with their reasons."""
    reasons = explain_each(snapshot, [match.members for match in matches], now=now, settings=settings)
    return [replace(match, reasons=each) for match, each in zip(matches, reasons, strict=True)]


def _pairs(ready: PreparedSnapshot, pairs: Sequence[tuple[int, ...]], now: datetime) -> Iterator[tuple[Reason, ...]]:
    if not pairs:
        return iter(())
    ends = np.array(pairs, dtype=np.int64)
    facts = ExplanationInputs.of(ready, ends[:, 0], ends[:, 1], now)
    return (
        _PairExplanation(facts=facts, place=place, one=one, other=other).reasons()
        for place, (one, other) in enumerate(pairs)
    )


def _group(snapshot: Snapshot, members: Sequence[str], rows: Sequence[int]) -> tuple[Reason, ...]:
    topics = _rarest(snapshot.interests, shared_columns(snapshot.interests, rows))
    events = _rarest(snapshot.attended, shared_columns(snapshot.attended, rows))
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


def shared_columns(matrix: Sparse, rows: Sequence[int]) -> Integers:
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
class _PairExplanation:
    """One pair, with what explains it at hand: it is the one at a `place` of the facts."""

    facts: ExplanationInputs
    place: int
    one: int
    other: int

    def reasons(self) -> tuple[Reason, ...]:
        """Return what speaks for them, weightiest first, then what differs and why they would not have met."""
        found = [
            *self.shared_topics(),
            *self.adjacent_topics(),
            *self.seek_offers(),
            *self.shared_events(),
            *self.shortest_path(),
        ]
        total = sum(reason.weight for reason in found) or 1.0
        found.sort(key=lambda reason: -reason.weight / total)
        return (*(_weighed(reason, reason.weight / total) for reason in found), *self.difference(), *self.distance())

    @property
    def snapshot(self) -> Snapshot:
        return self.facts.ready.snapshot

    @property
    def mine(self) -> Row:
        return self.facts.profiles[self.one]

    @property
    def theirs(self) -> Row:
        return self.facts.profiles[self.other]

    def shared_topics(self) -> list[Reason]:
        """Topics that both work on; each counts what it adds to the cosine, so rare ones most."""
        theirs = self.theirs
        gains = [(topic, weight * theirs[topic]) for topic, weight in self.mine.items() if topic in theirs]
        return [
            Reason(
                kind="shared_topic",
                weight=gain * TRUST[Factor.INTERESTS],
                topics=(self.snapshot.topics[topic],),
                data=self._said(EdgeKind.INTERESTED_IN, EdgeKind.INTERESTED_IN, topic, topic),
            )
            for topic, gain in _greatest(gains)
        ]

    def adjacent_topics(self) -> list[Reason]:
        """Topics of each side that are related and not shared; each counts what widening adds to the relevance."""
        gains = [(each, each.gain) for each in self.facts.adjacent[self.place]]
        return [self._adjacent(each) for each, _ in _greatest(gains)]

    def _adjacent(self, pair: Adjacent) -> Reason:
        affinity = pair.share / (self.facts.ready.settings.widening or 1.0)
        said = self._said(EdgeKind.INTERESTED_IN, EdgeKind.INTERESTED_IN, *pair.topics)
        return Reason(
            kind="adjacent_topics",
            weight=pair.gain * TRUST[Factor.INTERESTS],
            topics=(self.snapshot.topics[pair.topics[0]], self.snapshot.topics[pair.topics[1]]),
            data={**said, "affinity": round(affinity, 4)},
        )

    def seek_offers(self) -> list[Reason]:
        """Return what one seeks and the other offers; `giver` is the member who offers."""
        return [
            *self._favours(EdgeKind.SEEKS, EdgeKind.OFFERS, self.other),
            *self._favours(EdgeKind.OFFERS, EdgeKind.SEEKS, self.one),
        ]

    def _favours(self, kind: EdgeKind, other_kind: EdgeKind, giver: int) -> list[Reason]:
        said = self.facts.said
        hits = sorted(said[kind].positive(self.one) & said[other_kind].positive(self.other))
        return [
            Reason(
                kind="seek_offer",
                weight=TRUST[Factor.WANTS] / max(len(hits), 1),
                topics=(self.snapshot.topics[topic],),
                members=(self.snapshot.members[giver],),
                data={**self._said(kind, other_kind, topic, topic), "giver": self.snapshot.members[giver]},
            )
            for topic in hits[:MOST_OF_A_KIND]
        ]

    def shared_events(self) -> list[Reason]:
        """Events that both attended, small and recent ones first."""
        theirs = self.facts.attendance[self.other]
        gains = [(event, weight**2) for event, weight in self.facts.attendance[self.one].items() if event in theirs]
        return [self._event(event, -math.expm1(-gain)) for event, gain in _greatest(gains)]

    def _event(self, event: int, gain: float) -> Reason:
        return Reason(
            kind="shared_event",
            weight=gain * TRUST[Factor.EVENTS],
            events=(self.snapshot.events[event],),
            data={
                "title": self.snapshot.titles[event],
                "size": int(self.snapshot.sizes[event]),
                "starts_at": _time(float(self.snapshot.starts[event])),
            },
        )

    def shortest_path(self) -> list[Reason]:
        """The strongest of the shortest chains of ties, of at most three, from one to the other."""
        chain = self._chain()
        if not chain:
            return []
        steps = len(chain) - 1
        return [
            Reason(
                kind="path",
                weight=TRUST[Factor.PATHS] * WALK_SHARES[steps],
                members=tuple(self.snapshot.members[row] for row in chain),
                data={"length": steps},
            )
        ]

    def _chain(self) -> tuple[int, ...]:
        first, last = self.facts.between[self.place]
        return () if first < 0 else tuple(dict.fromkeys((self.one, first, last, self.other)))

    def difference(self) -> list[Reason]:
        """Return the topics that each works on and the other does not: the weightiest of either."""
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
        codes, chain, attendance = self.snapshot.organisation_codes, self._chain(), self.facts.attendance
        one, other = int(codes[self.one]), int(codes[self.other])
        data = {
            "steps": len(chain) - 1 if chain else None,
            "different_organisation": one != other if min(one, other) >= 0 else None,
            "shared_events": len(attendance[self.one].keys() & attendance[self.other].keys()),
            "shared_weekdays": self._shared_weekdays(),
        }
        return [Reason(kind="distance", weight=0.0, data=data)]

    def _shared_weekdays(self) -> list[int] | None:
        """Weekdays (0 is Monday) on which both were seen of late; None where either said too little to tell."""
        mine, theirs = self.facts.weekdays[self.one], self.facts.weekdays[self.other]
        return [day for day in range(7) if mine & theirs & (1 << day)] if mine and theirs else None

    def _said(self, kind: EdgeKind, other_kind: EdgeKind, topic: int, other_topic: int) -> dict[str, Any]:
        """Return each side's edge: its weight now, and when the topic was last mentioned."""
        said, labels = self.facts.said, self.snapshot.labels
        weight, at = said[kind].told(self.one, topic)
        other_weight, other_at = said[other_kind].told(self.other, other_topic)
        return {
            "labels": [labels[topic]] if topic == other_topic else [labels[topic], labels[other_topic]],
            "weights": [weight, other_weight],
            "said_at": [_time(at), _time(other_at)],
        }

    def _named(self, topics: Iterable[int]) -> list[dict[str, str]]:
        return [{"id": self.snapshot.topics[topic], "label": self.snapshot.labels[topic]} for topic in topics]


def _weighed(reason: Reason, weight: float) -> Reason:
    """Return the reason with another weight (`replace` takes three times as long)."""
    return Reason(
        kind=reason.kind,
        weight=weight,
        topics=reason.topics,
        events=reason.events,
        members=reason.members,
        data=reason.data,
    )


def _row(matrix: Sparse, row: int) -> dict[int, float]:
    """Return a row as weights by column."""
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return dict(zip(matrix.indices[part].tolist(), matrix.data[part].tolist(), strict=True))


def _greatest(gains: Iterable[tuple[Key, float]]) -> list[tuple[Key, float]]:
    """Return the greatest positive gains, a few at most; equals stay in order."""
    return sorted([each for each in gains if each[1] > 0], key=_gain, reverse=True)[:MOST_OF_A_KIND]


_gain = itemgetter(1)


def _most(weights: Mapping[int, float], *, without: Collection[int]) -> list[int]:
    return [topic for topic, _ in _greatest([each for each in weights.items() if each[0] not in without])]


def _time(at: float | None) -> str | None:
    """Return the time of an edge; None where there is no edge, or it has none."""
    when = None if at is None else moment(at)
    return when.isoformat() if when else None
