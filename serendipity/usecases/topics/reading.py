"""Reading: texts become understandings, and phrases that enough members use become topics."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from serendipity.domain.model import (
    Mention,
    NewRecord,
    Record,
    RecordKind,
    Understanding,
    Visibility,
)
from serendipity.flow import PROMOTION, READING, RECORDS
from serendipity.ports import Clock, Ledger, TopicExtractor, UnitOfWork
from serendipity.topics.names import holds_surname, surnames_of, without_names
from serendipity.topics.promotion import FEWEST_MEMBERS, Custom, Use, filter_by_use, promotions
from serendipity.topics.ranker import Judgement
from serendipity.topics.ranking import Candidate
from serendipity.topics.seed import seed_records
from serendipity.topics.understandings import understanding_data
from serendipity.topics.vocabulary import VOCABULARY_KINDS, Vocabulary
from serendipity.usecases.members.traces import names_in
from serendipity.workers.consume import Worker

_TAKEN_IN = VOCABULARY_KINDS | {RecordKind.RANKER_LEARNED}
_EVENT_KINDS = frozenset({RecordKind.EVENT_PUBLISHED, RecordKind.EVENT_CHANGED})
KEEP_UP = timedelta(seconds=5)
MENTIONS = 12
VOICES = 8


class VocabularyExtractor(TopicExtractor, Protocol):
    """An extractor that follows the vocabulary."""

    def refresh(self, vocabulary: Vocabulary) -> object:
        """Take in what changed."""
        ...


@runtime_checkable
class JudgingExtractor(VocabularyExtractor, Protocol):
    """An extractor that judges what it finds by what the community taught."""

    def judge_by(self, judgement: Judgement, *, name: str) -> None:
        """Judge by this from now on; `name` tells it apart in the version."""
        ...

    def candidates(self, text: str) -> Sequence[Candidate]:
        """Return all that may be kept of a text."""
        ...


class ReadingServices(Protocol):
    """The services that the consumers of texts need."""

    @property
    def ledger(self) -> Ledger: ...  # noqa: D102
    @property
    def reader(self) -> "Reader": ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


class Reader:
    """Holds the vocabulary and the extractor of one process, and keeps both up to date with the ledger."""

    def __init__(self, ledger: Ledger, build: Callable[[Vocabulary], VocabularyExtractor]) -> None:
        """`build` makes the extractor when it is first needed (it loads spaCy)."""
        self._ledger, self._build = ledger, build
        self._lock = threading.RLock()
        self._extractor: VocabularyExtractor | None = None
        self._kept_up: datetime | None = None
        self._taken_in = 0
        self._learned: Record | None = None
        self.vocabulary = Vocabulary()

    def refresh(self) -> Vocabulary:
        """Take in what changed in the vocabulary since."""
        with self._lock, self._ledger.read() as uow:
            return self._take_in(uow)

    def keep_up(self, now: datetime) -> None:
        """Take in what changed once every few seconds: what another process made a topic is one here as well."""
        if self._kept_up is None or abs(now - self._kept_up) >= KEEP_UP:
            self._kept_up = now
            self.refresh()

    def extractor(self) -> TopicExtractor:
        """Return the extractor, built on first use."""
        with self._lock:
            if self._extractor is None:
                self.refresh()
                self._extractor = self._build(self.vocabulary)
                self._judge()
            return self._extractor

    @property
    def judgement(self) -> Judgement | None:
        """Return what the community taught, as last learned; None where nothing was."""
        return None if self._learned is None or not self._learned.data else Judgement.from_data(self._learned.data)

    def understand(self, kind: RecordKind, data: Mapping[str, Any]) -> Understanding:
        """Read the texts of a record's data, each with its stance; the strongest mentions first.

        None that is sensitive is left out: it makes the whole record its member's alone.
        """
        extractor = self.extractor()
        found = [
            extractor.understand(text, stance=stance)
            for field, stance in (RECORDS[kind].reads or {}).items()
            if (text := join_text(data.get(field)))
        ]
        names = self._names_in(found)
        said = (m for each in found for m in without_names(each.mentions, names))
        mentions = sorted(said, key=lambda m: (m.topic is None, -abs(m.weight)))
        language = found[0].language if found else "en"
        kept = (*mentions[:MENTIONS], *filter(self._is_sensitive, mentions[MENTIONS:]))
        return Understanding(mentions=kept, language=language, extractor=extractor.version)

    def _is_sensitive(self, mention: Mention) -> bool:
        topic = self.vocabulary.resolve(mention)
        return topic is not None and self.vocabulary.is_sensitive(topic)

    def _names_in(self, found: Iterable[Understanding]) -> set[str]:
        """Return names of members that may stand in what was found: no name is ever to become a topic."""
        phrases = {m.phrase for each in found for m in each.mentions if m.topic is None and " " in m.phrase}
        if not phrases:
            return set()
        with self._ledger.read() as uow:
            return names_in(uow, phrases)

    def _take_in(self, uow: UnitOfWork) -> Vocabulary:
        news = uow.records.after(self._taken_in, limit=100_000, kinds=_TAKEN_IN)
        curated = [record for record in news if record.kind in VOCABULARY_KINDS]
        for record in curated:
            self.vocabulary.apply(record)
        if curated and self._extractor is not None:
            self._extractor.refresh(self.vocabulary)
        if len(curated) < len(news):
            self._learned = [record for record in news if record.kind is RecordKind.RANKER_LEARNED][-1]
            self._judge()
        self._taken_in = news[-1].position if news else self._taken_in
        return self.vocabulary

    def _judge(self) -> None:
        judgement = self.judgement
        if self._learned is not None and judgement is not None and isinstance(self._extractor, JudgingExtractor):
            self._extractor.judge_by(judgement, name=str(self._learned.position))


def seed_vocabulary(ledger: Ledger, reader: Reader, *, now: datetime) -> int:
    """Append the topics and phrases of the seed that are new to the ledger; returns how many records."""
    new = seed_records(now, vocabulary=reader.refresh())
    if new:
        with ledger.write() as uow:
            uow.records.append(new)
    return len(new)


def understood_record(record: Record, understanding: Understanding, *, reread: str | None = None) -> NewRecord:
    """Return the record of what was made of a text; the first one about a position stands, unless it is a rereading."""
    data = record.data or {}
    of_event = record.kind in _EVENT_KINDS
    extra = (
        {"event": data["event"]}
        if of_event
        else {
            "of": "check_in" if record.kind is RecordKind.CHECK_IN else "profile",
            "use": data.get("visibility") != Visibility.PRIVATE.value,
        }
    )
    return NewRecord(
        kind=RecordKind.EVENT_UNDERSTOOD if of_event else RecordKind.REREAD if reread else RecordKind.UNDERSTOOD,
        source=f"reread:{reread}" if reread else "understanding",
        id=str(record.position),
        at=record.at,
        member=record.member,
        data=understanding_data(understanding) | extra,
        refs=(*_refs(understanding.mentions, extra), f"record:{record.position}"),
        about=record.position,
    )


def read_pending(
    ledger: Ledger, reader: Reader, *, now: datetime, progress: Callable[[int, int], None] | None = None
) -> int:
    """Understand every text that has no understanding yet, and promote phrases; returns how many were read.

    It takes no lease: whoever waits for it need not wait for another process, and each text is read once all the same.
    """
    reading = Worker(ledger, READING, TextReading(ledger, reader), now=now)
    promotion = Worker(ledger, PROMOTION, Promotion(ledger, reader, now), now=now)
    done = 0
    while taken := reading.step(progress):
        done += taken
        promotion.step()
    while promotion.step():
        pass
    return done


def read_texts(services: ReadingServices) -> int:
    """Understand every text that has no understanding yet; one worker at a time."""
    handler = TextReading(services.ledger, services.reader)
    return Worker(services.ledger, READING, handler, now=services.clock.now()).run(holder=services.name)


def promote_phrases(services: ReadingServices) -> int:
    """Turn phrases into topics that enough members use; one worker at a time."""
    now = services.clock.now()
    handler = Promotion(services.ledger, services.reader, now)
    return Worker(services.ledger, PROMOTION, handler, now=now).run(holder=services.name)


class TextReading:
    """Reads texts; a text that is understood already is passed over."""

    def __init__(self, ledger: Ledger, reader: Reader) -> None:
        """Read with a reader what is in a ledger."""
        self._ledger, self._reader = ledger, reader

    def start(self) -> None:
        """Take in the vocabulary; an extractor that cannot be built is no fault of any text."""
        self._reader.refresh()
        self._reader.extractor()

    def prepare(self, batch: Sequence[Record]) -> list[NewRecord]:
        """Understand the texts that nobody has read."""
        with self._ledger.read() as uow:
            known = uow.records.about([record.position for record in batch])
        return [
            understood_record(record, self._reader.understand(record.kind, record.data))
            for record in batch
            if record.position not in known and record.data is not None
        ]

    def apply(self, uow: UnitOfWork, prepared: list[NewRecord]) -> None:
        """Append the understandings; the first about a text stands."""
        uow.records.append(prepared)


class Promotion:
    """Promotes the phrases of understandings that enough members used."""

    def __init__(self, ledger: Ledger, reader: Reader, now: datetime) -> None:
        """Date new topics with `now`."""
        self._ledger, self._reader, self._now = ledger, reader, now
        self._names, self._uses = _Names(ledger), _Uses()

    def start(self) -> None:
        """Take in the vocabulary."""
        self._reader.refresh()

    def prepare(self, batch: Sequence[Record]) -> list[NewRecord]:
        """Return the topics that phrases of these understandings become."""
        for record in batch:
            if record.kind is RecordKind.UNDERSTOOD:
                self._uses.take(record)
        return _promotions(self._ledger, self._reader, _proposals(batch), self._names, self._uses, self._now)

    def apply(self, uow: UnitOfWork, prepared: list[NewRecord]) -> None:
        """Append the topics."""
        uow.records.append(prepared)


class _Names:
    """The names of all members, loaded when a phrase first stands for promotion."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._names: frozenset[str] | None = None

    def all(self) -> frozenset[str]:
        if self._names is None:
            with self._ledger.read() as uow:
                self._names = frozenset(all_names(uow))
        return self._names


