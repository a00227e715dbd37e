"""Random histories: what may happen to a community, as records made by hand, without reading a text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from serendipity.domain.model import (
    Mention,
    NewRecord,
    Purpose,
    Record,
    RecordKind,
    Stance,
    Understanding,
    Visibility,
)
from serendipity.topics.vocabulary import VOCABULARY_KINDS, Vocabulary
from serendipity.usecases.topics.reading import understood_record

START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=300)
MEMBERS = ("m1", "m2", "m3", "m4", "m5")
TOPICS = ("t1", "t2", "t3", "t4", "t5", "t6")
PHRASES = ("amber", "basalt", "cobalt", "dolomite", "emerald", "feldspar", "garnet", "hematite")
EVENTS = ("e1", "e2")
WHYS = ("said_so", "worked_together", "met_after_introduction", "introduced")
SOMETIME_HOURS = 24 * 200

Said = Sequence[tuple[str, float, Stance]]
Step = tuple[Any, ...]


@dataclass
class History:
    """Writes records down one by one, at the positions that an empty ledger gives them."""

    new: list[NewRecord] = field(default_factory=list)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    subjects: list[Record] = field(default_factory=list)
    published: dict[str, Record] = field(default_factory=dict)
    understood: set[int] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    @classmethod
    def begun(cls) -> "History":
        """A small community: five members of whom four agreed to matching, four topics, two events."""
        history = cls()
        for number, member in enumerate(MEMBERS):
            history.add(RecordKind.MEMBER_JOINED, 0, member=member, data={"organisation": f"o{number % 3}"})
            if member != "m5":
                history.agrees(member, True)
        for topic, phrase in zip(TOPICS[:4], PHRASES, strict=False):
            history.curates(RecordKind.TOPIC_ADDED, topic=topic, label=phrase, aliases=[], parent=None, sensitive=False)
        for event in EVENTS:
            history.publishes(event, "first")
        return history

    def add(
        self,
        kind: RecordKind,
        hours: float,
        *,
        member: str | None = None,
        data: dict[str, Any] | None = None,
        refs: tuple[str, ...] = (),
    ) -> Record:
        """Write one record down."""
        at = START + timedelta(hours=hours)
        id = f"{len(self.new) + 1}"
        return self.append(
            NewRecord(kind=kind, source="history", id=id, at=at, member=member, data=data or {}, refs=refs)
        )

    def append(self, new: NewRecord) -> Record:
        """Take one record as the ledger would."""
        self.new.append(new)
        record = Record(
            position=len(self.new),
            kind=new.kind,
            source=new.source,
            id=new.id,
            at=new.at,
            received_at=new.at,
            member=new.member,
            data=new.data,
            about=new.about,
        )
        self.vocabulary.apply(record)
        return record

    def play(self, steps: Sequence[Step]) -> "History":
        """Take many steps."""
        for name, *arguments in steps:
            STEPS[name](self, *arguments)
        return self

    # --- what members say and do

    def says(self, member: str, said: Said, hours: int, visibility: Visibility, in_profile: bool) -> None:
        """A text, and what was made of it."""
        kind = RecordKind.PROFILE_CHANGED if in_profile else RecordKind.CHECK_IN
        data = {"organisation": "o1"} if in_profile else {"text": "", "visibility": visibility.value}
        record = self.add(kind, hours, member=member, data=data)
        self.subjects.append(record)
        self.append(understood_record(record, self._understanding(said)))

    def read_again(self, which: int, said: Said) -> None:
        """An earlier text is read again with another result."""
        if self.subjects:
            record = self.subjects[which % len(self.subjects)]
            self.append(understood_record(record, self._understanding(said), reread=f"reread-{len(self.new)}"))

    def takes_part(self, kind: RecordKind, member: str, event: str, role: str, hours: int) -> None:
        """An attendance or a registration."""
        self.add(kind, hours, member=member, data={"event": event, "role": role}, refs=(f"event:{event}",))

    def ties(self, member: str, other: str, why: str, hours: int) -> None:
        """Two members know each other."""
        if member != other:
            data = {"other": other, "why": why}
            self.add(RecordKind.TIE, hours, member=member, data=data, refs=(f"member:{other}",))

    def introduced(self, member: str, other: str, outcome: str, hours: int) -> None:
        """Two members were introduced."""
        if member != other:
            data = {"introduction": "i", "other": other, "outcome": outcome}
            self.add(RecordKind.INTRODUCTION, hours, member=member, data=data, refs=(f"member:{other}",))

    # --- how things stand

    def agrees(self, member: str, given: bool) -> None:
        """Consent to matching, given or withdrawn."""
        kind = RecordKind.CONSENT_GIVEN if given else RecordKind.CONSENT_WITHDRAWN
        self.add(kind, 0, member=member, data={"purpose": Purpose.MATCHING.value, "wording": "v1"})

    def moves(self, member: str, organisation: str) -> None:
        """Another organisation."""
        self.add(RecordKind.PROFILE_CHANGED, 0, member=member, data={"organisation": organisation})

    def merges(self, member: str, into: str) -> None:
        """A duplicate is merged, as far as the intake allows it."""
        gone = self.merged.keys() | self.erased
        if member != into and member not in gone and into not in gone:
            self.merged[member] = into
            self.add(RecordKind.MEMBER_MERGED, 0, member=member, data={"into": into}, refs=(f"member:{into}",))

    def leaves(self, member: str) -> None:
        """A member is erased, with those who were merged into them."""
        if member in self.merged or member in self.erased:
            return
        for one in (member, *self._duplicates(member)):
            self.erased.add(one)
            self.add(RecordKind.MEMBER_ERASED, 0, member=one)

    def strikes(self, member: str, topic: str, which: int | None) -> None:
        """A topic is struck out of one text, or of all."""
        subject = self.subjects[which % len(self.subjects)] if which is not None and self.subjects else None
        data = {"topic": topic, "of": subject.position if subject else None}
        self.add(RecordKind.TOPIC_STRUCK, 0, member=subject.member if subject else member, data=data)

    def publishes(self, event: str, title: str) -> None:
        """An event is published or changed."""
        kind = RecordKind.EVENT_CHANGED if event in self.published else RecordKind.EVENT_PUBLISHED
        data = {"event": event, "title": title, "description": "", "starts_at": START.isoformat(), "ends_at": None}
        self.published[event] = self.add(kind, 0, data={**data, "place": None}, refs=(f"event:{event}",))

    def cancels(self, event: str) -> None:
        """An event is cancelled."""
        self.add(RecordKind.EVENT_CANCELLED, 0, data={"event": event}, refs=(f"event:{event}",))

    def event_is_read(self, event: str, said: Said) -> None:
        """What an event is about is understood, once a publication."""
        record = self.published[event]
        if record.position not in self.understood:
            self.understood.add(record.position)
            self.append(understood_record(record, self._understanding(said)))

    def curates(self, kind: RecordKind, **data: Any) -> None:
        """A change of the vocabulary, also one that cannot hold and changes nothing."""
        self.add(kind, 0, data=data)

    def undoes(self, which: int) -> None:
        """An earlier decision about topics is undone, also one that was undone before."""
        decisions = [number for number, new in enumerate(self.new, 1) if new.kind in VOCABULARY_KINDS]
        self.curates(RecordKind.CURATION_UNDONE, record=decisions[which % len(decisions)])

    def chooses(self, kind: RecordKind, member: str, **data: Any) -> None:
        """A member pins or hides a topic, or takes that back."""
        self.add(kind, 0, member=member, data=data)

    def _understanding(self, said: Said) -> Understanding:
        mentions = tuple(
            Mention(phrase=phrase, topic=self.vocabulary.find(phrase), weight=weight, stance=stance)
            for phrase, weight, stance in said
        )
        return Understanding(mentions=mentions, language="en", extractor="by hand")

    def _duplicates(self, member: str) -> list[str]:
        direct = [one for one, into in self.merged.items() if into == member]
        return [one for each in direct for one in (each, *self._duplicates(each))]


STEPS: dict[str, Callable[..., None]] = {
    "says": History.says,
    "reads again": History.read_again,
    "takes part": History.takes_part,
    "ties": History.ties,
    "introduced": History.introduced,
    "agrees": History.agrees,
    "moves": History.moves,
    "merges": History.merges,
    "leaves": History.leaves,
    "strikes": History.strikes,
    "publishes": History.publishes,
    "cancels": History.cancels,
    "event is read": History.event_is_read,
    "added": lambda h, topic, label, aliases, parent, sensitive: h.curates(
        RecordKind.TOPIC_ADDED, topic=topic, label=label, aliases=aliases, parent=parent, sensitive=sensitive
    ),
    "topics merge": lambda h, topic, into: h.curates(RecordKind.TOPIC_MERGED, topic=topic, into=into),
    "renamed": lambda h, topic, label: h.curates(RecordKind.TOPIC_RENAMED, topic=topic, label=label),
    "aliased": lambda h, topic, phrase: h.curates(RecordKind.TOPIC_ALIASED, topic=topic, phrase=phrase),
    "parented": lambda h, topic, parent: h.curates(RecordKind.TOPIC_PARENTED, topic=topic, parent=parent),
    "flagged": lambda h, topic, flag: h.curates(RecordKind.TOPIC_FLAGGED, topic=topic, sensitive=flag),
    "retracted": lambda h, topic: h.curates(RecordKind.TOPIC_RETRACTED, topic=topic),
    "undone": lambda h, which: h.undoes(which),
    "hidden": lambda h, member, topic, flag: h.chooses(RecordKind.TOPIC_HIDDEN, member, topic=topic, hidden=flag),
    "pinned": lambda h, member, topic, flag: h.chooses(RecordKind.TOPIC_PINNED, member, topic=topic, pinned=flag),
    "blocked": lambda h, phrase, flag: h.curates(RecordKind.PHRASE_BLOCKED, phrase=phrase, blocked=flag),
}

# Few enough to meet again and again.
_members = st.sampled_from(("m1", "m2", "m3", "m5"))
_topics, _phrases = st.sampled_from(TOPICS[:5]), st.sampled_from(PHRASES[:6])
_events, _hours, _flag = st.sampled_from(EVENTS), st.integers(0, SOMETIME_HOURS), st.booleans()
_which = st.integers(0, 20)
_said = st.lists(
    st.tuples(_phrases, st.sampled_from((1.0, 0.7, 0.31, -0.5)), st.sampled_from(Stance)), min_size=1, max_size=6
)
_says = st.tuples(
    st.just("says"),
    _members,
    _said,
    _hours,
    st.sampled_from([*Visibility, Visibility.MEMBERS]),
    st.sampled_from([0, 0, 1]),
)
_observed = st.one_of(
    _says,
    _says,
    st.tuples(
        st.just("takes part"),
        st.sampled_from([RecordKind.ATTENDED, RecordKind.REGISTERED]),
        _members,
        _events,
        st.sampled_from(["attendee", "host", "speaker"]),
        _hours,
    ),
    st.tuples(st.just("ties"), _members, _members, st.sampled_from(WHYS), _hours),
    st.tuples(st.just("introduced"), _members, _members, st.sampled_from(["introduced", "met"]), _hours),
)
_of_members = st.one_of(
    st.tuples(st.just("agrees"), _members, _flag),
    st.tuples(st.just("moves"), _members, st.sampled_from(["o1", "o9"])),
    st.tuples(st.just("merges"), _members, _members),
    st.tuples(st.just("leaves"), _members),
    st.tuples(st.just("strikes"), _members, _topics, st.none() | _which),
    st.tuples(st.just("hidden"), _members, _topics, _flag),
    st.tuples(st.just("pinned"), _members, _topics, _flag),
    st.tuples(st.just("reads again"), _which, _said),
)
_of_events = st.one_of(
    st.tuples(st.just("publishes"), _events, st.sampled_from(["second", "third"])),
    st.tuples(st.just("cancels"), _events),
    st.tuples(st.just("event is read"), _events, _said),
)
_of_topics = st.one_of(
    st.tuples(
        st.just("added"),
        _topics,
        _phrases,
        st.lists(_phrases, max_size=2),
        st.none() | _topics,
        st.sampled_from([0, 0, 1]),
    ),
    st.tuples(st.just("topics merge"), _topics, _topics),
    st.tuples(st.just("renamed"), _topics, _phrases),
    st.tuples(st.just("aliased"), _topics, _phrases),
    st.tuples(st.just("parented"), _topics, st.none() | _topics),
    st.tuples(st.just("flagged"), _topics, _flag),
    st.tuples(st.just("retracted"), _topics),
    st.tuples(st.just("blocked"), _phrases, _flag),
    st.tuples(st.just("undone"), _which),
)
STEP: st.SearchStrategy[Step] = st.one_of(_observed, _observed, _of_members, _of_events, _of_topics)
