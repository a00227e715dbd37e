"""A check-in: recorded, understood, and answered with who is worth meeting here and now."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from serendipity.domain.errors import NotAllowed
from serendipity.domain.model import (
    Appended,
    Mention,
    NewRecord,
    Record,
    RecordKind,
    Run,
    RunState,
    Topic,
    Understanding,
    Visibility,
)
from serendipity.domain.own_topics import collect_own_topics
from serendipity.domain.projection_state import OWN_TOPIC_KINDS
from serendipity.intake.check_ins import may_be_used, record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.ports import UnitOfWork
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.topics.understandings import understanding_from
from serendipity.usecases.check_in.people_here import MOST, PersonHere, dial_of, worth_meeting
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import understood_record

_log = logging.getLogger(__name__)
CHOICES = 8


@dataclass(frozen=True, kw_only=True)
class UnderstoodTopic:
    """A topic understood from a text; `topic` is None for a phrase that is not a topic of the community (yet)."""

    topic: str | None
    label: str
    phrase: str
    sensitive: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckInAnswer:
    """Answer to a check-in: the topics, people worth meeting here, and choices where nothing was understood."""

    position: int
    fresh: bool
    id: str = ""
    topics: tuple[UnderstoodTopic, ...] = ()
    people: tuple[PersonHere, ...] = ()
    choices: tuple[Topic, ...] = ()
    surprise: float | None = None  # the dial that the people were chosen with
    withheld: bool = False  # something was understood that this answer does not name

    @property
    def understood(self) -> bool:
        """Say whether a topic of the community was understood."""
        return self.withheld or any(each.topic is not None for each in self.topics)

    def for_others(self) -> "CheckInAnswer":
        """Return the answer as others than its member may see it, at a kiosk and by programs.

        Where something is its member's alone, the phrases beside it are so too: they tell what it was about.
        """
        if not any(each.sensitive for each in self.topics):
            return self
        open_ones = tuple(each for each in self.topics if each.topic is not None and not each.sensitive)
        return replace(self, topics=open_ones, withheld=True)

    @property
    def noted(self) -> tuple[str, ...]:
        """Return the phrases that are no topics yet; they may become some when more people say them."""
        phrases = [each.label for each in self.topics if each.topic is None]
        return tuple(
            one for one in phrases if not any(one != other and f" {one} " in f" {other} " for other in phrases)
        )


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A check-in on its way into the ledger, with what was made of it."""

    item: CheckInInput
    source: str
    now: datetime
    understanding: Understanding | None = None
    run: Run | None = None
    locale: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Said:
    """A check-in to answer; `place` is None where nobody is to be looked for, `position` before it is stored."""

    member: str
    place: str | None
    mentions: Sequence[Mention]
    position: int | None = None


def check_in(services: Services, item: CheckInInput, *, source: str, locale: str | None = None) -> CheckInAnswer:
    """Record a check-in durably, and answer it; the same id again answers as the first time.

    The answer is worked out first, so that one transaction holds the check-in, its understanding and the run; it is in
    the language of `locale`, else in the member's.
    Should reading fail, the check-in is kept and read later. Raises UnknownMember, UnknownPlace, InvalidInput or
    DifferentBody.
    """
    now = services.clock.now()
    with services.answering:
        arrived = Arrived(
            item=item, source=source, now=now, understanding=_understand(services, item, now), locale=locale
        )
        ahead = _answer_ahead(services, arrived)
    if ahead is not None and ahead.understood and item.place:
        arrived = replace(arrived, run=_run(services, ahead, now))
    appended = services.group_commit.write(_keep, arrived)
    if ahead is None or not appended.fresh:
        return answer(services, appended, now=now, locale=locale)
    return replace(ahead, position=appended.record.position, id=appended.record.id)


def acknowledge(services: Services, items: Sequence[CheckInInput], *, source: str) -> list[Appended]:
    """Record check-ins durably and leave their reading to the worker."""
    now = services.clock.now()
    if len(items) == 1:
        return [services.group_commit.write(_keep, Arrived(item=items[0], source=source, now=now))]
    with services.ledger.write() as uow:
        appended = record_check_ins(uow, items, source=source, now=now, scrub=services.scrub)
    return appended


