"""Introductions of more than two: all are asked at once, and those who say yes are introduced with one mail."""

from dataclasses import replace

import pytest

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Reason
from tests.unit.introductions.community import MATCH, Community

GROUP = replace(
    MATCH,
    more=("carla",),
    reasons=(
        Reason(kind="shared_topic", weight=1.0, topics=("big-data",), members=("anna", "bram", "carla")),
        Reason(kind="difference", weight=0.0, topics=("marketing",), members=("bram",)),
    ),
)


@pytest.fixture
def group(community: Community) -> Introduction:
    """The three were asked."""
    community.check_in("carla")
    introduction = community.approve(community.propose(GROUP).id)
    community.deliver()
    return introduction


def test_all_are_asked_at_once(community: Community, group: Introduction) -> None:
    """Nobody waits for another's week; each hears what all share and what the others bring."""
    [mail] = community.messages("anna")

    assert [community.inbox(member) for member in ("anna", "bram", "carla")] == [["ask"]] * 3
    assert "Bram Jansen" not in mail.subject
    assert "All of you work on big data." in mail.text
    assert "Bram brings marketing." in mail.text
    assert group.state is IntroductionState.ASKED


def test_when_all_say_yes_one_mail_reaches_all(community: Community, group: Introduction) -> None:
    """Each gets the same introduction, and an answer to it goes to the other two."""
    for member in ("anna", "bram", "carla"):
        community.answer(member, Answer.ACCEPTED)
    community.later(minutes=11)

    assert community.introduction(group.id).state is IntroductionState.INTRODUCED
    made = community.messages("carla")[-1]
    assert set(made.reply_to) == {"anna", "bram", "carla"}
    assert "all said yes" in made.text


def test_those_who_say_yes_are_introduced_without_the_one_who_does_not(
    community: Community, group: Introduction
) -> None:
    """Two of three: they are introduced, the third is named to nobody and hears nothing."""
    community.answer("anna", Answer.ACCEPTED)
    community.answer("bram", Answer.DECLINED, DeclineReason.NEVER_THIS_PERSON)
    community.answer("carla", Answer.ACCEPTED)
    community.later(days=6)
    assert community.introduction(group.id).state is IntroductionState.ASKED, (
        "sooner than after a silence tells of the no"
    )
    community.later(days=2)

    made = community.messages("anna")[-1]
    assert community.introduction(group.id).state is IntroductionState.INTRODUCED
    assert set(made.reply_to) == {"anna", "carla"}
    assert "Bram" not in made.text
    assert "marketing" not in made.text
    assert community.inbox("bram") == ["ask"]
    with community.ledger.read() as uow:
        assert uow.members.blocks() == set()


def test_silence_does_not_hold_back_the_others(community: Community, group: Introduction) -> None:
    """When the week is over, those who said yes are introduced."""
    community.answer("anna", Answer.ACCEPTED)
    community.answer("carla", Answer.ACCEPTED)
    community.later(hours=1)
    before = community.introduction(group.id).state
    community.later(days=8)

    assert before is IntroductionState.ASKED
    assert community.introduction(group.id).state is IntroductionState.INTRODUCED
    assert community.inbox("bram") == ["ask"]


def test_one_yes_alone_makes_no_introduction(community: Community, group: Introduction) -> None:
    """It ends, and the one who said yes is told that it did not come together."""
    community.answer("anna", Answer.ACCEPTED)
    community.later(days=8)
    community.later(days=8)

    assert community.introduction(group.id).state is IntroductionState.EXPIRED
    assert community.inbox("anna") == ["ask", "closed"]
    assert community.inbox("bram") == ["ask"]


def test_whoever_was_introduced_is_asked_whether_they_met(community: Community, group: Introduction) -> None:
    """Only the two who said yes, and about each other."""
    community.answer("anna", Answer.ACCEPTED)
    community.answer("carla", Answer.ACCEPTED)
    community.later(days=8)
    community.later(days=11)

    assert community.inbox("anna")[-1] == community.inbox("carla")[-1] == "follow_up"
    assert "Carla" in community.messages("anna")[-1].text
    assert community.inbox("bram") == ["ask"]
