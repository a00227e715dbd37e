"""Read model of an introduction for one of its members; nothing in it gives the other's answer away."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party
from serendipity.introductions.decide import answer_until, closes_at
from serendipity.introductions.disclosure import TOGETHER
from serendipity.introductions.evidence import (
    Profile,
    accepting_parties,
    hide_private_profiles,
    others_of,
    visible_profile_of_several,
)
from serendipity.introductions.reader_texts import TextContext
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.workflow import can_undo
from serendipity.ports import UnitOfWork


class MemberState(StrEnum):
    """State of an introduction as one member may know it."""

    OPEN = "open"  # they can answer
    WAITING = "waiting"  # they said yes
    DECLINED = "declined"  # they said no
    INTRODUCED = "introduced"
    CLOSED = "closed"  # it did not come together, or the question is not open any more


@dataclass(frozen=True, kw_only=True, slots=True)
class IntroductionView:
    """A member's view of an introduction; `undo_until` is None when there is nothing to take back."""

    introduction: str
    state: MemberState
    other: Profile
    sentences: tuple[str, ...]
    answer: Answer
    reason: DeclineReason | None
    answer_until: datetime | None
    undo_until: datetime | None


def view_for_member(
    uow: UnitOfWork, introduction: Introduction, member: str, *, context: TextContext
) -> IntroductionView:
    """Return what a member may know of an introduction that they are asked about."""
    settings, now = context.settings, context.now
    party = next(each for each in introduction.parties if each.member == member)
    standing = member_state(introduction, party, settings=settings, now=now)
    undo = can_undo(introduction, party, now=now, settings=settings)
    other, sentences = _visible_texts(uow, introduction, member, context, introduced=standing is MemberState.INTRODUCED)
    return IntroductionView(
        introduction=introduction.id,
        state=standing,
        other=other,
        sentences=sentences,
        answer=party.answer,
        reason=party.reason,
        answer_until=answer_until(party, settings),
        undo_until=party.answered_at + settings.grace if undo and party.answered_at else None,
    )


def _visible_texts(
    uow: UnitOfWork, introduction: Introduction, member: str, context: TextContext, *, introduced: bool
) -> tuple[Profile, tuple[str, ...]]:
    """Return what is shown of the others and why, as approved; once introduced, with their names and addresses."""
    there = accepting_parties(introduction) if introduced else introduction
    text = context.reader_texts(uow, there)[member]
    if not introduced:
        shown = Profile(name=text.name, organisation=text.organisation, about=text.about)
        return shown, tuple(line.text for line in text.asked)
    others = hide_private_profiles(uow, others_of(uow, there, member), context.topics)
    shown = visible_profile_of_several(others, context.gettext(text.locale), introduced=True)
    shown = replace(shown, organisation=text.organisation, about=text.about)
    return shown, tuple(line.text for line in text.introduced)


def member_state(
    introduction: Introduction, party: Party, *, settings: IntroductionSettings, now: datetime
) -> MemberState:
    """Return where it stands for one member: after a yes it waits just as long for a no as for a silence."""
    if party.answer is Answer.DECLINED:
        return MemberState.DECLINED
    if introduction.state in TOGETHER and party.answer is Answer.ACCEPTED:
        return MemberState.INTRODUCED
    if party.answer is Answer.ACCEPTED:
        closes = closes_at(introduction, settings)
        ended = introduction.state is not IntroductionState.ASKED
        return MemberState.CLOSED if ended and closes is not None and closes <= now else MemberState.WAITING
    until = answer_until(party, settings)
    is_open = introduction.state is IntroductionState.ASKED and until is not None and now < until
    return MemberState.OPEN if is_open else MemberState.CLOSED
