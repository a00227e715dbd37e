"""What members agree to: given and withdrawn in one way, by whichever door."""

from collections.abc import Mapping
from datetime import datetime

from serendipity.domain.model import AuditEntry, Link, Purpose
from serendipity.intake import members
from serendipity.introductions.opt_in import OptIn
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
        opt_in.leave(uow, member, why="consent withdrawn", now=now)


def subscribe_by_link(uow: UnitOfWork, opt_in: OptIn, link: Link, *, given: bool, now: datetime) -> None:
    """Withdraw a member's consent to introductions at once, or give it again, as the link in a mail allows."""
    uow.access.use_link(link.token_hash, now)
    change_consents(uow, opt_in, link.member, {Purpose.INTRODUCTIONS: given}, now=now, wording=UNSUBSCRIBE_LINK)
    what, who = "consent.given" if given else "consent.withdrawn", f"member:{link.member}"
    uow.operations.audit(AuditEntry(at=now, who=who, what=what, subject=who))
