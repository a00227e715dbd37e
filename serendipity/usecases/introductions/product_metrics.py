"""The product's own numbers: what came of introductions, shared out how evenly, and better than by lot or not.

Rates are per proposed pair that is at its end: whoever stays silent, declines or is declined counts as a failure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot

import numpy as np

from serendipity.domain.model import Funnel, Purpose, TrialArm
from serendipity.matching.scoring.exposure_fairness import gini
from serendipity.usecases.services import Services

PERIOD, LATELY = timedelta(days=180), timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A share `value` of `of` cases, with its 95 % interval; None of none."""

    value: float | None
    low: float
    high: float
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Difference of two rates, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Tell whether the interval leaves 0 out."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """Results of one arm of the trial, as counts and as rates."""

    funnel: Funnel
    accepted: Rate
    met: Rate

    @classmethod
    def of(cls, funnel: Funnel) -> "Arm":
        """Count rates over all that are at their end."""
        settled = funnel.settled
        return cls(
            funnel=funnel,
            accepted=rate(funnel.introduced, settled),
            met=rate(funnel.met, settled),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnNumbers:
    """Product metrics: both arms of the trial, the lift of matching over chance, and how evenly all is shared.

    `serendipity` is the share of rated introductions (per rating member) that were relevant, surprising and new.
    `unserved` is the share of the members who may be matched now that had no introduction lately.
    """

    since: datetime
    chosen: Arm
    by_lot: Arm
    serendipity: Rate
    lift_accepted: Difference | None
    lift_met: Difference | None
    gini: float
    unserved: Rate


def compute_product_metrics(services: Services, now: datetime) -> OwnNumbers:
    """Count them for the introductions proposed lately; a fixed number of queries."""
    with services.ledger.read() as uow:
        funnels = uow.introductions.funnels(now - PERIOD, now)
        willing = [uow.members.with_purpose(each) for each in (Purpose.MATCHING, Purpose.INTRODUCTIONS)]
        counts, lately = (uow.introductions.counts_since(now - span) for span in (PERIOD, LATELY))
    members = set.intersection(*willing)
    chosen, by_lot = Arm.of(funnels[TrialArm.TREATMENT]), Arm.of(funnels[TrialArm.CONTROL])
    rated = list(funnels.values())
    return OwnNumbers(
        since=now - PERIOD,
        chosen=chosen,
        by_lot=by_lot,
        serendipity=rate(sum(each.serendipitous for each in rated), sum(each.ratings for each in rated)),
        lift_accepted=difference(chosen.accepted, by_lot.accepted),
        lift_met=difference(chosen.met, by_lot.met),
        gini=gini(np.array([counts.get(each, 0) for each in sorted(members)], dtype=np.float64)),
        unserved=rate(len(members - lately.keys()), len(members)),
    )


def rate(count: int, of: int) -> Rate:
    """Return a share with its 95 % interval (Wilson 1927), which is sound for few cases as well.

    >>> one = rate(9, 10)
    >>> one.value, round(one.low, 3), round(one.high, 3)
    (0.9, 0.596, 0.982)
    """
    if of == 0:
        return Rate(value=None, low=0.0, high=1.0, of=0)
    from scipy.stats import binomtest

    interval = binomtest(count, of).proportion_ci(confidence_level=0.95, method="wilson")
    return Rate(value=count / of, low=float(interval.low), high=float(interval.high), of=of)


def difference(one: Rate, other: Rate) -> Difference | None:
    """Return how much higher one rate is, with the interval of their Wilson ones (Newcombe 1998, method 10).

    >>> found = difference(rate(56, 70), rate(48, 80))
    >>> round(found.value, 3), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if one.value is None or other.value is None:
        return None
    value = one.value - other.value
    return Difference(
        value=value,
        low=value - hypot(one.value - one.low, other.high - other.value),
        high=value + hypot(one.high - one.value, other.value - other.low),
    )
