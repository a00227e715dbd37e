"""A member's interests as the graph has them now, and why: the check-ins, events and profile lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.errors import GraphUnavailable
from serendipity.domain.graph import EdgeKind, HalfLives, NodeKind
from serendipity.domain.model import Event, Record, RecordKind
from serendipity.domain.own_topics import OwnTopics, read_weights
from serendipity.ports import UnitOfWork
from serendipity.topics.understandings import understanding_from
from serendipity.usecases.members.own_topics import read_own_topics
from serendipity.usecases.services import Services
from serendipity.web.vocabulary import vocabulary

KINDS = (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS, EdgeKind.PINNED)
LEAST = 0.01
CAUSES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Cause of an interest: a text of the member's own, or an event."""

    at: datetime
    text: str
    event: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownInterest:
    """One interest: `share` is its weight relative to the strongest (0 to 1), `why` what it came from."""

    topic: str
    label: str
    kind: str
    weight: float
    share: float
    why: tuple[Cause, ...]
    pinned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """One topic that was understood of a text, as it stands now."""

    topic: str
    label: str
    private: bool  # sensitive, or hidden by its member: nobody else sees it
    struck: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownCheckIn:
    """A check-in with what was understood of it."""

    position: int
    at: datetime
    text: str
    seeks: str
    offers: str
    visibility: str
    topics: tuple[Understood, ...]
    own: bool = False  # its member's alone: it mentions something sensitive or hidden, or was not read yet


def interests(
    services: Services, uow: UnitOfWork, member: str, now: datetime, *, causes: bool = True
) -> list[ShownInterest] | None:
    """Return what the graph holds of a member, strongest first; None while the graph does not answer.

    The causes quote the member's own texts, so they are for the member's eyes.
    """
    try:
        edges = services.graph.around(NodeKind.MEMBER, member, KINDS)
        half_lives = services.graph.head().half_lives or HalfLives()
    except GraphUnavailable:
        return None
    weights = read_weights(edges, now, half_lives)
    shown = sorted((each for each in weights.items() if each[1] > LEAST), key=lambda each: -each[1])
    top = shown[0][1] if shown else 1.0
    known = vocabulary(services)
    because = causes_of(services, uow, member) if causes else {}
    return [
        ShownInterest(
            topic=topic.id,
            label=topic.label,
            kind=key.kind.value,
            weight=weight,
            share=weight / top,
            why=tuple(because.get(key.target, ())[:CAUSES]),
            pinned=key._replace(kind=EdgeKind.PINNED) in edges,
        )
        for key, weight in shown
        if (topic := known.topic(key.target)) is not None
    ]


def check_ins(services: Services, uow: UnitOfWork, member: str, *, limit: int = 30) -> list[ShownCheckIn]:
    """Return a member's latest check-ins, newest first."""
    records = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=limit)
    understood = uow.records.about([record.position for record in records])
    own = read_own_topics(uow, member)
    return [_show(services, record, understood.get(record.position), own) for record in records if record.data]


def _show(services: Services, record: Record, understanding: Record | None, own: OwnTopics) -> ShownCheckIn:
    data = record.data or {}
    return ShownCheckIn(
        position=record.position,
        at=record.at,
        text=str(data.get("text", "")),
        seeks=str(data.get("seeks", "")),
        offers=str(data.get("offers", "")),
        visibility=str(data.get("visibility", "")),
        topics=(topics := tuple(_understood(services, understanding, record.position, own))),
        own=understanding is None or any(topic.private for topic in topics),
    )


def _understood(
    services: Services, understanding: Record | None, position: int, own: OwnTopics
) -> Iterable[Understood]:
    known = vocabulary(services)
    for id in _topics(services, understanding):
        topic = known.topic(id)
        if topic is not None:
            gone = not own.struck.isdisjoint({(id, position), (id, None)})
            private = known.is_sensitive(id) or id in own.hidden
            yield Understood(topic=id, label=topic.label, private=private, struck=gone)


def _topics(services: Services, understanding: Record | None) -> list[str]:
    if understanding is None or understanding.data is None:
        return []
    known = vocabulary(services)
    found = (known.resolve(mention) for mention in understanding_from(understanding.data).mentions)
    return list(dict.fromkeys(id for id in found if id is not None))


def causes_of(services: Services, uow: UnitOfWork, member: str) -> Mapping[str, list[Cause]]:
    """Return what each topic was understood from, the latest first: texts of the member's own, and events."""
    kinds = {RecordKind.CHECK_IN, RecordKind.PROFILE_CHANGED}
    records = [each for each in uow.records.recent(member=member, kinds=kinds, limit=100) if each.data]
    understood = uow.records.about([record.position for record in records])
    struck = read_own_topics(uow, member).struck
    causes: defaultdict[str, list[Cause]] = defaultdict(list)
    for record in records:
        for topic in _topics(services, understood.get(record.position)):
            if struck.isdisjoint({(topic, record.position), (topic, None)}):
                causes[topic].append(Cause(at=record.at, text=_quote(record)))
    for event, about in _show_attendance(services, uow, member):
        for topic in about:
            causes[topic].append(Cause(at=event.starts_at, text=event.title, event=True))
    return {topic: sorted(found, key=lambda each: each.at, reverse=True) for topic, found in causes.items()}


def _quote(record: Record) -> str:
    data = record.data or {}
    texts = (data.get(field) for field in ("text", "about", "seeks", "offers", "skills"))
    found = next((text for text in texts if text), "")
    return found if isinstance(found, str) else ", ".join(found)


def _show_attendance(services: Services, uow: UnitOfWork, member: str) -> Iterable[tuple[Event, list[str]]]:
    kinds = {RecordKind.ATTENDED, RecordKind.REGISTERED}
    ids = {str(each.data["event"]) for each in uow.records.recent(member=member, kinds=kinds, limit=30) if each.data}
    for id in sorted(uow.places.known_events(ids)):
        edges = services.graph.around(NodeKind.EVENT, id, {EdgeKind.ABOUT})
        yield uow.places.event(id), [key.target for key in edges]
