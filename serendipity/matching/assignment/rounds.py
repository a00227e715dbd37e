"""From scored candidates to a round: which pairs are introduced, and what came of everybody else."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from serendipity.domain.model import Match
from serendipity.matching.assignment.assignment import Assignment, MemberTerms, Pairs, assign
from serendipity.matching.assignment.control_arm import ControlArm, draw_control_arm, entries_of_rows
from serendipity.matching.assignment.groups import grow_groups
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.explanation.explanation import shared_columns
from serendipity.matching.learning.training_examples import BY_LOT, CHANCE
from serendipity.matching.scoring.scoring import ranks
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers
from serendipity.matching.snapshot.snapshot import Snapshot

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
    """Limits of members in a round, by id: `capacity` for introductions, and days waited for the last one.

    Who is not named has room for the cap, and waited for nothing.
    """

    capacity: Mapping[str, int] = field(default_factory=dict)
    waited_days: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Round:
    """The assignment of one run.

    `matches` holds up to k matches per member, best first and without reasons. `chosen` holds those that become
    introductions, best first, each unordered pair once, with reasons; `planned` the same without. All three may make a
    match when it is asked for. `outcomes` says what came of each eligible member, in one of the words above.
    """

    matches: Mapping[str, Sequence[Match]] = field(default_factory=dict)
    planned: Sequence[Match] = ()
    chosen: Sequence[Match] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundDecision:
    """Result of a round: `entries` of the candidates that become introductions, best first.

    Beside each entry its chance, and whether it was drawn by lot; in a round of groups, who joins the two (`more`) and
    the mean score of all their pairs.
    """

    entries: Integers
    control_arm: Sequence[Mapping[str, float]]
    outcomes: Mapping[str, str]
    more: Sequence[tuple[str, ...]]
    scores: Sequence[float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Decidable:
    """Scored candidates that a round decides on; `good` marks those above the floors, `eligible` names all members."""

    snapshot: Snapshot
    eligible: Collection[str]
    found: Candidates
    scores: Floats
    good: NDArray[np.bool_]


def decide(
    scored: Decidable,
    *,
    terms: RoundTerms,
    settings: MatchSettings,
    rng: np.random.Generator,
    deciding: Collection[str] = (),
) -> RoundDecision:
    """Choose whom a round introduces among the candidates that are good enough, and say what came of each member.

    A pair counts as the better of its two sides sees it; where one of them is `deciding`, as that one does. Some pairs
    are drawn by lot first.
    """
    snapshot, found, scores, good = scored.snapshot, scored.found, scored.scores, scored.good
    by_row = member_terms(snapshot, terms, settings)
    control_arm = draw_control_arm(found, good, by_row.capacity, share=settings.by_lot, rng=rng)
    left = _terms_after(control_arm, found, by_row)
    entries = _best_direction_entries(
        found, scores, _without_drawn(found, good, control_arm, len(snapshot.members)), snapshot.rows(deciding)
    )
    pairs = Pairs(
        ones=np.minimum(found.rows[entries], found.columns[entries]),
        others=np.maximum(found.rows[entries], found.columns[entries]),
        scores=scores[entries],
    )
    result = assign(pairs, left, held_back=settings.held_back, rng=rng)
    groups = _groups(snapshot, pairs, left, result, settings)
    chosen = [(int(entries[place]), group, score, {CHANCE: result.chance}) for place, group, score in groups]
    chosen = sorted([*chosen, *_control_arm_entries(control_arm, found, scores)], key=lambda one: -one[2])
    everyone = [(entry, group, score) for entry, group, score, _ in chosen]
    return RoundDecision(
        entries=np.array([entry for entry, *_ in chosen], dtype=np.int64),
        control_arm=[lot for *_, lot in chosen],
        outcomes=_outcomes(snapshot, scored.eligible, pairs, by_row, result, everyone),
        more=[tuple(snapshot.members[row] for row in group[2:]) for _, group, _ in everyone],
        scores=[score for _, _, score in everyone],
    )


def _control_arm_entries(
    control_arm: ControlArm, found: Candidates, scores: Floats
) -> list[tuple[int, tuple[int, ...], float, dict[str, float]]]:
    drawn = zip(control_arm.entries.tolist(), control_arm.chances.tolist(), strict=True)
    return [
        (
            entry,
            (int(found.rows[entry]), int(found.columns[entry])),
            float(scores[entry]),
            {CHANCE: round(chance, 6), BY_LOT: 1.0},
        )
        for entry, chance in drawn
    ]


def _terms_after(control_arm: ControlArm, found: Candidates, terms: MemberTerms) -> MemberTerms:
    """Return the terms for whom the lots leave: with less room, and no lateness once they are served."""
    capacity, priority = terms.capacity.copy(), terms.priority.copy()
    for entry in control_arm.entries.tolist():
        ends = [int(found.rows[entry]), int(found.columns[entry])]
        capacity[ends] -= 1
        priority[ends] = 0
    return MemberTerms(capacity=capacity, priority=priority)


def _without_drawn(found: Candidates, good: NDArray[np.bool_], control_arm: ControlArm, size: int) -> NDArray[np.bool_]:
    """Return which candidates are good enough and not among the pairs that were drawn by lot, from either side."""
    if len(control_arm.entries) == 0:
        return good
    ones, others = found.rows[control_arm.entries], found.columns[control_arm.entries]
    theirs = entries_of_rows(found, np.flatnonzero(good), np.concatenate([ones, others]), size)
    drawn = np.concatenate([ones * size + others, others * size + ones])
    left = good.copy()
    left[theirs[np.isin(found.rows[theirs] * size + found.columns[theirs], drawn)]] = False
    return left


def _groups(
    snapshot: Snapshot, pairs: Pairs, terms: MemberTerms, result: Assignment, settings: MatchSettings
) -> list[tuple[int, tuple[int, ...], float]]:
    """Return, for each introduction, the place of its pair in the pairs, its members' rows, and its score."""
    kept = pairs.where(result.chosen)
    ends = list(zip(kept.ones.tolist(), kept.others.tolist(), strict=True))
    scores = kept.scores.tolist()
    if settings.group_size <= 2:
        return list(zip(result.chosen.tolist(), ends, scores, strict=True))
    place = dict(zip(ends, result.chosen.tolist(), strict=True))
    able = pairs.where(~result.sat_out)
    known = dict(zip(zip(able.ones.tolist(), able.others.tolist(), strict=True), able.scores.tolist(), strict=True))
    grown = grow_groups(able, _among(able, kept), terms, size=settings.group_size, together=_together(snapshot))
    return [(place[group[0], group[1]], group, _mean_score(group, known)) for group in grown]


