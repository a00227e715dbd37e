"""Months of rounds over communities whose tastes were planted: learning finds them, and lets nobody take it all."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from serendipity.lab.planted import Planted, plant_truth
from serendipity.lab.simulator import SETTINGS, Policy, Report, is_control_arm, simulate
from serendipity.matching.learning.propensity import TRAITS
from serendipity.matching.learning.training_examples import CHANCE
from serendipity.matching.matcher import match_all

MEMBERS, ROUNDS = 100, 26
SEEDS = (1, 2)


@cache
def community(seed: int) -> Planted:
    """A community of a hundred."""
    return plant_truth(MEMBERS, seed=seed)


@cache
def report(policy: Policy, seed: int) -> Report:
    """Half a year of weekly rounds under a policy."""
    return simulate(community(seed), policy, rounds=ROUNDS, seed=seed)


def later(policy: Policy) -> float:
    """The mean true chance that both accept, of pairs proposed in the later half, over all communities."""
    return float(np.mean([report(policy, seed).since(0.5).expected for seed in SEEDS]))


def test_learning_finds_what_was_planted() -> None:
    """In the later months more pairs are such that both accept; an oracle shows how many there could be."""
    assert later("learning") > 1.1 * later("none")
    assert np.mean([report("oracle", seed).expected for seed in SEEDS]) > 1.3 * np.mean(
        [report("none", seed).expected for seed in SEEDS]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_learning_puts_versions_to_use_whose_weights_say_what_was_planted(seed: int) -> None:
    """Members differ in how gladly they say yes and in their tastes, and some topics are duds."""
    found = report("learning", seed)

    assert report("none", seed).propensity is None
    assert found.propensity is not None
    weights = dict(zip(TRAITS, found.propensity.weights, strict=True))
    assert weights["answers"] > 0.1
    assert weights["topics"] > 0.05
    assert weights["tastes"] > 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_learning_does_not_drift_into_popularity(seed: int) -> None:
    """Everybody is still proposed in the later months, and nearly as evenly as without learning."""
    usual, learned = (report(policy, seed).since(0.5) for policy in ("none", "learning"))

    assert learned.coverage == 1.0
    assert learned.exposure < usual.exposure + 0.05
    assert report("learning", seed).since(0.75).exposure < 0.15


def test_some_pairs_are_found_by_chance_throughout() -> None:
    """About as many as their share, each with its chance, so that lift can be measured at any time."""
    drawn = [one for seed in SEEDS for one in is_control_arm(report("learning", seed))]
    everything = [one for seed in SEEDS for one in report("learning", seed).proposed]

    assert 0.02 < len(drawn) / len(everything) < 0.1
    assert all(0.0 < one.introduction.factors[CHANCE] < 0.5 for one in drawn)
    assert {one.round // 9 for one in drawn} == {0, 1, 2}


def test_the_first_round_of_a_learner_is_the_round_of_today() -> None:
    """With no outcomes there is no version, and the same pairs get the same scores."""
    first, learned = (
        [(each.introduction.score, each.introduction.parties[0].member) for each in found.proposed if each.round == 0]
        for found in (report("none", 1), report("learning", 1))
    )
    plain = match_all(
        community(1).snapshot,
        now=report("none", 1).proposed[0].introduction.proposed_at,
        eligible=community(1).snapshot.members,
        settings=SETTINGS,
        rng=np.random.default_rng([1, 3, 0]),
    )

    assert first == learned
    assert [score for score, _ in first] == [each.score for each in plain.chosen]


def test_a_simulation_repeats_with_its_seed() -> None:
    """The same introductions with the same answers."""
    once, again = (simulate(community(1), "learning", rounds=10, seed=5) for _ in range(2))

    assert once.proposed == again.proposed


def test_greed_draws_no_lots() -> None:
    """It is the comparison for what exploring costs and brings."""
    settings = replace(SETTINGS, by_lot=0.5)

    assert is_control_arm(simulate(community(1), "greedy", rounds=2, seed=1, settings=settings)) == []
    assert is_control_arm(simulate(community(1), "learning", rounds=2, seed=1, settings=settings)) != []
