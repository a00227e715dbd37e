"""Finding a member by typing a part of their name, and choosing one from a list; forms need no id and no script."""

from collections.abc import Collection

from serendipity.domain.model import Member
from serendipity.ports import UnitOfWork
from serendipity.web.sessions import GONE

SHOWN = 20


def members_named(uow: UnitOfWork, search: str, *, without: Collection[str] = ()) -> list[Member]:
    """Return members whose name, organisation or e-mail holds a text, by name; nobody for an empty one."""
    if not search:
        return []
    found = uow.members.page(search=search, limit=SHOWN + len(without))
    present = [each for each in found if each.status not in GONE and each.id not in without]
    return sorted(present, key=lambda each: each.name.casefold())[:SHOWN]
