"""Exponential decay of evidence: one upsert, independent of the order in which observations arrive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Weight:
    """A decayed sum of observations: `weight` as of `updated_at`, made of `count` observations.

    `updated_at` is the reference time of `weight`, at or after the latest observation. The weight may be
    negative (a negation); readers clamp. A weight of no observations (`count` 0) does not exist. `why` is the
    cause of the latest observation, where the kind of edge has one (ties).
    """

    weight: float
    updated_at: datetime
    count: int = 1
    why: str | None = None


def factor(elapsed: timedelta, half_life_days: float) -> float:
    """Return what is left of 1 after `elapsed`: 2^(−elapsed/half-life).

    >>> factor(timedelta(days=30), 30)
    0.5
    """
    return float(2.0 ** (-(elapsed / DAY) / half_life_days))


def combine(old: Weight, new: Weight, half_life_days: float) -> Weight:
    """Add two decayed sums: t' = max(t, tᵢ); w' = w·2^((t−t')/h) + wᵢ·2^((tᵢ−t')/h); O(1), commutative.

    >>> from datetime import UTC
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> first, second = Weight(weight=1, updated_at=start), Weight(weight=1, updated_at=start + 30 * DAY)
    >>> combine(first, second, 30).weight, combine(second, first, 30).weight
    (1.5, 1.5)
    """
    before, after, count = old.updated_at, new.updated_at, old.count + new.count
    if after >= before:  # the usual order; of a factor that is 1 nothing has to be computed
        kept = old.weight if after == before else old.weight * factor(after - before, half_life_days)
        return Weight(weight=kept + new.weight, updated_at=after, count=count, why=new.why)
    total = old.weight + new.weight * factor(before - after, half_life_days)
    return Weight(weight=total, updated_at=before, count=count, why=old.why)


def value(weight: Weight, now: datetime, half_life_days: float) -> float:
    """Return the weight as it stands at `now`, which must not lie before `weight.updated_at`.

    >>> from datetime import UTC
    >>> value(Weight(weight=8, updated_at=datetime(2026, 1, 1, tzinfo=UTC)), datetime(2026, 1, 31, tzinfo=UTC), 15)
    2.0
    """
    return weight.weight * factor(max(now - weight.updated_at, timedelta(0)), half_life_days)


def total(weights: Iterable[Weight], half_life_days: float) -> Weight | None:
    """Combine many observations, in any order; None when there are none."""
    result: Weight | None = None
    for weight in weights:
        result = weight if result is None else combine(result, weight, half_life_days)
    return result
