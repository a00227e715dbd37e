"""Curation of topics: each decision is checked, appended as a record with an audit entry, and taken in at once."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serendipity.domain.errors import Conflict, InvalidInput, NotFound
from serendipity.domain.model import AuditEntry, NewRecord, Record, RecordKind, Topic
from serendipity.ports import UnitOfWork
from serendipity.topics.decisions import check, makes_topic, refs_of
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.seed import SOURCE as SEED
from serendipity.topics.vocabulary import VOCABULARY_KINDS, Vocabulary
from serendipity.usecases.services import Services

SOURCE = "curation"
MOST_ENTRIES = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A decision about a topic or phrase; `refs` are those of `data` where none are given."""

    kind: RecordKind
    data: Mapping[str, Any]
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PastDecision:
    """One decision of a topic's history: who took it ("manager:…", "promotion", "seed"), and whether it holds."""

    position: int
    kind: RecordKind
    data: Mapping[str, Any]
    at: datetime
    who: str
    holds: bool


def decide(services: Services, *decisions: Decision, by: str) -> list[Record]:
    """Take decisions together or not at all. Raises InvalidInput or Conflict where one cannot hold."""
    new = [append_decision(each, services.clock.now()) for each in decisions]
    _check_all(new, services.reader.refresh())
    with services.ledger.write() as uow:
        records = [appended.record for appended in uow.records.append(new)]
        for record, each in zip(records, new, strict=True):
            uow.operations.audit(_entry(record, each.refs, by))
    services.reader.refresh()
    return records


def add(services: Services, label: str, *, by: str) -> str:
    """Make a phrase a topic; returns its id. Raises InvalidInput, or Conflict where it is another word for one."""
    vocabulary = services.reader.refresh()
    if (known := vocabulary.find(label)) is not None and (topic := vocabulary.topic(known)) is not None:
        raise Conflict(f"{label!r} is a word for the topic {topic.label!r} already.")
    decision = build_added(vocabulary, label)
    decide(services, decision, by=by)
    return str(decision.data["topic"])


def build_added(vocabulary: Vocabulary, label: str, *, origin: str = SOURCE, **more: Any) -> Decision:
    """Return the decision that a phrase is a topic. Raises InvalidInput for a label without a word."""
    if not normalise(label):
        raise InvalidInput("Name a label with a word in it.", field="label")
    data: dict[str, Any] = {"topic": _free_id(vocabulary, label), "label": label, "aliases": [], "parent": None}
    return Decision(kind=RecordKind.TOPIC_ADDED, data={**data, "sensitive": False, "origin": origin, **more})


def split(services: Services, topic: str, phrases: Collection[str], label: str, *, by: str) -> str:
    """Make a topic of its own of some of a topic's phrases; returns its id. Raises InvalidInput or Conflict."""
    vocabulary = services.reader.refresh()
    whole = topic_of(vocabulary, topic)
    own = {normalise(each): each for each in whole.aliases}
    unknown = [each for each in phrases if normalise(each) not in own]
    if unknown or not phrases:
        raise InvalidInput("Choose other words of this topic to split off.", field="phrases")
    new = build_added(vocabulary, label or next(iter(phrases)), parent=whole.parent, sensitive=whole.sensitive)
    id = str(new.data["topic"])
    named = dict.fromkeys([str(new.data["label"]), *(own[normalise(each)] for each in phrases)])
    moved = [Decision(kind=RecordKind.TOPIC_ALIASED, data={"topic": id, "phrase": each}) for each in named]
    decide(services, new, *moved, by=by)
    return id


def undo(services: Services, position: int, *, by: str) -> Record:
    """Undo a decision, or the undoing of one; what was added is retracted, so that it is not added again by itself.

    Raises NotFound, or Conflict when it was undone before.
    """
    vocabulary = services.reader.refresh()
    record = vocabulary.decision(position)
    if record is None:
        raise NotFound("There is no such decision about topics.")
    data = record.data or {}
    if makes_topic(record):
        if not _holds(vocabulary, record):
            raise Conflict("This topic was merged or retracted since; undo that first.")
        decision = Decision(kind=RecordKind.TOPIC_RETRACTED, data={"topic": data["topic"]})
    else:
        refs = refs_of(_at_bottom(vocabulary, record).data or {})
        decision = Decision(kind=RecordKind.CURATION_UNDONE, data={"record": position}, refs=refs)
    [done] = decide(services, decision, by=by)
    return done


def as_if(new: NewRecord, position: int) -> Record:
    """Return a record as the ledger would hand it out at a position."""
    return Record(
        position=position,
        kind=new.kind,
        source=new.source,
        id=new.id,
        at=new.at,
        received_at=new.at,
        member=None,
        data=new.data,
    )


