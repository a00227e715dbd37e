"""From evidence to sentences: each traces to its reasons, says no figures, and names nothing that may not be named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from serendipity.domain.model import Event, Reason, Topic
from serendipity.domain.sensitive_topics import is_covered

# How a sentence ends up in the mail: first what brings them together, then one on why they would not have met.
RELEVANT = frozenset({"seek_offer", "shared_topic", "adjacent_topics", "shared_event", "path", "bridge"})
SURPRISING = ("difference", "distance")
MOST_SENTENCES = 3
MOST_THINGS = 3

Gettext = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """One sentence and its reasons: all of one kind, and of one direction."""

    text: str
    reasons: tuple[Reason, ...]


class Quote(NamedTuple):
    """A member's own words, and the position of the check-in that they are from."""

    text: str
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceContext:
    """Names of the ids in reasons, as far as the reader may know them: a member without a name here is not named.

    `parties` are the members, two of them in the order of the reasons; `quotes` is what each may be quoted with.
    `between` are the names of those on a path who agreed to be named there.
    """

    parties: tuple[str, ...]
    topics: Mapping[str, Topic]
    events: Mapping[str, Event]
    names: Mapping[str, str]
    now: datetime
    locale: str = "en"
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    between: Mapping[str, str] = field(default_factory=dict)

    def names_on_path(self, reason: Reason) -> list[str] | None:
        """Return the names of those between the two on a path, in its order; None unless each of them may be named."""
        ids = [id for id in reason.members if id not in self.parties]
        return [self.between[id] for id in ids] if ids and all(id in self.between for id in ids) else None


def sentences_for(
    reasons: Sequence[Reason], context: SentenceContext, *, reader: str, gettext: Gettext
) -> list[Sentence]:
    """Return what is said to one side about the other."""
    return _choose_sentences(reasons, lambda group: _SentenceWriter(group, context, gettext, reader).sentence())


def sentences_for_all(reasons: Sequence[Reason], context: SentenceContext, *, gettext: Gettext) -> list[Sentence]:
    """Return what is said to both at once."""
    return _choose_sentences(reasons, lambda group: _SentenceWriter(group, context, gettext, None).sentence())


def quote_sentence(context: SentenceContext, member: str, *, gettext: Gettext) -> str | None:
    """Return a member's own words as a sentence, where they may be quoted."""
    quote = context.quotes.get(member)
    if not quote:
        return None
    _ = gettext
    name = context.names.get(member)
    return _("{name} wrote: “{quote}”").format(name=name, quote=quote.text) if name else f"“{quote.text}”"


def join_list(things: Sequence[str], *, gettext: Gettext) -> str:
    """Join as in "A, B and C".

    >>> join_list(["A", "B", "C"], gettext=lambda text: text)
    'A, B and C'
    """
    _ = gettext
    if len(things) < 2:
        return "".join(things)
    return _("{first} and {last}").format(first=", ".join(things[:-1]), last=things[-1])


def _choose_sentences(reasons: Sequence[Reason], say: Callable[[tuple[Reason, ...]], str | None]) -> list[Sentence]:
    groups = _group_reasons(reasons)
    relevant = _write_sentences([group for group in groups if group[0].kind in RELEVANT], say)
    surprising = _write_sentences([g for kind in SURPRISING for g in groups if g[0].kind == kind], say)
    return [*relevant[:MOST_SENTENCES], *surprising[:1]]


def _group_reasons(reasons: Sequence[Reason]) -> list[tuple[Reason, ...]]:
    """Put together what one sentence can say, the weightiest group first; adjacent topics are told of one by one."""
    groups: dict[tuple[str, Any], list[Reason]] = {}
    for reason in sorted(reasons, key=lambda each: -each.weight):
        groups.setdefault((reason.kind, reason.data.get("giver")), []).append(reason)
    kept = [tuple(group[:1] if group[0].kind == "adjacent_topics" else group) for group in groups.values()]
    return sorted(kept, key=lambda group: -sum(reason.weight for reason in group))


def _write_sentences(
    groups: Iterable[tuple[Reason, ...]], say: Callable[[tuple[Reason, ...]], str | None]
) -> list[Sentence]:
    told = [(say(group), group) for group in groups]
    return [Sentence(text=text, reasons=group) for text, group in told if text]


