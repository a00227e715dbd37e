"""Consents of members: given and withdrawn in one way, whether by page, by a program or by the link in a mail."""

from collections.abc import Mapping
from datetime import datetime

from serendipity.domain.model import LinkPurpose, Member, Purpose
from serendipity.intake import members
from serendipity.introductions.workflow import OptIn
from serendipity.outreach.links import open_link
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.audit import audit_action

NEEDED = frozenset({Purpose.MATCHING, Purpose.INTRODUCTIONS})
UNSUBSCRIBE_LINK = "unsubscribe-link"


def change_consents(
    uow: UnitOfWork,
    opt_in: OptIn,
    member: str,
    wanted: Mapping[Purpose, bool],
    *,
    by: str,
    now: datetime,
    wording: str = members.WORDING,
) -> None:
    """Give or withdraw consent for each purpose; introductions under way end where they need one withdrawn.

    Each change is audited, with `by` "member:<id>" or "key:<id>". Raises UnknownMember.
    """
    before = uow.members.get(member).purposes
    for purpose, given in wanted.items():
        members.set_consent(uow, member, purpose, given=given, wording=wording, now=now)
        if given != (purpose in before):
            what = "consent.given" if given else "consent.withdrawn"
            audit_action(uow, what, f"member:{member}", by=by, now=now)
    if any(purpose in NEEDED and not given for purpose, given in wanted.items()):
        opt_in.end_all_with(uow, member, why="consent withdrawn", now=now)


def update_consents(
    ledger: Ledger,
    opt_in: OptIn,
    member: str,
    wanted: Mapping[Purpose, bool],
    *,
    by: str,
    now: datetime,
    wording: str = members.WORDING,
) -> Member:
    """Do as `change_consents` does in a transaction of its own, and return the member. Raises UnknownMember."""
    with ledger.write() as uow:
        change_consents(uow, opt_in, member, wanted, by=by, now=now, wording=wording)
        return uow.members.get(member)


def subscribe_by_link(ledger: Ledger, opt_in: OptIn, token: str, *, given: bool, now: datetime) -> None:
    """Withdraw consent to introductions at once, or give it again, by the token of a link. Raises LinkUnusable."""
    with ledger.write() as uow:
        link = open_link(uow, token, LinkPurpose.UNSUBSCRIBE, now)
        uow.access.use_link(link.token_hash, now)
        member = who_it_is_now(uow, link.member).id
        wanted, by = {Purpose.INTRODUCTIONS: given}, f"member:{member}"
        change_consents(uow, opt_in, member, wanted, by=by, now=now, wording=UNSUBSCRIBE_LINK)


def who_it_is_now(uow: UnitOfWork, id: str) -> Member:
    """Return a member, or the one they were merged into, who gets the mails by now."""
    member = uow.members.get(id)
    while member.merged_into is not None:
        member = uow.members.get(member.merged_into)
    return member
