"""A manager's approval: of exactly what each party will read, in the language of each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import Introduction
from serendipity.introductions import queue
from serendipity.introductions.evidence import NAME, others_of
from serendipity.introductions.reader_texts import TextContext, digest, freeze, names_hidden_member
from serendipity.introductions.sentences import SentenceContext
from serendipity.ports import UnitOfWork

CHANGED = "What they will read changed since you looked: somebody took something back. Look again, then approve."
ONE_LANGUAGE = (
    "You edited the text in one language, and somebody reads another. "
    "Edit that text too, or tick that it is sent as it was generated."
)
NAMES_SOMEBODY = "The text names somebody who is not named before both said yes. Write it without the name."


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """A manager's approval: their edits by language, and a digest of the texts that they looked at.

    `seen` is the digest of the texts that were shown to them; `as_generated` are the languages whose text is sent as it
    was generated although another was edited.
    """

    by: str
    version: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    seen: str | None = None
    as_generated: Collection[str] = ()


def approve(uow: UnitOfWork, id: str, approval: Approval, *, context: TextContext) -> Introduction:
    """Let a proposal go out, and freeze what each party reads.

    Raises Conflict where it changed since the manager looked, InvalidInput where somebody would read something else
    than the manager wrote.
    """
    introduction = uow.introductions.get(id)
    if approval.seen is not None and approval.seen != digest(context.reader_texts(uow, introduction)):
        raise Conflict(CHANGED)
    edited = replace(introduction, texts=queue.merge_texts(introduction, approval.texts))
    check_texts(uow, edited, as_generated=approval.as_generated)
    texts = freeze(context.reader_texts(uow, edited))
    return queue.approve(
        uow, id, by=approval.by, now=context.now, texts=approval.texts, version=approval.version, reader_texts=texts
    )


def check_texts(uow: UnitOfWork, introduction: Introduction, *, as_generated: Collection[str] = ()) -> None:
    """Raise InvalidInput where a manager's text names whom it may not, or leaves a reader with another text."""
    for party in introduction.parties:
        text = introduction.texts.get(uow.members.get(party.member).locale, "")
        others = others_of(uow, introduction, party.member)
        named = {other.id: other.name for other in others if NAME in other.shares}
        if names_hidden_member(
            text, SentenceContext(parties=(), topics={}, events={}, names=named, now=introduction.proposed_at), others
        ):
            raise InvalidInput(NAMES_SOMEBODY)
    if introduction.texts and find_unedited_locales(uow, introduction) - set(as_generated):
        raise InvalidInput(ONE_LANGUAGE)


def find_unedited_locales(uow: UnitOfWork, introduction: Introduction) -> set[str]:
    """Return the languages of readers whose text no manager edited."""
    return readers_by_locale(uow, introduction).keys() - introduction.texts.keys()


def readers_by_locale(uow: UnitOfWork, introduction: Introduction) -> dict[str, list[str]]:
    """Return who reads which language: names by language."""
    found: dict[str, list[str]] = {}
    for party in introduction.parties:
        member = uow.members.get(party.member)
        found.setdefault(member.locale, []).append(member.name)
    return found