def all_names(uow: UnitOfWork) -> Iterator[str]:
    """Yield the names of all members."""
    after = ""
    while page := uow.members.page(after=after, limit=2000):
        yield from (member.name for member in page)
        after = page[-1].id


class _Uses:
    """Usage of phrases: read once for each that enough members share, then counted on as records pass by."""

    def __init__(self) -> None:
        self._read_to: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self._voices: dict[str, list[frozenset[str]]] = {}

    def take(self, record: Record) -> None:
        """Count a record; one that a phrase was read with already changes nothing for it."""
        said = _phrase_refs(record)
        for ref in said & self._read_to.keys():
            if record.position > self._read_to[ref]:
                self._count(ref, said)

    def of(self, uow: UnitOfWork, members: Mapping[str, int]) -> dict[str, Use]:
        """Return the use of each phrase; one sentence that several members repeat is one voice, up to a few."""
        self._read(uow, members.keys() - self._read_to.keys())
        return {
            _phrase(ref): Use(members=count, texts=self._texts[ref], voices=len(self._voices[ref]))
            for ref, count in members.items()
        }

    def _read(self, uow: UnitOfWork, refs: set[str]) -> None:
        if not refs:
            return
        head = uow.records.head()
        for ref in refs:
            self._texts[ref], self._voices[ref] = 0, []
        for record in uow.records.touching(refs, upto=head, kinds={RecordKind.UNDERSTOOD}):
            said = _phrase_refs(record)
            for ref in said & refs:
                self._count(ref, said)
        self._read_to.update(dict.fromkeys(refs, head))

    def _count(self, ref: str, said: frozenset[str]) -> None:
        self._texts[ref] += 1
        voices = self._voices[ref]
        if len(voices) < VOICES and all(_differ(said - {ref}, other - {ref}) for other in voices):
            voices.append(said)


