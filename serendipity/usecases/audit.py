"""The audit: an entry for each action of a manager, and for each view of data that is private to a member."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from serendipity.domain.model import AuditEntry
from serendipity.ports import Ledger, UnitOfWork

# A member's page lists these kinds under "Who looked at your data": all ways in which somebody else sees private data.
# A view of an introduction is listed as texts that were read: nobody learns by it that one was proposed.
OPENED, TEXTS, TOPICS, MAIL = "member.opened", "member.texts_read", "member.topics_seen", "member.mail_read"
READ, ENTERED = "member.read", "member.entered_by_link"
BY_READING = frozenset({TEXTS, TOPICS, READ})  # by pages and programs that show many members at once
SEEN = frozenset({OPENED, TEXTS, TOPICS, MAIL, READ, ENTERED, "member.link_made", "member.changed", "member.merged"})


def audit_action(uow: UnitOfWork, what: str, subject: str, *, by: str, now: datetime, **data: Any) -> None:
    """Append an audit entry in the transaction of the action itself; `by` is "manager:<id>" or "service"."""
    uow.operations.audit(AuditEntry(at=now, who=by, what=what, subject=subject, data=data))


def record_action(ledger: Ledger, what: str, subject: str, *, by: str, now: datetime) -> None:
    """Append an audit entry in a transaction of its own, of an action that writes nothing else."""
    with ledger.write() as uow:
        audit_action(uow, what, subject, by=by, now=now)


def record_views(ledger: Ledger, what: str, members: Iterable[str], *, by: str, now: datetime) -> None:
    """Append an audit entry for each member whose private data is about to be shown, before it is shown.

    No write transaction is opened where the audit holds all of them already.
    """
    seen = set(members)
    with ledger.read() as uow:
        fresh = _not_audited(uow, by, what, seen, now)
    if fresh:
        with ledger.write() as uow:
            audit_views(uow, what, fresh, by=by, now=now)


def audit_views(uow: UnitOfWork, what: str, members: Iterable[str], *, by: str, now: datetime) -> None:
    """Append an audit entry for each member whose private data is shown: one a day (UTC) for each viewer and way."""
    for member in _not_audited(uow, by, what, set(members), now):
        audit_action(uow, what, f"member:{member}", by=by, now=now)


def _not_audited(uow: UnitOfWork, by: str, what: str, members: set[str], now: datetime) -> list[str]:
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    audit_entries = uow.operations.noted(by, what, subjects={f"member:{each}" for each in members}, since=midnight)
    return sorted(each for each in members if f"member:{each}" not in audit_entries)
