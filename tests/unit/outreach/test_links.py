"""Links: random, stored as a hash, for one purpose, for a time."""

from datetime import timedelta

import pytest

from serendipity.domain.errors import LinkUnusable
from serendipity.domain.model import LinkPurpose
from serendipity.outreach.links import digest, issue_link, open_link, use_link
from serendipity.ports import Ledger
from tests.fakes import FakeClock

HOUR = timedelta(hours=1)


def issued(ledger: Ledger, clock: FakeClock, purpose: LinkPurpose) -> str:
    with ledger.write() as uow:
        return issue_link(uow, purpose, "anna", "i-1", now=clock.now(), ttl=HOUR)


def test_a_token_is_long_random_and_stored_as_a_hash_only(ledger: Ledger, clock: FakeClock) -> None:
    """Two tokens differ, and what is stored is not the token."""
    one, two = (issued(ledger, clock, LinkPurpose.ANSWER) for _ in range(2))

    assert one != two
    assert len(one) >= 43
    with ledger.read() as uow:
        assert uow.access.link(one) is None
        assert uow.access.link(digest(one)) is not None


def test_a_link_serves_its_purpose_alone_until_it_expires(ledger: Ledger, clock: FakeClock) -> None:
    """It cannot be opened for anything else, nor an hour later."""
    token = issued(ledger, clock, LinkPurpose.ANSWER)
    with ledger.read() as uow:
        link = open_link(uow, token, LinkPurpose.ANSWER, clock.now())
        with pytest.raises(LinkUnusable):
            open_link(uow, token, LinkPurpose.PROFILE, clock.now())
        with pytest.raises(LinkUnusable):
            open_link(uow, token, LinkPurpose.ANSWER, clock.forward(hours=1))

    assert (link.member, link.subject) == ("anna", "i-1")


def test_the_link_to_a_members_page_works_once(ledger: Ledger, clock: FakeClock) -> None:
    """Looking does not use it up, entering does."""
    token = issued(ledger, clock, LinkPurpose.PROFILE)
    with ledger.write() as uow:
        open_link(uow, token, LinkPurpose.PROFILE, clock.now())
        use_link(uow, token, LinkPurpose.PROFILE, clock.now())

    with pytest.raises(LinkUnusable), ledger.write() as uow:
        use_link(uow, token, LinkPurpose.PROFILE, clock.now())
