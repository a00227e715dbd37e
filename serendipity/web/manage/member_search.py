"""Search for a member by a part of their name, to choose one from a list: forms need no id and no script."""

from collections.abc import Collection

from serendipity.domain.model import Member
from serendipity.ports import UnitOfWork
from serendipity.web.sessions import GONE

SHOWN = 20


def search_members(uow: UnitOfWork, search: str, *, without: Collection[str] = ()) -> list[Member]:
    """Return members whose name, organisation or e-mail contains a text, sorted by name; none for an empty text."""
    if not search:
        return []
    found = uow.members.page(search=search, limit=SHOWN + len(without))
    present = [each for each in found if each.status not in GONE and each.id not in without]
    return sorted(present, key=lambda each: each.name.casefold())[:SHOWN]
