"""Two members who are proposed to each other, up to the mails that ask them."""

from datetime import timedelta

from serendipity.domain.model import Answer, Introduction, LinkPurpose, Match, Member, Reason
from serendipity.introductions import queue
from serendipity.outreach.links import issue_link, open_link
from tests.web.conftest import Community


def proposed(community: Community, one: Member, other: Member) -> Introduction:
    """Propose two members to each other, because of big data."""
    topic = community.services.reader.vocabulary.find("big data")
    assert topic
    match = Match(
        member=one.id,
        other=other.id,
        score=0.7,
        relevance=0.8,
        unexpectedness=0.6,
        reasons=(Reason(kind="shared_topic", weight=0.8, topics=(topic,)),),
    )
    with community.services.ledger.write() as uow:
        policy = community.services.introductions
        return queue.propose(uow, match, run="r-1", now=community.clock.now(), policy=policy)


def asked(community: Community, one: Member, other: Member) -> Introduction:
    """Propose and approve; the first member is asked."""
    introduction = proposed(community, one, other)
    now = community.clock.now()
    with community.services.ledger.write() as uow:
        queue.approve(uow, introduction.id, by="manager:mgr", now=now, texts={})
        return community.services.opt_in().advance(uow, introduction.id, now=now)


def introduced(community: Community, one: Member, other: Member) -> Introduction:
    """Propose, approve, and have both say yes."""
    introduction = asked(community, one, other)
    for _ in range(2):
        now = community.clock.now()
        with community.services.ledger.read() as uow:
            standing = uow.introductions.get(introduction.id)
        waiting = next(party.member for party in standing.parties if party.answer is Answer.ASKED)
        token = link(community, LinkPurpose.ANSWER, waiting, introduction.id)
        with community.services.ledger.write() as uow:
            opened = open_link(uow, token, LinkPurpose.ANSWER, now)
            introduction = community.services.opt_in().answer(uow, opened, Answer.ACCEPTED, now=now)
    return introduction


def link(community: Community, purpose: LinkPurpose, member: str, subject: str | None = None) -> str:
    """Return the token of a link as a mail would hold it."""
    with community.services.ledger.write() as uow:
        return issue_link(uow, purpose, member, subject, now=community.clock.now(), ttl=timedelta(days=1))


def first_asked(introduction: Introduction) -> str:
    """Return who was asked first."""
    return next(party.member for party in introduction.parties if party.asked_at)
