"""Actions of managers on members: each is one unit of work with its audit entry."""

from datetime import timedelta

import pytest

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import IntroductionState, LinkPurpose, Match, MemberStatus, Purpose
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.introductions import queue
from serendipity.introductions.workflow import OptIn
from serendipity.outreach.links import open_link
from serendipity.outreach.render import MailComposer
from serendipity.ports import Ledger
from serendipity.usecases.members.manager_actions import (
    add_member,
    change_member,
    make_profile_link,
    merge_members,
    pause_member,
    resume_member,
)
from serendipity.usecases.members.signing_up import PersonalCode
from tests.fakes import FakeClock

MILA = "manager:mila"
CODE = PersonalCode(code="ABCD-1234", digest="digest of the code")


def leave_as_is(text: str) -> str:
    return text


def join(ledger: Ledger, clock: FakeClock, name: str, *, guest: bool = False) -> str:
    item = MemberInput(name=name, email=f"{name.lower()}@example.org", guest=guest, purposes=frozenset(Purpose))
    with ledger.write() as uow:
        return members.join(uow, item, source="test", now=clock.now(), scrub=leave_as_is).id


def audit_entries(ledger: Ledger, member: str) -> list[tuple[str, str, object]]:
    with ledger.read() as uow:
        return [(each.who, each.what, each.data) for each in uow.operations.audit_entries(subject=f"member:{member}")]


def status(ledger: Ledger, member: str) -> MemberStatus:
    with ledger.read() as uow:
        return uow.members.get(member).status


def test_an_added_member_can_check_in_with_the_code(ledger: Ledger, clock: FakeClock) -> None:
    """The ledger finds them by the digest of their code."""
    item = MemberInput(name="Anna", email="anna@example.org")
    member = add_member(ledger, item, CODE, scrub=leave_as_is, by=MILA, now=clock.now())

    with ledger.read() as uow:
        assert uow.members.find_by_code(CODE.digest) == member
    assert audit_entries(ledger, member.id) == [(MILA, "member.added", {})]


def test_a_member_with_a_taken_address_is_not_added(ledger: Ledger, clock: FakeClock) -> None:
    """Nothing of the second one is stored, nor audited."""
    join(ledger, clock, "Anna")
    item = MemberInput(id="second", name="Another", email="anna@example.org")

    with pytest.raises(Conflict):
        add_member(ledger, item, CODE, scrub=leave_as_is, by=MILA, now=clock.now())
    assert audit_entries(ledger, "second") == []


def test_a_changed_profile_is_scrubbed(ledger: Ledger, clock: FakeClock) -> None:
    """As if the member had changed it themselves."""
    id = join(ledger, clock, "Anna")
    change_member(ledger, id, MemberChanges(about="call me"), scrub=str.upper, by=MILA, now=clock.now())

    with ledger.read() as uow:
        assert uow.members.get(id).about == "CALL ME"
    assert audit_entries(ledger, id) == [(MILA, "member.changed", {})]


def test_a_link_opens_the_page_of_its_member_for_a_day(ledger: Ledger, clock: FakeClock) -> None:
    """It names the manager who made it."""
    id = join(ledger, clock, "Anna")
    token = make_profile_link(ledger, id, by=MILA, now=clock.now())

    with ledger.read() as uow:
        link = open_link(uow, token, LinkPurpose.PROFILE, clock.now())
    assert (link.member, link.subject, link.expires_at) == (id, MILA, clock.now() + timedelta(hours=24))
    assert audit_entries(ledger, id) == [(MILA, "member.link_made", {})]


def test_a_paused_member_is_resumed(ledger: Ledger, clock: FakeClock) -> None:
    """Both are audited."""
    id = join(ledger, clock, "Anna")
    pause_member(ledger, id, by=MILA, now=clock.now())
    paused = status(ledger, id)
    resume_member(ledger, id, by=MILA, now=clock.now())

    assert (paused, status(ledger, id)) == (MemberStatus.PAUSED, MemberStatus.ACTIVE)
    assert {what for _, what, _ in audit_entries(ledger, id)} == {"member.paused", "member.resumed"}


def test_resuming_makes_a_guest_a_member(ledger: Ledger, clock: FakeClock) -> None:
    """A guest cannot be paused before, and the attempt leaves no audit entry."""
    id = join(ledger, clock, "Gast", guest=True)
    with pytest.raises(Conflict):
        pause_member(ledger, id, by=MILA, now=clock.now())
    resume_member(ledger, id, by=MILA, now=clock.now())

    assert status(ledger, id) is MemberStatus.ACTIVE
    assert audit_entries(ledger, id) == [(MILA, "member.resumed", {})]


def test_a_merge_ends_the_introductions_of_the_duplicate(ledger: Ledger, clock: FakeClock) -> None:
    """The member who stays is returned, and the audit of the duplicate names them."""
    opt_in = OptIn(composer=MailComposer(), topics=dict)
    anna, duplicate, bram = (join(ledger, clock, name) for name in ("Anna", "Annette", "Bram"))
    match = Match(member=duplicate, other=bram, score=0.5, relevance=0.5, unexpectedness=0.5, reasons=())
    with ledger.write() as uow:
        proposed = queue.propose(uow, match, run="r-1", now=clock.now(), policy=opt_in.settings)
    kept = merge_members(ledger, opt_in, duplicate, into=anna, by=MILA, now=clock.now())

    with ledger.read() as uow:
        assert uow.introductions.get(proposed.id).state is IntroductionState.CANCELLED
    assert kept.id == anna
    assert status(ledger, duplicate) is MemberStatus.MERGED
    assert audit_entries(ledger, duplicate) == [(MILA, "member.merged", {"into": anna})]


def test_a_member_is_not_merged_into_themselves(ledger: Ledger, clock: FakeClock) -> None:
    """They stay as they are."""
    anna = join(ledger, clock, "Anna")

    with pytest.raises(InvalidInput):
        merge_members(ledger, OptIn(composer=MailComposer(), topics=dict), anna, into=anna, by=MILA, now=clock.now())
    assert status(ledger, anna) is MemberStatus.ACTIVE
