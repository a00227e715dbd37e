"""Notes who did what on the managers' pages."""

from typing import Any

from serendipity.domain.model import AuditEntry
from serendipity.ports import UnitOfWork
from serendipity.web.pages import PageRequest


def note(page: PageRequest, uow: UnitOfWork, what: str, subject: str, **data: Any) -> None:
    """Write an audit entry for the manager of this request, in the transaction of what they did."""
    assert page.manager is not None
    entry = AuditEntry(at=page.now, who=f"manager:{page.manager.id}", what=what, subject=subject, data=data)
    uow.operations.audit(entry)
