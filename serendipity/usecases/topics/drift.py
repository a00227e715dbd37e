"""Movement of the community's topics: rising and fading, groups, and two topics' link over time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from serendipity.domain.decay import DAY, Weight, total, value
from serendipity.domain.effects import Batch, apply_understanding
from serendipity.domain.graph import COMMUNITY, EdgeKey, EdgeKind, HalfLives, pair
from serendipity.domain.model import PRODUCT_SIGNALS, NewSignal, RecordKind, Topic
from serendipity.domain.times import parse_time
from serendipity.ports import UnitOfWork
from serendipity.topics.drift import BLOCKS_BEFORE, WINDOWS_DAYS, Drift, Mention, drifts, npmi, sparkline
from serendipity.topics.groups import topic_groups
from serendipity.topics.phrases import normalise
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.services import Services

REPORT = "topic_drift"
SOURCE = "drift"
RISING, FADING = "topic.rising", "topic.fading"
LOOKED_BACK = max(WINDOWS_DAYS) * (1 + BLOCKS_BEFORE)
STALE = timedelta(hours=20)
_KINDS = frozenset({RecordKind.UNDERSTOOD, RecordKind.REREAD})
_PAGE = 5000


@dataclass(frozen=True, kw_only=True)
class TopicDrift:
    """Topics that move, as counted at a moment; `lines` holds the members per stretch of each, oldest first.

    `totals` is the number of check-ins with a topic in each of the last days, today first.
    """

    as_of: datetime
    drifts: tuple[Drift, ...]
    lines: Mapping[str, Sequence[int]]
    groups: tuple[Sequence[str], ...]
    totals: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkPoint:
    """Association of two topics at a moment: the decayed count of check-ins with both, and their NPMI."""

    at: datetime
    together: float
    npmi: float | None


class _Observed(Batch):
    """Takes down what the fold would add, instead of adding it up."""

    def __init__(self, half_lives: HalfLives) -> None:
        super().__init__(half_lives)
        self.seen: list[tuple[EdgeKey, datetime]] = []

    def add(self, key: EdgeKey, amount: float, at: datetime, why: str | None = None) -> None:
        """Take an observation down."""
        if key.kind in (EdgeKind.MENTIONED, EdgeKind.RELATED_TO):
            self.seen.append((key, at))


def count_drift(services: Services) -> TopicDrift:
    """Count all that moves, from the records, as the graph would count them."""
    now = services.clock.now()
    with services.ledger.read() as uow:
        mentions, totals = _mentions(services, uow, now)
    found = tuple(each for days in WINDOWS_DAYS for each in drifts(mentions, days=days))
    lines = {each.topic: sparkline(mentions, each.topic, days=max(WINDOWS_DAYS)) for each in found}
    return TopicDrift(as_of=now, drifts=found, lines=lines, groups=tuple(_groups(services, now)), totals=totals)


def tell_drift(services: Services) -> int:
    """Count what moves, keep it for the pages, and emit what is new as signals; returns how many were emitted.

    Once per topic and window: what rose in a window is not told again until as many days have passed.
    """
    drift = count_drift(services)
    vocabulary = services.reader.refresh()
    with services.ledger.write() as uow:
        uow.operations.put_report(REPORT, _to_data(drift))
        new = [
            _signal(each, vocabulary, drift.as_of)
            for each in drift.drifts
            if not _was_signalled(uow, each, drift.as_of)
        ]
        fresh = uow.signals.append(new)
    return sum(each.fresh for each in fresh)


def tell_drift_daily(services: Services) -> int:
    """Do as `tell_drift` does, once a day however often it is asked."""
    with services.ledger.read() as uow:
        kept = uow.operations.report(REPORT)
    if kept is not None and services.clock.now() - parse_time(kept["as_of"]) < STALE:
        return 0
    return tell_drift(services)


def latest_drift(services: Services) -> TopicDrift:
    """Return what moved when it was last counted; counts it where it never was. Topics that are gone are left out."""
    with services.ledger.read() as uow:
        kept = uow.operations.report(REPORT)
    drift = count_drift(services) if kept is None else _from_data(kept)
    vocabulary = services.reader.refresh()
    shown = tuple(each for each in drift.drifts if _is_shown(each.topic, vocabulary))
    groups = ([id for id in group if _is_shown(id, vocabulary)] for group in drift.groups)
    return TopicDrift(
        as_of=drift.as_of,
        drifts=shown,
        lines=drift.lines,
        groups=tuple(group for group in groups if len(group) > 1),
        totals=drift.totals,
    )


def link_over_time(
    services: Services, uow: UnitOfWork, one: Topic, other: Topic, *, points: Sequence[datetime]
) -> list[LinkPoint]:
    """Return how two topics hung together at each moment, by what had been said until then.

    The counts are those that the graph would have held; the total, which NPMI needs as well, is counted day by day.
    """
    seen = _readings_of(services, uow, {one.id, other.id})
    totals, counted_at = _totals(services)
    keys = (pair(EdgeKind.RELATED_TO, one.id, other.id), _count_mentions(one.id), _count_mentions(other.id))
    moments = {key: [at for found, at in seen if found == key] for key in keys}
    half_life = services.half_lives.affinity
    days = [(counted_at - DAY * (ago + 0.5), count) for ago, count in enumerate(totals) if count]
    found = []
    for point in points:
        together, first, second = (_decay([(at, 1) for at in moments[key]], point, half_life) for key in keys)
        whole = max(_decay(days, point, half_life), first, second)
        found.append(LinkPoint(at=point, together=together, npmi=npmi(together, first, second, whole)))
    return found


def _count_mentions(topic: str) -> EdgeKey:
    return EdgeKey(EdgeKind.MENTIONED, topic, topic)


def _decay(observed: Sequence[tuple[datetime, int]], at: datetime, half_life: float) -> float:
    """Return the decayed sum of what was observed until a moment."""
    summed = total((Weight(weight=count, updated_at=when) for when, count in observed if when <= at), half_life)
    return 0.0 if summed is None else value(summed, at, half_life)


def _mentions(services: Services, uow: UnitOfWork, now: datetime) -> tuple[list[Mention], list[int]]:
    mentions: list[Mention] = []
    totals: Counter[int] = Counter()
    observed = _Observed(services.half_lives)
    with services.standing.at_the_end(uow) as standing:
        for page in _readings(uow):
            for record in page:
                ago = (now - record.at) // DAY
                if not 0 <= ago < LOOKED_BACK or (record.data or {}).get("of") == "profile":
                    continue
                observed.seen.clear()
                apply_understanding(record, standing, observed)
                topics = {key.source for key, _ in observed.seen if key.kind is EdgeKind.MENTIONED}
                totals[ago] += COMMUNITY in topics
                member = standing.member(record.member)
                mentions += [Mention(member=member or "", topic=id, days_ago=ago) for id in topics - {COMMUNITY}]
    return mentions, [totals[ago] for ago in range(LOOKED_BACK)]


def _readings(uow: UnitOfWork) -> Iterator[Sequence[Any]]:
    position = 0
    while records := uow.records.after(position, limit=_PAGE, kinds=_KINDS):
        yield records
        position = records[-1].position


def _readings_of(services: Services, uow: UnitOfWork, topics: set[str]) -> list[tuple[EdgeKey, datetime]]:
    """Return the mentions of topics, and of pairs of them, that the graph counts."""
    phrases = {form for form, id in services.reader.vocabulary.phrases().items() if id in topics}
    refs = {f"topic:{id}" for id in topics} | {f"phrase:{normalise(form)}" for form in phrases}
    observed = _Observed(services.half_lives)
    with services.standing.at_the_end(uow) as standing:
        for record in uow.records.touching(refs, upto=uow.records.head(), kinds=_KINDS):
            apply_understanding(record, standing, observed)
    return observed.seen


def _totals(services: Services) -> tuple[Sequence[int], datetime]:
    drift = latest_drift(services)
    return drift.totals, drift.as_of


def _groups(services: Services, now: datetime) -> list[Sequence[str]]:
    snapshot = services.snapshots.latest()
    if snapshot is None:
        return []
    left = snapshot.decayed_by(EdgeKind.RELATED_TO, now)
    upper = snapshot.edges[EdgeKind.RELATED_TO].triples()
    ids = snapshot.topics
    together = [
        (ids[one], ids[other], float(count) * left)
        for one, other, count in zip(upper.rows, upper.columns, upper.weights, strict=True)
    ]
    counts = {id: float(count) * left for id, count in zip(ids, snapshot.topic_counts, strict=True)}
    return topic_groups(together, counts, snapshot.total * left)


def _was_signalled(uow: UnitOfWork, drift: Drift, now: datetime) -> bool:
    """Tell whether a signal said the same within the window."""
    earlier = uow.signals.recent(name=_name(drift), subject=f"topic:{drift.topic}")
    return any(
        (signal.data or {}).get("days") == drift.days and now - signal.at < timedelta(days=drift.days)
        for signal in earlier
    )


def _name(drift: Drift) -> str:
    return RISING if drift.rising else FADING


def _signal(drift: Drift, vocabulary: Vocabulary, now: datetime) -> NewSignal:
    topic, name = vocabulary.topic(drift.topic), _name(drift)
    return NewSignal(
        source=SOURCE,
        id=f"{name}:{drift.topic}:{drift.days}:{now:%Y-%m-%d}",
        name=name,
        at=now,
        category=PRODUCT_SIGNALS[name],
        subject=f"topic:{drift.topic}",
        data={**asdict(drift), "label": topic.label if topic else drift.topic},
        timed=False,
    )


def _is_shown(id: str, vocabulary: Vocabulary) -> bool:
    topic = vocabulary.topic(id)
    return topic is not None and topic.id == id and not vocabulary.is_sensitive(id)


def _to_data(drift: TopicDrift) -> dict[str, Any]:
    return {
        "as_of": drift.as_of.isoformat(),
        "drifts": [asdict(each) for each in drift.drifts],
        "lines": {id: list(line) for id, line in drift.lines.items()},
        "groups": [list(group) for group in drift.groups],
        "totals": list(drift.totals),
    }


def _from_data(kept: Mapping[str, Any]) -> TopicDrift:
    return TopicDrift(
        as_of=parse_time(kept["as_of"]),
        drifts=tuple(Drift(**each) for each in kept["drifts"]),
        lines=kept["lines"],
        groups=tuple(kept["groups"]),
        totals=kept["totals"],
    )
