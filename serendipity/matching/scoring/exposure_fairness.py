"""Sharing attention out: nobody takes it all, and how unequal it may be is said as a Gini coefficient.

score'(u, v) = score(u, v)/(1 + e_v/depth)^α, where e_v is how many lists of length `depth` v is in, averaged over
sweeps (lists change with prices, and prices with lists). α is the smallest that keeps the Gini coefficient of e over
all members within `even`, found by bisection. Communities of hubs would need a price for that which costs many hits:
from FAIR on it only rises as far as `most_unequal` asks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.scoring.scoring import ranks
from serendipity.matching.snapshot.edges import Floats, Integers

SWEEPS = 5
HALVINGS = 6
NEAR = 0.005  # so far within its bound, a Gini coefficient is good enough
GENTLEST = 0.1  # costs no hits anywhere
FAIR = 0.7
STEEPEST = 4.0


@dataclass(frozen=True, kw_only=True, eq=False)
class FairScores:
    """Scores after the price, the price (1 and more) of each entry, the exponent, and how unequal attention is then."""

    scores: Floats
    price: Floats
    exponent: float
    gini: float


def spread_exposure(
    found: Candidates, scores: Floats, members: Integers, *, depth: int, even: float, most_unequal: float
) -> FairScores:
    """Return scores whose best `depth` of each row share attention among `members` evenly, or within `most_unequal`.

    Both are Gini coefficients. Where the greater cannot be reached, the most even that was tried stands: lists can
    swing under steep prices.
    """

    def at(exponent: float) -> FairScores:
        return _shared(found, scores, members, depth, exponent)

    gentlest = at(GENTLEST)
    if gentlest.gini <= even:
        return gentlest
    fair = at(FAIR)
    if fair.gini <= even:
        return _gentlest_within(even, at, low=GENTLEST, best=fair)
    if fair.gini <= most_unequal:
        return fair
    return _gentlest_within(most_unequal, at, low=FAIR, best=min(gentlest, fair, at(STEEPEST), key=_unequal))


def _gentlest_within(bound: float, at: Callable[[float], FairScores], *, low: float, best: FairScores) -> FairScores:
    """Halve the exponents between `low` and the steepest that is worth trying, as long as what is best gets gentler."""
    high = best.exponent if best.gini <= bound else STEEPEST
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        tried = at(middle)
        if tried.gini <= bound:
            high, best = middle, tried
            if tried.gini > bound - NEAR:
                break
        else:
            low = middle
            best = min(best, tried, key=_unequal)
    return best


def _unequal(shared: FairScores) -> float:
    return shared.gini


def _shared(found: Candidates, scores: Floats, members: Integers, depth: int, exponent: float) -> FairScores:
    size = int(max([0, *members[-1:], *([found.columns.max()] if len(found) else [])])) + 1
    average, price = np.zeros(size), np.ones(size)
    for sweep in range(SWEEPS if exponent > 0 else 0):
        current = suggestion_counts(found, scores / price[found.columns], depth, size)
        average = (average * sweep + current) / (sweep + 1)
        price = (1.0 + average / depth) ** exponent
    priced = scores / price[found.columns]
    seen = suggestion_counts(found, priced, depth, size)[members]
    return FairScores(scores=priced, price=price[found.columns], exponent=exponent, gini=gini(seen))


def suggestion_counts(found: Candidates, scores: Floats, depth: int, size: int) -> Floats:
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
