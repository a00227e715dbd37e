"""The posterior of a logistic model against another implementation, and by its own conditions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from serendipity.numerics.logistic import posterior, sigmoid


@pytest.mark.parametrize("precision", [0.1, 1.0, 10.0])
def test_the_mode_is_that_of_ridge_regression(precision: float) -> None:
    """Scikit-learn penalises Σw²/2C; with a prior of mean 0 that is the same model."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 4))
    y = (rng.random(300) < sigmoid(x @ np.array([1.0, -2.0, 0.0, 0.5]))).astype(np.float64)
    counts = rng.uniform(0.2, 3.0, size=300)
    peer = LogisticRegression(C=1.0 / precision, fit_intercept=False, tol=1e-12, max_iter=10_000)
    peer.fit(x, y, sample_weight=counts)

    found = posterior(x, y, prior=np.zeros(4), precision=np.full(4, precision), weights=counts)

    assert found.mode == pytest.approx(peer.coef_[0], abs=1e-5)


@examples(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 30), st.floats(0.01, 100.0))
def test_at_the_mode_the_slope_is_zero_and_the_covariance_is_the_inverse_curvature(
    seed: int, cases: int, precision: float
) -> None:
    """Whatever the data, none and separable ones too; from any start it is the same."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(cases, 3)), rng.integers(0, 2, size=cases).astype(np.float64)
    prior, tight = rng.normal(size=3), np.full(3, precision)

    found = posterior(x, y, prior=prior, precision=tight)
    other = posterior(x, y, prior=prior, precision=tight, start=prior + 1.0)

    odds = sigmoid(x @ found.mode)
    slope = x.T @ (y - odds) - tight * (found.mode - prior)
    curvature = (x * (odds * (1 - odds))[:, None]).T @ x + np.diag(tight)
    assert slope == pytest.approx(np.zeros(3), abs=1e-6)
    assert found.covariance @ curvature == pytest.approx(np.eye(3), abs=1e-6)
    assert other.mode == pytest.approx(found.mode, abs=1e-6)


def test_without_cases_the_prior_stands() -> None:
    """Mean and variance alike."""
    found = posterior(np.zeros((0, 2)), np.zeros(0), prior=np.array([1.0, -1.0]), precision=np.array([4.0, 0.25]))
    assert found.mode.tolist() == [1.0, -1.0]
    assert np.diag(found.covariance).tolist() == [0.25, 4.0]
