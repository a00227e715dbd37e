"""Answers through the links in mails."""

import pytest

from serendipity.domain.errors import Conflict, LinkUnusable
from serendipity.domain.model import Answer, DeclineReason, IntroductionState, LinkPurpose
from serendipity.usecases.introductions.answers import answer_by_link, give_feedback_by_link, undo_by_link
from tests.unit.introductions.community import Community


def answer(community: Community, member: str, said: Answer, reason: DeclineReason | None = None) -> str:
    """Answer with the link of the member's mail, and return its token."""
    token = community.token(member, LinkPurpose.ANSWER)
    now = community.clock.now()
    answer_by_link(community.ledger, community.opt_in, token, said, reason=reason, now=now)
    return token


def test_a_yes_can_be_taken_back_for_a_while(community: Community) -> None:
    """After that it has taken effect, and the page says so."""
    id = community.asked().id
    token = answer(community, "anna", Answer.ACCEPTED)
    undo_by_link(community.ledger, community.opt_in, token, now=community.clock.now())
    assert community.introduction(id).parties[0].answer is Answer.ASKED

    answer(community, "anna", Answer.ACCEPTED)
    community.later(minutes=11)
    with pytest.raises(Conflict):
        undo_by_link(community.ledger, community.opt_in, token, now=community.clock.now())


def test_a_link_of_another_kind_answers_nothing(community: Community) -> None:
    """Nor does a word that was made up."""
    community.asked()
    with pytest.raises(LinkUnusable):
        answer_by_link(
            community.ledger, community.opt_in, "nonsense", Answer.ACCEPTED, reason=None, now=community.clock.now()
        )


def test_both_yes_introduces_and_feedback_is_kept(community: Community) -> None:
    """Who met says so through the follow-up's link."""
    id = community.asked().id
    for member in ("anna", "bram"):
        answer(community, member, Answer.ACCEPTED)
        community.later(minutes=11)
    assert community.introduction(id).state is IntroductionState.INTRODUCED
    community.later(days=15)
    give_feedback_by_link(
        community.ledger,
        community.token("anna", LinkPurpose.FOLLOW_UP),
        met=True,
        relevance=5,
        surprise=4,
        known_before=False,
        now=community.clock.now(),
    )
    anna = next(party for party in community.introduction(id).parties if party.member == "anna")
    assert (anna.met, anna.relevance, anna.surprise) == (True, 5, 4)
