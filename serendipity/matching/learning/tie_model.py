"""Learning what makes a tie, from the community's own first ties: a logistic judgement over traits.

P(first tie) = σ(b + Σ_t w_t·(x_t − centre_t)/scale_t). The weights maximise the likelihood of what happened to the
candidates of an earlier moment, less λ/2·Σ(w_t − prior_t)² (a Gaussian prior): with no history they are the prior, with
little of it close to it. Found by Newton's method (iteratively reweighted least squares; McCullagh and Nelder 1989).
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.scoring.pair_features import KINDS, TRAITS
from serendipity.matching.snapshot.edges import Floats
from serendipity.numerics.logistic import posterior, sigmoid

# What each trait counts for before anything was learned; traits that are not named count for nothing.
PRIOR = {
    "closeness": 0.3,
    "fresh_closeness": 0.1,
    "interests": 0.3,
    "fresh_events": 0.1,
    "wording": 0.15,
    "phrasing": 0.15,
    "bridging": 0.3,
    "walks": 0.5,
    "said": 0.3,
    "silence": -0.3,
}
USUAL_WORDING = 0.05  # where there are no first ties to measure it
PRIOR_PRECISION = 20.0
SAME = 1e-9  # a trait that varies less is the same for all
TOLD = 0.01  # a trait that weighs less is not spoken of


@dataclass(frozen=True, kw_only=True)
class TieModel:
    """A fitted model: of each trait (in the order of TRAITS) its centre, scale and weight.

    `usual_wording` is the median likeness in wording of those who became tied: below it, a pair is unlike.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    usual_wording: float
    usual_log_odds: float  # median of those who became tied
    first_ties: int  # that it was learned from, each from every side that was a candidate

    @property
    def pairs(self) -> int:
        """Return how many first ties it was learned from, a pair once."""
        return (self.first_ties + 1) // 2

    def log_odds(self, table: Floats) -> Floats:
        """Return the log-odds of a first tie, relative to those of a usual one (pairs)."""
        weights = np.array(self.weights) / np.array(self.scale)
        return np.asarray((table - np.array(self.centre)) @ weights - self.usual_log_odds, dtype=np.float64)

    def relevance(self, table: Floats) -> Floats:
        """Return σ of the log-odds: ½ for a pair like the usual one that became tied (pairs)."""
        return sigmoid(self.log_odds(table))

    def by_kind(self, table: Floats) -> dict[str, Floats]:
        """Return what each kind of trait adds to the log-odds, and what is taken off as usual (pairs)."""
        parts = (table - np.array(self.centre)) * (np.array(self.weights) / np.array(self.scale))
        told = {kind: parts[:, [TRAITS.index(name) for name in names]].sum(axis=1) for kind, names in KINDS.items()}
        return told | {"by_usual": np.full(len(table), -self.usual_log_odds)}

    def strongest(self) -> list[tuple[str, float]]:
        """Return each trait that counts, with its weight, the strongest first."""
        told = [(name, weight) for name, weight in zip(TRAITS, self.weights, strict=True) if abs(weight) >= TOLD]
        return sorted(told, key=lambda one: (-abs(one[1]), one[0]))

    def without(self, silent: Collection[str]) -> "TieModel":
        """Return what is left when some traits count for nothing."""
        kept = (0.0 if name in silent else weight for name, weight in zip(TRAITS, self.weights, strict=True))
        return replace(self, weights=tuple(kept))

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, the figures by trait."""
        by_trait = {
            name: dict(zip(TRAITS, getattr(self, name), strict=True)) for name in ("centre", "scale", "weights")
        }
        return {**asdict(self), **by_trait}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "TieModel":
        """Read what `as_data` wrote; a trait that was none then weighs nothing, and one that is none now is dropped."""
        unknown = {"centre": 0.0, "scale": 1.0, "weights": 0.0}
        figures = {
            name: tuple(float(data[name].get(trait, usual)) for trait in TRAITS) for name, usual in unknown.items()
        }
        return cls(
            **figures,
            usual_wording=float(data["usual_wording"]),
            usual_log_odds=float(data["usual_log_odds"]),
            first_ties=int(data["first_ties"]),
        )


def fit_tie_model(table: Floats, tied: NDArray[np.bool_], *, usual_wording: float = USUAL_WORDING) -> TieModel:
    """Learn from candidates (pairs × TRAITS) and whether they became tied afterwards.

    >>> table = np.random.default_rng(0).normal(size=(500, len(TRAITS)))
    >>> judged = fit_tie_model(table, table[:, 0] > 1.0)
    >>> max(zip(judged.weights, TRAITS))[1]
    'closeness'
    """
    table = table if len(table) else np.zeros((1, len(TRAITS)))
    tied = tied if len(tied) else np.zeros(1, dtype=np.bool_)
    centre, spread = table.mean(axis=0), table.std(axis=0)
    scale = np.where(spread > SAME, spread, 1.0)
    scaled = (table - centre) / scale
    weights = _fit_weights(scaled, tied.astype(np.float64))
    return TieModel(
        centre=tuple(centre.tolist()),
        scale=tuple(scale.tolist()),
        weights=tuple(weights.tolist()),
        usual_wording=usual_wording,
        usual_log_odds=float(np.median(scaled[tied] @ weights)) if tied.any() else 0.0,
        first_ties=int(tied.sum()),
    )


def _fit_weights(x: Floats, y: Floats) -> Floats:
    """Return the weights, without the intercept, which has next to no prior."""
    x = np.column_stack([x, np.ones(len(x))])
    prior = np.array([*(PRIOR.get(name, 0.0) for name in TRAITS), 0.0])
    precision = np.array([*[PRIOR_PRECISION] * len(TRAITS), 1e-6])
    share, start = np.clip(y.mean(), 1e-6, 1 - 1e-6), prior.copy()
    start[-1] = np.log(share / (1 - share))
    return posterior(x, y, prior=prior, precision=precision, start=start, tolerance=1e-8).mode[:-1]