def _among(able: Pairs, kept: Pairs) -> Integers:
    """Return where the kept pairs are among those able."""
    where = {ends: n for n, ends in enumerate(zip(able.ones.tolist(), able.others.tolist(), strict=True))}
    ends = zip(kept.ones.tolist(), kept.others.tolist(), strict=True)
    return np.array([where[end] for end in ends], dtype=np.int64)


def _mean_score(group: Sequence[int], known: Mapping[tuple[int, int], float]) -> float:
    scores = [known[min(one, other), max(one, other)] for n, one in enumerate(group) for other in group[:n]]
    return float(np.mean(scores))


def _together(snapshot: Snapshot) -> Callable[[Sequence[int]], bool]:
    """Return what tells whether members share a topic or an event, all of them."""
    return lambda rows: any(len(shared_columns(of, rows)) for of in (snapshot.interests, snapshot.attended))


def decide_lists(
    snapshot: Snapshot,
    lists: Mapping[str, Sequence[Match]],
    *,
    terms: RoundTerms,
    settings: MatchSettings,
    rng: np.random.Generator,
    deciding: Collection[str] = (),
) -> Round:
    """Choose whom a round introduces among members' own lists: of those named the list is one for all to draw on."""
    index = snapshot.member_index
    best: dict[tuple[int, int], Match] = {}
    for match in sorted((match for found in lists.values() for match in found), key=_first_of(deciding)):
        one, other = sorted((index[match.member], index[match.other]))
        best.setdefault((one, other), match)
    ends = np.array(sorted(best), dtype=np.int64).reshape(-1, 2)
    of = [best[ends] for ends in sorted(best)]
    scores = np.array([match.score for match in of], dtype=np.float64)
    pairs = Pairs(ones=ends[:, 0], others=ends[:, 1], scores=scores)
    by_row = member_terms(snapshot, terms, settings)
    result = assign(pairs, by_row, held_back=settings.held_back, rng=rng)
    groups = _groups(snapshot, pairs, by_row, result, settings)
    chosen = [
        replace(
            of[place],
            more=tuple(snapshot.members[row] for row in group[2:]),
            score=score,
            factors={**of[place].factors, CHANCE: result.chance},
        )
        for place, group, score in groups
    ]
    outcomes = _outcomes(snapshot, lists.keys(), pairs, by_row, result, groups)
    counts = {"eligible": len(lists), "chosen": len(chosen)}
    return Round(matches=lists, planned=chosen, chosen=chosen, outcomes=outcomes, counts=counts)


