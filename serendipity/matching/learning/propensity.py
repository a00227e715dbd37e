"""Logistic model of how likely an introduction is to work for each of its members, learned from outcomes.

P(good for u) = σ(a·(b + Σ_t w_t·z_t) + c), with z_t a trait of the pair or of u, standardised; for the pair it is the
product of both sides, as either can say no. The weights have a Gaussian prior around 0: nothing is known beyond the
score, and every pair is as likely as the usual one. Given outcomes their posterior is taken as Gaussian too, around
its mode and as wide as the curvature there (Laplace; MacKay 1992). Grades between 0 and 1 are fractions of a success
(Papke and Wooldridge 1996). a and c calibrate on outcomes that were not learned from (Platt 1999). A score is
multiplied by the propensity relative to the usual one, within bounds.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from serendipity.matching.factors import Factor
from serendipity.matching.snapshot.edges import Floats
from serendipity.numerics.logistic import posterior, sigmoid

# Of the pair, as stored with its introduction; then what earlier introductions told of the member and the topics.
PAIR_TRAITS = (
    Factor.RECIPROCAL,
    Factor.UNEXPECTEDNESS,
    Factor.FAMILIARITY,
    Factor.OVERLAP,
    Factor.EVIDENCE,
    Factor.INTERESTS,
    Factor.WANTS,
    Factor.PATHS,
    Factor.EVENTS,
)
TRAITS = (*PAIR_TRAITS, "asked", "answers", "tastes", "topics")
PRECISION = 4.0  # of the prior of each weight: half a unit of log-odds a standard deviation is usual
OPEN_PRECISION = 1e-3  # of the bias: how often outcomes are good is learned from the first on
CALIBRATION_PRECISION = 10.0  # of the slope around 1 and the shift around 0
FURTHEST = 3.0  # standard deviations that a trait counts at most
LEAST, MOST = 1 / 3, 3.0  # bounds of what a score is multiplied by
SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class Propensity:
    """A fitted model: each trait's centre, scale and weight (in the order of TRAITS), and their covariance.

    `spread` is the covariance of the weights and, last, the bias. `outcomes` says from how many it was learned.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    spread: tuple[tuple[float, ...], ...]
    slope: float = 1.0
    shift: float = 0.0
    outcomes: int = 0

    def chances(self, table: Floats) -> Floats:
        """Return P(good) of sides, given their traits (sides × TRAITS; NaN is unknown, and counts as usual)."""
        return sigmoid(self.slope * self.log_odds(table) + self.shift)

    def log_odds(self, table: Floats) -> Floats:
        """Return what is squashed, before it is calibrated."""
        return np.asarray(self.bias + self.standardise(table) @ np.array(self.weights), dtype=np.float64)

    def standardise(self, table: Floats) -> Floats:
        """Return the traits in standard deviations from the usual."""
        return standardise(table, np.array(self.centre), np.array(self.scale))

    @property
    def usual(self) -> float:
        """Return P(good) of a side that is usual in every trait."""
        return float(sigmoid(np.array(self.slope * self.bias + self.shift)))

    def relative(self, one: Floats, other: Floats) -> Floats:
        """Return what the scores of pairs are multiplied by, given the traits of both sides.

        >>> any_two = np.random.default_rng(1).normal(size=(2, len(TRAITS)))
        >>> prior_model().relative(any_two, any_two).tolist()
        [1.0, 1.0]
        """
        return np.clip(self.chances(one) * self.chances(other) / self.usual**2, LEAST, MOST)

    def drawn(self, rng: np.random.Generator, exploration: float = 1.0) -> "Propensity":
        """Return one that may be true as well, drawn from the posterior (Thompson 1933): what is unsure gets tried.

        `exploration` scales the posterior's standard deviation; 0 is the most probable one.
        """
        root = np.linalg.cholesky(np.array(self.spread) + SAME * np.eye(len(self.spread)))
        step = exploration * (root @ rng.standard_normal(len(root)))
        weights = np.array(self.weights) + step[:-1]
        return replace(self, weights=tuple(weights.tolist()), bias=self.bias + float(step[-1]))

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, the figures by trait; `spread` is in the order of `traits`, as JSON's keys have none."""
        by_trait = {
            name: dict(zip(TRAITS, getattr(self, name), strict=True)) for name in ("centre", "scale", "weights")
        }
        spread = [list(row) for row in self.spread]
        return {**asdict(self), **by_trait, "traits": list(TRAITS), "spread": spread}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Propensity":
        """Read what `as_data` wrote; a trait that was none then weighs nothing, and one that is none now is dropped."""
        then = list(data["traits"])
        places = [then.index(trait) if trait in then else -1 for trait in TRAITS]
        spread = np.zeros((len(TRAITS) + 1, len(TRAITS) + 1))
        known = [(n, place) for n, place in enumerate([*places, len(then)]) if place >= 0]
        for n, place in known:
            spread[n, [m for m, _ in known]] = [data["spread"][place][other] for _, other in known]

        def by_trait(name: str, unknown: float) -> tuple[float, ...]:
            return tuple(float(data[name].get(trait, unknown)) for trait in TRAITS)

        return cls(
            centre=by_trait("centre", 0.0),
            scale=by_trait("scale", 1.0),
            weights=by_trait("weights", 0.0),
            bias=float(data["bias"]),
            spread=tuple(tuple(row) for row in spread.tolist()),
            slope=float(data["slope"]),
            shift=float(data["shift"]),
            outcomes=int(data["outcomes"]),
        )


