"""What a member's page of an introduction shows: what they may know, and nothing that gives the other's answer away."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party
from serendipity.introductions.decide import answer_until, closes_at
from serendipity.introductions.disclosure import TOGETHER
from serendipity.introductions.evidence import Profile, others_of, seen_together, together, without_private
from serendipity.introductions.reader_texts import TextContext
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.workflow import can_undo
from serendipity.ports import UnitOfWork


class Standing(StrEnum):
    """Where an introduction stands for one member."""

    OPEN = "open"  # they can answer
    WAITING = "waiting"  # they said yes
    DECLINED = "declined"  # they said no
    INTRODUCED = "introduced"
    CLOSED = "closed"  # it did not come together, or the question is not open any more


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A member's view of an introduction; `undo_until` is None when there is nothing to take back."""

    introduction: str
    standing: Standing
    other: Profile
    sentences: tuple[str, ...]
    answer: Answer
    reason: DeclineReason | None
    answer_until: datetime | None
    undo_until: datetime | None


def question(uow: UnitOfWork, introduction: Introduction, member: str, *, context: TextContext) -> Question:
    """Return what a member may know of an introduction that they are asked about."""
    settings, now = context.settings, context.now
    party = next(each for each in introduction.parties if each.member == member)
    standing = standing_for(introduction, party, settings=settings, now=now)
    undo = can_undo(introduction, party, now=now, settings=settings)
    other, sentences = _read_by(uow, introduction, member, context, introduced=standing is Standing.INTRODUCED)
    return Question(
        introduction=introduction.id,
        standing=standing,
        other=other,
        sentences=sentences,
        answer=party.answer,
        reason=party.reason,
        answer_until=answer_until(party, settings),
        undo_until=party.answered_at + settings.grace if undo and party.answered_at else None,
    )


def _read_by(
    uow: UnitOfWork, introduction: Introduction, member: str, context: TextContext, *, introduced: bool
) -> tuple[Profile, tuple[str, ...]]:
    """Return what is shown of the others and why: as approved, and all of them once they are introduced."""
    there = together(introduction) if introduced else introduction
    text = context.reader_texts(uow, there)[member]
    if not introduced:
        shown = Profile(name=text.name, organisation=text.organisation, about=text.about)
        return shown, tuple(line.text for line in text.asked)
    others = without_private(uow, others_of(uow, there, member), context.topics)
    shown = seen_together(others, context.gettext(text.locale), introduced=True)
    return shown, tuple(line.text for line in text.introduced)


def standing_for(
    introduction: Introduction, party: Party, *, settings: IntroductionSettings, now: datetime
) -> Standing:
    """Return where it stands for one member: after a yes it waits just as long for a no as for a silence."""
    if party.answer is Answer.DECLINED:
        return Standing.DECLINED
    if introduction.state in TOGETHER and party.answer is Answer.ACCEPTED:
        return Standing.INTRODUCED
    if party.answer is Answer.ACCEPTED:
        closes = closes_at(introduction, settings)
        ended = introduction.state is not IntroductionState.ASKED
        return Standing.CLOSED if ended and closes is not None and closes <= now else Standing.WAITING
    until = answer_until(party, settings)
    is_open = introduction.state is IntroductionState.ASKED and until is not None and now < until
    return Standing.OPEN if is_open else Standing.CLOSED
