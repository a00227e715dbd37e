"""Ranking of the members here now who are worth meeting, given what a member says at this moment.

What was just said is not in the snapshot yet, so it counts by itself: score(v) = Σ_t idf(t)·s(t)·x_v(t) over the topics
said, where s is the weight said and x_v(t) in [0, 1] is v's interest, or 1 where v offers what is sought, or seeks what
is offered. It costs a look at the rows of those present and nothing else. Who is unexpected counts more, as the dial
says: score · unexpectedness^(4·surprise), of what the rows tell of events, organisation and interests in common.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from serendipity.domain.graph import PIN_SHARE, EdgeKind
from serendipity.domain.model import Match, Reason, Stance
from serendipity.matching.candidates.exclusions import Pair
from serendipity.matching.candidates.sources.interests import idf
from serendipity.matching.scoring.scoring import GREATEST_EXPONENT
from serendipity.matching.scoring.unexpectedness import (
    USUAL_OVERLAP,
    Familiarity,
    relative_overlap,
    unexpectedness,
)
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse, entries_of, with_one
from serendipity.matching.snapshot.snapshot import Snapshot

FULL_INTEREST = 1.0
MOST_REMEMBERED = 8


@dataclass(frozen=True, kw_only=True)
class Said:
    """A topic said just now, or before, with its stance and weight in (0, 1]."""

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
    heard = [one for one in said if one.topic in snapshot.topic_index]
    rows = _open_to(snapshot, member, among, now, blocked, settings)
    best = sum(_rarity(snapshot)[snapshot.topic_index[one.topic]] * one.weight for one in heard)
    if not len(rows) or best <= 0:
        return []
    gains, favours = _gains(snapshot, rows, heard, now)
    scores = np.minimum(gains.sum(axis=1) / best, 1.0)
    ranked = np.lexsort((rows, -scores * _surprise(snapshot, member, rows, settings)))[:most]
    return [
        _match(snapshot, member, int(rows[n]), heard, float(scores[n]), gains[n], favours[n])
        for n in ranked
        if scores[n] > 0 and scores[n] >= settings.evidence_floor
    ]


def _surprise(snapshot: Snapshot, member: str, rows: Integers, settings: MatchSettings) -> Floats:
    """Return what the dial makes of each row's unexpectedness; ties, which take walks to judge, are left out of it."""
    own = snapshot.member_index.get(member)
    if own is None or settings.surprise == 0.0:
        return np.ones(len(rows))
    familiarity = _familiarity(snapshot).of_one(own, rows, settings)
    overlap = relative_overlap(_cosines(snapshot, own, rows), USUAL_OVERLAP)
    floored = np.maximum(unexpectedness(familiarity, overlap, settings), settings.unexpectedness_floor)
    return np.asarray(floored ** (GREATEST_EXPONENT * settings.surprise), dtype=np.float64)


def _cosines(snapshot: Snapshot, own: int, rows: Integers) -> Floats:
    """Return how alike the interests of each row and one's own are, rare topics weighing more."""
    rarity = _rarity(snapshot)
    products, squares = with_one(snapshot.interests, own, np.append(rows, own), by=rarity)
    lengths = np.sqrt(np.maximum(squares, 1e-12))
    cosines: Floats = products[:-1] / (lengths[:-1] * lengths[-1])
    return cosines


def cached_encounters(snapshot: Snapshot, member: str, now: datetime) -> list[Said]:
    """Return what a member said before as if it were said now: their strongest interests, and what they want."""
    row = snapshot.member_index.get(member)
    if row is None:
        return []
    found = []
    for stance, kind, matrix in (
        (Stance.SEEK, EdgeKind.SEEKS, snapshot.seeks),
        (Stance.OFFER, EdgeKind.OFFERS, snapshot.offers),
        (Stance.INTEREST, EdgeKind.INTERESTED_IN, snapshot.interests),
    ):
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        weights = np.minimum(matrix.data[entries] * snapshot.decayed_by(kind, now), 1.0)
        found += [
            Said(topic=snapshot.topics[topic], stance=stance, weight=float(weight))
            for topic, weight in zip(matrix.indices[entries], weights, strict=True)
            if weight > 0
        ]
    return sorted(found, key=lambda one: -one.weight)[:MOST_REMEMBERED]