def _keep(uow: UnitOfWork, arrived: Sequence[Arrived]) -> list[Appended]:
    """Append check-ins with what was made of them, those of one source at one go; answers in order."""
    kept: dict[int, Appended] = {}
    for source in {each.source for each in arrived}:
        of_source = [n for n, each in enumerate(arrived) if each.source == source]
        kept.update(zip(of_source, _keep_alike(uow, [arrived[n] for n in of_source], source), strict=True))
    for n, each in enumerate(arrived):
        if each.run is not None and kept[n].fresh:
            uow.operations.put_run(replace(each.run, id=f"check-in:{kept[n].record.position}"))
    return [kept[n] for n in range(len(arrived))]


def _keep_alike(uow: UnitOfWork, arrived: Sequence[Arrived], source: str) -> list[Appended]:
    def understood(number: int, record: Record) -> list[NewRecord]:
        understanding = arrived[number].understanding
        return [understood_record(record, understanding)] if understanding else []

    items, now = [each.item for each in arrived], max(each.now for each in arrived)
    return record_check_ins(uow, items, source=source, now=now, scrub=scrub_for_ledger, then=understood)


def _answer_ahead(services: Services, arrived: Arrived) -> CheckInAnswer | None:
    """Return the answer to a check-in that is about to be kept; None where there is none yet, for whatever reason."""
    item = arrived.item
    if arrived.understanding is None:
        return None
    try:
        with services.ledger.read() as uow:
            member = uow.members.followed([item.member]).get(item.member)
            if member is None:
                return None
            place = item.place if may_be_used(item.visibility) else None
            said = _Said(member=member, place=place, mentions=arrived.understanding.mentions)
            return _work_out(services, uow, said, now=arrived.now, locale=arrived.locale)
    except Exception as error:  # noqa: BLE001 - whatever it is, the check-in comes first
        _log.error("a check-in could not be answered at once", extra={"error": type(error).__name__})
        return None


def answer(services: Services, appended: Appended, *, now: datetime, locale: str | None = None) -> CheckInAnswer:
    """Return what a check-in that is kept is answered with, from its understanding as it stands."""
    try:
        with services.ledger.read() as uow:
            found = _work_out(services, uow, _said(uow, appended.record), now=now, locale=locale)
    except Exception as error:  # noqa: BLE001 - the check-in is kept by now, and must be acknowledged
        _log.error("a check-in is kept, but could not be answered in full", extra={"error": type(error).__name__})
        found = CheckInAnswer(position=0, fresh=False)
    return replace(found, position=appended.record.position, fresh=appended.fresh, id=appended.record.id)


def _said(uow: UnitOfWork, record: Record) -> _Said:
    made = uow.records.about([record.position]).get(record.position)
    mentions = understanding_from(made.data).mentions if made is not None and made.data else ()
    data = record.data or {}
    place = data.get("place") if may_be_used(data.get("visibility", Visibility.PRIVATE)) else None
    return _Said(member=record.member or "", place=place, mentions=mentions, position=record.position)


def _work_out(services: Services, uow: UnitOfWork, said: _Said, *, now: datetime, locale: str | None) -> CheckInAnswer:
    own = collect_own_topics(uow.records.recent(member=said.member, kinds=OWN_TOPIC_KINDS, limit=200))
    struck = {topic for topic, of in own.struck if of in (None, said.position)}
    topics = tuple(each for each in _topics(services, said.mentions, own.hidden) if each.topic not in struck)
    if not any(each.topic is not None for each in topics):
        return CheckInAnswer(
            position=0, fresh=True, topics=topics, choices=_choices(services, uow, said.member, own.hidden)
        )
    spoken = [mention for mention in said.mentions if services.reader.vocabulary.resolve(mention) not in own.hidden]
    if not said.place:
        return CheckInAnswer(position=0, fresh=True, topics=topics)
    dial = dial_of(services, uow, said.member)
    people = worth_meeting(services, uow, said.member, said.place, spoken, dial=dial, now=now, locale=locale)
    return CheckInAnswer(position=0, fresh=True, topics=topics, people=people, surprise=dial)


