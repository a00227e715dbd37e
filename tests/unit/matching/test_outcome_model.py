"""What outcomes taught, in a round: it weighs the scores, and is replayed to the same round."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from serendipity.domain.model import Match
from serendipity.lab.planted import START, plant_truth
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.learning.member_effects import MemberEffects
from serendipity.matching.learning.outcome_model import PAIRS_AT_ONCE, OutcomeModel
from serendipity.matching.learning.propensity import LEAST, PAIR_TRAITS, TRAITS, Propensity, prior_model
from serendipity.matching.matcher import MatchInputs, match_all
from serendipity.matching.scoring.scoring import prepare
from serendipity.matching.settings import MatchSettings

COMMUNITY = plant_truth(60, seed=1)


def chosen(outcome_model: OutcomeModel | None) -> Sequence[Match]:
    """Return whom a round introduces."""
    found = match_all(
        COMMUNITY.snapshot,
        now=START,
        eligible=COMMUNITY.snapshot.members,
        settings=MatchSettings(),
        rng=np.random.default_rng(1),
        inputs=MatchInputs(outcome_model=outcome_model),
    )
    return list(found.chosen)


def weighing(trait: str, weight: float) -> Propensity:
    """Return one that weighs a single trait."""
    weights = tuple(weight if name == trait else 0.0 for name in TRAITS)
    return replace(prior_model(), weights=weights)


def test_an_outlook_that_knows_nothing_leaves_the_round_as_it_is() -> None:
    """The same pairs with the same scores, and a factor of 1."""
    plain, weighed = chosen(None), chosen(OutcomeModel(propensity=prior_model()))

    assert plain
    assert [(one.members, one.score) for one in weighed] == [(one.members, one.score) for one in plain]
    assert {one.factors["propensity"] for one in weighed} == {1.0}
    assert all("propensity" not in one.factors for one in plain)


@pytest.mark.parametrize("trait", ["answers", "asked"])
def test_who_is_known_to_say_no_counts_less(trait: str) -> None:
    """A member's own regard weighs their pairs, and nobody else's, within bounds."""
    wary, figure = COMMUNITY.snapshot.members[0], {COMMUNITY.snapshot.members[0]: 1.0}
    regards = MemberEffects(answers=figure) if trait == "answers" else MemberEffects(asked=figure)
    found = chosen(OutcomeModel(propensity=weighing(trait, -9.0), regards=regards))
    factors = {wary in one.members: one.factors["propensity"] for one in found}

    assert factors[False] == 1.0
    assert factors[True] == pytest.approx(LEAST, abs=1e-6)


def test_an_outlook_that_was_stored_gives_the_identical_round() -> None:
    """With regards of members, tastes and topics; drawn from the same seed or not at all."""
    some = COMMUNITY.snapshot.members[:20]
    regards = MemberEffects(
        asked=dict.fromkeys(some, 0.7),
        answers=dict.fromkeys(some, -0.2),
        tastes=dict.fromkeys(some, tuple(0.1 for _ in range(9))),
        topics=dict.fromkeys(COMMUNITY.snapshot.topics[:10], -0.3),
    )
    outcome_model = OutcomeModel(propensity=weighing("topics", 3.0), regards=regards, version=4)
    stored = OutcomeModel.from_data(outcome_model.as_data())

    assert stored == outcome_model
    assert chosen(stored) == chosen(outcome_model)
    assert stored.drawn(np.random.default_rng(2), 1.0) == outcome_model.drawn(np.random.default_rng(2), 1.0)


def test_many_pairs_are_weighed_as_each_by_slow_arithmetic() -> None:
    """In parts; with tastes and topics, and members who are not in the graph (any more)."""
    graph, rng = COMMUNITY.snapshot, np.random.default_rng(1)
    profiles = prepare(graph, MatchSettings()).interests.profiles
    some, topics = graph.members[::3], graph.topics[::2]
    regards = MemberEffects(
        asked={**dict.fromkeys(some, 1.0), "gone": 5.0},
        tastes={
            **{id: tuple(rng.normal(size=len(PAIR_TRAITS)).tolist()) for id in some},
            "gone": (1.0,) * len(PAIR_TRAITS),
        },
        topics={id: float(rng.normal()) for id in topics},
    )
    rows, columns = rng.integers(len(graph.members), size=(2, PAIRS_AT_ONCE + 100))
    traits = {trait: rng.random(len(rows)) for trait in PAIR_TRAITS}
    found = Candidates(rows=rows, columns=columns, relevance=np.ones(len(rows)), factors=traits)
    propensity = replace(prior_model(), weights=tuple(rng.normal(size=len(TRAITS)).tolist()))

    weighed = OutcomeModel(propensity=propensity, regards=regards).relative(graph, profiles, found)

    dense = profiles.toarray()
    regard = np.array([regards.topics.get(id, 0.0) for id in graph.topics])
    for place in (0, 17, PAIRS_AT_ONCE - 1, PAIRS_AT_ONCE, len(rows) - 1):
        pair, ends = np.array([traits[trait][place] for trait in PAIR_TRAITS]), (rows[place], columns[place])
        shared = dense[ends[0]] * dense[ends[1]]
        on_topics = float(shared @ regard / shared.sum()) if shared.sum() > 0 else 0.0
        ids = [graph.members[row] for row in ends]
        liked = [float(np.array(regards.tastes.get(id, (0.0,) * len(pair))) @ pair) for id in ids]
        one, other = (
            np.array([[*pair, regards.asked.get(id, 0.0), 0.0, likes, on_topics]])
            for id, likes in zip(ids, liked, strict=True)
        )
        assert weighed[place] == pytest.approx(float(propensity.relative(one, other)[0]))