def prior_model() -> Propensity:
    """Return what holds before any outcome: every pair is as likely as the usual one."""
    nothing = tuple(0.0 for _ in TRAITS)
    spread = np.zeros((len(TRAITS) + 1, len(TRAITS) + 1))
    return Propensity(
        centre=nothing,
        scale=tuple(1.0 for _ in TRAITS),
        weights=nothing,
        bias=0.0,
        spread=tuple(tuple(row) for row in spread.tolist()),
    )


def fit(table: Floats, grades: Floats, weights: Floats) -> Propensity:
    """Learn from traits (outcomes × TRAITS), grades in [0, 1] and what each outcome weighs.

    >>> rng = np.random.default_rng(0)
    >>> table = rng.normal(size=(400, len(TRAITS)))
    >>> learned = fit(table, (table[:, 1] > 0) * 1.0, np.ones(400))
    >>> max(zip(learned.weights, TRAITS))[1]
    'unexpectedness'
    """
    centre, scale = centre_and_scale(table)
    z = standardise(table, centre, scale)
    precision = np.array([*[PRECISION] * z.shape[1], OPEN_PRECISION])
    x = np.column_stack([z, np.ones(len(z))])
    mean, spread = posterior(x, grades, weights=weights, prior=np.zeros(len(precision)), precision=precision)
    return Propensity(
        centre=tuple(centre.tolist()),
        scale=tuple(scale.tolist()),
        weights=tuple(mean[:-1].tolist()),
        bias=float(mean[-1]),
        spread=tuple(tuple(row) for row in spread.tolist()),
        outcomes=len(table),
    )


def fit_weights(z: Floats, grades: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return mode and covariance of the weights of standardised traits and, last, of the bias."""
    precision = np.array([*[PRECISION] * z.shape[1], OPEN_PRECISION])
    x = np.column_stack([z, np.ones(len(z))])
    return posterior(x, grades, weights=weights, prior=np.zeros(len(precision)), precision=precision)


def calibrate(learned: Propensity, table: Floats, grades: Floats, weights: Floats) -> Propensity:
    """Return it with slope and shift fitted on outcomes that it was not learned from."""
    x = np.column_stack([learned.log_odds(table), np.ones(len(table))])
    tight = np.full(2, CALIBRATION_PRECISION)
    mean, _ = posterior(x, grades, weights=weights, prior=np.array([1.0, 0.0]), precision=tight)
    return replace(learned, slope=max(float(mean[0]), 0.0), shift=float(mean[1]))


def centre_and_scale(table: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each column, of what is known; 0 and 1 where there is nothing to tell."""
    known = np.isfinite(table)
    counts = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, table, 0.0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, table - centre, 0.0) ** 2).sum(axis=0) / counts)
    return centre, np.where(spread > SAME, spread, 1.0)


def standardise(table: Floats, centre: Floats, scale: Floats) -> Floats:
    """Return a table in standard deviations from the centre, no further than three; 0 where it is unknown."""
    result = (table - centre) / scale
    result[np.isnan(result)] = 0.0
    return np.asarray(np.clip(result, -FURTHEST, FURTHEST, out=result), dtype=np.float64)
