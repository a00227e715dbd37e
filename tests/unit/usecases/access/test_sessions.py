"""Sessions of browsers, opened and ended."""

from datetime import timedelta

import pytest

from serendipity.domain.errors import LinkUnusable
from serendipity.domain.model import LinkPurpose
from serendipity.outreach.links import issue_link
from serendipity.usecases.access.sessions import end_session, start_session, start_session_by_link
from serendipity.usecases.access.tokens import digest
from serendipity.usecases.audit import ENTERED
from tests.unit.introductions.community import Community

HOUR = timedelta(hours=1)


def subject_of(community: Community, token: str) -> str | None:
    """Return the subject of the session that a token opens, or None."""
    with community.ledger.read() as uow:
        session = uow.access.session(digest(token), now=community.clock.now())
    return session.subject if session else None


def profile_link(community: Community, subject: str | None = None) -> str:
    """Return the token of a link to Anna's page."""
    with community.ledger.write() as uow:
        return issue_link(uow, LinkPurpose.PROFILE, "anna", subject, now=community.clock.now(), ttl=HOUR)


def test_a_session_holds_until_it_ends_or_is_over(community: Community) -> None:
    """A browser without a session ends nothing."""
    first, second = (
        start_session(community.ledger, "member", "anna", now=community.clock.now(), lasts=HOUR) for _ in range(2)
    )
    end_session(community.ledger, None)
    end_session(community.ledger, digest(first))
    assert [subject_of(community, token) for token in (first, second)] == [None, "member:anna"]

    community.later(minutes=61)
    assert subject_of(community, second) is None


def test_a_link_opens_one_session(community: Community) -> None:
    """The second use of it is refused."""
    token = profile_link(community)
    session = start_session_by_link(community.ledger, token, now=community.clock.now(), lasts=HOUR)
    assert subject_of(community, session) == "member:anna"
    with pytest.raises(LinkUnusable):
        start_session_by_link(community.ledger, token, now=community.clock.now(), lasts=HOUR)


@pytest.mark.parametrize(("subject", "viewers"), [("manager:mila", ["manager:mila"]), (None, [])])
def test_a_link_that_a_manager_made_is_audited_when_used(
    community: Community, subject: str | None, viewers: list[str]
) -> None:
    """The manager may be the one who opens it; a link that the member asked for is theirs alone."""
    start_session_by_link(community.ledger, profile_link(community, subject), now=community.clock.now(), lasts=HOUR)
    with community.ledger.read() as uow:
        entries = uow.operations.audit_entries(subject="member:anna", what={ENTERED})
    assert [entry.who for entry in entries] == viewers