def _promotions(
    ledger: Ledger, reader: Reader, phrases: Collection[str], names: _Names, uses: _Uses, now: datetime
) -> list[NewRecord]:
    """Return records of the topics that phrases become which enough members used; earlier mentions count as well."""
    vocabulary = reader.vocabulary
    unknown = [phrase for phrase in phrases if not vocabulary.is_known(phrase) and not vocabulary.is_blocked(phrase)]
    if not unknown:
        return []
    with ledger.read() as uow:
        counts = uow.records.members_mentioning([f"phrase:{phrase}" for phrase in unknown])
        common = {_phrase(ref): count for ref, count in counts.items() if count >= FEWEST_MEMBERS}
        open = filter_by_use(common, vocabulary)
        if not open:
            return []
        used = uses.of(uow, {f"phrase:{phrase}": common[phrase] for phrase in open})
        custom = Custom(members=uow.members.count(), texts=uow.records.count(kinds={RecordKind.UNDERSTOOD}))
    new = promotions(used, vocabulary, now=now, custom=custom)
    # Everybody's names are needed only where something is to be promoted.
    if not new:
        return []
    surnames = surnames_of(names.all(), vocabulary.phrases())
    nameless = {phrase: use for phrase, use in used.items() if not holds_surname(phrase, surnames)}
    return promotions(nameless, vocabulary, now=now, custom=custom, member_names=names.all())


def _phrase(ref: str) -> str:
    return ref.removeprefix("phrase:")


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether two texts share less than a third of what is mentioned in either."""
    return len(one & other) * 3 < len(one | other) or not one


def join_text(field: Any) -> str:
    """Return the text of a field that is read: a text, or a list of them."""
    return field if isinstance(field, str) else ". ".join(field or ())


def _refs(mentions: Iterable[Mention], extra: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what an understanding touches; what was said in private is counted nowhere."""
    if not extra.get("use", True):
        return ()
    refs = {f"phrase:{m.phrase}" for m in mentions} | {f"topic:{m.topic}" for m in mentions if m.topic}
    return (*sorted(refs), *((f"event:{extra['event']}",) if "event" in extra else ()))


def _phrase_refs(record: Record) -> frozenset[str]:
    """Return the refs of the phrases that a text says for use."""
    data = record.data or {}
    return frozenset(f"phrase:{mention[0]}" for mention in data.get("mentions", ()) if data.get("use", True))


def _proposals(records: Iterable[Record]) -> set[str]:
    mentions = (mention for record in records for mention in (record.data or {}).get("mentions", ()))
    return {phrase for phrase, topic, *_ in mentions if topic is None}
