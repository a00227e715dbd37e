"""What is learned from outcomes as weights: found with the right sign, within bounds, and the same when stored."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.matching.learning.propensity import (
    LEAST,
    MOST,
    TRAITS,
    Propensity,
    calibrate,
    fit,
    prior_model,
)
from serendipity.matching.snapshot.edges import Floats
from serendipity.numerics.logistic import sigmoid

LIKED, DISLIKED = TRAITS.index("wants"), TRAITS.index("asked")


def outcomes(count: int, seed: int) -> tuple[Floats, Floats]:
    """Draw traits, and outcomes that one trait makes better and another worse."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(count, len(TRAITS)))
    chances = sigmoid(1.5 * table[:, LIKED] - 1.0 * table[:, DISLIKED] - 0.5)
    return table, (rng.random(count) < chances).astype(np.float64)


def taught(count: int = 1500, seed: int = 3) -> Propensity:
    """Learn from drawn outcomes."""
    table, grades = outcomes(count, seed)
    return fit(table, grades, np.ones(count))


@given(seed=st.integers(0, 1000))
def test_where_nothing_is_known_every_pair_counts_exactly_once(seed: int) -> None:
    """Whatever the traits, unknown ones among them, the factor is 1 to the last bit."""
    table = np.random.default_rng(seed).normal(size=(5, len(TRAITS)))
    table[0, 0] = np.nan

    assert prior_model().relative(table, table[::-1]).tolist() == [1.0] * 5


def test_planted_weights_are_found_with_their_signs() -> None:
    """The two traits that count stand out, one for and one against; the others are near nothing."""
    weights = np.array(taught().weights)
    rest = np.delete(weights, [LIKED, DISLIKED])

    assert weights[LIKED] == pytest.approx(1.5, abs=0.3)
    assert weights[DISLIKED] == pytest.approx(-1.0, abs=0.3)
    assert np.abs(rest).max() < 0.25


def test_chances_hold_on_outcomes_that_were_not_learned_from() -> None:
    """In five bins of later outcomes, the mean chance is near the share that came to good."""
    table, grades = outcomes(3000, seed=4)
    chances = taught().chances(table)

    for part in np.array_split(np.argsort(chances), 5):
        assert chances[part].mean() == pytest.approx(grades[part].mean(), abs=0.07)


def test_a_model_that_is_too_sure_is_calibrated() -> None:
    """Chances learned from few outcomes are flattened by what others came to, and so less surprised by new ones."""
    few, (table, grades), (new, came) = taught(60), outcomes(1000, seed=5), outcomes(2000, seed=6)
    better = calibrate(few, table, grades, np.ones(1000))

    def surprise(learned: Propensity) -> float:
        chances = learned.chances(new)
        return float(-np.mean(came * np.log(chances) + (1 - came) * np.log(1 - chances)))

    assert surprise(better) < surprise(few)
    assert calibrate(few, table, 1 - grades, np.ones(1000)).slope == 0.0  # never turned around


@given(seed=st.integers(0, 1000), scale=st.floats(0, 100))
def test_a_factor_stays_within_bounds(seed: int, scale: float) -> None:
    """However far the traits lie from the usual."""
    one, other = scale * np.random.default_rng(seed).normal(size=(2, 20, len(TRAITS)))
    factors = LEARNED.relative(one, other)

    assert ((factors >= LEAST) & (factors <= MOST)).all()
    assert factors.tolist() == LEARNED.relative(other, one).tolist()


def test_drawn_weights_are_the_same_for_the_same_seed_and_as_spread_as_said() -> None:
    """A seed gives one draw, many seeds the posterior; without exploration it is the most probable one."""
    draws = [LEARNED.drawn(np.random.default_rng(n), 1.0).weights for n in range(800)]

    assert LEARNED.drawn(np.random.default_rng(7)).weights == draws[7]
    assert LEARNED.drawn(np.random.default_rng(7), 0.0) == LEARNED
    assert np.mean(draws, axis=0) == pytest.approx(np.array(LEARNED.weights), abs=0.02)
    assert np.std(draws, axis=0) == pytest.approx(np.sqrt(np.diag(LEARNED.spread))[:-1], rel=0.15)


def test_a_posterior_holds_the_truth_as_often_as_it_says() -> None:
    """In 200 communities the planted weight lies within its 80 % interval about 160 times."""
    found = [taught(400, seed) for seed in range(200)]
    weights = [each.weights[DISLIKED] / each.scale[DISLIKED] for each in found]
    errors = [each.spread[DISLIKED][DISLIKED] ** 0.5 / each.scale[DISLIKED] for each in found]
    inside = [abs(weight + 1.0) < 1.2816 * error for weight, error in zip(weights, errors, strict=True)]

    assert 140 <= sum(inside) <= 178


def test_outcomes_narrow_what_is_unsure() -> None:
    """The more outcomes, the narrower the posterior of every weight."""
    few, many = (np.diag(taught(count).spread) for count in (60, 1500))

    assert (many < few).all()


def test_what_is_stored_is_read_again() -> None:
    """Learned or not; and a trait that was none then weighs nothing."""
    data = json.loads(json.dumps(LEARNED.as_data(), sort_keys=True))  # as the ledger keeps it
    assert Propensity.from_data(data) == LEARNED
    data["traits"].remove("topics")
    for name in ("centre", "scale", "weights"):
        del data[name]["topics"]
    data["spread"] = np.delete(np.delete(np.array(data["spread"]), 12, axis=0), 12, axis=1).tolist()
    older = Propensity.from_data(data)

    assert TRAITS[12] == "topics"
    assert Propensity.from_data(prior_model().as_data()) == prior_model()
    assert older.weights == (*LEARNED.weights[:12], 0.0)
    assert older.spread[-1][-1] == LEARNED.spread[-1][-1]


LEARNED = taught()
