"""A check-in: recorded, understood, and answered with who is worth meeting here and now."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serendipity.commands.encounters import MOST, PersonHere, worth_meeting
from serendipity.commands.reading import understood_record
from serendipity.commands.services import Services
from serendipity.domain.errors import NotAllowed
from serendipity.domain.model import (
    Appended,
    Mention,
    NewRecord,
    Record,
    RecordKind,
    Run,
    Topic,
    Understanding,
    Visibility,
)
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.ports import UnitOfWork
from serendipity.topics.understandings import understanding_from

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
    """What a member sees at once: the topics, people worth meeting here, and choices where nothing was understood."""

    position: int
    fresh: bool
    topics: tuple[UnderstoodTopic, ...] = ()
    people: tuple[PersonHere, ...] = ()
    choices: tuple[Topic, ...] = ()

    @property
    def understood(self) -> bool:
        """Say whether a topic of the community was understood: the green tick, or the red cross."""
        return any(each.topic is not None for each in self.topics)

    @property
    def noted(self) -> tuple[str, ...]:
        """Return the phrases that are no topics yet; they may become some when more people say them."""
        phrases = [each.label for each in self.topics if each.topic is None]
        return tuple(
            one for one in phrases if not any(one != other and f" {one} " in f" {other} " for other in phrases)
        )


def check_in(services: Services, item: CheckInInput, *, source: str) -> CheckInAnswer:
    """Record a check-in durably, and answer it; the same id again answers as the first time.

    The understanding is written in the transaction of the check-in. Should reading fail, the check-in is kept and read
    later. Raises UnknownMember, UnknownPlace, InvalidInput or DifferentBody.
    """
    now = services.clock.now()
    understanding = _understand(services, item, now)

    def record(uow: UnitOfWork) -> Appended:
        [appended] = record_check_ins(uow, [item], source=source, now=now, scrub=services.scrub)
        if understanding is not None and appended.fresh:
            uow.records.append([understood_record(appended.record, understanding)])
        return appended

    appended = services.together.write(record)
    try:
        answered = answer(services, appended, now=now)
        if appended.fresh and item.place and answered.understood:
            _note_run(services, answered, now)
    except Exception as error:  # noqa: BLE001 - the check-in is kept by now, and must be acknowledged
        _log.error("a check-in is kept, but could not be answered in full", extra={"error": type(error).__name__})
        return CheckInAnswer(position=appended.record.position, fresh=appended.fresh)
    return answered


def acknowledge(services: Services, items: Sequence[CheckInInput], *, source: str) -> list[Appended]:
    """Record check-ins durably and leave their reading to the worker."""
    now = services.clock.now()
    appended = services.together.write(
        lambda uow: record_check_ins(uow, items, source=source, now=now, scrub=services.scrub)
    )
    return appended


def answer(services: Services, appended: Appended, *, now: datetime) -> CheckInAnswer:
    """Return what a check-in is answered with, from its understanding as it stands."""
    record = appended.record
    with services.ledger.read() as uow:
        made = uow.records.about([record.position]).get(record.position)
        struck = _struck(uow, record)
        mentions = understanding_from(made.data).mentions if made is not None and made.data else ()
        topics = tuple(each for each in _topics(services, mentions) if each.topic not in struck)
        understood = any(each.topic is not None for each in topics)
        people = worth_meeting(services, uow, record, mentions, now=now) if understood else ()
        choices = () if understood else _choices(services, uow, record.member)
    return CheckInAnswer(position=record.position, fresh=appended.fresh, topics=topics, people=people, choices=choices)


def _note_run(services: Services, answered: CheckInAnswer, now: datetime) -> None:
    """Record that the matcher ran for one member, triggered by a check-in."""
    snapshot = services.snapshots.latest()
    if snapshot is None:
        return
    run = Run(
        id=f"check-in:{answered.position}",
        kind="triggered",
        as_of=now,
        started_at=now,
        finished_at=services.clock.now(),
        seed=0,
        position=snapshot.head.offset,
        settings={"most": MOST},
        counts={"found": len(answered.people)},
    )
    with services.ledger.write() as uow:
        uow.operations.put_run(run)


def strike(services: Services, member: str, position: int, topic: str) -> None:
    """Strike a topic out of one check-in: it no longer counts there. Raises NotAllowed for another's check-in."""
    with services.ledger.write() as uow:
        record = uow.records.get(position)
        if record.member != member:
            raise NotAllowed("A member can strike out topics in their own check-ins only.")
        strike_record = NewRecord(
            kind=RecordKind.TOPIC_STRUCK,
            source="strikes",
            id=f"{position}:{topic}",
            at=services.clock.now(),
            member=member,
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


def _struck(uow: UnitOfWork, record: Record) -> set[str]:
    strikes = uow.records.recent(member=record.member, kinds={RecordKind.TOPIC_STRUCK}, limit=200)
    found = (strike.data for strike in strikes if strike.data)
    return {data["topic"] for data in found if data.get("of") in (None, record.position)}


def _topics(services: Services, mentions: Sequence[Mention]) -> list[UnderstoodTopic]:
    """Return topics first, then phrases that may become some; a sensitive one is told to its member only."""
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
                sensitive=id is not None and vocabulary.is_sensitive(id),
            ),
        )
    return sorted(seen.values(), key=lambda each: each.topic is None)


def _choices(services: Services, uow: UnitOfWork, member: str | None) -> tuple[Topic, ...]:
    """Return topics to tap: the member's own latest, then the community's most mentioned."""
    vocabulary = services.reader.vocabulary
    latest = uow.records.recent(member=member, kinds={RecordKind.UNDERSTOOD}, limit=10)
    own = [vocabulary.resolve(m) for one in latest if one.data for m in understanding_from(one.data).mentions]
    snapshot = services.snapshots.latest()
    common = [snapshot.topics[row] for row in snapshot.topic_counts.argsort()[::-1][:40]] if snapshot else []
    ids = dict.fromkeys(id for id in [*own, *common] if id and not vocabulary.is_sensitive(id))
    return tuple(topic for id in ids if (topic := vocabulary.topic(id)) is not None)[:CHOICES]
