"""Which members an emergency run is for: named ones, those that a filter finds, or a segment."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from serendipity.domain.errors import InvalidInput, UnknownMember
from serendipity.domain.graph import EdgeKind, NodeKind
from serendipity.domain.model import Member, MemberStatus
from serendipity.intake.must_not import describe_side
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

MONTH = timedelta(days=30)
MOST = 100_000
GONE = frozenset({MemberStatus.MERGED, MemberStatus.ERASED})
SEGMENTS = ("waiting", "new", "here:PLACE", "topic:NAME", "event:ID", "organisation:NAME")


@dataclass(frozen=True, kw_only=True)
class MemberSelection:
    """A manager's selection: members by id or e-mail address, segments, and a text in name or organisation.

    A member is chosen who is named, or who is in all segments and has the text.
    """

    named: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    search: str = ""


def select_members(services: Services, choice: MemberSelection) -> list[Member]:
    """Return the members chosen, by name; nobody for an empty choice. Raises UnknownMember, InvalidInput."""
    now = services.clock.now()
    with services.ledger.read() as uow:
        chosen = {_by_id(uow, name).id for name in choice.named}
        found: set[str] | None = None
        for segment in choice.segments:
            inside = _in_segment(services, uow, segment, now)
            found = inside if found is None else found & inside
        if choice.search:
            having = {each.id for each in uow.members.page(search=choice.search, limit=MOST)}
            found = having if found is None else found & having
        people = uow.members.many(chosen | (found or set()))
    present = [each for each in people.values() if each.status not in GONE]
    return sorted(present, key=lambda each: (each.name.casefold(), each.id))


def _by_id(uow: UnitOfWork, name: str) -> Member:
    """Return the one member of an id, an address or a whole name. Raises UnknownMember, InvalidInput for several."""
    known = uow.members.many([name]).get(name) or (uow.members.find_by_email(name) if "@" in name else None)
    found = [known] if known else [each for each in describe_side(uow, name) if each.status not in GONE]
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} members are called {name!r}; give an e-mail address or an id.")
    if not found:
        raise UnknownMember(f"There is no member {name!r}; give a whole name, an e-mail address or an id.", member=name)
    return found[0]


def _in_segment(services: Services, uow: UnitOfWork, segment: str, now: datetime) -> set[str]:
    kind, _, value = segment.partition(":")
    finders: dict[str, Callable[[], Collection[str]]] = {
        "waiting": lambda: _waiting(uow, now),
        "new": lambda: uow.members.joined_members_since(now - MONTH).keys(),
        "here": lambda: [presence.member for presence in uow.places.present(value or None, now=now)],
        "topic": lambda: _around(services, NodeKind.TOPIC, _topic(services, value), EdgeKind.INTERESTED_IN),
        "event": lambda: _around(services, NodeKind.EVENT, value, EdgeKind.ATTENDED, EdgeKind.REGISTERED),
        "organisation": lambda: _of_organisation(uow, value),
    }
    if kind not in finders or (kind not in ("waiting", "new", "here") and not value):
        raise InvalidInput(f"{segment!r} is no segment; write one of {', '.join(SEGMENTS)}.")
    return set(finders[kind]())


def _waiting(uow: UnitOfWork, now: datetime) -> set[str]:
    """Return the members without an introduction in the last 30 days."""
    lately = {id for pair in uow.introductions.pairs_since(now - MONTH) for id in pair}
    return {each.id for each in uow.members.page(limit=MOST)} - lately


def _of_organisation(uow: UnitOfWork, name: str) -> set[str]:
    found = uow.members.page(search=name, limit=MOST)
    return {each.id for each in found if (each.organisation or "").casefold() == name.casefold()}


def _topic(services: Services, name: str) -> str:
    topics: Sequence[str] = [
        id for id, topic in services.topics().items() if name.casefold() in (id.casefold(), topic.label.casefold())
    ]
    if not topics:
        raise InvalidInput(f"There is no topic {name!r}.")
    return topics[0]


def _around(services: Services, kind: NodeKind, id: str, *edges: EdgeKind) -> set[str]:
    return {key.source for key in services.graph.around(kind, id, set(edges))}
