"""What a member's page of an introduction shows: what they may know, and nothing that gives the other's answer away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party, Topic
from serendipity.introductions.evidence import Profile, gather, others_of, said_to, seen_together, together
from serendipity.introductions.opt_in import can_undo
from serendipity.introductions.settings import IntroductionSettings
from serendipity.introductions.steps import answer_until, closes_at
from serendipity.introductions.wording import Gettext
from serendipity.ports import UnitOfWork

NOTHING = Profile(name=None, organisation=None, about=None)
TOGETHER = frozenset({IntroductionState.INTRODUCED, IntroductionState.FOLLOWED_UP})


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


def question(
    uow: UnitOfWork,
    introduction: Introduction,
    member: str,
    *,
    topics: Mapping[str, Topic],
    settings: IntroductionSettings,
    gettext: Gettext,
    now: datetime,
) -> Question:
    """Return what a member may know of an introduction that they are asked about."""
    party = next(each for each in introduction.parties if each.member == member)
    standing = standing_for(introduction, party, settings=settings, now=now)
    introduced = standing is Standing.INTRODUCED
    there = together(introduction) if introduced else introduction
    reader, shown = uow.members.get(member), others_of(uow, there, member)
    known = gather(uow, there, topics=topics, settings=settings, now=now, introduced=introduced)
    told = standing in {Standing.OPEN, Standing.WAITING, Standing.INTRODUCED}
    undo = can_undo(introduction, party, now=now, settings=settings)
    return Question(
        introduction=introduction.id,
        standing=standing,
        other=seen_together(shown, gettext, introduced=introduced) if told else NOTHING,
        sentences=tuple(said_to(there, known, reader, shown, gettext)) if told else (),
        answer=party.answer,
        reason=party.reason,
        answer_until=answer_until(party, settings),
        undo_until=party.answered_at + settings.grace if undo and party.answered_at else None,
    )


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
