"""Learning is put to use only where it foresees later outcomes better than the base rate does."""

import numpy as np
import pytest

from serendipity.matching.lessons import Lesson
from serendipity.matching.propensity import TRAITS, Propensity, squashed
from serendipity.matching.teaching import FEWEST_OUTCOMES, reliability, teach
from tests.unit.matching.outcomes import lesson

UNEXPECTED = TRAITS.index("unexpectedness")


def history(count: int, *, weight: float, seed: int = 1, turns: bool = False) -> list[Lesson]:
    """Outcomes in which unexpectedness weighs so much for either side; where it `turns`, the later ones reverse it."""
    rng = np.random.default_rng(seed)
    lessons = []
    for n in range(count):
        unexpected = float(rng.random())
        sign = -1.0 if turns and n >= count * 0.7 else 1.0
        chance = float(squashed(np.array(sign * weight * 4 * (unexpected - 0.5))))
        says = tuple(float(each < chance) for each in rng.random(2))
        ones = f"m{rng.integers(40)}", f"n{rng.integers(40)}"
        lessons.append(lesson(n, *ones, (says[0], says[1]), unexpectedness=unexpected))
    return lessons


def learned(count: int = 300, weight: float = 1.5) -> Propensity:
    """What is learned where there is something to learn."""
    propensity = teach(history(count, weight=weight)).propensity
    assert propensity is not None
    return propensity


def test_what_foresees_later_outcomes_better_is_put_to_use() -> None:
    """The unexpected goes well; the trial says by how much that helps, and the table how true it came."""
    taught = teach(history(300, weight=1.5))

    assert taught.propensity is not None
    assert taught.propensity.weights[UNEXPECTED] > 0.5
    assert taught.propensity.outcomes == 600
    assert taught.before is not None
    assert taught.after is not None
    assert taught.after.surprise < taught.before.surprise
    assert taught.after.brier < taught.before.brier
    assert taught.reliability[0].came < taught.reliability[-1].came


def test_nothing_is_put_to_use_where_there_is_nothing_to_learn() -> None:
    """Outcomes are chance, in five communities of six at least."""
    used = [teach(history(300, weight=0.0, seed=seed)).propensity is not None for seed in range(12)]

    assert sum(used) <= 2


def test_too_few_outcomes_teach_nothing() -> None:
    """Whatever they say."""
    taught = teach(history(FEWEST_OUTCOMES - 1, weight=3.0))

    assert (taught.propensity, taught.before, taught.retire) == (None, None, False)
    assert teach([]).outcomes == 0


def test_outcomes_of_one_kind_only_teach_nothing() -> None:
    """Where everybody says yes there is nothing to tell apart."""
    lessons = [lesson(n, f"m{n}", f"n{n}", (1.0, 1.0), unexpectedness=n / 100) for n in range(100)]

    assert teach(lessons).before is None


def test_what_is_in_force_is_retired_where_it_foresees_worse_than_the_base_rate() -> None:
    """The community turned: what went well goes badly now."""
    turned = history(300, weight=1.5, turns=True)

    assert teach(turned, present=learned()).retire
    assert not teach(history(300, weight=1.5), present=learned()).retire


def test_the_same_history_teaches_the_same_in_whatever_order_it_comes() -> None:
    """So that learning twice changes nothing."""
    lessons = history(120, weight=1.5)

    assert teach(lessons) == teach(lessons[::-1])


def test_a_reliability_table_holds_all_outcomes_in_parts_of_equal_size() -> None:
    """By rising chance, with what came of each part."""
    chances = np.array([0.9, 0.1, 0.8, 0.2, 0.5])
    bins = reliability(chances, chances > 0.4, np.ones(5))

    assert [each.outcomes for each in bins] == [1, 1, 1, 1, 1]
    assert [each.foreseen for each in bins] == pytest.approx([0.1, 0.2, 0.5, 0.8, 0.9])
    assert [each.came for each in bins] == [0.0, 0.0, 1.0, 1.0, 1.0]
