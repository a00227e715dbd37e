"""Each member's ten best, for scoring against what really happened later."""

from collections.abc import Callable, Collection

import numpy as np

from serendipity.matching.candidates.fusion import Allowed, Candidates, CandidateSource
from serendipity.matching.matcher import all_candidates
from serendipity.matching.scoring.exposure_fairness import spread_exposure
from serendipity.matching.scoring.scoring import apply_exposure_fairness, prepare, ranks, reciprocal, surprise_factor
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot

TEN = 10
EVEN, MOST_UNEQUAL = 0.64, 0.74


def rank_for_backtest(
    snapshot: Snapshot,
    members: Collection[str],
    *,
    excluded: Sparse,
    settings: MatchSettings,
    rng: np.random.Generator,
    re_ranker: CandidateSource | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, list[str]]:
    """Return ten members for each, best first: no caps, freezes or floors, but exposure control.

    `excluded` (members × members in the snapshot's order, symmetric) holds the pairs that do not count; a `judge` comes
    with settings for judging. Who has fewer than ten candidates is filled up with members drawn at random, as long as
    there are ten.
    """
    allowed, rows = rankable_members(snapshot, members, excluded)
    found = all_candidates(re_ranker or prepare(snapshot, settings), rows, allowed, progress)
    if re_ranker is None:
        worth = reciprocal(found, found, settings) * surprise_factor(found, settings)
        scores, _ = apply_exposure_fairness(found, lambda price: worth / price, TEN, settings)
    else:
        # Odds, as a price takes the same share of small ones and of great ones: probabilities near 1 hardly differ.
        odds = found.relevance / (1.0 - found.relevance) * surprise_factor(found, settings)
        scores = spread_exposure(found, odds, rows, depth=TEN, even=EVEN, most_unequal=MOST_UNEQUAL).scores
    lists = _lists(found, scores)
    return {snapshot.members[row]: _filled(snapshot, lists, int(row), allowed, rng) for row in rows}


def rankable_members(snapshot: Snapshot, members: Collection[str], excluded: Sparse) -> tuple[Allowed, Integers]:
    """Return who may be matched with whom, and the rows of the members."""
    rows = snapshot.rows(members)
    eligible = np.zeros(len(snapshot.members), dtype=np.bool_)
    eligible[rows] = True
    return Allowed(eligible=eligible, excluded=excluded), rows


def _lists(found: Candidates, scores: Floats) -> dict[int, list[int]]:
    order = np.lexsort((found.columns, -scores, found.rows))
    first = order[ranks(found.rows, found.columns, scores)[order] <= TEN]
    lists: dict[int, list[int]] = {}
    for row, column in zip(found.rows[first].tolist(), found.columns[first].tolist(), strict=True):
        lists.setdefault(row, []).append(column)
    return lists


def _filled(
    snapshot: Snapshot, lists: dict[int, list[int]], row: int, allowed: Allowed, rng: np.random.Generator
) -> list[str]:
    chosen = lists.get(row, [])
    if len(chosen) < TEN:
        free = allowed.eligible.copy()
        free[allowed.closed_to(row)] = False
        free[chosen] = False
        others = np.flatnonzero(free)
        chosen = [*chosen, *rng.permutation(others)[: TEN - len(chosen)].tolist()]
    return [snapshot.members[other] for other in chosen]
