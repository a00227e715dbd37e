"""The fold of decaying observations: commutative, associative, and independent of when it is read."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.domain.decay import Weight, combine, factor, total, value

START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=400)
HALF_LIFE = 30.0
WEIGHTS = st.builds(
    Weight,
    weight=st.floats(-2, 2).filter(lambda weight: abs(weight) > 1e-6),
    updated_at=st.integers(0, 400 * 24).map(lambda hours: START + timedelta(hours=hours)),
)


def by_hand(weights: list[Weight]) -> float:
    """The sum at LATER, term by term."""
    ages = [(LATER - each.updated_at) / timedelta(days=1) for each in weights]
    return math.fsum(each.weight * 0.5 ** (age / HALF_LIFE) for each, age in zip(weights, ages, strict=True))


def absolute(weights: list[Weight]) -> float:
    """The sum of absolute contributions at LATER."""
    return math.fsum(abs(value(each, LATER, HALF_LIFE)) for each in weights)


@given(st.lists(WEIGHTS, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_any_order_gives_the_sum_by_hand(weights: list[Weight], rng: object) -> None:
    """Observations may come in any order, and the sum is what one reckons term by term."""
    shuffled = list(weights)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    for order in (weights, shuffled):
        folded = total(order, HALF_LIFE)
        assert folded is not None
        assert folded.count == len(weights)
        assert folded.updated_at == max(each.updated_at for each in weights)
        assert value(folded, LATER, HALF_LIFE) == pytest.approx(by_hand(weights), abs=1e-9 * absolute(weights))


@given(st.lists(WEIGHTS, min_size=2, max_size=12), st.integers(1, 11))
def test_sums_of_sums_are_the_sum(weights: list[Weight], cut: int) -> None:
    """Batches may be cut anywhere."""
    parts = [total(part, HALF_LIFE) for part in (weights[:cut], weights[cut:])]
    folded = total([part for part in parts if part is not None], HALF_LIFE)
    assert folded is not None
    assert folded.count == len(weights)
    assert value(folded, LATER, HALF_LIFE) == pytest.approx(by_hand(weights), abs=1e-9 * absolute(weights))


@given(st.lists(WEIGHTS, min_size=1, max_size=12), WEIGHTS)
def test_what_is_taken_away_again_leaves_the_rest(weights: list[Weight], passing: Weight) -> None:
    """An observation counted off leaves the count and the sum of the others."""
    taken_away = replace(passing, weight=-passing.weight, count=-passing.count)
    folded = total([*weights, passing, taken_away], HALF_LIFE)
    assert folded is not None
    assert folded.count == len(weights)
    tolerance = 1e-9 * absolute([*weights, passing])
    assert value(folded, LATER, HALF_LIFE) == pytest.approx(by_hand(weights), abs=tolerance)


def test_half_is_left_after_a_half_life() -> None:
    """And a quarter after two."""
    assert [factor(timedelta(days=days), HALF_LIFE) for days in (0, 30, 60)] == [1.0, 0.5, 0.25]


def test_a_weight_read_before_its_last_observation_does_not_grow() -> None:
    """Decay never runs backwards: an earlier moment is folded from the records instead."""
    assert value(Weight(weight=2.0, updated_at=LATER), START, HALF_LIFE) == 2.0


def test_nothing_observed_is_no_weight() -> None:
    """An edge without observations does not exist."""
    assert total([], HALF_LIFE) is None


def test_the_cause_is_that_of_the_latest_observation_whatever_the_order() -> None:
    """A backdated tie does not rename what is known since."""
    early = Weight(weight=1.0, updated_at=START, why="worked_together")
    late = Weight(weight=1.0, updated_at=LATER, why="said_so")
    assert combine(early, late, HALF_LIFE).why == combine(late, early, HALF_LIFE).why == "said_so"
