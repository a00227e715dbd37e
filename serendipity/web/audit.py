"""Notes who did what on the managers' pages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from serendipity.domain.model import AuditEntry
from serendipity.ports import UnitOfWork
from serendipity.web.pages import PageRequest


def note(page: PageRequest, uow: UnitOfWork, what: str, subject: str, **data: Any) -> None:
    """Write an audit entry for the manager of this request, in the transaction of what they did."""
    assert page.manager is not None
    entry = AuditEntry(at=page.now, who=f"manager:{page.manager.id}", what=what, subject=subject, data=data)
    uow.operations.audit(entry)


# What a member's page lists under "Who looked at your data": every way in which somebody else sees what is private.
OPENED, LISTED, READ, ENTERED = "member.opened", "member.listed", "member.read", "member.entered_by_link"
SEEN = frozenset(
    {OPENED, LISTED, READ, ENTERED, "member.link_made", "member.changed", "member.exported", "member.merged"}
)


def note_seen(uow: UnitOfWork, who: str, what: str, members: Iterable[str], now: datetime) -> None:
    """Note that somebody saw what is private to members: once a day for each who saw, way and member."""
    for member in members:
        subject = f"member:{member}"
        earlier = uow.operations.audited(subject=subject, limit=50)
        if not any((each.who, each.what, each.at.date()) == (who, what, now.date()) for each in earlier):
            uow.operations.audit(AuditEntry(at=now, who=who, what=what, subject=subject))