def _first_of(deciding: Collection[str]) -> Callable[[Match], tuple[bool, float]]:
    return lambda match: (match.member not in deciding, -match.score)


def member_terms(snapshot: Snapshot, terms: RoundTerms, settings: MatchSettings) -> MemberTerms:
    """Return the terms in the order of a snapshot; lateness is counted in whole `late_days`, six at most."""
    size = len(snapshot.members)
    capacity, priority = np.full(size, settings.cap, dtype=np.int64), np.zeros(size, dtype=np.int64)
    rows, left = _by_row(snapshot, terms.capacity)
    capacity[rows] = np.clip(left, 0, settings.cap).astype(np.int64)
    rows, days = _by_row(snapshot, terms.waited_days)
    priority[rows] = np.minimum(days // settings.late_days, MOST_LATE).astype(np.int64)
    return MemberTerms(capacity=capacity, priority=priority)


def _by_row(snapshot: Snapshot, figures: Mapping[str, float]) -> tuple[Integers, Floats]:
    """Return the rows of those whom the graph has, and their figures."""
    rows = snapshot.member_index.of(figures)
    values = np.fromiter(figures.values(), dtype=np.float64, count=len(figures))
    return rows[rows >= 0], values[rows >= 0]


def _best_direction_entries(found: Candidates, scores: Floats, good: NDArray[np.bool_], deciding: Integers) -> Integers:
    """Return the better entry of each pair, in the order of the pairs; in large communities of each one's best only."""
    width = int(max(found.columns.max(initial=0), found.rows.max(initial=0))) + 1
    each = min(max(ENTRIES // max(int(np.count_nonzero(np.bincount(found.rows))), 1), FEWEST_EACH), MOST_EACH)
    entries = np.flatnonzero(good & (ranks(found.rows, found.columns, np.where(good, scores, 0.0)) <= each))
    low, high = (
        np.minimum(found.rows[entries], found.columns[entries]),
        np.maximum(found.rows[entries], found.columns[entries]),
    )
    keys = low * width + high
    order = np.lexsort((entries, -scores[entries], ~np.isin(found.rows[entries], deciding), keys))
    _, first = np.unique(keys[order], return_index=True)
    return np.asarray(entries[order[first]], dtype=np.int64)


def _outcomes(
    snapshot: Snapshot,
    eligible: Collection[str],
    pairs: Pairs,
    terms: MemberTerms,
    result: Assignment,
    groups: Sequence[tuple[int, tuple[int, ...], float]],
) -> dict[str, str]:
    def mark(of: Pairs) -> NDArray[np.bool_]:
        marked = np.zeros(len(snapshot.members), dtype=np.bool_)
        marked[of.ones] = marked[of.others] = True
        return marked

    proposed, hopeful = mark(pairs.where(result.chosen)), mark(pairs)
    proposed[[row for _, group, _ in groups for row in group]] = True
    drawn = mark(pairs.where(~result.sat_out))
    silent = ~np.isfinite(snapshot.last_active) & ~hopeful
    cases = [silent, proposed, ~hopeful, terms.capacity == 0, drawn]
    words = [NOTHING_SAID_YET, PROPOSED, NOBODY_GOOD_ENOUGH, QUOTA_REACHED, ALL_TAKEN]
    # One place more, for those whom the graph does not have: they come as row -1.
    codes = np.append(np.select(cases, list(range(len(words))), default=len(words)), 0)
    told = [*words, SAT_OUT]
    rows = snapshot.rows(eligible)
    members = [snapshot.members[row] for row in rows.tolist()]
    if len(members) < len(eligible):
        unknown = sorted(set(eligible).difference(members))
        members, rows = [*members, *unknown], np.concatenate([rows, np.full(len(unknown), -1)])
    return {member: told[code] for member, code in zip(members, codes[rows].tolist(), strict=True)}
