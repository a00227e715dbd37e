"""The manager of a request, as the audit names them, and what they are shown of members' private data."""

from collections.abc import Iterable
from typing import Any

from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import audit_action, record_views
from serendipity.web.pages import PageRequest


def note(page: PageRequest, uow: UnitOfWork, what: str, subject: str, **data: Any) -> None:
    """Write an audit entry for the manager of this request, in the transaction of what they did."""
    audit_action(uow, what, subject, by=by_manager(page), now=page.now, **data)


def by_manager(page: PageRequest) -> str:
    """Return who sends this request, as the audit names them."""
    assert page.manager is not None
    return f"manager:{page.manager.id}"


def tell_members(page: PageRequest, what: str, members: Iterable[str]) -> None:
    """Note that the manager of this request saw what is private to members, before it is shown."""
    record_views(page.services.ledger, what, members, by=by_manager(page), now=page.now)
