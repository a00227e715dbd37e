"""What members kept and struck out is learned, and used only where it judges later history better."""

import json
import random

import pytest

from serendipity.topics.learning import Lesson, Trial, learn
from serendipity.topics.pipeline import build_extractor
from serendipity.topics.ranker import Judgement, Ranker, Statistics, statistics_of
from tests.unit.topics.history import vocabulary_of

STATISTICS = statistics_of([{"felt": True}, {"felt": True}, {"loom": True}])


def lesson(position: int, phrase: str, *, kept: bool) -> Lesson:
    """Return a lesson about a topic said once at the beginning."""
    traits = STATISTICS.traits(phrase, first=0, mentions=1, weight=1.0, known=True)
    return Lesson(position, phrase, traits, kept)


def history(count: int = 200) -> list[Lesson]:
    """Return a history in which felt is always kept, and design nearly always struck out."""
    return [lesson(i, "felt" if i % 2 else "design", kept=bool(i % 2) or i % 20 == 0) for i in range(count)]


def test_what_is_always_struck_out_is_left_out_from_then_on_and_the_rest_is_not() -> None:
    """In texts that nobody has judged yet."""
    learned = learn(history(), STATISTICS).judgement
    extractor = build_extractor(vocabulary_of("Felt", "Design"))
    before = {m.topic for m in extractor.understand("felt by design").mentions}

    assert learned is not None
    extractor.judge_by(learned)
    after = {m.phrase: m.topic for m in extractor.understand("felt by design").mentions}

    assert {"felt", "design"} <= before
    assert after.get("felt") == "felt"
    assert "design" not in after


def test_chance_teaches_nothing() -> None:
    """Where keeping has nothing to do with anything, what is learned does no better, and is not used."""
    rng = random.Random(3)
    noise = [lesson(i, rng.choice(["felt", "loom", "design"]), kept=rng.random() < 0.5) for i in range(300)]

    outcome = learn(noise, STATISTICS)

    assert outcome.judgement is None
    assert outcome.before is not None
    assert outcome.after is not None
    assert outcome.after.surprise >= outcome.before.surprise


def test_a_community_that_changed_its_mind_is_not_judged_by_what_it_thought() -> None:
    """The later part of the history speaks against the earlier one."""
    turned = [one if one.position < 140 else one._replace(kept=not one.kept) for one in history()]

    assert learn(turned, STATISTICS).judgement is None


@pytest.mark.parametrize("count", [0, 1, 30])
def test_too_few_lessons_teach_nothing(count: int) -> None:
    """There has to be enough to learn from and enough to try it on."""
    outcome = learn(history(count), STATISTICS)

    assert outcome.judgement is None
    assert outcome.as_data() == {"lessons": count, "before": None, "after": None}


def test_what_is_in_use_stays_until_something_better_is_learned() -> None:
    """One that knows the future cannot be beaten; one that has it all wrong can."""
    first = learn(history(), STATISTICS).judgement
    assert first is not None
    knowing = Judgement(statistics=Statistics(texts=3, phrases={}, regard={"felt": 30.0, "design": -30.0}))
    wrong = Judgement(statistics=Statistics(texts=3, phrases={}, regard={"felt": -30.0, "design": 30.0}))
    always = [one._replace(kept=one.phrase == "felt") for one in history()]

    assert learn(always, STATISTICS, present=knowing).judgement is None
    assert learn(always, STATISTICS, present=wrong).judgement is not None


def test_the_order_in_which_lessons_come_does_not_matter_and_what_is_learned_can_be_written_down() -> None:
    """As plain JSON, exactly: so that a text is read again as it was read the first time."""
    learned = learn(history(), STATISTICS).judgement

    assert learned is not None
    assert learn(reversed(history()), STATISTICS).judgement == learned
    assert Judgement.from_data(json.loads(json.dumps(learned.as_data()))) == learned


def test_surprise_and_errors_are_told_of_both() -> None:
    """So that an operator sees what was gained."""
    outcome = learn(history(), STATISTICS)

    assert isinstance(outcome.before, Trial)
    assert isinstance(outcome.after, Trial)
    assert outcome.after.surprise < outcome.before.surprise
    assert outcome.after.wrong < outcome.before.wrong
    assert outcome.as_data()["lessons"] == 200


def test_on_day_one_nothing_is_left_out() -> None:
    """The prior orders proposals; it strikes out no topic."""
    extractor = build_extractor(vocabulary_of("Felt"))

    extractor.judge_by(Judgement(statistics=STATISTICS, ranker=Ranker(bias=-9.0)))

    assert [m.topic for m in extractor.understand("felt").mentions] == ["felt"]
