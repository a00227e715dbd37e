"""Consents of members, given and withdrawn."""

import pytest

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import IntroductionState, LinkPurpose, Purpose
from serendipity.usecases.members.consents import subscribe_by_link, update_consents
from tests.unit.introductions.community import Community


def audited(community: Community, member: str) -> list[tuple[str, str]]:
    """Return the kinds and authors of the audit entries about a member, sorted."""
    with community.ledger.read() as uow:
        return sorted((each.what, each.who) for each in uow.operations.audit_entries(subject=f"member:{member}"))


def withdraw(community: Community, member: str, purpose: Purpose) -> None:
    """Withdraw one consent through the API's use case."""
    now = community.clock.now()
    update_consents(community.ledger, community.opt_in, member, {purpose: False}, by="key:crm", now=now)


@pytest.mark.parametrize("purpose", [Purpose.MATCHING, Purpose.INTRODUCTIONS])
def test_an_introduction_ends_with_a_consent_that_it_needs(community: Community, purpose: Purpose) -> None:
    """It ends in the transaction in which the consent is withdrawn."""
    id = community.asked().id
    withdraw(community, "anna", purpose)
    assert community.introduction(id).state is IntroductionState.CANCELLED


def test_an_introduction_goes_on_without_a_consent_that_it_does_not_need(community: Community) -> None:
    """Consent to other mails has nothing to do with it."""
    id = community.asked().id
    for purpose in set(Purpose) - {Purpose.MATCHING, Purpose.INTRODUCTIONS}:
        withdraw(community, "anna", purpose)
    assert community.introduction(id).state is not IntroductionState.CANCELLED


def test_a_consent_that_stays_as_it_is_is_not_audited(community: Community) -> None:
    """The page sends all purposes each time, and only those that change are kept."""
    wanted = {Purpose.MATCHING: True, Purpose.INTRODUCTIONS: False}
    now = community.clock.now()
    for _ in range(2):
        anna = update_consents(community.ledger, community.opt_in, "anna", wanted, by="member:anna", now=now)
    assert anna.purposes == {Purpose.MATCHING}
    assert audited(community, "anna") == [("consent.withdrawn", "member:anna")]


def test_a_link_withdraws_consent_and_gives_it_again(community: Community) -> None:
    """The same link works for both, more than once."""
    community.asked()
    token, now = community.token("anna", LinkPurpose.UNSUBSCRIBE), community.clock.now()
    for given in (False, False, True):
        subscribe_by_link(community.ledger, community.opt_in, token, given=given, now=now)
    with community.ledger.read() as uow:
        assert Purpose.INTRODUCTIONS in uow.members.get("anna").purposes
    assert audited(community, "anna") == [("consent.given", "member:anna"), ("consent.withdrawn", "member:anna")]


def test_an_unknown_member_has_no_consents(community: Community) -> None:
    """A wrong id is an error, not a silent success."""
    with pytest.raises(UnknownMember):
        withdraw(community, "nobody", Purpose.MATCHING)