def _run(services: Services, ahead: CheckInAnswer, now: datetime) -> Run | None:
    """Return the record of the matcher's run for one member, triggered by a check-in; its id comes later."""
    snapshot = services.snapshots.latest()
    if snapshot is None:
        return None
    return Run(
        id="check-in",
        kind="triggered",
        as_of=now,
        started_at=now,
        finished_at=services.clock.now(),
        seed=0,
        position=snapshot.head.offset,
        settings={"most": MOST, "surprise": ahead.surprise},
        counts={"found": len(ahead.people)},
        state=RunState.FINISHED,
    )


def strike(services: Services, member: str, position: int, topic: str) -> None:
    """Strike a topic out of one check-in: it no longer counts there. Raises NotAllowed for another's check-in."""
    with services.ledger.write() as uow:
        record = uow.records.get(position)
        if record.member is None or uow.members.followed([record.member]).get(record.member) != member:
            raise NotAllowed("A member can strike out topics in their own check-ins only.")
        strike_record = NewRecord(
            kind=RecordKind.TOPIC_STRUCK,
            source="strikes",
            id=f"{position}:{topic}",
            at=services.clock.now(),
            member=record.member,
            data={"topic": topic, "of": position},
            timed=False,
        )
        uow.records.append([strike_record])


def same_as_last(services: Services, member: str) -> CheckInInput | None:
    """Return the member's latest check-in as a new one (without id and time), or None."""
    with services.ledger.read() as uow:
        latest = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=1)
    data = latest[0].data if latest else None
    if data is None:
        return None
    return CheckInInput(
        member=member,
        text=data["text"],
        seeks=data.get("seeks", ""),
        offers=data.get("offers", ""),
        visibility=Visibility(data["visibility"]),
        place=data.get("place"),
    )


def _understand(services: Services, item: CheckInInput, now: datetime) -> Understanding | None:
    """Read before the transaction; an extractor that fails must not cost a check-in, the worker tries again."""
    data = {"text": item.text, "seeks": item.seeks, "offers": item.offers}
    try:
        services.reader.keep_up(now)
        return services.reader.understand(RecordKind.CHECK_IN, data)
    except Exception as error:  # noqa: BLE001 - whatever it is, the check-in comes first
        _log.error(
            "a check-in could not be read at once; the worker reads it later", extra={"error": type(error).__name__}
        )
        return None


def _topics(services: Services, mentions: Sequence[Mention], hidden: Collection[str]) -> list[UnderstoodTopic]:
    """Return topics first, then phrases that may become some; a sensitive or hidden one is told to its member only."""
    vocabulary = services.reader.vocabulary
    seen: dict[str, UnderstoodTopic] = {}
    for mention in mentions:
        if mention.weight <= 0:
            continue
        id = vocabulary.resolve(mention)
        topic = vocabulary.topic(id) if id else None
        label = topic.label if topic else mention.phrase
        seen.setdefault(
            id or mention.phrase,
            UnderstoodTopic(
                topic=id,
                label=label,
                phrase=mention.phrase,
                sensitive=id is not None and (id in hidden or vocabulary.is_sensitive(id)),
            ),
        )
    return sorted(seen.values(), key=lambda each: each.topic is None)


def _choices(services: Services, uow: UnitOfWork, member: str, hidden: Collection[str]) -> tuple[Topic, ...]:
    """Return topics to tap: the member's own latest, then the community's most mentioned.

    At a kiosk others see them too: none is hidden or sensitive, or from what was said in private.
    """
    vocabulary = services.reader.vocabulary
    latest = uow.records.recent(member=member, kinds={RecordKind.UNDERSTOOD}, limit=10)
    said = [one.data for one in latest if one.data and one.data.get("use", True)]
    own = [vocabulary.resolve(mention) for data in said for mention in understanding_from(data).mentions]
    snapshot = services.snapshots.latest()
    common = [snapshot.topics[row] for row in snapshot.topic_counts.argsort()[::-1][:40]] if snapshot else []
    ids = dict.fromkeys(id for id in [*own, *common] if id and id not in hidden and not vocabulary.is_sensitive(id))
    return tuple(islice((topic for id in ids if (topic := vocabulary.topic(id)) is not None), CHOICES))