def append_decision(decision: Decision, now: datetime) -> NewRecord:
    """Return the record of a decision."""
    refs = decision.refs or refs_of(decision.data)
    id = str(uuid.uuid4())
    return NewRecord(kind=decision.kind, source=SOURCE, id=id, at=now, data=decision.data, refs=refs)


def history(services: Services, uow: UnitOfWork, refs: Iterable[str]) -> list[PastDecision]:
    """Return the decisions that name any of these refs ("topic:…", "phrase:…"), the latest first."""
    records = uow.records.touching(set(refs), upto=uow.records.head(), kinds=VOCABULARY_KINDS)
    return _past(services, uow, reversed(records))


def latest_decisions(services: Services, uow: UnitOfWork, *, limit: int) -> list[PastDecision]:
    """Return what was decided last, without what the community started with."""
    records = uow.records.recent(kinds=VOCABULARY_KINDS, limit=limit)
    return _past(services, uow, (record for record in records if record.source != SEED))


def topic_of(vocabulary: Vocabulary, name: str) -> Topic:
    """Return the topic of an id, or else of a label or other word for it. Raises NotFound."""
    found = vocabulary.topic(name) or vocabulary.topic(vocabulary.find(name) or "")
    if found is None:
        raise NotFound(f"There is no topic {name!r}.")
    return found


def search_topics(vocabulary: Vocabulary, text: str) -> list[Topic]:
    """Return the topics with a word for them, in any language, that holds a text; best first, accents aside."""
    wanted = normalise(text)
    ranked: dict[str, tuple[bool, bool, str]] = {}
    abroad = ((normalise(name), topic.id) for topic in vocabulary.topics() for _, name in topic.labels)
    for phrase, id in (*vocabulary.phrases().items(), *abroad):
        if wanted in phrase:
            rank = (phrase != wanted, not phrase.startswith(wanted), phrase)
            ranked[id] = min(ranked.get(id, rank), rank)
    found = (vocabulary.topic(id) for id in sorted(ranked, key=lambda id: ranked[id]))
    return [topic for topic in found if topic is not None]


def _past(services: Services, uow: UnitOfWork, records: Iterable[Record]) -> list[PastDecision]:
    vocabulary, who = services.reader.vocabulary, _who(uow)
    return [
        PastDecision(
            position=record.position,
            kind=record.kind,
            data=record.data,
            at=record.received_at,
            who=who.get(record.position, record.source),
            holds=_holds(vocabulary, record),
        )
        for record in records
        if record.data is not None  # it was about somebody who was erased
    ]


def _holds(vocabulary: Vocabulary, record: Record) -> bool:
    """Tell whether a decision holds; one that made a topic, as long as the topic is there as itself."""
    if not makes_topic(record):
        return vocabulary.holds(record.position)
    topic = vocabulary.topic(str((record.data or {})["topic"]))
    return topic is not None and topic.id == (record.data or {})["topic"]


def _free_id(vocabulary: Vocabulary, label: str) -> str:
    """Return the id of a label; another one where that topic was merged, for what is merged is not made anew."""
    id, number = topic_id(label), 2
    while vocabulary.has_heard_of(id) and vocabulary.topic(id) is not None:
        id, number = f"{topic_id(label)}-{number}", number + 1
    return id


def _at_bottom(vocabulary: Vocabulary, record: Record) -> Record:
    """Return the decision that a chain of undoings is about."""
    while record.kind is RecordKind.CURATION_UNDONE:
        below = vocabulary.decision(int((record.data or {})["record"]))
        if below is None:
            return record
        record = below
    return record


def _check_all(new: Sequence[NewRecord], vocabulary: Vocabulary) -> None:
    """Check each as if those before it held already."""
    trial = Vocabulary(vocabulary.history()) if len(new) > 1 else vocabulary
    for record in new:
        check(record, trial)
        if trial is not vocabulary:
            trial.apply(as_if(record, trial.version + 1))


def _entry(record: Record, refs: Sequence[str], by: str) -> AuditEntry:
    data = {**(record.data or {}), "position": record.position}
    return AuditEntry(at=record.at, who=by, what=record.kind.value, subject=refs[0] if refs else "topics", data=data)


def _who(uow: UnitOfWork) -> dict[int, str]:
    """Return who took each decision that the audit remembers."""
    entries = uow.operations.audit_entries(limit=MOST_ENTRIES)
    kinds = {kind.value for kind in VOCABULARY_KINDS}
    return {int(each.data["position"]): each.who for each in entries if each.what in kinds and "position" in each.data}
