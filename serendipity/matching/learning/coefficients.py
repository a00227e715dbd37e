"""Coefficients of the outcome model by trait: direction, size and certainty."""

from dataclasses import dataclass
from math import erf, exp, sqrt

from serendipity.matching.learning.propensity import TRAITS, Propensity


@dataclass(frozen=True, kw_only=True, slots=True)
class Coefficient:
    """One trait: a standard deviation more of it multiplies the odds of a good outcome by `odds`.

    `sure` is the probability, in [½, 1], that it leans that way at all.
    """

    trait: str
    odds: float
    sure: float


def describe_coefficients(propensity: Propensity) -> list[Coefficient]:
    """Return all traits, the surest first; sure = Φ(|w|/σ), of the posterior's mean and standard deviation.

    >>> from serendipity.matching.learning.propensity import prior_model
    >>> {(each.odds, each.sure) for each in describe_coefficients(prior_model())}
    {(1.0, 0.5)}
    """
    found = [
        Coefficient(trait=trait, odds=exp(propensity.slope * weight), sure=_sure(weight, propensity.spread[n][n]))
        for n, (trait, weight) in enumerate(zip(TRAITS, propensity.weights, strict=True))
    ]
    return sorted(found, key=lambda each: (-each.sure, each.trait))


def _sure(weight: float, variance: float) -> float:
    if weight == 0.0:
        return 0.5
    return 0.5 * (1.0 + erf(abs(weight) / sqrt(2.0 * variance))) if variance > 0.0 else 1.0
