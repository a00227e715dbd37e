"""What happens next to an introduction: a pure decision on what is known now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from serendipity.domain.model import Answer, Introduction, IntroductionState, Party
from serendipity.introductions.settings import IntroductionSettings

DECIDED = frozenset({Answer.ACCEPTED, Answer.DECLINED})


class Move(StrEnum):
    """Kinds of steps."""

    STAY = "stay"
    WAIT = "wait"
    ASK = "ask"
    INTRODUCE = "introduce"
    DECLINE = "decline"
    EXPIRE = "expire"
    CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step: whom it concerns, why, and until when to wait."""

    move: Move
    member: str | None = None
    why: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What counts besides the introduction: a hindrance, who is away until when, who was active when."""

    hindrance: str | None = None
    away: Mapping[str, datetime] | None = None
    active: Mapping[str, datetime] | None = None


STAY = Step(move=Move.STAY)


def next_step(
    introduction: Introduction, around: Circumstances, *, now: datetime, settings: IntroductionSettings
) -> Step:
    """Decide the next step; a decision that can still be undone holds everything back, a no goes before all else."""
    if introduction.state is IntroductionState.PROPOSED:
        return _unreviewed(introduction, now)
    if introduction.state not in {IntroductionState.APPROVED, IntroductionState.ASKED}:
        return STAY
    if undo_until(introduction, settings) > now:
        return STAY
    if is_group(introduction):
        hindered = Step(move=Move.CANCEL, why=around.hindrance)
        return hindered if around.hindrance else _group_step(introduction, around, now=now, settings=settings)
    no = next((party for party in introduction.parties if party.answer is Answer.DECLINED), None)
    if no is not None:
        return Step(move=Move.DECLINE, member=no.member, why=no.reason)
    if around.hindrance:
        return Step(move=Move.CANCEL, why=around.hindrance)
    return _towards_yes(introduction, around, now=now, settings=settings)


def is_group(introduction: Introduction) -> bool:
    """Tell whether more than two are to be introduced: all are asked at once, and those who say yes are."""
    return len(introduction.parties) > 2


def _group_step(
    introduction: Introduction, around: Circumstances, *, now: datetime, settings: IntroductionSettings
) -> Step:
    if around.away and any(party.answer is Answer.WAITING for party in introduction.parties):
        return _wait(max(around.away.values()), introduction.proposed_at + settings.patience, now)
    waiting = [party.member for party in introduction.parties if party.answer is Answer.WAITING]
    if waiting:
        return Step(move=Move.ASK, member=_most_recently_active(waiting, around.active or {}))
    untils = [answer_until(party, settings) for party in introduction.parties if party.answer is Answer.ASKED]
    open_until = max((until for until in untils if until is not None and until > now), default=None)
    if open_until is not None:
        return STAY if introduction.deadline == open_until else Step(move=Move.WAIT, until=open_until)
    yes = sum(party.answer is Answer.ACCEPTED for party in introduction.parties)
    return Step(move=Move.INTRODUCE) if yes > 1 else Step(move=Move.EXPIRE, why="no answer")


def undo_until(introduction: Introduction, settings: IntroductionSettings) -> datetime:
    """Return until when the last decision can be undone (the proposal's time when there is none)."""
    decided = [party.answered_at + settings.grace for party in introduction.parties if party.answered_at]
    return max(decided, default=introduction.proposed_at)


def answer_until(party: Party, settings: IntroductionSettings) -> datetime | None:
    """Return until when a member can answer; None when they were not asked."""
    return party.asked_at + settings.time_to_answer if party.asked_at else None


def closes_at(introduction: Introduction, settings: IntroductionSettings) -> datetime | None:
    """Return when those who said yes hear that it did not come together; None when nobody said yes.

    It is the same moment after a no and after a silence, so that the time says nothing either.
    """
    yes = [party.answered_at for party in introduction.parties if party.answer is Answer.ACCEPTED and party.answered_at]
    others = [p.asked_at for p in introduction.parties if p.answer is not Answer.ACCEPTED and p.asked_at]
    return max(others or yes) + settings.time_to_answer + settings.grace if yes else None


def _unreviewed(introduction: Introduction, now: datetime) -> Step:
    overdue = introduction.deadline is not None and introduction.deadline <= now
    return Step(move=Move.EXPIRE, why="not reviewed in time") if overdue else STAY


def _towards_yes(
    introduction: Introduction, around: Circumstances, *, now: datetime, settings: IntroductionSettings
) -> Step:
    asked = next((party for party in introduction.parties if party.answer is Answer.ASKED), None)
    if asked is not None:
        until = answer_until(asked, settings)
        overdue = until is not None and until <= now
        return Step(move=Move.EXPIRE, member=asked.member, why="no answer") if overdue else STAY
    if around.away:
        return _wait(max(around.away.values()), introduction.proposed_at + settings.patience, now)
    waiting = [party.member for party in introduction.parties if party.answer is Answer.WAITING]
    if not waiting:
        return Step(move=Move.INTRODUCE)
    return Step(move=Move.ASK, member=_most_recently_active(waiting, around.active or {}))


def _wait(back: datetime, end: datetime, now: datetime) -> Step:
    if end <= now:
        return Step(move=Move.EXPIRE, why="away")
    return Step(move=Move.WAIT, until=max(min(back, end), now + timedelta(minutes=1)))


def _most_recently_active(members: list[str], active: Mapping[str, datetime]) -> str:
    return min(members, key=lambda member: (-active[member].timestamp() if member in active else 0.0, member))
