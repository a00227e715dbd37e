"""The matcher: all members in one round, or one member within a check-in."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import Match
from serendipity.matching.assignment.rounds import Decidable, Round, RoundTerms, decide
from serendipity.matching.candidates.exclusions import Pair, exclude_pairs
from serendipity.matching.candidates.fusion import Allowed, Candidates, CandidateSource
from serendipity.matching.explanation.lazy_matches import MatchExplainer
from serendipity.matching.factors import Factor
from serendipity.matching.kernels.identity_cache import IdentityCache
from serendipity.matching.kernels.nearest import Marks
from serendipity.matching.kernels.threads import cores, in_threads, parts_of
from serendipity.matching.learning.outcome_model import ScoreMultiplier
from serendipity.matching.scoring.re_ranker import RoundReRanker
from serendipity.matching.scoring.scoring import (
    PreparedSnapshot,
    apply_exposure_fairness,
    prepare,
    ranks,
    reciprocal,
    surprise_factor,
)
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers
from serendipity.matching.snapshot.snapshot import Snapshot

ENTRIES_PER_BLOCK = 8_000_000
ENTRIES_PER_PART = 5_000_000  # of small blocks, put together: as large arrays their memory goes back when they do
AT_ONCE = 256  # rows that a thread of a round takes at a time
JUDGED_AT_ONCE, JUDGING = 64, 4  # fewer, in few threads, as a judge holds whole blocks of every source
USUAL_TERMS = RoundTerms()
ROUNDED = 9  # decimals
Dials = Mapping[str, float]
NO_DIALS: Dials = MappingProxyType({})
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class MatchInputs:
    """All that matching takes into account besides the graph and the settings.

    `blocked` and `frozen` are pairs that may not be matched, in either order: blocked for good, or introduced lately.
    `terms` hold each member's capacity and priority, `dials` the surprise (0 to 1) of members who chose their own. The
    outcome model weighs scores by what earlier introductions came to; the re-ranker replaces the fusion of ranks.
    """

    blocked: Collection[Pair] = ()
    frozen: Collection[Pair] = ()
    terms: RoundTerms = USUAL_TERMS
    dials: Dials = field(default_factory=dict)
    outcome_model: ScoreMultiplier | None = None
    re_ranker: RoundReRanker | None = None


NO_INPUTS = MatchInputs()


def match_all(
    snapshot: Snapshot,
    *,
    now: datetime,
    eligible: Collection[str],
    settings: MatchSettings,
    rng: np.random.Generator,
    inputs: MatchInputs = NO_INPUTS,
    progress: Progress | None = None,
) -> Round:
    """Match all eligible members with each other, and choose who is introduced in this round.

    `rng` draws the control arm and orders equals; `progress` gets (done, of how many).
    """
    rows, dials = snapshot.rows(eligible), inputs.dials
    allowed = _allowed(snapshot, rows, now, inputs, settings)
    scored = scored_all(snapshot, rows, allowed, settings=settings, inputs=inputs, progress=progress)
    found, scores, good = scored.found, scored.scores, scored.good
    turned = [id for id, dial in dials.items() if dial != settings.surprise]
    candidates = Decidable(snapshot=snapshot, eligible=eligible, found=found, scores=scores, good=good)
    decided = decide(candidates, terms=inputs.terms, settings=settings, rng=rng, deciding=turned)
    told = MatchExplainer(ready=scored.ready, found=found, scores=scores, now=now, settings=settings)
    return Round(
        matches=told.lists(_best_entries(found, scores, good, settings.k)),
        planned=told.introductions(decided),
        chosen=told.introductions(decided, reasons=True),
        outcomes=decided.outcomes,
        counts={
            "eligible": len(eligible),
            "candidates": len(found),
            "good_enough": int(good.sum()),
            "chosen": len(decided.entries),
        },
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """All candidates of a round with their scores, which are good enough, and what they were scored with."""

    ready: PreparedSnapshot
    found: Candidates
    scores: Floats
    good: Marks


def scored_all(
    snapshot: Snapshot,
    rows: Integers,
    allowed: Allowed,
    *,
    settings: MatchSettings,
    inputs: MatchInputs = NO_INPUTS,
    progress: Progress | None = None,
) -> Scored:
    """Find and score the candidates of all rows, by fusion or by the re-ranker."""
    re_ranker = inputs.re_ranker
    if re_ranker is None:
        ready = prepare(snapshot, settings)
        near = rows[np.argsort(ready.interests.nearest.places[rows])]
        found = all_candidates(ready, near, allowed, progress, at_once=AT_ONCE, threads=cores())
        scoring = _score
    else:
        ready, settings, threads = re_ranker.ready, re_ranker.ready.settings, min(cores(), JUDGING)
        found = all_candidates(re_ranker, rows, allowed, progress, at_once=JUDGED_AT_ONCE, threads=threads)
        scoring = _re_rank
    found, scores = scoring(_add_surprise(found, settings, allowed.dials), found, settings, ready, inputs.outcome_model)
    return Scored(ready=ready, found=found, scores=scores, good=_good_enough(found, settings))


def match_one(
    snapshot: Snapshot,
    member: str,
    *,
    now: datetime,
    eligible: Collection[str],
    among: Collection[str] | None = None,
    settings: MatchSettings,
    inputs: MatchInputs = NO_INPUTS,
) -> list[Match]:
    """Return the member's best matches with reasons, at most k, now; `among` narrows whom they may be matched with.

    The other side is asked about the `reciprocal_candidates` best only; exposure, which takes all lists, is left out.
    Raises UnknownMember when the graph does not have the member.
    """
    if member not in snapshot.member_index:
        raise UnknownMember
    row = np.array([snapshot.member_index[member]], dtype=np.int64)
    ready = prepare(snapshot, settings)
    everyone = _with(_eligible(snapshot, eligible), row)
    here = everyone if among is None else everyone & _eligible(snapshot, among)

    def allowed(rows: Integers, members: Marks) -> Allowed:
        closed = exclude_pairs(snapshot, now, inputs.blocked, inputs.frozen, settings, of=rows)
        organisations = _organisations(snapshot, settings)
        turned = _by_row(snapshot, _of_rows(snapshot, inputs.dials, rows), settings.surprise)
        return Allowed(eligible=members, excluded=closed, organisations=organisations, dials=turned)

    own = allowed(row, here)
    found = ready.candidates(row, own)
    found = found.where(ranks(found.rows, found.columns, found.relevance) <= settings.reciprocal_candidates)
    found = _add_surprise(found, settings, own.dials)
    found = found.where(
        _may_be_best(found, settings) if inputs.outcome_model is None else _good_enough(found, settings)
    )
    others = ready.candidates(found.columns, allowed(found.columns, everyone))
    found, scores = _score(found, others, replace(settings, exposure=0.0), ready, inputs.outcome_model)
    best = np.argsort(-scores, kind="stable")[: settings.k]
    return MatchExplainer(ready=ready, found=found, scores=scores, now=now, settings=settings).matches(
        best, reasons=True
    )


def all_candidates(
    ready: CandidateSource,
    rows: Integers,
    allowed: Allowed,
    progress: Progress | None = None,
    *,
    at_once: int | None = None,
    threads: int = 1,
    part_of: int = ENTRIES_PER_PART,
) -> Candidates:
    """Return the shortlists of all rows in the order of members, found some rows `at_once`: memory stays bounded.

    Rows that come near each other are asked about together, which is quicker where they look at the same. Blocks are
    put together as soon as they have `part_of` entries.
    """
    size = at_once or max(ENTRIES_PER_BLOCK // max(len(allowed.eligible), 1), 1)
    blocks = [np.sort(rows[start : start + size]) for start in range(0, len(rows), size)] or [rows]
    parts: list[Candidates] = []
    few: list[Candidates] = []
    done = 0
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for block, part in zip(blocks, pool.map(lambda block: ready.candidates(block, allowed), blocks), strict=True):
            few.append(part)
            if sum(map(len, few)) >= part_of:
                parts.append(concatenate(few))
            done += len(block)
            if progress is not None:
                progress(done, len(rows))
    parts += few
    few.clear()
    return concatenate(parts)


def concatenate(parts: list[Candidates]) -> Candidates:
    """Put candidates of several blocks together in the order of rows, which no two blocks share.

    Empties the list: an array of each is let go as soon as it has its place, so that few are there twice.
    """
    lengths = np.bincount(np.concatenate([part.rows for part in parts]))
    starts = np.cumsum(lengths) - lengths
    places = [_places(starts, part.rows) for part in parts]
    left = [
        {"rows": part.rows, "columns": part.columns, Factor.RELEVANCE: part.relevance, **part.factors} for part in parts
    ]
    names = list(parts[0].factors)
    parts.clear()

    def put(name: str) -> NDArray[Any]:
        result = np.empty(int(lengths.sum()), dtype=left[0][name].dtype)
        for place, each in zip(places, left, strict=True):
            result[place] = each.pop(name)
        return result

    rows, columns, relevance = put("rows"), put("columns"), put(Factor.RELEVANCE)
    return Candidates(rows=rows, columns=columns, relevance=relevance, factors={name: put(name) for name in names})


def _places(starts: Integers, rows: Integers) -> NDArray[np.uint32]:
    """Return where entries in the order of rows go, when each row starts at its start."""
    return (starts[rows] + np.arange(len(rows)) - np.searchsorted(rows, rows, side="left")).astype(np.uint32)


def _allowed(
    snapshot: Snapshot,
    rows: Integers,
    now: datetime,
    inputs: MatchInputs,
    settings: MatchSettings,
) -> Allowed:
    eligible = np.zeros(len(snapshot.members), dtype=np.bool_)
    eligible[rows] = True
    return Allowed(
        eligible=eligible,
        excluded=exclude_pairs(snapshot, now, inputs.blocked, inputs.frozen, settings),
        organisations=_organisations(snapshot, settings),
        dials=_by_row(snapshot, inputs.dials, settings.surprise),
    )


def _organisations(snapshot: Snapshot, settings: MatchSettings) -> Integers | None:
    return None if settings.same_organisation else snapshot.organisation_codes


def _eligible(snapshot: Snapshot, members: Collection[str]) -> Marks:
    """Mark members by row; of a frozen set, which cannot change, this is done once per snapshot."""
    return _marks_of(snapshot).of(members) if isinstance(members, frozenset) else _mark(snapshot, members)


@lru_cache(maxsize=2)
def _marks_of(snapshot: Snapshot) -> IdentityCache[Collection[str], Marks]:
    return IdentityCache(partial(_mark, snapshot))


def _mark(snapshot: Snapshot, members: Collection[str]) -> Marks:
    marks = np.zeros(len(snapshot.members), dtype=np.bool_)
    marks[snapshot.rows(members)] = True
    return marks


def _with(marks: Marks, row: Integers) -> Marks:
    """Mark one more; what is marked already stays the same array, which searches know again."""
    if marks[row].all():
        return marks
    marks = marks.copy()
    marks[row] = True
    return marks


def _by_row(snapshot: Snapshot, dials: Dials, usual: float) -> Floats | None:
    chosen = {snapshot.member_index[id]: dial for id, dial in dials.items() if id in snapshot.member_index}
    if not chosen:
        return None
    by_row = np.full(len(snapshot.members), usual)
    by_row[list(chosen)] = list(chosen.values())
    return by_row


def _of_rows(snapshot: Snapshot, dials: Dials, rows: Integers) -> Dials:
    """Keep the dials of a few, as it costs much to look up everybody's."""
    ids = [snapshot.members[row] for row in rows.tolist()]
    return {id: dials[id] for id in ids if id in dials}


