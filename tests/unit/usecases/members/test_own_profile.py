"""Actions of members on their own profile."""

from datetime import timedelta

import pytest

from serendipity.domain.errors import NotFound
from serendipity.domain.model import LinkPurpose, MemberStatus
from serendipity.intake.inputs import MemberChanges
from serendipity.outreach.links import open_link
from serendipity.usecases.access.tokens import code_digest
from serendipity.usecases.members.own_profile import (
    change_profile,
    make_answer_link,
    pause_self,
    renew_personal_code,
    resume_self,
)
from tests.unit.introductions.community import Community


def test_a_change_is_kept_scrubbed(community: Community) -> None:
    """What is left out stays."""
    now = community.clock.now()
    changes = MemberChanges(about="Call me at a@b.org")
    change_profile(community.ledger, "anna", changes, scrub=lambda text: text.replace("a@b.org", "…"), now=now)
    with community.ledger.read() as uow:
        anna = uow.members.get("anna")
    assert (anna.about, anna.name) == ("Call me at …", "Anna Jansen")


def test_a_pause_holds_until_its_end_or_until_they_resume(community: Community) -> None:
    """Both ways of pausing are ended by one way of coming back."""
    now = community.clock.now()
    for until in (now + timedelta(days=3), None):
        pause_self(community.ledger, "anna", until=until)
        with community.ledger.read() as uow:
            assert uow.members.get("anna").is_paused(now)
        resume_self(community.ledger, "anna")
        with community.ledger.read() as uow:
            anna = uow.members.get("anna")
        assert (anna.status, anna.is_paused(now)) == (MemberStatus.ACTIVE, False)


def test_a_new_personal_code_replaces_the_one_before(community: Community) -> None:
    """The ledger holds its digest only."""
    first, second = renew_personal_code(community.ledger, "anna"), renew_personal_code(community.ledger, "anna")
    with community.ledger.read() as uow:
        found = [uow.members.find_by_code(code_digest(code)) for code in (first, second)]
    assert [member.id if member else None for member in found] == [None, "anna"]


def test_a_link_leads_to_an_introduction_that_the_member_was_asked_about(community: Community) -> None:
    """The other side, who was not asked, learns nothing of it."""
    id, now = community.asked().id, community.clock.now()
    token = make_answer_link(community.ledger, "anna", id, now=now, lasts=timedelta(hours=1))
    with community.ledger.read() as uow:
        assert open_link(uow, token, LinkPurpose.ANSWER, now).subject == id
    with pytest.raises(NotFound):
        make_answer_link(community.ledger, "bram", id, now=now, lasts=timedelta(hours=1))
