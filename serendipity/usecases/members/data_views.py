"""The log of data views: which managers and programs saw what is private to a member, from the audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.model import AuditEntry
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import SEEN

ALL = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewSummary:
    """All views of one kind by one viewer: how many entries, and the time of the last."""

    who: str
    what: str
    last_at: datetime
    count: int


def read_data_views(uow: UnitOfWork, members: Iterable[str]) -> list[AuditEntry]:
    """Return every view of these members' data by somebody else, newest first."""
    entries = [
        each
        for member in members
        for each in uow.operations.audit_entries(subject=f"member:{member}", what=SEEN, limit=ALL)
        if not each.who.startswith("member:")
    ]
    return sorted(entries, key=lambda each: each.at, reverse=True)


def viewer_names(uow: UnitOfWork) -> dict[str, str]:
    """Return managers' names and keys' labels by how the audit names them."""
    managers = {f"manager:{each.id}": each.name for each in uow.access.managers()}
    keys = uow.access.keys()
    return managers | {f"key:{each.id}": each.label for each in keys}


def summarise_views(entries: Iterable[AuditEntry]) -> list[ViewSummary]:
    """Group views by viewer and kind, the latest group first, so that no number of views hides another.

    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
    >>> seen = [AuditEntry(at=each, who="key:k-1", what="member.read", subject="member:m-1") for each in at]
    >>> [(each.who, each.count, each.last_at.day) for each in summarise_views(seen)]
    [('key:k-1', 2, 2)]
    """
    groups: dict[tuple[str, str], list[datetime]] = {}
    for each in entries:
        groups.setdefault((each.who, each.what), []).append(each.at)
    found = [ViewSummary(who=who, what=what, last_at=max(at), count=len(at)) for (who, what), at in groups.items()]
    return sorted(found, key=lambda each: each.last_at, reverse=True)
