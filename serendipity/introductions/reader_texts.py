"""Texts that each party of an introduction reads: chosen at the proposal, reviewed, frozen at the approval.

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
from serendipity.introductions.evidence import (
    hide_private_profiles,
    others_of,
    read_sentence_context,
    topics_of,
    visible_profile_of_several,
)
from serendipity.introductions.sentences import (
    Gettext,
    Sentence,
    SentenceContext,
    quote_sentence,
    sentences_for,
    sentences_for_all,
)
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class TextLine:
    """One sentence and what it needs to stay true: topics, those named as being between, the check-in it quotes."""

    text: str
    topics: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    quotes: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderText:
    """Texts for one party in their language: about the other before both said yes, and the lines before and after."""

    locale: str
    name: str | None
    organisation: str | None
    about: str | None
    asked: tuple[TextLine, ...]
    introduced: tuple[TextLine, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "ReaderText":
        """Return what `asdict` made of one."""
        lines = {name: tuple(_line_from_data(each) for each in data[name]) for name in ("asked", "introduced")}
        return cls(**{**data, **lines})


@dataclass(frozen=True, kw_only=True, slots=True)
class TextContext:
    """Inputs of the texts: the current topics, the settings, translations by language, and the time."""

    topics: Mapping[str, Topic]
    settings: IntroductionSettings
    gettext: Callable[[str], Gettext]
    now: datetime

    def reader_texts(self, uow: UnitOfWork, introduction: Introduction) -> dict[str, ReaderText]:
        """Return what each party reads, by member: as approved, else as it would be approved now."""
        before, after = (
            self._sentence_context(uow, introduction, introduced=False),
            self._sentence_context(uow, introduction, introduced=True),
        )
        found = {}
        for party in introduction.parties:
            reader = uow.members.get(party.member)
            others = hide_private_profiles(uow, others_of(uow, introduction, party.member), self.topics)
            fresh = self._generate(introduction, before, after, reader, others)
            frozen = introduction.reader_texts.get(party.member)
            standing = _CurrentTexts(
                introduction=introduction, topics=self.topics, context=before, others=others, fresh=fresh
            )
            found[party.member] = standing.without_withdrawn(ReaderText.from_data(frozen)) if frozen else fresh
        return found

    def _sentence_context(self, uow: UnitOfWork, introduction: Introduction, *, introduced: bool) -> SentenceContext:
        return read_sentence_context(
            uow,
            introduction,
            topics=self.topics,
            settings=self.settings,
            now=self.now,
            introduced=introduced,
            quoted=not introduced,
        )

    def _generate(
        self,
        introduction: Introduction,
        before: SentenceContext,
        after: SentenceContext,
        reader: Member,
        others: Sequence[Member],
    ) -> ReaderText:
        gettext = self.gettext(reader.locale)
        shown = visible_profile_of_several(others, gettext)
        before, after = replace(before, locale=reader.locale), replace(after, locale=reader.locale)
        return ReaderText(
            locale=reader.locale,
            name=shown.name,
            organisation=shown.organisation,
            about=shown.about,
            asked=_question_lines(introduction, before, reader, others, gettext),
            introduced=_read_edited_lines(introduction, reader.locale)
            or _sentence_lines(sentences_for_all(introduction.reasons, after, gettext=gettext), after),
        )


def freeze(texts: Mapping[str, ReaderText]) -> dict[str, dict[str, Any]]:
    """Return texts as data, to be stored with an introduction."""
    return {member: asdict(text) for member, text in texts.items()}


def digest(texts: Mapping[str, ReaderText]) -> str:
    """Return a fingerprint of what all parties read: what a manager approves is what they looked at."""
    return hashlib.sha256(orjson.dumps(freeze(texts), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def names_hidden_member(text: str, context: SentenceContext, others: Sequence[Member]) -> bool:
    """Tell whether a text names one of the others who may not be named yet."""
    hidden = [part for other in others if other.id not in context.names for part in other.name.casefold().split()]
    return any(part in text.casefold() for part in hidden)


@dataclass(frozen=True, kw_only=True, slots=True)
class _CurrentTexts:
    """The texts that may be shown to one reader now, compared with those approved for them."""

    introduction: Introduction
    topics: Mapping[str, Topic]
    context: SentenceContext
    others: Sequence[Member]
    fresh: ReaderText

    def without_withdrawn(self, approved: ReaderText) -> ReaderText:
        """Return what was approved without what was taken back since."""
        fresh = self.fresh
        return replace(
            approved,
            name=approved.name if fresh.name else None,
            organisation=approved.organisation if fresh.organisation else None,
            about=approved.about if fresh.about else None,
            asked=self._question_lines(approved),
            introduced=tuple(line for line in approved.introduced if self._still_holds(line)),
        )

    def _question_lines(self, approved: ReaderText) -> tuple[TextLine, ...]:
        """Return the approved lines that still hold; those that name somebody who took that back are said without."""
        if any(names_hidden_member(line.text, self.context, self.others) for line in approved.asked):
            quoted = {line.quotes for line in approved.asked}
            return tuple(line for line in self.fresh.asked if line.quotes in quoted | {None})
        return tuple(line for line in approved.asked if self._still_holds(line))

    def _still_holds(self, line: TextLine) -> bool:
        quoted = {quote.position for quote in self.context.quotes.values()} | {None}
        return (
            line.quotes in quoted
            and all(id in self.context.between for id in line.between)
            and not any(id in line.topics or _mentions(line.text, self.topics[id]) for id in self._withdrawn_topics())
        )

    def _withdrawn_topics(self) -> set[str]:
        named = topics_of(self.introduction.reasons)
        return {id for id in named if id in self.topics and id not in self.context.topics}


def _mentions(text: str, topic: Topic) -> bool:
    return any(name.casefold() in text.casefold() for name in (topic.label, *topic.aliases))


def _question_lines(
    introduction: Introduction, context: SentenceContext, reader: Member, others: Sequence[Member], gettext: Gettext
) -> tuple[TextLine, ...]:
    """Return the lines for one side: the manager's where there are some that keep the others' names."""
    edited = _read_edited_lines(introduction, reader.locale)
    if edited and not any(names_hidden_member(line.text, context, others) for line in edited):
        return edited
    lines = _sentence_lines(sentences_for(introduction.reasons, context, reader=reader.id, gettext=gettext), context)
    quote = context.quotes.get(others[0].id) if len(others) == 1 else None
    said = quote_sentence(context, others[0].id, gettext=gettext) if quote else None
    return (*lines, TextLine(text=said, quotes=quote.position)) if quote and said else lines


def _read_edited_lines(introduction: Introduction, locale: str) -> tuple[TextLine, ...]:
    return tuple(
        TextLine(text=line) for line in introduction.texts.get(locale, "").strip().splitlines() if line.strip()
    )


def _sentence_lines(sentences: Sequence[Sentence], context: SentenceContext) -> tuple[TextLine, ...]:
    return tuple(
        TextLine(
            text=each.text, topics=tuple(sorted(topics_of(each.reasons))), between=_find_named_between(each, context)
        )
        for each in sentences
    )


def _find_named_between(sentence: Sentence, context: SentenceContext) -> tuple[str, ...]:
    """Return those on a path who are named in a sentence."""
    reason = sentence.reasons[0]
    if reason.kind != "path" or not context.names_on_path(reason):
        return ()
    return tuple(id for id in reason.members if id not in context.parties)


def _line_from_data(data: Mapping[str, Any]) -> TextLine:
    return TextLine(**{**data, "topics": tuple(data["topics"]), "between": tuple(data["between"])})
