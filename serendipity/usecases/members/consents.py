"""What members agree to: given and withdrawn in one way, by whichever door."""

from collections.abc import Mapping
from datetime import datetime

from serendipity.domain.model import AuditEntry, Link, Member, Purpose
from serendipity.intake import members
from serendipity.introductions.workflow import OptIn
from serendipity.ports import UnitOfWork

NEEDED = frozenset({Purpose.MATCHING, Purpose.INTRODUCTIONS})
UNSUBSCRIBE_LINK = "unsubscribe-link"


def change_consents(
    uow: UnitOfWork,
    opt_in: OptIn,
    member: str,
    wanted: Mapping[Purpose, bool],
    *,
    now: datetime,
    wording: str = members.WORDING,
) -> None:
    """Give or withdraw consent for each purpose; introductions under way end where they need one withdrawn."""
    for purpose, given in wanted.items():
        members.set_consent(uow, member, purpose, given=given, wording=wording, now=now)
    if any(purpose in NEEDED and not given for purpose, given in wanted.items()):
        opt_in.end_all_with(uow, member, why="consent withdrawn", now=now)


def subscribe_by_link(uow: UnitOfWork, opt_in: OptIn, link: Link, *, given: bool, now: datetime) -> None:
    """Withdraw a member's consent to introductions at once, or give it again, as the link in a mail allows."""
    uow.access.use_link(link.token_hash, now)
    member = who_it_is_now(uow, link.member).id
    change_consents(uow, opt_in, member, {Purpose.INTRODUCTIONS: given}, now=now, wording=UNSUBSCRIBE_LINK)
    what, who = "consent.given" if given else "consent.withdrawn", f"member:{member}"
    uow.operations.audit(AuditEntry(at=now, who=who, what=what, subject=who))


def who_it_is_now(uow: UnitOfWork, id: str) -> Member:
    """Return a member, or the one they were merged into, who gets the mails by now."""
    member = uow.members.get(id)
    while member.merged_into is not None:
        member = uow.members.get(member.merged_into)
    return member
