"""What an introduction teaches: the grade and weight of each way that it can end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party
from serendipity.matching.learning.training_examples import MOST_WEIGHT, Side, training_example_of

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
State = IntroductionState


def introduction(state: IntroductionState, *parties: Party, **factors: float) -> Introduction:
    """Return an introduction that came to something."""
    return Introduction(
        id="i",
        parties=parties,
        state=state,
        score=0.5,
        reasons=(),
        factors=factors,
        run=None,
        proposed_at=AT,
        changed_at=AT + timedelta(days=3),
    )


def side(state: IntroductionState, party: Party, **factors: float) -> Side:
    """Return the side of the first, beside somebody who was not asked."""
    lesson = training_example_of(introduction(state, party, Party(member="bob"), **factors))
    assert lesson is not None
    return lesson.sides[0]


def said_yes(**fields: Any) -> Party:
    """Return one who was asked and said yes."""
    return Party(member="ann", asked_at=AT, answer=Answer.ACCEPTED, **fields)


def said_no(reason: DeclineReason | None) -> Party:
    """Return one who was asked and said no."""
    return Party(member="ann", asked_at=AT, answer=Answer.DECLINED, reason=reason)


@pytest.mark.parametrize(
    ("reason", "weight"),
    [
        (DeclineReason.NOT_RELEVANT, 1.0),
        (DeclineReason.KNOW_ALREADY, 1.0),
        (DeclineReason.NEVER_THIS_PERSON, 0.5),
        (DeclineReason.NOT_NOW, 0.25),
        (None, 1.0),
    ],
)
def test_a_no_teaches_as_much_as_its_reason_tells_of_the_pair(reason: DeclineReason | None, weight: float) -> None:
    """Not now is hardly a no to the pair, never this person to the person."""
    assert side(State.DECLINED, said_no(reason)) == ("ann", 0.0, weight, True)


def test_a_silence_is_a_no() -> None:
    """Who was asked and let the time pass."""
    assert side(State.EXPIRED, Party(member="ann", asked_at=AT)) == ("ann", 0.0, 1.0, True)


@pytest.mark.parametrize(
    ("fields", "grade"),
    [
        ({}, 0.6),
        ({"met": False}, 0.4),
        ({"met": True}, 0.8),
        ({"met": True, "relevance": 5, "surprise": 5}, 1.0),
        ({"met": True, "relevance": 1, "surprise": 1}, 0.4),
        ({"met": True, "relevance": 3}, 0.7),
        ({"met": True, "relevance": 5, "surprise": 5, "known_before": True}, 0.7),
    ],
)
def test_a_yes_is_as_good_as_what_came_of_it(fields: dict[str, Any], grade: float) -> None:
    """From no meeting at all to one that could not have been better."""
    found = side(State.FOLLOWED_UP, said_yes(**fields))

    assert found.grade == pytest.approx(grade)
    assert found.weight == 1.0


def test_what_nobody_was_asked_is_no_answer() -> None:
    """A manager's no counts a quarter for both; the second of two, who was not asked, teaches nothing."""
    declined = training_example_of(introduction(State.DECLINED, Party(member="ann"), Party(member="bob")))
    after_a_no = training_example_of(introduction(State.DECLINED, said_no(None), Party(member="bob")))

    assert declined is not None
    assert [one[1:] for one in declined.sides] == [(0.0, 0.25, False)] * 2
    assert after_a_no is not None
    assert after_a_no.sides[1].grade is None


@pytest.mark.parametrize("state", [State.PROPOSED, State.APPROVED, State.ASKED, State.CANCELLED])
def test_what_is_on_its_way_or_called_off_teaches_nothing(state: IntroductionState) -> None:
    """Though it counts as asked."""
    assert side(state, said_yes()) == ("ann", None, 0.0, True)


def test_a_group_teaches_nothing() -> None:
    """Nobody can tell of which of its pairs an answer speaks."""
    trio = introduction(State.FOLLOWED_UP, said_yes(), Party(member="bob"), Party(member="cas"))

    assert training_example_of(trio) is None


def test_a_pair_drawn_by_lot_counts_by_its_chance_within_bounds() -> None:
    """One in two counts twice, one in a thousand no more than the bound; without a chance once."""
    weights = [side(State.FOLLOWED_UP, said_yes(), chance=chance).weight for chance in (1.0, 0.5, 0.001)]

    assert weights == [1.0, 2.0, MOST_WEIGHT]


def test_a_lesson_is_of_when_it_was_proposed_and_known() -> None:
    """So that nothing is learned before it could be known."""
    one = replace(introduction(State.DECLINED, said_no(None), Party(member="bob")), factors={"wants": 0.5})
    lesson = training_example_of(one)

    assert lesson is not None
    assert (lesson.at, lesson.known_at) == (AT, AT + timedelta(days=3))
    assert lesson.factors == {"wants": 0.5}