def _open_to(
    snapshot: Snapshot,
    member: str,
    among: Collection[str],
    now: datetime,
    blocked: Collection[Pair],
    settings: MatchSettings,
) -> Integers:
    """Return the rows of those whom the member may meet and does not know well."""
    never = {other for pair in blocked for other in pair if member in pair}
    rows = snapshot.rows(set(among) - never - {member})
    own = snapshot.member_index.get(member)
    if own is None:
        return rows
    rows = rows[~np.isin(rows, _acquainted(snapshot, own, now, settings))]
    if settings.same_organisation or snapshot.organisations[own] is None:
        return rows
    elsewhere: Integers = rows[snapshot.organisation_codes[rows] != snapshot.organisation_codes[own]]
    return elsewhere


def _gains(snapshot: Snapshot, rows: Integers, said: Sequence[Said], now: datetime) -> tuple[Floats, Floats]:
    """Return what each row gains by each topic said, and 1 where that is a favour (both: rows × said)."""
    columns = np.array([snapshot.topic_index[one.topic] for one in said], dtype=np.int64)
    decay = snapshot.decayed_by(EdgeKind.INTERESTED_IN, now)
    shared = np.minimum(_part(snapshot.interests, rows, columns) * decay / FULL_INTEREST, 1.0)
    shared = np.maximum(shared, _part(snapshot.pinned, rows, columns) * PIN_SHARE)
    favours = np.zeros_like(shared)
    for stance, matrix in ((Stance.SEEK, snapshot.offers), (Stance.OFFER, snapshot.seeks)):
        of_stance = np.array([one.stance is stance for one in said])
        if of_stance.any():
            favours[:, of_stance] = _part(matrix, rows, columns[of_stance]) > 0
    amounts = _rarity(snapshot)[columns] * np.array([one.weight for one in said])
    return np.where(favours > 0, 1.0, shared) * amounts, favours


def _match(
    snapshot: Snapshot, member: str, row: int, said: Sequence[Said], score: float, gains: Floats, favours: Floats
) -> Match:
    other, total = snapshot.members[row], float(gains.sum())
    reasons = [
        _reason(member, other, said[n], float(gains[n]) / total, favour=bool(favours[n]))
        for n in np.argsort(-gains, kind="stable")
        if gains[n] > 0
    ]
    return Match(member=member, other=other, score=score, relevance=score, unexpectedness=1.0, reasons=tuple(reasons))


def _reason(member: str, other: str, said: Said, share: float, *, favour: bool) -> Reason:
    if not favour:
        return Reason(kind="shared_topic", weight=share, topics=(said.topic,))
    giver = other if said.stance is Stance.SEEK else member
    return Reason(kind="seek_offer", weight=share, topics=(said.topic,), members=(giver,))


@lru_cache(maxsize=2)
def _familiarity(snapshot: Snapshot) -> Familiarity:
    return Familiarity.of(snapshot)


@lru_cache(maxsize=2)
def _rarity(snapshot: Snapshot) -> Floats:
    return idf(snapshot.interests)


def _acquainted(snapshot: Snapshot, row: int, now: datetime, settings: MatchSettings) -> Integers:
    knows, decay = snapshot.knows, snapshot.decayed_by(EdgeKind.KNOWS, now)
    entries = slice(knows.indptr[row], knows.indptr[row + 1])
    known: Integers = knows.indices[entries].astype(np.int64)
    return known[knows.data[entries] * decay >= settings.acquainted]


def _part(matrix: Sparse, rows: Integers, columns: Integers) -> Floats:
    """Return a few rows and columns as a dense array (scipy's own indexing takes ten times as long for so little)."""
    entries, of_row = entries_of(matrix, rows)
    hits, asked = np.nonzero(matrix.indices[entries][:, None] == columns)
    found = np.zeros((len(rows), len(columns)))
    found[of_row[hits], asked] = matrix.data[entries[hits]]
    return found
