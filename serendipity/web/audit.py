"""The manager of a request, as the audit names them, and what they are shown of members' private data."""

from collections.abc import Iterable

from serendipity.usecases import audit
from serendipity.web.pages import PageRequest


def by_manager(page: PageRequest) -> str:
    """Return the sender of this request, as the audit names them."""
    assert page.manager is not None
    return f"manager:{page.manager.id}"


def record_views(page: PageRequest, what: str, members: Iterable[str]) -> None:
    """Audit that the manager of this request sees private data of members, before it is shown."""
    audit.record_views(page.services.ledger, what, members, by=by_manager(page), now=page.now)
