"""What came of an introduction as a grade for each side, and what it weighs."""

import pytest

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party
from serendipity.matching.lessons import Lesson, lesson_of
from tests.unit.matching.outcomes import introduction, party, refused

S, R = IntroductionState, DeclineReason
WAITING = Party(member="bob")


def lesson_from(found: Introduction) -> Lesson:
    """What it teaches."""
    lesson = lesson_of(found)
    assert lesson is not None
    return lesson


def grades(found: Introduction) -> list[tuple[float | None, float]]:
    """Grade and weight of both sides."""
    return [(side.grade, side.weight) for side in lesson_from(found).sides]


@pytest.mark.parametrize(
    ("reason", "weight"), [(R.NOT_RELEVANT, 1.0), (R.KNOW_ALREADY, 1.0), (R.NEVER_THIS_PERSON, 0.5), (R.NOT_NOW, 0.25)]
)
def test_a_no_is_the_no_of_whoever_said_it_and_weighs_by_its_reason(reason: DeclineReason, weight: float) -> None:
    """Not now is hardly a no to the pair, and who was not asked said nothing."""
    found = introduction(refused("ann", reason), WAITING, state=S.DECLINED)

    assert grades(found) == [(0.0, weight), (None, 0.0)]


def test_a_yes_stays_a_yes_when_the_other_declines() -> None:
    """Ann wanted to; it is bob's no."""
    found = introduction(party("ann"), refused("bob", R.NOT_RELEVANT), state=S.DECLINED)

    assert grades(found) == [(0.6, 1.0), (0.0, 1.0)]


def test_silence_is_failure() -> None:
    """Ann was asked, and time went by."""
    found = introduction(party("ann", Answer.ASKED), WAITING, state=S.EXPIRED)

    assert grades(found)[0] == (0.0, 1.0)


def test_a_managers_no_weighs_a_quarter_of_each_members() -> None:
    """Nobody was asked, as a manager declined."""
    found = introduction(Party(member="ann"), WAITING, state=S.DECLINED)

    assert grades(found) == [(0.0, 0.25), (0.0, 0.25)]


@pytest.mark.parametrize(
    ("told", "grade"),
    [
        ({}, 0.6),
        ({"met": False}, 0.4),
        ({"met": True}, 0.8),
        ({"met": True, "relevance": 5, "surprise": 5}, 1.0),
        ({"met": True, "relevance": 5, "surprise": 1}, 0.7),
        ({"met": True, "relevance": 1, "surprise": 1, "known_before": True}, 0.1),
    ],
)
def test_who_was_introduced_is_graded_by_what_they_tell_afterwards(told: dict[str, int], grade: float) -> None:
    """From meeting to rating, each for their own side."""
    found = introduction(party("ann", **told), party("bob"), state=S.FOLLOWED_UP)

    assert grades(found)[0][0] == pytest.approx(grade)
    assert grades(found)[1] == (0.6, 1.0)


@pytest.mark.parametrize("state", [S.PROPOSED, S.APPROVED, S.ASKED, S.CANCELLED])
def test_nothing_is_learned_of_what_is_open_or_cancelled(state: IntroductionState) -> None:
    """That they were asked is known all the same."""
    lesson = lesson_from(introduction(party("ann"), WAITING, state=state))

    assert [side.grade for side in lesson.sides] == [None, None]
    assert [side.asked for side in lesson.sides] == [True, False]


def test_an_unreviewed_proposal_teaches_nothing() -> None:
    """It ended because no manager looked."""
    assert grades(introduction(Party(member="ann"), WAITING, state=S.EXPIRED)) == [(None, 0.0), (None, 0.0)]


def test_what_was_found_by_lot_weighs_by_the_inverse_of_its_chance_within_bounds() -> None:
    """One in a thousand must not outweigh everything else."""
    usual, rare = ({"chance": 0.5, "by_lot": 1.0}, {"chance": 0.001, "by_lot": 1.0})
    found = [introduction(party("ann"), party("bob"), state=S.INTRODUCED, factors=each) for each in (usual, rare)]

    assert [grades(each)[0][1] for each in found] == [2.0, 3.0]


def test_a_group_teaches_nothing_of_a_pair() -> None:
    """Who liked whom is not known."""
    three = introduction(party("ann"), party("bob"), party("cas"), state=S.INTRODUCED)

    assert lesson_of(three) is None


def test_a_lesson_keeps_the_topics_that_the_two_were_said_to_share() -> None:
    """With their shares of the reasons."""
    assert lesson_from(introduction(party("ann"), party("bob"), state=S.INTRODUCED)).topics == {"chess": 0.7}
