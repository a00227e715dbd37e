"""Actions of managers on members: add, change, pause, resume, merge, and make a link to the member's page."""

from collections.abc import Callable
from datetime import datetime, timedelta

from serendipity.domain.model import LinkPurpose, Member, MemberStatus
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.introductions.workflow import OptIn
from serendipity.outreach.links import issue_link
from serendipity.ports import Ledger
from serendipity.usecases.audit import audit_action
from serendipity.usecases.members.signing_up import PersonalCode, join_with_code

LINK_LASTS = timedelta(hours=24)


def add_member(
    ledger: Ledger, item: MemberInput, code: PersonalCode, *, scrub: Callable[[str], str], by: str, now: datetime
) -> Member:
    """Add a member on their behalf. Raises Conflict when the address is another member's."""
    with ledger.write() as uow:
        member = join_with_code(uow, item, code, source="manager", now=now, scrub=scrub)
        audit_action(uow, "member.added", f"member:{member.id}", by=by, now=now)
    return member


def change_member(
    ledger: Ledger, id: str, changes: MemberChanges, *, scrub: Callable[[str], str], by: str, now: datetime
) -> None:
    """Change a profile on the member's behalf. Raises UnknownMember, Conflict when the address is another member's."""
    with ledger.write() as uow:
        members.change(uow, id, changes, now=now, scrub=scrub)
        audit_action(uow, "member.changed", f"member:{id}", by=by, now=now)


def make_profile_link(ledger: Ledger, id: str, *, by: str, now: datetime) -> str:
    """Return the token of a link that opens the member's page once, within a day. Raises UnknownMember."""
    with ledger.write() as uow:
        member = uow.members.get(id)
        token = issue_link(uow, LinkPurpose.PROFILE, member.id, by, now=now, ttl=LINK_LASTS)
        audit_action(uow, "member.link_made", f"member:{id}", by=by, now=now)
    return token


def pause_member(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Pause a member until they resume. Raises UnknownMember, Conflict for a guest."""
    with ledger.write() as uow:
        members.pause(uow, id)
        audit_action(uow, "member.paused", f"member:{id}", by=by, now=now)


def resume_member(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """End a member's pause, or make a guest a member. Raises UnknownMember."""
    with ledger.write() as uow:
        if uow.members.get(id).status is MemberStatus.GUEST:
            members.become_member(uow, id)
        else:
            members.resume(uow, id)
        audit_action(uow, "member.resumed", f"member:{id}", by=by, now=now)


def merge_members(ledger: Ledger, opt_in: OptIn, id: str, *, into: str, by: str, now: datetime) -> Member:
    """Merge a duplicate into the member who stays, end the duplicate's introductions, and return who stays.

    Raises UnknownMember, InvalidInput for one and the same member, Conflict where one of them is not there any more.
    """
    with ledger.write() as uow:
        kept = members.merge(uow, id, into, now=now)
        opt_in.end_all_with(uow, id, why="merged", now=now)
        audit_action(uow, "member.merged", f"member:{id}", by=by, now=now, into=kept.id)
    return kept
