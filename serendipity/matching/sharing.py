"""Sharing attention out: nobody takes it all, and how unequal it may be is said as a Gini coefficient.

score'(u, v) = score(u, v)/(1 + e_v/depth)^α, where e_v is how many lists of length `depth` v is in, averaged over
sweeps (lists change with prices, and prices with lists). α is the smallest, from a gentle one on, that keeps the Gini
coefficient of e over all members within bounds, found by bisection: communities of hubs need more than others.
"""

from dataclasses import dataclass

import numpy as np

from serendipity.matching.edges import Floats, Integers
from serendipity.matching.fusion import Candidates
from serendipity.matching.scoring import ranks

SWEEPS = 5
HALVINGS = 7
GENTLEST = 0.35  # costs few hits anywhere
STEEPEST = 4.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Shared:
    """Scores after the price, the price (1 and more) of each entry, the exponent, and how unequal attention is then."""

    scores: Floats
    price: Floats
    exponent: float
    gini: float


def shared_evenly(found: Candidates, scores: Floats, members: Integers, *, depth: int, most_unequal: float) -> Shared:
    """Return scores whose best `depth` of each row share attention among `members` within `most_unequal` (a Gini).

    Where that cannot be reached, the most even that was tried stands: lists can swing under steep prices.
    """
    low, high = GENTLEST, STEEPEST
    best = _shared(found, scores, members, depth, low)
    if best.gini <= most_unequal:
        return best
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        tried = _shared(found, scores, members, depth, middle)
        if tried.gini <= most_unequal:
            high, best = middle, tried
        else:
            low = middle
            best = min(best, tried, key=lambda one: one.gini)
    return best


def _shared(found: Candidates, scores: Floats, members: Integers, depth: int, exponent: float) -> Shared:
    size = int(max([0, *members[-1:], *([found.columns.max()] if len(found) else [])])) + 1
    average, price = np.zeros(size), np.ones(size)
    for sweep in range(SWEEPS if exponent > 0 else 0):
        current = suggested(found, scores / price[found.columns], depth, size)
        average = (average * sweep + current) / (sweep + 1)
        price = (1.0 + average / depth) ** exponent
    priced = scores / price[found.columns]
    seen = suggested(found, priced, depth, size)[members]
    return Shared(scores=priced, price=price[found.columns], exponent=exponent, gini=gini(seen))


def suggested(found: Candidates, scores: Floats, depth: int, size: int) -> Floats:
    """Return how many lists of length `depth` each member is in."""
    shown = found.columns[ranks(found.rows, found.columns, scores) <= depth]
    return np.bincount(shown, minlength=size).astype(np.float64)


def gini(counts: Floats) -> float:
    """Return the Gini coefficient: 0 where all have as much, towards 1 where one has all.

    >>> gini(np.array([1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 4.0]))
    (0.0, 0.75)
    """
    size, total = len(counts), float(counts.sum())
    if size == 0 or total <= 0:
        return 0.0
    weights = 2.0 * np.arange(1, size + 1) - size - 1.0
    return float(weights @ np.sort(counts)) / (size * total)
