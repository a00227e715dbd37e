"""Bayesian logistic regression with a Gaussian prior: the mode of the weights, and their covariance there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LARGEST_LOG_ODDS = 30.0  # beyond this a probability is as good as 0 or 1
MOST_STEPS = 50


class Posterior(NamedTuple):
    """Laplace approximation of the weights: `mode` (columns), `covariance` (columns × columns)."""

    mode: Floats
    covariance: Floats


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probability of log-odds, which are cut off where it is as good as 0 or 1.

    >>> sigmoid(np.array([0.0, 1e9])).round(6).tolist()
    [0.5, 1.0]
    """
    inside = np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
    return np.asarray(1.0 / (1.0 + np.exp(-inside)), dtype=np.float64)


def posterior(
    x: Floats,
    y: Floats,
    *,
    prior: Floats,
    precision: Floats,
    weights: Floats | None = None,
    start: Floats | None = None,
    tolerance: float = 1e-9,
) -> Posterior:
    """Return the posterior of a logistic model's weights under a Gaussian prior.

    `x` is cases × columns; `y` holds outcomes in [0, 1]; `weights` says how much each case counts (default 1).
    `prior` and `precision` are the means and inverse variances of the prior by column. Newton's method, with steps of
    at most 1 in any weight, until no weight moves by more than the tolerance (Bishop, Pattern Recognition and Machine
    Learning, 4.3.3 and 4.5.1). `start` is a first guess (default: the prior).

    >>> x, y = np.array([[-1.0], [1.0], [2.0]]), np.array([0.0, 1.0, 1.0])
    >>> found = posterior(x, y, prior=np.zeros(1), precision=np.ones(1))
    >>> bool(found.mode[0] > 0.5), found.covariance.shape
    (True, (1, 1))
    """
    counts = np.ones(len(y)) if weights is None else weights
    mode = (prior if start is None else start).astype(np.float64)
    for _ in range(MOST_STEPS):
        odds = sigmoid(x @ mode)
        slope = x.T @ (counts * (y - odds)) - precision * (mode - prior)
        step = np.linalg.solve(_curvature(x, counts, odds, precision), slope)
        largest = float(np.abs(step).max())
        mode = mode + step / max(1.0, largest)
        if largest < tolerance:
            break
    covariance = np.linalg.inv(_curvature(x, counts, sigmoid(x @ mode), precision))
    return Posterior(mode, np.asarray(covariance, dtype=np.float64))


def _curvature(x: Floats, counts: Floats, odds: Floats, precision: Floats) -> Floats:
    return np.asarray((x * (counts * odds * (1.0 - odds))[:, None]).T @ x + np.diag(precision), dtype=np.float64)
