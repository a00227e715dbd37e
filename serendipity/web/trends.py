"""Trends of topics: mentions now and over time, side by side, and phrases that may become topics."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from serendipity.domain.decay import Weight, factor, value
from serendipity.domain.errors import GraphUnavailable
from serendipity.domain.graph import EdgeKind, NodeKind
from serendipity.domain.model import Member, Record, RecordKind, Topic
from serendipity.ports import UnitOfWork
from serendipity.topics.phrases import normalise
from serendipity.topics.understandings import understanding_from
from serendipity.usecases.services import Services
from serendipity.web.vocabulary import vocabulary

DAY = timedelta(days=1)
SHOWN = 12
LEAST = 0.01


def counts(services: Services, now: datetime) -> dict[str, float]:
    """Return the decayed number of mentions of each topic, from the latest snapshot; empty while there is none."""
    snapshot = services.snapshots.latest()
    if snapshot is None:
        return {}
    left = snapshot.decayed_by(EdgeKind.MENTIONED, now)
    return {
        id: float(count) * left for id, count in zip(snapshot.topics, snapshot.topic_counts, strict=True) if count > 0
    }


def trend(
    services: Services, uow: UnitOfWork, topic: Topic, *, now: datetime, period: timedelta
) -> list[tuple[datetime, float]]:
    """Return the decayed number of mentions at each day's end, from the check-ins' understandings."""
    return _decay(services, _count_mentions(services, uow, topic).values(), now, period)


def _decay(
    services: Services, moments: Iterable[datetime], now: datetime, period: timedelta
) -> list[tuple[datetime, float]]:
    half_life, seen = services.half_lives.affinity, sorted(moments)
    days = [now - period + DAY * (index + 1) for index in range(int(period / DAY))]
    return [(day, sum(factor(day - at, half_life) for at in seen if at <= day)) for day in days]


def neighbours(services: Services, topic: str, now: datetime) -> list[tuple[Topic, float]]:
    """Return the topics mentioned together with this one, the strongest first."""
    known = vocabulary(services)
    found = []
    try:
        edges = services.graph.around(NodeKind.TOPIC, topic, {EdgeKind.RELATED_TO})
    except GraphUnavailable:
        return []
    for key, edge in edges.items():
        other = known.topic(key.target if key.source == topic else key.source)
        if other is not None and isinstance(edge, Weight):
            found.append((other, value(edge, now, services.half_lives.affinity)))
    return sorted(found, key=lambda each: -each[1])[:SHOWN]


@dataclass(frozen=True, kw_only=True, slots=True)
class Interested:
    """Count of members whom a topic interests now, and the most interested of them."""

    count: int
    latest: list[tuple[Member, float]]


def members(services: Services, uow: UnitOfWork, topic: str, now: datetime) -> Interested:
    """Return the members most interested in a topic."""
    try:
        edges = services.graph.around(NodeKind.TOPIC, topic, {EdgeKind.INTERESTED_IN})
    except GraphUnavailable:
        return Interested(count=0, latest=[])
    weighed = {
        key.source: weight
        for key, edge in edges.items()
        if isinstance(edge, Weight) and (weight := value(edge, now, services.half_lives.interests)) > LEAST
    }
    ranked = sorted(weighed, key=lambda id: -weighed[id])[:SHOWN]
    people = uow.members.many(ranked)
    return Interested(count=len(weighed), latest=[(people[id], weighed[id]) for id in ranked if id in people])


def _count_mentions(services: Services, uow: UnitOfWork, topic: Topic) -> dict[int, datetime]:
    """Return when a topic was mentioned, by the position of the check-in."""
    phrases = {f"phrase:{normalise(each)}" for each in (topic.label, *topic.aliases)}
    records = uow.records.touching(
        {f"topic:{topic.id}", *phrases}, upto=uow.records.head(), kinds={RecordKind.UNDERSTOOD}
    )
    return {record.about or record.position: record.at for record in records if _counts(services, record, topic.id)}


def _counts(services: Services, record: Record, topic: str) -> bool:
    data = record.data or {}
    if data.get("of") != "check_in" or not data.get("use", True):
        return False
    known = vocabulary(services)
    return any(known.resolve(each) == topic and each.weight > 0 for each in understanding_from(data).mentions)
