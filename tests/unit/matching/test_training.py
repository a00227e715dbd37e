"""Learning is put to use only where it foresees later outcomes better than no learning does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from serendipity.matching.learning.propensity import TRAITS
from serendipity.matching.learning.training import FEWEST_OUTCOMES, reliability, train
from serendipity.matching.learning.training_examples import Side, TrainingExample
from serendipity.numerics.logistic import sigmoid

START = datetime(2025, 1, 1, tzinfo=UTC)


def history(count: int, *, strength: float, seed: int = 1, turning: float = 1.0) -> list[TrainingExample]:
    """Draw introductions, one a day; the more wanted, the better; from a share of them on, the other way round."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(count):
        wants, paths = rng.random(2)
        sign = 1.0 if n < count * turning else -1.0
        good = rng.random(2) < sigmoid(np.array(sign * strength * (wants - 0.5)))
        at = START + timedelta(days=n)
        one, other = (Side(f"m{rng.integers(200)}", float(each), 1.0, asked=True) for each in good)
        factors = {"wants": float(wants), "paths": float(paths)}
        found.append(
            TrainingExample(
                id=f"i{n}", sides=(one, other), at=at, known_at=at + timedelta(days=5), factors=factors, topics={}
            )
        )
    return found


def test_too_few_outcomes_teach_nothing() -> None:
    """However clear they are; and what is still on its way is none."""
    few = history(FEWEST_OUTCOMES - 1, strength=8)
    open_ones = [
        replace(one, id=f"o{n}", sides=(one.sides[0]._replace(grade=None), one.sides[1]._replace(grade=None)))
        for n, one in enumerate(few)
    ]
    taught = train([*few, *open_ones])

    assert (taught.outcomes, taught.propensity, taught.retire) == (FEWEST_OUTCOMES - 1, None, False)


def test_what_foresees_later_outcomes_better_is_put_to_use() -> None:
    """The planted weight is found, and both measures are better than those of the base rate."""
    taught = train(history(400, strength=5))

    assert taught.propensity is not None
    assert taught.before is not None
    assert taught.after is not None
    assert taught.after.surprise < taught.before.surprise
    assert taught.after.brier < taught.before.brier
    assert taught.propensity.weights[TRAITS.index("wants")] > 0.5
    assert max(abs(each.foreseen - each.came) for each in taught.reliability) < 0.25


def test_what_no_longer_holds_is_not_put_to_use_and_is_retired() -> None:
    """Once the later outcomes are the other way round, neither new nor old weights stand."""
    present = train(history(400, strength=5)).propensity
    taught = train(history(400, strength=5, turning=0.7), present=present)

    assert present is not None
    assert taught.propensity is None
    assert taught.retire


def test_all_of_one_kind_teaches_nothing() -> None:
    """Where every answer is a yes, nothing tells pairs apart."""
    sides = [
        replace(one, sides=(one.sides[0]._replace(grade=1.0), one.sides[1]._replace(grade=1.0)))
        for one in history(100, strength=5)
    ]

    assert train(sides).propensity is None


def test_the_order_in_which_outcomes_are_read_changes_nothing() -> None:
    """Twice over the same is the same, to the last bit."""
    lessons = history(120, strength=6)

    assert train(lessons) == train(lessons[::-1])


def test_chance_is_seldom_taken_for_something_learned() -> None:
    """Where nothing is planted, something is put to use in one community of six; its weights are near nothing."""
    found = [train(history(300, strength=0, seed=seed)).propensity for seed in range(30)]
    used = [each for each in found if each is not None]

    assert len(used) <= 8
    assert all(np.abs(each.weights).max() < 0.35 for each in used)


def test_a_reliability_table_holds_all_outcomes_in_parts_of_equal_size() -> None:
    """By rising chance, with what came of each part."""
    chances = np.array([0.9, 0.1, 0.8, 0.2, 0.5])
    bins = reliability(chances, np.array([1.0, 0.0, 1.0, 0.0, 1.0]), np.ones(5))

    assert [(each.outcomes, each.foreseen) for each in bins] == [(1, 0.1), (1, 0.2), (1, 0.5), (1, 0.8), (1, 0.9)]
    assert [each.came for each in bins] == [0.0, 0.0, 1.0, 1.0, 1.0]