def _add_surprise(found: Candidates, settings: MatchSettings, dials: Floats | None) -> Candidates:
    """Add what the dial makes of unexpectedness, while all of a row's candidates are there to be compared."""
    dial = {} if dials is None else {Factor.DIAL: dials[found.rows]}
    return replace(found, factors={**found.factors, Factor.SURPRISE: surprise_factor(found, settings, dials), **dial})


def _score(
    found: Candidates,
    others: Candidates,
    settings: MatchSettings,
    ready: PreparedSnapshot,
    outcome_model: ScoreMultiplier | None,
) -> tuple[Candidates, Floats]:
    both = reciprocal(found, others, settings)
    found = replace(found, factors={**found.factors, Factor.RELEVANCE: found.relevance, Factor.RECIPROCAL: both})
    hopes = {} if outcome_model is None else {Factor.PROPENSITY: _outcome_multipliers(found, ready, outcome_model)}
    worth = both * found.factors[Factor.SURPRISE] * hopes.get(Factor.PROPENSITY, 1.0)
    scores, price = apply_exposure_fairness(found, lambda price: worth / price, settings.k, settings)
    return replace(found, factors={**found.factors, **hopes, Factor.EXPOSURE: 1.0 / price}), scores


def _re_rank(
    found: Candidates,
    others: Candidates,
    settings: MatchSettings,
    ready: PreparedSnapshot,
    outcome_model: ScoreMultiplier | None,
) -> tuple[Candidates, Floats]:
    """Score what was judged: it is the same from both sides, and a price is on the odds.

    A price takes the same share of small odds and of great ones; probabilities near 1 would hardly differ. Scores are
    rounded, so that equals stay equals whatever moment a snapshot is scaled to.
    """
    both = found.relevance
    found = replace(found, factors={**found.factors, Factor.RELEVANCE: both, Factor.RECIPROCAL: both})
    hopes = {} if outcome_model is None else {Factor.PROPENSITY: _outcome_multipliers(found, ready, outcome_model)}
    beside = found.factors[Factor.SURPRISE] * hopes.get(Factor.PROPENSITY, 1.0)
    scores, price = apply_exposure_fairness(
        found, lambda price: (at_odds(both, price) * beside).round(ROUNDED), settings.k, settings
    )
    return replace(found, factors={**found.factors, **hopes, Factor.EXPOSURE: at_odds(both, price) / both}), scores


