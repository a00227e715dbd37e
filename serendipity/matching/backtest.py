"""Each member's ten best, for scoring against what really happened later."""

from collections.abc import Callable, Collection
from datetime import datetime

import numpy as np

from serendipity.matching.edges import Floats, Sparse
from serendipity.matching.fusion import Allowed, Candidates
from serendipity.matching.matcher import all_candidates
from serendipity.matching.scoring import prepared, ranks, reciprocal, shared_out, surprising
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot

TEN = 10


def rank_for_backtest(
    snapshot: Snapshot,
    members: Collection[str],
    *,
    now: datetime,
    excluded: Sparse,
    settings: MatchSettings,
    rng: np.random.Generator,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, list[str]]:
    """Return ten members for each, best first: no caps, freezes or floors, but exposure control.

    `excluded` (members × members in the snapshot's order, symmetric) holds the pairs that do not count.
    Who has fewer than ten candidates is filled up with members drawn at random, as long as there are ten.
    """
    rows = snapshot.rows(members)
    eligible = np.zeros(len(snapshot.members), dtype=np.bool_)
    eligible[rows] = True
    allowed = Allowed(eligible=eligible, excluded=excluded)
    found = all_candidates(prepared(snapshot, settings), rows, allowed, progress)
    scores = reciprocal(found, found, settings) * surprising(found, settings)
    scores, _ = shared_out(found, scores, TEN, settings)
    lists = _lists(snapshot, found, scores)
    return {snapshot.members[row]: _filled(snapshot, lists, int(row), allowed, rng) for row in rows}


def _lists(snapshot: Snapshot, found: Candidates, scores: Floats) -> dict[int, list[int]]:
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
