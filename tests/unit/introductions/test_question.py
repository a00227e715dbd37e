"""What a member's page of an introduction shows, and what it never shows."""

import pytest

from serendipity.domain.model import Answer, DeclineReason
from serendipity.introductions.question import IntroductionView, MemberState, view_for_member
from tests.unit.introductions.community import Community
from tests.unit.introductions.saying import say


def page(community: Community, id: str, member: str) -> IntroductionView:
    """What a member sees now."""
    with community.ledger.read() as uow:
        context = community.opt_in.text_context(community.clock.now())
        return view_for_member(uow, uow.introductions.get(id), member, context=context)


def test_an_open_question_shows_what_the_other_shares_and_no_address(community: Community) -> None:
    """Name and organisation, and why."""
    shown = page(community, community.asked().id, "anna")

    assert (shown.state, shown.other.name, shown.other.email) == (MemberState.OPEN, "Bram de Vries", None)
    assert shown.sentences == ("You and Bram both work on big data.",)


def test_what_is_not_shared_is_not_shown(community: Community) -> None:
    """Bram shares nothing before a yes."""
    community.change("bram", shares=frozenset())
    shown = page(community, community.asked().id, "anna")

    assert (shown.other.name, shown.other.organisation, shown.other.about) == (None, None, None)
    assert "Bram" not in " ".join(shown.sentences)


def test_after_a_no_of_the_other_the_page_waits_as_it_does_in_a_silence(community: Community) -> None:
    """Only when the time to answer is over does it say that it did not come together."""
    id = community.asked().id
    community.answer("anna", Answer.ACCEPTED)
    community.later(minutes=11)
    waiting = page(community, id, "anna")
    community.answer("bram", Answer.DECLINED, DeclineReason.NOT_RELEVANT)
    community.later(days=1)
    assert page(community, id, "anna") == waiting

    community.later(days=7)
    assert page(community, id, "anna").state is MemberState.CLOSED


def test_the_address_is_shown_once_both_said_yes(community: Community) -> None:
    """Not before."""
    id = community.asked().id
    community.answer("anna", Answer.ACCEPTED)
    community.later(minutes=11)
    assert page(community, id, "bram").other.email is None
    community.answer("bram", Answer.ACCEPTED)
    assert page(community, id, "anna").other.email is None

    community.later(minutes=11)
    assert page(community, id, "anna").other.email == "bram@example.org"


def test_an_answer_can_be_undone_as_long_as_the_page_says(community: Community) -> None:
    """Ten minutes."""
    id = community.asked().id
    answered = community.clock.now()
    community.answer("anna", Answer.DECLINED)

    undo_until = page(community, id, "anna").undo_until
    assert undo_until is not None
    assert (undo_until - answered).total_seconds() == 600
    community.later(minutes=11)
    assert page(community, id, "anna").undo_until is None


@pytest.mark.parametrize(
    ("text", "visibility", "topic", "quoted"),
    [
        ("Cleaning sensor data", "members", "big-data", True),
        ("Back after a burnout", "members", "burnout", False),
        ("A secret launch", "matching", "marketing", False),
    ],
)
def test_only_a_check_in_for_members_is_quoted(
    community: Community, text: str, visibility: str, topic: str, quoted: bool
) -> None:
    """It is quoted when it was understood and names nothing sensitive."""
    say(community, "bram", text, visibility=visibility, topic=topic)
    sentences = page(community, community.asked().id, "anna").sentences

    assert any(text in sentence for sentence in sentences) == quoted


def test_what_is_said_after_the_proposal_is_not_quoted(community: Community) -> None:
    """The manager has not seen it."""
    id = community.propose().id
    community.clock.forward(minutes=1)
    say(community, "bram", "Cleaning sensor data")
    community.clock.forward(minutes=1)
    community.check_in("anna")
    community.approve(id)
    community.deliver()

    assert "Cleaning sensor data" not in community.messages("anna")[-1].text
    assert page(community, id, "anna").sentences == ("You and Bram both work on big data.",)
