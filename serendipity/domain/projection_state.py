"""Current state of curation, consent, merges, strikes and events; observations are read in its light."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from serendipity.domain.graph import EventNode, MemberNode, TopicNode
from serendipity.domain.model import Mention, Purpose, Record, RecordKind, Stance, Topic
from serendipity.domain.times import parse_time

TOPICS_PER_TEXT = 5
OWN_TOPIC_KINDS = frozenset({RecordKind.TOPIC_STRUCK, RecordKind.TOPIC_PINNED, RecordKind.TOPIC_HIDDEN})
_OF_TOPICS = ("topic.", "phrase.", "curation.")
TOPIC_KINDS = frozenset(kind for kind in RecordKind if kind.value.startswith(_OF_TOPICS)) - OWN_TOPIC_KINDS
_EVENT_KINDS = frozenset(
    {
        RecordKind.EVENT_PUBLISHED,
        RecordKind.EVENT_CHANGED,
        RecordKind.EVENT_CANCELLED,
        RecordKind.EVENT_UNDERSTOOD,
    }
)
MEMBER_KINDS = frozenset(
    {
        RecordKind.MEMBER_JOINED,
        RecordKind.PROFILE_CHANGED,
        RecordKind.MEMBER_MERGED,
        RecordKind.MEMBER_ERASED,
        RecordKind.CONSENT_GIVEN,
        RecordKind.CONSENT_WITHDRAWN,
    }
)
STANDING_KINDS = TOPIC_KINDS | _EVENT_KINDS | MEMBER_KINDS | OWN_TOPIC_KINDS | {RecordKind.REREAD}


class Curation(Protocol):
    """The vocabulary as curated: which topic a mention means now."""

    def apply(self, record: Record) -> None:
        """Take in one record about topics or phrases."""
        ...

    def resolve(self, mention: Mention) -> str | None:
        """Return the topic meant, after promotions, aliases and merges; None for a proposal."""
        ...

    def topic(self, id: str) -> Topic | None:
        """Return a topic that exists now."""
        ...

    def is_sensitive(self, id: str) -> bool:
        """Say whether a topic is sensitive, by itself or by a parent."""
        ...

    def parents(self) -> dict[str, str]:
        """Return each topic that is narrower than another, with that other."""
        ...

    def refs_touched_by(self, record: Record) -> set[str]:
        """Return the refs ("topic:…", "phrase:…") whose mentions may mean something else once it is applied."""
        ...


class Standing:
    """The state that observations are folded under; grows record by record, in order."""

    def __init__(self, curation: Curation, mentions_of: Callable[[Any], Iterable[Mention]]) -> None:
        """Start empty, at position 0; `mentions_of` reads the mentions in an understanding's data."""
        self.position = 0
        self.curation = curation
        self.events: dict[str, EventNode] = {}
        self._mentions_of = mentions_of
        self._organisations: dict[str, str | None] = {}
        self._consenting: set[str] = set()
        self._gone: set[str] = set()
        self._merged: dict[str, str] = {}
        self._duplicates: dict[str, set[str]] = {}
        self._struck: dict[str, set[tuple[int | None, str]]] = {}
        self._pinned: dict[str, set[str]] = {}
        self._hidden: dict[str, set[str]] = {}
        self._cancelled: set[str] = set()
        self._event_mentions: dict[str, tuple[Mention, ...]] = {}
        self._event_read: dict[str, int] = {}
        self._latest: dict[int, int] = {}

    def apply(self, record: Record) -> None:
        """Take in one record of STANDING_KINDS (others only move the position)."""
        self.position = max(self.position, record.position)
        if record.kind in TOPIC_KINDS:
            self.curation.apply(record)
        elif record.kind in _EVENT_KINDS:
            self._apply_event(record)
        elif record.kind in MEMBER_KINDS and record.member:
            self._apply_member(record, record.member)
        elif record.kind is RecordKind.REREAD and record.about is not None:
            self._latest[record.about] = record.position
        elif record.kind in OWN_TOPIC_KINDS and record.member and record.data:
            self._apply_own(record.kind, record.member, record.data)

    def member(self, id: str | None) -> str | None:
        """Return the id under which a member takes part in the graph; None without consent or once gone."""
        id = self.root(id) if id else None
        return id if id in self._consenting and id not in self._gone else None

    def member_node(self, id: str) -> MemberNode:
        """Return the member's node."""
        return MemberNode(id=id, organisation=self._organisations.get(id))

    def merged_into(self, id: str) -> str | None:
        """Return whom a duplicate was merged into."""
        return self._merged.get(id)

    def topic(self, id: str) -> TopicNode | None:
        """Return the node of a topic; None when it is merged, retracted or sensitive."""
        topic = self.curation.topic(id)
        if topic is None or topic.id != id or self.curation.is_sensitive(id):
            return None
        return TopicNode(id=id, label=topic.label)

    def narrower(self) -> set[tuple[str, str]]:
        """Return the pairs (narrower topic, broader topic) of the graph."""
        hidden = self.curation.is_sensitive
        return {pair for pair in self.curation.parents().items() if not any(map(hidden, pair))}

    def topics(self, record: Record) -> list[tuple[str, Stance, float]]:
        """Return what an understanding says now: (topic, stance, weight), the strongest five, none twice a stance.

        Sensitive, struck and hidden topics, proposals, and understandings made anew since give nothing.
        """
        if record.data is None or self._is_superseded(record) or not record.data.get("use", True):
            return []
        left_out = self._struck_topics(record) | self.hidden(record.member)
        best: dict[tuple[str, Stance], float] = {}
        for topic, mention in self._resolved(self._mentions_of(record.data)):
            key = (topic, mention.stance)
            if topic not in left_out and abs(mention.weight) > abs(best.get(key, 0.0)):
                best[key] = mention.weight
        ranked = sorted(best.items(), key=lambda item: (-abs(item[1]), item[0]))
        return [(topic, stance, weight) for (topic, stance), weight in ranked[:TOPICS_PER_TEXT]]

    def is_open(self, record: Record) -> bool:
        """Tell whether all of a text may count: nothing in what is understood of it is sensitive, struck or hidden.

        One that was understood anew since says nothing any more.
        """
        if record.data is None or self._is_superseded(record) or not record.data.get("use", True):
            return False
        closed = self._struck_topics(record) | self.hidden(record.member)
        known = {self.curation.resolve(mention) for mention in self._mentions_of(record.data)} - {None}
        return not any(topic in closed or self.curation.is_sensitive(topic) for topic in known if topic)

    def hidden(self, member: str | None) -> set[str]:
        """Return the topics that a person keeps to themselves, as they are called now."""
        return self._own(self._hidden, member)

    def pins(self) -> set[tuple[str, str]]:
        """Return the pinned pairs (member, topic) of the graph; what a member hides as well is not among them."""
        found = set()
        for holder in self._pinned:
            if (member := self.member(holder)) is not None:
                topics = self._own(self._pinned, member) - self.hidden(member)
                found |= {(member, topic) for topic in topics if self.topic(topic) is not None}
        return found

    def event_topics(self, event: str) -> list[tuple[str, float]]:
        """Return what an event is about now: (topic, weight)."""
        if event in self._cancelled:
            return []
        best: dict[str, float] = {}
        for topic, mention in self._resolved(self._event_mentions.get(event, ())):
            best[topic] = max(best.get(topic, 0.0), mention.weight)
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))[:TOPICS_PER_TEXT]

    def refs_touched_by(self, record: Record) -> set[str]:
        """Return the refs whose observations may count otherwise once a record of STANDING_KINDS is applied."""
        if record.kind in TOPIC_KINDS:
            return self.curation.refs_touched_by(record)
        if record.kind in _EVENT_KINDS:
            return {f"event:{record.data['event']}"} if record.data else set()
        if record.kind is RecordKind.REREAD:
            return {f"record:{record.about}"}
        if record.kind in (RecordKind.CONSENT_GIVEN, RecordKind.CONSENT_WITHDRAWN) and not _is_matching(record):
            return set()
        if record.kind in (RecordKind.MEMBER_JOINED, RecordKind.PROFILE_CHANGED, RecordKind.TOPIC_PINNED):
            return set()
        into = (record.data or {}).get("into") if record.kind is RecordKind.MEMBER_MERGED else None
        return {f"member:{one}" for id in (record.member, into) if id for one in self._one_person(id)}

    def root(self, id: str) -> str:
        """Return whom an id stands for now: of a merged member, who stayed."""
        while id in self._merged:
            id = self._merged[id]
        return id

    def _one_person(self, id: str) -> set[str]:
        """Return every id of a person: all their observations stand and fall together."""
        root = self.root(id)
        return {id, root} | self._duplicates.get(root, set())

    def _resolved(self, mentions: Iterable[Mention]) -> Iterable[tuple[str, Mention]]:
        for mention in mentions:
            topic = self.curation.resolve(mention)
            if topic is not None and not self.curation.is_sensitive(topic):
                yield topic, mention

    def _is_superseded(self, record: Record) -> bool:
        return record.about is not None and self._latest.get(record.about, record.position) != record.position

    def _struck_topics(self, record: Record) -> set[str]:
        """Return the topics struck in this text or everywhere, as they are called now.

        A strike follows merges, of topics and of members: duplicates are one person.
        """
        if not self._struck or record.member is None:
            return set()
        struck = {strike for one in self._one_person(record.member) for strike in self._struck.get(one, ())}
        return {self._now(topic) for of, topic in struck if of is None or of == record.about}

    def _own(self, chosen: dict[str, set[str]], member: str | None) -> set[str]:
        """Return what a person chose, under whichever of their ids; a choice follows merges."""
        if not chosen or member is None:
            return set()
        return {self._now(topic) for one in self._one_person(member) for topic in chosen.get(one, ())}

    def _now(self, topic: str) -> str:
        return self.curation.resolve(Mention(phrase="", topic=topic)) or topic

    def _apply_own(self, kind: RecordKind, member: str, data: Mapping[str, Any]) -> None:
        topic = str(data["topic"])
        match kind:
            case RecordKind.TOPIC_STRUCK:
                strikes, strike = self._struck.setdefault(member, set()), (data.get("of"), topic)
                (strikes.add if data.get("struck", True) else strikes.discard)(strike)
            case RecordKind.TOPIC_PINNED:
                self._choose(self._pinned, member, topic, chosen=data.get("pinned", True))
            case _:
                self._choose(self._hidden, member, topic, chosen=data.get("hidden", True))

    def _choose(self, given: dict[str, set[str]], member: str, topic: str, *, chosen: bool) -> None:
        """Take in a choice of a person; what is taken back goes under all their ids and all the topic's."""
        if chosen:
            given.setdefault(member, set()).add(topic)
            return
        for one in self._one_person(member) & given.keys():
            given[one] = {each for each in given[one] if self._now(each) != self._now(topic)}

    def _apply_event(self, record: Record) -> None:
        data = record.data or {}
        event = data.get("event", "")
        if record.kind is RecordKind.EVENT_UNDERSTOOD:
            self._understand_event(record, event)
        elif record.kind is RecordKind.EVENT_CANCELLED:
            self._cancelled.add(event)
        else:
            self._cancelled.discard(event)
            self.events[event] = EventNode(
                id=event,
                title=data["title"],
                starts_at=parse_time(data["starts_at"]),
                ends_at=parse_time(data["ends_at"]) if data.get("ends_at") else None,
                place=data.get("place"),
            )

    def _understand_event(self, record: Record, event: str) -> None:
        """Take in what an event is about; a later reading of an earlier text of it says nothing any more."""
        text = record.about or record.position
        if text >= self._event_read.get(event, 0):
            self._event_read[event] = text
            self._event_mentions[event] = tuple(self._mentions_of(record.data or {}))

    def _apply_member(self, record: Record, member: str) -> None:
        match record.kind:
            case RecordKind.MEMBER_ERASED:
                self._gone.add(member)
            case RecordKind.MEMBER_MERGED if record.data:
                person = self._one_person(member)
                self._merged[member] = record.data["into"]
                self._duplicates.setdefault(self.root(member), set()).update(person)
            case RecordKind.CONSENT_GIVEN if _is_matching(record):
                self._consenting.add(member)
            case RecordKind.CONSENT_WITHDRAWN if _is_matching(record):
                self._consenting.discard(member)
            case RecordKind.MEMBER_JOINED | RecordKind.PROFILE_CHANGED:
                self._organisations[member] = (record.data or {}).get("organisation")


def _is_matching(record: Record) -> bool:
    return (record.data or {}).get("purpose") == Purpose.MATCHING.value
