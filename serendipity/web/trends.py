"""How much topics are mentioned: now, over time, next to each other, and phrases that may become topics."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from serendipity.commands.services import Services
from serendipity.domain.decay import Weight, factor, value
from serendipity.domain.errors import GraphUnavailable
from serendipity.domain.graph import EdgeKind, NodeKind
from serendipity.domain.model import Member, Record, RecordKind, Topic, Visibility
from serendipity.ports import UnitOfWork
from serendipity.topics.phrases import normalise
from serendipity.topics.understandings import understanding_from
from serendipity.web.known import vocabulary

DAY = timedelta(days=1)
LATEST = 2_000
SHOWN = 12
LOOKED_AT, EXAMPLES = 20, 3


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
    return _decayed(services, _mentioned(services, uow, topic).values(), now, period)


def link_trend(
    services: Services, uow: UnitOfWork, one: Topic, other: Topic, *, now: datetime, period: timedelta
) -> list[tuple[datetime, float]]:
    """Return the decayed number of check-ins that mention two topics together, at each day's end."""
    first, second = _mentioned(services, uow, one), _mentioned(services, uow, other)
    return _decayed(services, [at for position, at in first.items() if position in second], now, period)


def _decayed(
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


def members(services: Services, uow: UnitOfWork, topic: str, now: datetime) -> list[tuple[Member, float]]:
    """Return the members most interested in a topic."""
    try:
        edges = services.graph.around(NodeKind.TOPIC, topic, {EdgeKind.INTERESTED_IN})
    except GraphUnavailable:
        return []
    weighed = {
        key.source: value(edge, now, services.half_lives.interests)
        for key, edge in edges.items()
        if isinstance(edge, Weight)
    }
    people = uow.members.many(weighed)
    ranked = sorted(people, key=lambda id: -weighed[id])
    return [(people[id], weighed[id]) for id in ranked[:SHOWN]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A phrase that may become a topic: how many members used it, and who said what where members may read it."""

    phrase: str
    count: int
    who: tuple[Member, ...]
    examples: tuple[str, ...]


def proposals(services: Services, uow: UnitOfWork) -> list[Proposal]:
    """Return phrases of late that are no topics, the most used first."""
    known = vocabulary(services)
    behind: defaultdict[str, list[int]] = defaultdict(list)
    for record in uow.records.recent(kinds={RecordKind.UNDERSTOOD}, limit=LATEST):
        for mention in understanding_from(record.data).mentions if record.data else ():
            if mention.topic is None and known.resolve(mention) is None and not known.is_blocked(mention.phrase):
                behind[mention.phrase].append(record.about or 0)
    latest = sorted(behind, key=lambda phrase: -len(behind[phrase]))[:200]
    users = uow.records.members_mentioning([f"phrase:{phrase}" for phrase in latest])
    ranked = sorted(latest, key=lambda phrase: (-users.get(f"phrase:{phrase}", 0), phrase))[:SHOWN]
    return [_proposal(uow, phrase, users.get(f"phrase:{phrase}", 0), behind[phrase]) for phrase in ranked]


def _proposal(uow: UnitOfWork, phrase: str, count: int, positions: Sequence[int]) -> Proposal:
    said = [uow.records.get(position) for position in dict.fromkeys(positions[:LOOKED_AT])]
    readable = [
        each
        for each in said
        if each.kind is RecordKind.CHECK_IN and each.data and each.data.get("visibility") == Visibility.MEMBERS.value
    ]
    people = uow.members.many({each.member for each in readable if each.member})
    texts = dict.fromkeys(str(each.data["text"]) for each in readable if each.data)
    return Proposal(phrase=phrase, count=count, who=tuple(people.values()), examples=tuple(texts)[:EXAMPLES])


def blocked(services: Services, uow: UnitOfWork) -> list[str]:
    """Return the phrases that managers said never to take for a topic."""
    known = vocabulary(services)
    records = uow.records.recent(kinds={RecordKind.PHRASE_BLOCKED}, limit=LATEST)
    phrases = {str(record.data["phrase"]) for record in records if record.data}
    return sorted(phrase for phrase in phrases if known.is_blocked(phrase))


def _mentioned(services: Services, uow: UnitOfWork, topic: Topic) -> dict[int, datetime]:
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
