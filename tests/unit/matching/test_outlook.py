"""What outcomes taught, in a round: it moves who is chosen, by known amounts, and is nothing while nothing is known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from serendipity.matching.lessons import Lesson, Side
from serendipity.matching.matcher import match_all, match_one
from serendipity.matching.outlook import Outlook
from serendipity.matching.propensity import PAIR_TRAITS, TRAITS, Propensity, unlearned
from serendipity.matching.regards import Regards
from serendipity.matching.rounds import Round
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot
from tests.unit.matching.worlds import NOW, World

SETTINGS = MatchSettings()


def world() -> Snapshot:
    """Ann and bob share felt, ann and cas share oats, as much; the others are bystanders."""
    built = World().works_on("ann", "felt oats").works_on("bob", "felt law").works_on("cas", "oats tin")
    for n in range(6):
        built.works_on(f"by{n}", f"other{n}")
    return built.snapshot()


def a_round(outlook: Outlook | None = None, seed: int = 7) -> Round:
    """Match ann, bob and cas."""
    snapshot = world()
    return match_all(
        snapshot,
        now=NOW,
        eligible=["ann", "bob", "cas"],
        settings=SETTINGS,
        rng=np.random.default_rng(seed),
        outlook=outlook,
    )


def anns(found: Round) -> str:
    """Whom ann is introduced to."""
    [one] = [each for each in found.chosen if "ann" in each.members]
    return one.other if one.member == "ann" else one.member


def weighing(**weights: float) -> Propensity:
    """A propensity in which these traits weigh so much."""
    return replace(unlearned(), weights=tuple(weights.get(trait, 0.0) for trait in TRAITS))


@pytest.mark.parametrize(("topic", "other"), [("felt", "bob"), ("oats", "cas")])
def test_topics_that_went_well_decide_between_equals(topic: str, other: str) -> None:
    """Introductions over one of them came to more."""
    outlook = Outlook(propensity=weighing(topics=2.0), regards=Regards(topics={topic: 0.5}))

    assert anns(a_round(outlook)) == other


@pytest.mark.parametrize(("gladly", "other"), [("bob", "bob"), ("cas", "cas")])
def test_those_who_say_yes_gladly_decide_between_equals(gladly: str, other: str) -> None:
    """From either side, as both have to say yes."""
    outlook = Outlook(propensity=weighing(answers=2.0), regards=Regards(answers={gladly: 0.5}))

    assert anns(a_round(outlook)) == other


def test_a_members_taste_moves_their_own_pairs() -> None:
    """Bob takes to what interests both; the factor is there to be seen, and in the score."""
    taste = tuple(1.0 if trait == "interests" else 0.0 for trait in PAIR_TRAITS)
    outlook = Outlook(propensity=weighing(tastes=0.1), regards=Regards(tastes={"bob": taste}))
    found = a_round(outlook)
    [chosen] = found.chosen

    assert anns(found) == "bob"
    assert chosen.factors["propensity"] > 1.0
    product = [chosen.factors[name] for name in ("reciprocal", "surprise", "propensity", "exposure")]
    assert chosen.score == pytest.approx(min(np.prod(product), 1.0), abs=1e-4)


def test_a_round_that_learned_nothing_is_the_round_as_it_was() -> None:
    """With no version, and with one whose weights are nothing, all scores are the same."""
    before, after = a_round(), a_round(Outlook(propensity=unlearned()))

    assert [each.score for each in before.chosen] == [each.score for each in after.chosen]
    assert [each.members for each in before.chosen] == [each.members for each in after.chosen]
    assert "propensity" not in before.chosen[0].factors


def test_one_member_is_matched_by_it_too() -> None:
    """An emergency run for chosen members weighs as a round of all does."""
    outlook = Outlook(propensity=weighing(topics=2.0), regards=Regards(topics={"oats": 0.5}))
    found = match_one(world(), "ann", now=NOW, eligible=["ann", "bob", "cas"], settings=SETTINGS, outlook=outlook)

    assert [each.other for each in found] == ["cas", "bob"]


def test_pairs_that_were_proposed_are_weighed_as_their_candidates_are() -> None:
    """From what is stored with an introduction comes the number that its round multiplied by."""
    regards = Regards(answers={"bob": 0.3, "ann": -0.1}, asked={"ann": 1.0}, topics={"felt": 0.2, "oats": -0.2})
    outlook = Outlook(propensity=weighing(answers=1.0, topics=1.5, interests=0.5, asked=-0.3), regards=regards)
    for match in a_round(outlook).chosen:
        shares = {each.topics[0]: each.weight for each in match.reasons if each.kind == "shared_topic"}
        sides = Side(match.member), Side(match.other)
        lesson = Lesson(id="i", sides=sides, at=NOW, known_at=NOW, factors=match.factors, topics=shares)

        assert outlook.relative_of([lesson]) == pytest.approx(match.factors["propensity"], abs=1e-4)


def test_what_was_written_down_weighs_the_same() -> None:
    """A replay takes it from the run's record."""
    regards = Regards(topics={"felt": 0.123456}, answers={"bob": -0.4})
    outlook = Outlook(propensity=weighing(topics=0.7, answers=1.1), regards=regards, version=3)

    read = Outlook.from_data(json.loads(json.dumps(outlook.as_data())))

    assert read == outlook
    assert [each.score for each in a_round(read).chosen] == [each.score for each in a_round(outlook).chosen]
