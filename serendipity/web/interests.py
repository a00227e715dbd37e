"""A member's interests as the graph has them now, and why: the check-ins, events and profile lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from serendipity.commands.services import Services
from serendipity.domain.decay import Weight, value
from serendipity.domain.errors import GraphUnavailable
from serendipity.domain.graph import EdgeKind, HalfLives, NodeKind
from serendipity.domain.model import Record, RecordKind
from serendipity.ports import UnitOfWork
from serendipity.topics.understandings import understanding_from
from serendipity.web.known import vocabulary

KINDS = (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS)
LEAST = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownInterest:
    """One interest: `share` is its weight relative to the strongest (0 to 1), `why` the texts it came from."""

    topic: str
    label: str
    kind: str
    weight: float
    share: float
    since: datetime
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """One topic that was understood of a text, as it stands now."""

    topic: str
    label: str
    sensitive: bool
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
    weighed = [
        (key, value(edge, now, half_lives.of(key.kind)), edge.updated_at)
        for key, edge in edges.items()
        if isinstance(edge, Weight) and key.source == member
    ]
    shown = sorted((each for each in weighed if each[1] > LEAST), key=lambda each: -each[1])
    top = shown[0][1] if shown else 1.0
    known = vocabulary(services)
    because = _causes(services, uow, member) if causes else {}
    return [
        ShownInterest(
            topic=key.target,
            label=topic.label if (topic := known.topic(key.target)) else key.target,
            kind=key.kind.value,
            weight=weight,
            share=weight / top,
            since=since,
            why=tuple(because.get(key.target, ())[:3]),
        )
        for key, weight, since in shown
    ]


def check_ins(services: Services, uow: UnitOfWork, member: str, *, limit: int = 30) -> list[ShownCheckIn]:
    """Return a member's latest check-ins, newest first."""
    records = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=limit)
    understood = uow.records.about([record.position for record in records])
    struck = strikes(uow, member)
    return [_shown(services, record, understood.get(record.position), struck) for record in records if record.data]


def strikes(uow: UnitOfWork, member: str) -> set[tuple[str, int | None]]:
    """Return which topics a member struck out, with the position of the text (None: everywhere)."""
    records = uow.records.recent(member=member, kinds={RecordKind.TOPIC_STRUCK}, limit=1000)
    return {(str(record.data["topic"]), record.data.get("of")) for record in records if record.data}


def _shown(
    services: Services, record: Record, understanding: Record | None, struck: set[tuple[str, int | None]]
) -> ShownCheckIn:
    data = record.data or {}
    return ShownCheckIn(
        position=record.position,
        at=record.at,
        text=str(data.get("text", "")),
        seeks=str(data.get("seeks", "")),
        offers=str(data.get("offers", "")),
        visibility=str(data.get("visibility", "")),
        topics=tuple(_understood(services, understanding, record.position, struck)),
    )


def _understood(
    services: Services, understanding: Record | None, position: int, struck: set[tuple[str, int | None]]
) -> Iterable[Understood]:
    known = vocabulary(services)
    for id in _topics(services, understanding):
        topic = known.topic(id)
        if topic is not None:
            gone = (id, position) in struck or (id, None) in struck
            yield Understood(topic=id, label=topic.label, sensitive=known.is_sensitive(id), struck=gone)


def _topics(services: Services, understanding: Record | None) -> list[str]:
    if understanding is None or understanding.data is None:
        return []
    known = vocabulary(services)
    found = (known.resolve(mention) for mention in understanding_from(understanding.data).mentions)
    return list(dict.fromkeys(id for id in found if id is not None))


def _causes(services: Services, uow: UnitOfWork, member: str) -> Mapping[str, list[str]]:
    kinds = {RecordKind.CHECK_IN, RecordKind.PROFILE_CHANGED}
    records = [each for each in uow.records.recent(member=member, kinds=kinds, limit=100) if each.data]
    understood = uow.records.about([record.position for record in records])
    causes: defaultdict[str, list[str]] = defaultdict(list)
    for record in records:
        for topic in _topics(services, understood.get(record.position)):
            causes[topic].append(str((record.data or {}).get("text") or (record.data or {}).get("about") or ""))
    for event, about in _attended(services, uow, member):
        for topic in about:
            causes[topic].append(event)
    return causes


def _attended(services: Services, uow: UnitOfWork, member: str) -> Iterable[tuple[str, list[str]]]:
    kinds = {RecordKind.ATTENDED, RecordKind.REGISTERED}
    ids = {str(each.data["event"]) for each in uow.records.recent(member=member, kinds=kinds, limit=30) if each.data}
    for id in sorted(uow.places.known_events(ids)):
        edges = services.graph.around(NodeKind.EVENT, id, {EdgeKind.ABOUT})
        yield uow.places.event(id).title, [key.target for key in edges]
