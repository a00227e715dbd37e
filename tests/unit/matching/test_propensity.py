"""Propensities: nothing known changes nothing, evidence moves them, and they say how sure they are."""

import numpy as np
import pytest

from serendipity.matching.edges import Floats
from serendipity.matching.propensity import (
    LEAST,
    MOST,
    TRAITS,
    Propensity,
    calibrated,
    fitted,
    squashed,
    unlearned,
)

UNEXPECTED = TRAITS.index("unexpectedness")


def drawn(count: int, *, weight: float, seed: int = 1, bias: float = -0.5) -> tuple[Floats, Floats]:
    """Traits at random, and outcomes in which unexpectedness weighs so much."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(count, len(TRAITS)))
    return table, (rng.random(count) < squashed(bias + weight * table[:, UNEXPECTED])).astype(np.float64)


def learned(count: int = 600, *, weight: float = 1.0, seed: int = 1) -> Propensity:
    """What is learned from so many."""
    table, outcomes = drawn(count, weight=weight, seed=seed)
    return fitted(table, outcomes, np.ones(count))


def test_the_weight_that_was_planted_is_found_and_the_others_are_not() -> None:
    """Unexpectedness weighs 1; whatever else is found is within what chance does."""
    weights = np.array(learned(3000).weights)

    assert weights[UNEXPECTED] == pytest.approx(1.0, abs=0.15)
    assert np.abs(np.delete(weights, UNEXPECTED)).max() < 0.2


def test_little_evidence_moves_little() -> None:
    """Ten outcomes leave the weights near the prior, and unsure; a thousand do not."""
    few, many = learned(10), learned(1000)

    assert abs(few.weights[UNEXPECTED]) < abs(many.weights[UNEXPECTED])
    assert few.spread[UNEXPECTED][UNEXPECTED] > 5 * many.spread[UNEXPECTED][UNEXPECTED]


def test_a_posterior_holds_the_truth_as_often_as_it_says() -> None:
    """Of 200 communities, the planted weight lies within the 80 % interval in about 160."""
    reach, truth = 1.2816, 0.4
    inside = 0
    for seed in range(200):
        found = learned(300, weight=truth, seed=seed)
        scale = found.scale[UNEXPECTED]
        weight, error = found.weights[UNEXPECTED] / scale, found.spread[UNEXPECTED][UNEXPECTED] ** 0.5 / scale
        inside += abs(weight - truth) < reach * error

    assert 146 <= inside <= 174


def test_chances_come_true_as_often_as_they_say() -> None:
    """In five parts by rising chance, on outcomes that were not learned from."""
    table, outcomes = drawn(5000, weight=1.0, seed=9)
    chances = learned(2000).chances(table)

    for part in np.array_split(np.argsort(chances), 5):
        assert outcomes[part].mean() == pytest.approx(chances[part].mean(), abs=0.05)


def test_calibration_takes_back_what_was_overdone() -> None:
    """A learner who is three times too sure is brought back to what later outcomes bear out."""
    found = learned(2000)
    boasting = Propensity.from_data({**found.as_data(), "slope": 1.0, "weights": _tripled(found)})
    table, outcomes = drawn(2000, weight=1.0, seed=4)

    told = calibrated(boasting, table, outcomes, np.ones(2000))

    assert told.slope == pytest.approx(1 / 3, abs=0.1)
    assert _brier(told.chances(table), outcomes) < _brier(boasting.chances(table), outcomes)


def _tripled(found: Propensity) -> dict[str, float]:
    return {trait: 3 * weight for trait, weight in zip(TRAITS, found.weights, strict=True)}


def _brier(chances: Floats, outcomes: Floats) -> float:
    return float(((chances - outcomes) ** 2).mean())


def test_scores_are_multiplied_within_bounds_and_by_one_for_the_usual_pair() -> None:
    """However extreme a pair, and whatever is not known counts as usual."""
    found = learned(3000, weight=3.0)
    extreme = np.array(found.centre) + np.eye(len(TRAITS))[UNEXPECTED] * 100 * np.array([[1.0], [-1.0]])
    unknown = np.full((1, len(TRAITS)), np.nan)

    assert found.relative(extreme, extreme).tolist() == [MOST, LEAST]
    assert found.relative(unknown, unknown).tolist() == pytest.approx([1.0])


def test_drawing_tries_what_is_unsure_and_repeats_with_its_seed() -> None:
    """The spread of draws is that of the posterior; without exploration the most probable weights stand."""
    found = learned(100)
    draws = np.array([found.drawn(np.random.default_rng(seed)).weights[UNEXPECTED] for seed in range(400)])

    assert draws.std() == pytest.approx(found.spread[UNEXPECTED][UNEXPECTED] ** 0.5, rel=0.15)
    assert found.drawn(np.random.default_rng(3)) == found.drawn(np.random.default_rng(3))
    assert found.drawn(np.random.default_rng(3), exploration=0.0) == found


def test_what_was_written_down_is_read_as_it_was() -> None:
    """Also by a release with other traits: what was none then weighs nothing, what is none now is dropped."""
    found = learned(100)
    data = found.as_data()
    assert Propensity.from_data(data) == found

    older = {**data, "weights": {"humour": 2.0, **data["weights"]}}
    del older["weights"]["topics"]
    size = len(TRAITS) + 1
    order = [None, *range(size - 2), size - 1]
    older["spread"] = [
        [0.0 if m is None or n is None else found.spread[n][m] for m in order] for n in order
    ]  # humour first, topics missing
    read = Propensity.from_data(older)

    assert read.weights[:-1] == found.weights[:-1]
    assert read.weights[-1] == 0.0
    assert read.spread[0][1] == found.spread[0][1]
    assert read.spread[-1][-1] == found.spread[-1][-1]


def test_nothing_learned_multiplies_by_one() -> None:
    """Also when it is drawn."""
    anything = np.random.default_rng(1).normal(size=(5, len(TRAITS)))

    assert unlearned().drawn(np.random.default_rng(1)).relative(anything, anything) == pytest.approx(1.0, abs=1e-3)
