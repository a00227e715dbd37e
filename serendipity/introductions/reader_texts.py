"""What each party of an introduction reads: chosen at the proposal, seen by a manager, and frozen at the approval.

What members take back afterwards (a name, a topic, a quoted check-in, an agreement to be named) is left out of it;
nothing else changes, and nothing is added.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from serendipity.domain.model import Introduction, Member, Topic
from serendipity.introductions.evidence import gather, others_of, seen_together, topics_of, without_private
from serendipity.introductions.sentences import Gettext, Known, Sentence, quotation, to_both, to_one
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One sentence and what it needs to stay true: topics, those named as being between, the check-in it quotes."""

    text: str
    topics: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    quotes: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderText:
    """What one party reads in their language: of the other before both said yes, and the lines before and after."""

    locale: str
    name: str | None
    organisation: str | None
    about: str | None
    asked: tuple[Line, ...]
    introduced: tuple[Line, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "ReaderText":
        """Return what `asdict` made of one."""
        lines = {name: tuple(_line(each) for each in data[name]) for name in ("asked", "introduced")}
        return cls(**{**data, **lines})


@dataclass(frozen=True, kw_only=True, slots=True)
class TextContext:
    """What texts are made with: the topics as they stand, the settings, translations by language, and the time."""

    topics: Mapping[str, Topic]
    settings: IntroductionSettings
    gettext: Callable[[str], Gettext]
    now: datetime

    def reader_texts(self, uow: UnitOfWork, introduction: Introduction) -> dict[str, ReaderText]:
        """Return what each party reads, by member: as approved, else as it would be approved now."""
        before, after = (
            self._known(uow, introduction, introduced=False),
            self._known(uow, introduction, introduced=True),
        )
        found = {}
        for party in introduction.parties:
            reader = uow.members.get(party.member)
            others = without_private(uow, others_of(uow, introduction, party.member), self.topics)
            fresh = self._fresh(introduction, before, after, reader, others)
            frozen = introduction.reader_texts.get(party.member)
            standing = _Standing(
                introduction=introduction, topics=self.topics, known=before, others=others, fresh=fresh
            )
            found[party.member] = standing.left_of(ReaderText.from_data(frozen)) if frozen else fresh
        return found

    def _known(self, uow: UnitOfWork, introduction: Introduction, *, introduced: bool) -> Known:
        return gather(
            uow,
            introduction,
            topics=self.topics,
            settings=self.settings,
            now=self.now,
            introduced=introduced,
            quoted=not introduced,
        )

    def _fresh(
        self, introduction: Introduction, before: Known, after: Known, reader: Member, others: Sequence[Member]
    ) -> ReaderText:
        gettext = self.gettext(reader.locale)
        shown = seen_together(others, gettext)
        before, after = replace(before, locale=reader.locale), replace(after, locale=reader.locale)
        return ReaderText(
            locale=reader.locale,
            name=shown.name,
            organisation=shown.organisation,
            about=shown.about,
            asked=_asked(introduction, before, reader, others, gettext),
            introduced=_edited(introduction, reader.locale)
            or _lines(to_both(introduction.reasons, after, gettext=gettext), after),
        )


def frozen(texts: Mapping[str, ReaderText]) -> dict[str, dict[str, Any]]:
    """Return texts as data, to be stored with an introduction."""
    return {member: asdict(text) for member, text in texts.items()}


def digest_of(texts: Mapping[str, ReaderText]) -> str:
    """Return a fingerprint of what all parties read: what a manager approves is what they looked at."""
    return hashlib.sha256(orjson.dumps(frozen(texts), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def gives_away(text: str, known: Known, others: Sequence[Member]) -> bool:
    """Tell whether a text names one of the others who may not be named yet."""
    hidden = [part for other in others if other.id not in known.names for part in other.name.casefold().split()]
    return any(part in text.casefold() for part in hidden)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Standing:
    """What may be said now to one reader, against what was approved for them."""

    introduction: Introduction
    topics: Mapping[str, Topic]
    known: Known
    others: Sequence[Member]
    fresh: ReaderText

    def left_of(self, approved: ReaderText) -> ReaderText:
        """Return what was approved without what was taken back since."""
        fresh = self.fresh
        return replace(
            approved,
            name=approved.name if fresh.name else None,
            organisation=approved.organisation if fresh.organisation else None,
            about=approved.about if fresh.about else None,
            asked=self._asked(approved),
            introduced=tuple(line for line in approved.introduced if self._holds(line)),
        )

    def _asked(self, approved: ReaderText) -> tuple[Line, ...]:
        """Return the approved lines that still hold; those that name somebody who took that back are said without."""
        if any(gives_away(line.text, self.known, self.others) for line in approved.asked):
            quoted = {line.quotes for line in approved.asked}
            return tuple(line for line in self.fresh.asked if line.quotes in quoted | {None})
        return tuple(line for line in approved.asked if self._holds(line))

    def _holds(self, line: Line) -> bool:
        quoted = {quote.position for quote in self.known.quotes.values()} | {None}
        return (
            line.quotes in quoted
            and all(id in self.known.between for id in line.between)
            and not any(id in line.topics or _says(line.text, self.topics[id]) for id in self._taken_back())
        )

    def _taken_back(self) -> set[str]:
        named = topics_of(self.introduction.reasons)
        return {id for id in named if id in self.topics and id not in self.known.topics}


def _says(text: str, topic: Topic) -> bool:
    return any(name.casefold() in text.casefold() for name in (topic.label, *topic.aliases))


def _asked(
    introduction: Introduction, known: Known, reader: Member, others: Sequence[Member], gettext: Gettext
) -> tuple[Line, ...]:
    """Return the lines for one side: the manager's where there are some that keep the others' names."""
    edited = _edited(introduction, reader.locale)
    if edited and not any(gives_away(line.text, known, others) for line in edited):
        return edited
    lines = _lines(to_one(introduction.reasons, known, reader=reader.id, gettext=gettext), known)
    quote = known.quotes.get(others[0].id) if len(others) == 1 else None
    said = quotation(known, others[0].id, gettext=gettext) if quote else None
    return (*lines, Line(text=said, quotes=quote.position)) if quote and said else lines


def _edited(introduction: Introduction, locale: str) -> tuple[Line, ...]:
    return tuple(Line(text=line) for line in introduction.texts.get(locale, "").strip().splitlines() if line.strip())


def _lines(sentences: Sequence[Sentence], known: Known) -> tuple[Line, ...]:
    return tuple(
        Line(text=each.text, topics=tuple(sorted(topics_of(each.reasons))), between=_between(each, known))
        for each in sentences
    )


def _between(sentence: Sentence, known: Known) -> tuple[str, ...]:
    """Return those on a path who are named in a sentence."""
    reason = sentence.reasons[0]
    if reason.kind != "path" or not known.linked_by(reason):
        return ()
    return tuple(id for id in reason.members if id not in known.parties)


def _line(data: Mapping[str, Any]) -> Line:
    return Line(**{**data, "topics": tuple(data["topics"]), "between": tuple(data["between"])})
