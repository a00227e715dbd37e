"""Who of those here now is worth meeting, given what a member says at this moment.

What was just said is not in the snapshot yet, so it counts by itself: score(v) = Σ_t idf(t)·s(t)·x_v(t) over the topics
said, where s is the weight said and x_v(t) in [0, 1] is v's interest, or 1 where v offers what is sought, or seeks what
is offered. It costs a look at the rows of those present and nothing else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Match, Reason, Stance
from serendipity.matching.edges import Sparse
from serendipity.matching.exclusions import Pair
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot
from serendipity.matching.sources.interests import idf

FULL_INTEREST = 1.0


@dataclass(frozen=True, kw_only=True)
class Said:
    """A topic said just now, with its stance and weight in (0, 1]."""

    topic: str
    stance: Stance
    weight: float


def encounters(
    snapshot: Snapshot,
    member: str,
    said: Sequence[Said],
    *,
    among: Collection[str],
    now: datetime,
    blocked: Collection[Pair] = (),
    settings: MatchSettings,
    most: int = 3,
) -> list[Match]:
    """Return the best to meet among those given, best first; who knows the member well already is left out."""
    never = {other for pair in blocked for other in pair if member in pair}
    known = _acquainted(snapshot, member, now, settings)
    rarity = _rarity(snapshot, said)
    candidates = [other for other in sorted(set(among) - never - {member}) if other in snapshot.member_index]
    found = [
        _match(snapshot, member, other, said, rarity, now)
        for other in candidates
        if snapshot.member_index[other] not in known and _may_meet(snapshot, member, other, settings)
    ]
    good = [match for match in found if match is not None and match.score >= settings.evidence_floor]
    return sorted(good, key=lambda match: (-match.score, match.other))[:most]


def _match(
    snapshot: Snapshot, member: str, other: str, said: Sequence[Said], rarity: Mapping[str, float], now: datetime
) -> Match | None:
    row = snapshot.member_index[other]
    reasons = [reason for one in said if (reason := _reason(snapshot, member, other, row, one, rarity, now))]
    total = sum(reason.weight for reason in reasons)
    if not total:
        return None
    best = sum(rarity.get(one.topic, 0.0) * one.weight for one in said)
    score = min(total / best, 1.0) if best else 0.0
    return Match(
        member=member, other=other, score=score, relevance=score, unexpectedness=1.0, reasons=tuple(_shares(reasons))
    )


def _reason(
    snapshot: Snapshot, member: str, other: str, row: int, said: Said, rarity: Mapping[str, float], now: datetime
) -> Reason | None:
    column = snapshot.topic_index.get(said.topic)
    if column is None:
        return None
    amount = rarity[said.topic] * said.weight
    if said.stance is Stance.SEEK and _has(snapshot.offers, row, column):
        return Reason(kind="seek_offer", weight=amount, topics=(said.topic,), members=(other,))
    if said.stance is Stance.OFFER and _has(snapshot.seeks, row, column):
        return Reason(kind="seek_offer", weight=amount, topics=(said.topic,), members=(member,))
    interest = _at(snapshot.interests, row, column) * snapshot.decayed_by(EdgeKind.INTERESTED_IN, now)
    if interest <= 0:
        return None
    return Reason(kind="shared_topic", weight=amount * min(interest / FULL_INTEREST, 1.0), topics=(said.topic,))


def _shares(reasons: Sequence[Reason]) -> list[Reason]:
    total = sum(reason.weight for reason in reasons)
    ranked = sorted(reasons, key=lambda reason: -reason.weight)
    return [Reason(kind=one.kind, weight=one.weight / total, topics=one.topics, members=one.members) for one in ranked]


def _rarity(snapshot: Snapshot, said: Sequence[Said]) -> dict[str, float]:
    every = idf(snapshot.interests)
    index = snapshot.topic_index
    return {one.topic: float(every[index[one.topic]]) for one in said if one.topic in index}


def _acquainted(snapshot: Snapshot, member: str, now: datetime, settings: MatchSettings) -> set[int]:
    row = snapshot.member_index.get(member)
    if row is None:
        return set()
    knows, decay = snapshot.knows, snapshot.decayed_by(EdgeKind.KNOWS, now)
    start, end = knows.indptr[row], knows.indptr[row + 1]
    strong = knows.data[start:end] * decay >= settings.acquainted
    return set(knows.indices[start:end][strong].tolist())


def _may_meet(snapshot: Snapshot, member: str, other: str, settings: MatchSettings) -> bool:
    if settings.same_organisation or member not in snapshot.member_index:
        return True
    mine, theirs = (snapshot.organisations[snapshot.member_index[id]] for id in (member, other))
    return mine is None or mine != theirs


def _has(matrix: Sparse, row: int, column: int) -> bool:
    return _at(matrix, row, column) > 0


def _at(matrix: Sparse, row: int, column: int) -> float:
    start, end = matrix.indptr[row], matrix.indptr[row + 1]
    place = start + np.searchsorted(matrix.indices[start:end], column)
    return float(matrix.data[place]) if place < end and matrix.indices[place] == column else 0.0
