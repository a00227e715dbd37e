"""From evidence to sentences: each is made of one reason, says no figures, and names nothing that may not be named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from serendipity.domain.model import Event, Reason, Topic

RELEVANT = ("seek_offer", "shared_topic", "adjacent_topics", "shared_event", "path")
SURPRISING = ("bridge", "distance", "difference")
MOST_SENTENCES = 3
MOST_THINGS = 3

Gettext = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """What is said, and the reason that it says."""

    text: str
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What ids are called, as far as the reader may know: a member without a name here is not named.

    `parties` are the two members in the order that the reasons' paths run in; `quotes` is what each may be quoted with.
    """

    parties: tuple[str, str]
    topics: Mapping[str, Topic]
    events: Mapping[str, Event]
    names: Mapping[str, str]
    now: datetime
    quotes: Mapping[str, str] = field(default_factory=dict)


def to_one(reasons: Sequence[Reason], known: Known, *, reader: str, gettext: Gettext) -> list[Sentence]:
    """Return what is said to one side about the other."""
    return _chosen(reasons, lambda reason: _Telling(reason, known, gettext, reader).sentence())


def to_both(reasons: Sequence[Reason], known: Known, *, gettext: Gettext) -> list[Sentence]:
    """Return what is said to both at once."""
    return _chosen(reasons, lambda reason: _Telling(reason, known, gettext, None).sentence())


def quotation(known: Known, member: str, *, gettext: Gettext) -> str | None:
    """Return a member's own words as a sentence, where they may be quoted."""
    quote = known.quotes.get(member)
    if not quote:
        return None
    _ = gettext
    return _("{name} wrote: “{quote}”").format(name=_called(known, member, gettext), quote=quote)


def listed(things: Sequence[str], *, gettext: Gettext) -> str:
    """Join as in "A, B and C".

    >>> listed(["A", "B", "C"], gettext=lambda text: text)
    'A, B and C'
    """
    _ = gettext
    if len(things) < 2:
        return "".join(things)
    return _("{first} and {last}").format(first=", ".join(things[:-1]), last=things[-1])


def _chosen(reasons: Sequence[Reason], say: Callable[[Reason], str | None]) -> list[Sentence]:
    by_weight = sorted(reasons, key=lambda reason: -reason.weight)
    relevant = _said([reason for reason in by_weight if reason.kind in RELEVANT], say)
    surprising = _said([reason for reason in by_weight if reason.kind in SURPRISING], say)
    return [*relevant[:MOST_SENTENCES], *surprising[:1]]


def _said(reasons: Sequence[Reason], say: Callable[[Reason], str | None]) -> list[Sentence]:
    """One sentence per kind, so that none begins like the one before it."""
    said: dict[str, Sentence] = {}
    for reason in reasons:
        text = say(reason) if reason.kind not in said else None
        if text:
            said[reason.kind] = Sentence(text=text, reason=reason)
    return list(said.values())


def _called(known: Known, member: str, gettext: Gettext) -> str:
    _ = gettext
    return known.names.get(member) or _("this member")


@dataclass(frozen=True, slots=True)
class _Telling:
    """One reason on its way to a sentence; without a reader it is told to both."""

    reason: Reason
    known: Known
    _: Gettext
    reader: str | None

    def sentence(self) -> str | None:
        tell = {
            "shared_topic": self._shared_topic,
            "adjacent_topics": self._adjacent_topics,
            "seek_offer": self._seek_offer,
            "shared_event": self._shared_event,
            "path": self._path,
            "bridge": self._bridge,
            "distance": self._distance,
            "difference": self._difference,
        }[self.reason.kind]()
        return tell and tell[0].upper() + tell[1:]

    def _shared_topic(self) -> str | None:
        _ = self._
        labels = self._labels(self.reason.topics)
        if not labels:
            return None
        if self.reader is None:
            return _("you both work on {topics}.").format(topics=self._list(labels))
        return _("you and {other} both work on {topics}.").format(other=self._other(), topics=self._list(labels))

    def _adjacent_topics(self) -> str | None:
        _ = self._
        ends = [self.reason.topics[0], self.reason.topics[-1]] if len(self.reason.topics) > 1 else []
        labels = self._labels(ends)
        if len(labels) < 2:
            return None
        first, second = self.known.parties
        if self.reader is None:
            text = _("{first} works on {mine} and {second} on {theirs}, and these two often go together.")
            return text.format(first=self._name(first), mine=labels[0], second=self._name(second), theirs=labels[1])
        mine, theirs = labels if self.reader == first else reversed(labels)
        text = _("you work on {mine} and {other} on {theirs}, and these two often go together.")
        return text.format(mine=mine, other=self._other(), theirs=theirs)

    def _seek_offer(self) -> str | None:
        _ = self._
        labels = self._labels(self.reason.topics)
        seeker = self._seeker()
        if not labels or seeker is None:
            return None
        topics = self._list(labels)
        if self.reader is None:
            offerer = next(member for member in self.known.parties if member != seeker)
            text = _("{seeker} is looking for {topics}, and {offerer} offers just that.")
            return text.format(seeker=self._name(seeker), topics=topics, offerer=self._name(offerer))
        if self.reader == seeker:
            text = _("you are looking for {topics}, and {other} offers just that.")
        else:
            text = _("{other} is looking for {topics}, and you offer just that.")
        return text.format(other=self._other(), topics=topics)

    def _shared_event(self) -> str | None:
        _ = self._
        there = [self.known.events[id] for id in self.reason.events if id in self.known.events]
        past = [event.title for event in there if event.starts_at <= self.known.now and not event.cancelled]
        coming = [event.title for event in there if event.starts_at > self.known.now and not event.cancelled]
        if past:
            return _("you were both at {events}.").format(events=self._list(past[:MOST_THINGS]))
        if coming:
            return _("you are both coming to {events}.").format(events=self._list(coming[:MOST_THINGS]))
        return None

    def _path(self) -> str | None:
        _ = self._
        between = set(self.reason.members) - set(self.known.parties)
        if not between:
            return None
        if len(between) == 1:
            return _("somebody you know is acquainted with both of you.")  # whom it is, is theirs to say
        return _("people you know are acquainted with each other.")

    def _bridge(self) -> str | None:
        _ = self._
        labels = self._labels(self.reason.topics)
        if not labels:
            return _("you come from different corners of the community.")
        text = _("you come from different corners of the community, and {topics} can connect you.")
        return text.format(topics=self._list(labels))

    def _distance(self) -> str | None:
        _ = self._
        return _("you would hardly have run into each other by yourselves.")

    def _difference(self) -> str | None:
        _ = self._
        return _("for the rest you do quite different things, and that is often where ideas come from.")

    def _labels(self, ids: Sequence[str]) -> list[str]:
        found = [self.known.topics[id] for id in dict.fromkeys(ids) if id in self.known.topics]
        return [topic.label for topic in found if not topic.sensitive][:MOST_THINGS]

    def _list(self, things: Sequence[str]) -> str:
        return listed(things, gettext=self._)

    def _seeker(self) -> str | None:
        named = self.reason.data.get("seeker") or next(iter(self.reason.members), None)
        return named if named in self.known.parties else None

    def _other(self) -> str:
        return self._name(next(member for member in self.known.parties if member != self.reader))

    def _name(self, member: str) -> str:
        return _called(self.known, member, self._)
