"""From scored candidates to a round: which pairs are introduced, and what came of everybody else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.assignment import Assignment, Pairs, Terms, assign
from serendipity.matching.edges import Floats, Integers
from serendipity.matching.fusion import Candidates
from serendipity.matching.scoring import ranks
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot

PROPOSED = "proposed"
NOBODY_GOOD_ENOUGH = "nobody_good_enough"
NOTHING_SAID_YET = "nothing_said_yet"
QUOTA_REACHED = "quota_reached"
ALL_TAKEN = "all_taken"  # there were good matches, and this round introduces each of them to somebody else
SAT_OUT = "sat_out"  # by lot: their only good matches wait for the next round
MOST_LATE = 6
FEWEST_EACH, MOST_EACH, ENTRIES = 5, 50, 2_000_000


@dataclass(frozen=True, kw_only=True)
class RoundTerms:
    """What a round owes its members, by id: introductions there is `room` for, and days waited for the last one.

    Who is not named has room for the cap, and waited for nothing.
    """

    room: Mapping[str, int] = field(default_factory=dict)
    waited_days: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Decided:
    """What a round decided: `entries` of the candidates that become introductions, best first, each with its chance."""

    entries: Integers
    chance: float
    outcomes: Mapping[str, str]


def decide(
    snapshot: Snapshot,
    eligible: Collection[str],
    found: Candidates,
    scores: Floats,
    good: NDArray[np.bool_],
    *,
    terms: RoundTerms,
    settings: MatchSettings,
    rng: np.random.Generator,
) -> Decided:
    """Choose whom a round introduces among the candidates that are good enough, and say what came of each member."""
    entries = _once_each(found, scores, good)
    pairs = Pairs(
        ones=np.minimum(found.rows[entries], found.columns[entries]),
        others=np.maximum(found.rows[entries], found.columns[entries]),
        scores=scores[entries],
    )
    by_row = terms_by_row(snapshot, terms, settings)
    result = assign(pairs, by_row, held_back=settings.held_back, rng=rng)
    return Decided(
        entries=entries[result.chosen],
        chance=result.chance,
        outcomes=_outcomes(snapshot, eligible, pairs, by_row, result),
    )


def terms_by_row(snapshot: Snapshot, terms: RoundTerms, settings: MatchSettings) -> Terms:
    """Return the terms in the order of a snapshot; lateness is counted in whole `late_days`, six at most."""
    index = snapshot.member_index
    room, late = np.full(len(snapshot.members), settings.cap), np.zeros(len(snapshot.members), dtype=np.int64)
    for id, left in terms.room.items():
        if id in index:
            room[index[id]] = min(max(left, 0), settings.cap)
    for id, days in terms.waited_days.items():
        if id in index:
            late[index[id]] = min(int(days // settings.late_days), MOST_LATE)
    return Terms(room=room.astype(np.int64), late=late)


def _once_each(found: Candidates, scores: Floats, good: NDArray[np.bool_]) -> Integers:
    """Return the better entry of each pair, in the order of the pairs; in large communities of each one's best only."""
    width = int(max(found.columns.max(initial=0), found.rows.max(initial=0))) + 1
    each = min(max(ENTRIES // max(len(np.unique(found.rows)), 1), FEWEST_EACH), MOST_EACH)
    entries = np.flatnonzero(good & (ranks(found.rows, found.columns, np.where(good, scores, 0.0)) <= each))
    low, high = (
        np.minimum(found.rows[entries], found.columns[entries]),
        np.maximum(found.rows[entries], found.columns[entries]),
    )
    keys = low * width + high
    order = np.lexsort((entries, -scores[entries], keys))
    _, first = np.unique(keys[order], return_index=True)
    return np.asarray(entries[order[first]], dtype=np.int64)


def _outcomes(
    snapshot: Snapshot, eligible: Collection[str], pairs: Pairs, terms: Terms, result: Assignment
) -> dict[str, str]:
    def mark(of: Pairs) -> NDArray[np.bool_]:
        marked = np.zeros(len(snapshot.members), dtype=np.bool_)
        marked[of.ones] = marked[of.others] = True
        return marked

    proposed, hopeful = mark(pairs.where(result.chosen)), mark(pairs)
    drawn = mark(pairs.where(~result.sat_out))
    silent = ~np.isfinite(snapshot.last_active)

    def outcome(member: str) -> str:
        row = snapshot.member_index.get(member)
        if row is None or (silent[row] and not hopeful[row]):
            return NOTHING_SAID_YET
        if proposed[row]:
            return PROPOSED
        if not hopeful[row]:
            return NOBODY_GOOD_ENOUGH
        if terms.room[row] == 0:
            return QUOTA_REACHED
        return ALL_TAKEN if drawn[row] else SAT_OUT

    return {member: outcome(member) for member in sorted(eligible)}