def at_odds(relevance: Floats, price: Floats) -> Floats:
    """Return probabilities whose odds are divided by a price: p/(p + (1 − p)·price).

    >>> at_odds(np.array([0.5, 0.9]), np.array([1.0, 3.0])).round(2).tolist()
    [0.5, 0.75]
    """
    return relevance / (relevance + (1.0 - relevance) * price)


def _outcome_multipliers(found: Candidates, ready: PreparedSnapshot, outcome_model: ScoreMultiplier) -> Floats:
    """Return what outcomes multiply scores by, some candidates at a time, as it takes all of their factors."""

    def hopes(part: slice) -> Floats:
        some = ready.completed(found.where(np.arange(part.start, part.stop)))
        return outcome_model.relative(ready.snapshot, ready.interests.profiles, some)

    return np.concatenate([np.zeros(0), *in_threads(hopes, parts_of(len(found)))])


def _good_enough(found: Candidates, settings: MatchSettings) -> Marks:
    return (found.factors[Factor.EVIDENCE] >= settings.evidence_floor) & (
        found.factors[Factor.UNEXPECTEDNESS] >= settings.unexpectedness_floor
    )


def _may_be_best(found: Candidates, settings: MatchSettings) -> Marks:
    """Say who may be among the k best, whatever the other side says: it changes a score by some of its share only.

    From r to the harmonic mean with the other's relevance, which is 0 at least and 2r/(r + 1) at most.
    """
    good, surprise = _good_enough(found, settings), found.factors[Factor.SURPRISE]
    least = (1.0 - settings.reciprocity) * found.relevance * surprise
    most = least + settings.reciprocity * 2.0 * found.relevance / (found.relevance + 1.0) * surprise
    if good.sum() <= settings.k:
        return good
    enough: Marks = most >= np.partition(least[good], -settings.k)[-settings.k]
    return good & enough


def _best_entries(found: Candidates, scores: Floats, good: Marks, count: int) -> Integers:
    """Return up to so many good entries of each row, best first."""
    entries = np.flatnonzero(good & (ranks(found.rows, found.columns, np.where(good, scores, 0.0)) <= count))
    return entries[np.lexsort((found.columns[entries], -scores[entries], found.rows[entries]))]
