"""Notes who did what on the managers' pages, and who saw what is private to a member."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from serendipity.domain.model import AuditEntry
from serendipity.ports import UnitOfWork
from serendipity.web.pages import PageRequest

# What a member's page lists under "Who looked at your data": every way in which somebody else sees what is private.
# An introduction that is looked at is told as texts that were read: nobody learns by it that one was proposed.
OPENED, TEXTS, TOPICS, MAIL = "member.opened", "member.texts_read", "member.topics_seen", "member.mail_read"
READ, ENTERED = "member.read", "member.entered_by_link"
BY_READING = frozenset({TEXTS, TOPICS, READ})  # by pages and programs that show many members at once
SEEN = frozenset({OPENED, TEXTS, TOPICS, MAIL, READ, ENTERED, "member.link_made", "member.changed", "member.merged"})


def note(page: PageRequest, uow: UnitOfWork, what: str, subject: str, **data: Any) -> None:
    """Write an audit entry for the manager of this request, in the transaction of what they did."""
    entry = AuditEntry(at=page.now, who=by_manager(page), what=what, subject=subject, data=data)
    uow.operations.audit(entry)


def by_manager(page: PageRequest) -> str:
    """Return who sends this request, as the audit names them."""
    assert page.manager is not None
    return f"manager:{page.manager.id}"


def tell_members(page: PageRequest, what: str, members: Iterable[str]) -> None:
    """Note that the manager of this request saw what is private to members, before it is shown."""
    seen = set(members)
    with page.services.ledger.read() as uow:
        fresh = _not_told(uow, by_manager(page), what, seen, page.now)
    if fresh:
        with page.services.ledger.write() as uow:
            note_seen(uow, by_manager(page), what, fresh, page.now)


def note_seen(uow: UnitOfWork, who: str, what: str, members: Iterable[str], now: datetime) -> None:
    """Note that somebody saw what is private to members: once a day for each who saw, way and member."""
    for member in _not_told(uow, who, what, set(members), now):
        uow.operations.audit(AuditEntry(at=now, who=who, what=what, subject=f"member:{member}"))


def _not_told(uow: UnitOfWork, who: str, what: str, members: set[str], now: datetime) -> list[str]:
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    told = uow.operations.noted(who, what, subjects={f"member:{each}" for each in members}, since=midnight)
    return sorted(each for each in members if f"member:{each}" not in told)