@dataclass(frozen=True, slots=True)
class _SentenceWriter:
    """Reasons on their way to a sentence; without a reader it is told to both."""

    reasons: tuple[Reason, ...]
    context: SentenceContext
    _: Gettext
    reader: str | None

    def sentence(self) -> str | None:
        of_two = {
            "shared_topic": self._shared_topic,
            "adjacent_topics": self._adjacent_topics,
            "seek_offer": self._seek_offer,
            "shared_event": self._shared_event,
            "path": self._path,
            "bridge": self._bridge,
            "difference": self._difference,
            "distance": self._distance,
        }
        of_all = {
            "shared_topic": self._all_work_on,
            "shared_event": self._all_were_at,
            "difference": self._contributions,
        }
        kind = self.reasons[0].kind
        tell = (of_all if len(self.context.parties) > 2 else of_two)[kind]()
        return tell and tell[0].upper() + tell[1:]

    def _all_work_on(self) -> str | None:
        labels = self._labels(self._topics())
        return self._("all of you work on {topics}.").format(topics=self._join(labels)) if labels else None

    def _all_were_at(self) -> str | None:
        titles = self._titles()
        return self._("all of you were at {events}.").format(events=self._join(titles)) if titles else None

    def _contributions(self) -> str | None:
        """Tell what each brings that the others do not."""
        _ = self._
        parts = []
        for reason in self.reasons:
            [member], labels = reason.members, self._labels(reason.topics)
            if labels and member == self.reader:
                parts.append(_("you bring {topics}").format(topics=self._join(labels)))
            elif labels:
                parts.append(_("{name} brings {topics}").format(name=self._name(member), topics=self._join(labels)))
        return self._join(parts) + "." if parts else None

    def _shared_topic(self) -> str | None:
        _ = self._
        labels = self._labels(self._topics())
        if not labels:
            return None
        if self.reader is None:
            return _("you both work on {topics}.").format(topics=self._join(labels))
        return _("you and {other} both work on {topics}.").format(other=self._other(), topics=self._join(labels))

    def _adjacent_topics(self) -> str | None:
        _ = self._
        topics = self._topics()
        ends = [self._labels(topics[:1]), self._labels(topics[1:][-1:])]
        return self._each_works_on(
            ends,
            to_one=_("you work on {mine} and {other} on {theirs}, and these two often go together."),
            to_both=_("{first} works on {mine} and {second} on {theirs}, and these two often go together."),
        )

    def _difference(self) -> str | None:
        _ = self._
        data = self.reasons[0].data
        ends = [self._labels(_ids(data.get(side))) for side in ("only_one", "only_other")]
        return self._each_works_on(
            ends,
            to_one=_("besides, you are into {mine} and {other} into {theirs}: fresh eyes on both sides."),
            to_both=_("besides, {first} is into {mine} and {second} into {theirs}: fresh eyes on both sides."),
        )

    def _each_works_on(self, ends: list[list[str]], *, to_one: str, to_both: str) -> str | None:
        if not all(ends):
            return None
        one, other = (self._join(labels) for labels in ends)
        first, second = self.context.parties
        if self.reader is None:
            return to_both.format(first=self._name(first), mine=one, second=self._name(second), theirs=other)
        mine, theirs = (one, other) if self.reader == first else (other, one)
        return to_one.format(mine=mine, other=self._other(), theirs=theirs)

    def _seek_offer(self) -> str | None:
        _ = self._
        labels, giver = self._labels(self._topics()), self._giver()
        if not labels or giver is None:
            return None
        topics = self._join(labels)
        if self.reader is None:
            seeker = next(member for member in self.context.parties if member != giver)
            text = _("{seeker} is looking for {topics}, and {giver} offers just that.")
            return text.format(seeker=self._name(seeker), topics=topics, giver=self._name(giver))
        if self.reader == giver:
            text = _("{other} is looking for {topics}, and you offer just that.")
        else:
            text = _("you are looking for {topics}, and {other} offers just that.")
        return text.format(other=self._other(), topics=topics)

    def _shared_event(self) -> str | None:
        titles = self._titles()
        return self._("you were both at {events}.").format(events=self._join(titles)) if titles else None

    def _titles(self) -> list[str]:
        ids = dict.fromkeys(event for reason in self.reasons for event in reason.events)
        there = [self.context.events[id] for id in ids if id in self.context.events]
        titles = [event.title for event in there if event.starts_at <= self.context.now and not event.cancelled]
        return titles[:MOST_THINGS]

    def _path(self) -> str | None:
        """Tell that there is a chain of acquaintances; who they are is told where all of them agreed to that."""
        _ = self._
        between = set(self.reasons[0].members) - set(self.context.parties)
        named = self.context.names_on_path(self.reasons[0])
        if named and len(named) == 1:
            return _("you both know {name}.").format(name=named[0])
        if named:
            return _("you are linked through {names}, who know each other.").format(names=self._join(named))
        if len(between) == 1:
            return _("there is somebody whom you both know.")
        return _("people you know are acquainted with each other.") if between else None

    def _bridge(self) -> str | None:
        _ = self._
        labels = self._labels(self._topics())
        if not labels:
            return None
        text = _("you come from different corners of the community, and {topics} can connect you.")
        return text.format(topics=self._join(labels))

    def _distance(self) -> str | None:
        """Say it only of those who are strangers by all that is known."""
        _ = self._
        data = self.reasons[0].data
        if data.get("steps") is not None or data.get("shared_events"):
            return None
        if data.get("shared_weekdays") == []:
            return _("you are usually here on different days, so you would hardly have run into each other.")
        return _("you would hardly have run into each other by yourselves.")

    def _topics(self) -> list[str]:
        return [topic for reason in self.reasons for topic in reason.topics]

    def _labels(self, ids: Sequence[str]) -> list[str]:
        topics = self.context.topics
        found = [topics[id] for id in dict.fromkeys(ids) if id in topics and not is_covered(topics, id)]
        # "3d scanner, 3d scanning and 3d scan" says one thing three times: one label a first word is enough.
        labels: dict[str, str] = {}
        for label in (topic.called(self.context.locale) for topic in found):
            labels.setdefault(label.casefold().split()[0], label)
        return list(labels.values())[:MOST_THINGS]

    def _join(self, things: Sequence[str]) -> str:
        return join_list(things, gettext=self._)

    def _giver(self) -> str | None:
        giver = self.reasons[0].data.get("giver")
        return giver if giver in self.context.parties else None

    def _other(self) -> str:
        return self._name(next(member for member in self.context.parties if member != self.reader))

    def _name(self, member: str) -> str:
        _ = self._
        return self.context.names.get(member) or _("this member")


def _ids(named: Any) -> list[str]:
    return [str(each["id"]) for each in named or () if "id" in each]
