"""The review of proposals by a manager: each decision is one unit of work."""

import pytest

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import Introduction, IntroductionState, Match
from serendipity.introductions.approval import Approval
from serendipity.usecases.introductions.review import (
    approve_introduction,
    cancel_introduction,
    decline_introduction,
    edit_introduction,
    reopen_declined_between,
    reopen_introduction,
)
from tests.unit.introductions.community import MATCH, Community

MILA = "manager:mila"
OTHER_MATCH = Match(member="anna", other="carla", score=0.6, relevance=0.8, unexpectedness=0.6, reasons=MATCH.reasons)


def audit_entries(community: Community, id: str) -> list[tuple[str, str]]:
    with community.ledger.read() as uow:
        return [(entry.who, entry.what) for entry in uow.operations.audit_entries(subject=f"introduction:{id}")]


def decline(community: Community, introduction: Introduction) -> Introduction:
    now = community.clock.now()
    return decline_introduction(
        community.ledger, introduction.id, reason="they do not fit", version=introduction.version, by=MILA, now=now
    )


def test_an_approval_asks_the_first_member_in_the_same_transaction(community: Community) -> None:
    """The introduction that is returned has been asked, and the mail waits to be delivered."""
    id = community.propose().id
    approved = approve_introduction(
        community.ledger, community.opt_in, id, Approval(by=MILA), now=community.clock.now()
    )
    community.deliver()

    assert approved.state is IntroductionState.ASKED
    assert community.introduction(id) == approved
    assert community.inbox("anna") == ["ask"]
    assert (MILA, "introduction.approved") in audit_entries(community, id)


def test_an_approval_of_a_changed_introduction_is_refused(community: Community) -> None:
    """Nothing of it is stored."""
    id = community.propose().id
    approval = Approval(by=MILA, version=99)

    with pytest.raises(Conflict):
        approve_introduction(community.ledger, community.opt_in, id, approval, now=community.clock.now())
    assert community.introduction(id).state is IntroductionState.PROPOSED


def test_an_edit_that_names_an_unnamed_member_is_rolled_back(community: Community) -> None:
    """The text stays as it was, and the audit holds no edit."""
    introduction = community.propose()
    community.change("bram", shares=frozenset())
    texts = {"en": "Anna Jansen and Bram de Vries should talk."}

    with pytest.raises(InvalidInput):
        edit_introduction(
            community.ledger,
            introduction.id,
            texts,
            version=introduction.version,
            by=MILA,
            now=community.clock.now(),
        )
    assert community.introduction(introduction.id).texts == {}
    assert (MILA, "introduction.edited") not in audit_entries(community, introduction.id)


def test_an_edited_text_is_kept_with_its_editor(community: Community) -> None:
    """The next version is a proposal still."""
    introduction = community.propose()
    now, texts = community.clock.now(), {"en": "You both work on big data."}
    edited = edit_introduction(community.ledger, introduction.id, texts, version=introduction.version, by=MILA, now=now)

    assert community.introduction(edited.id).texts == texts
    assert edited.state is IntroductionState.PROPOSED
    assert (MILA, "introduction.edited") in audit_entries(community, edited.id)


def test_a_declined_introduction_can_be_reopened(community: Community) -> None:
    """It is a proposal again, without the reason."""
    declined = decline(community, community.propose())
    reopened = reopen_introduction(
        community.ledger, declined.id, policy=community.settings, by=MILA, now=community.clock.now()
    )

    assert (declined.state, declined.reason) == (IntroductionState.DECLINED, "they do not fit")
    assert (reopened.state, reopened.reason) == (IntroductionState.PROPOSED, None)


def test_what_a_manager_declined_together_is_reopened_together(community: Community) -> None:
    """What was declined before that time stays declined."""
    earlier = decline(community, community.propose())
    since = community.clock.forward(minutes=1)
    later = decline(community, community.propose(OTHER_MATCH))
    until = community.clock.forward(minutes=1)
    reopened = reopen_declined_between(
        community.ledger, since.isoformat(), until.isoformat(), policy=community.settings, by=MILA, now=until
    )
    others = reopen_declined_between(
        community.ledger, since.isoformat(), until.isoformat(), policy=community.settings, by="manager:jan", now=until
    )

    assert reopened == [later.id]
    assert others == []
    assert community.introduction(earlier.id).state is IntroductionState.DECLINED


def test_none_is_reopened_where_one_cannot_be(community: Community) -> None:
    """The other one stays declined too."""
    since = community.clock.now()
    declined = [decline(community, community.propose(match)) for match in (MATCH, OTHER_MATCH)]
    with community.ledger.write() as uow:
        uow.members.block("anna", "carla", why="said so", at=since)

    with pytest.raises(Conflict):
        reopen_declined_between(
            community.ledger,
            since.isoformat(),
            since.isoformat(),
            policy=community.settings,
            by=MILA,
            now=community.clock.now(),
        )
    states = {community.introduction(each.id).state for each in declined}
    assert states == {IntroductionState.DECLINED}


def test_a_cancelled_introduction_says_why(community: Community) -> None:
    """A manager who gives no reason leaves a general one."""
    id = community.asked().id
    cancelled = cancel_introduction(
        community.ledger, community.opt_in, id, reason="", by=MILA, now=community.clock.now()
    )

    assert cancelled.state is IntroductionState.CANCELLED
    assert cancelled.by == MILA
    assert cancelled.reason == "a manager ended it"
