"""Pure decision on the next step of an introduction.

A no is treated as a silence in everything that others can notice: the introduction stays open until the time to answer
is over, and ends then in the same way. Only what it teaches, and that these two are kept apart, takes effect before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    RECORD_NO = "note_no"
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
    """Facts besides the introduction: a blocking reason, recorded noes, pauses, and each member's last activity."""

    blocking_reason: str | None = None
    recorded_no: frozenset[str] = field(default_factory=frozenset)
    paused: Mapping[str, datetime] | None = None
    last_active: Mapping[str, datetime] | None = None


STAY = Step(move=Move.STAY)


def next_step(
    introduction: Introduction, circumstances: Circumstances, *, now: datetime, settings: IntroductionSettings
) -> Step:
    """Decide the next step; a decision that can still be undone holds everything back, a fresh no is noted first."""
    if introduction.state is IntroductionState.PROPOSED:
        return _review_step(introduction, now)
    if introduction.state not in {IntroductionState.APPROVED, IntroductionState.ASKED}:
        return STAY
    if undo_until(introduction, settings) > now:
        return STAY
    fresh = next(
        (each for each in introduction.parties if _has_declined(each) and each.member not in circumstances.recorded_no),
        None,
    )
    if fresh is not None:
        return Step(move=Move.RECORD_NO, member=fresh.member)
    if circumstances.blocking_reason:
        return Step(move=Move.CANCEL, why=circumstances.blocking_reason)
    step = _group_step if is_group(introduction) else _pair_step
    return step(_treat_no_as_silence(introduction), circumstances, now=now, settings=settings)


def _has_declined(party: Party) -> bool:
    return party.answer is Answer.DECLINED


def _treat_no_as_silence(introduction: Introduction) -> Introduction:
    """Return the introduction as if those who said no had said nothing."""
    parties = [replace(each, answer=Answer.ASKED) if _has_declined(each) else each for each in introduction.parties]
    return replace(introduction, parties=tuple(parties))


def is_group(introduction: Introduction) -> bool:
    """Tell whether more than two are to be introduced: all are asked at once, and those who say yes are."""
    return len(introduction.parties) > 2


def _group_step(
    introduction: Introduction, circumstances: Circumstances, *, now: datetime, settings: IntroductionSettings
) -> Step:
    if circumstances.paused and any(party.answer is Answer.WAITING for party in introduction.parties):
        return _wait(max(circumstances.paused.values()), introduction.proposed_at + settings.patience, now)
    waiting = [party.member for party in introduction.parties if party.answer is Answer.WAITING]
    if waiting:
        return Step(move=Move.ASK, member=_most_recently_active(waiting, circumstances.last_active or {}))
    ends = ends_at(introduction, settings)
    if ends is not None and ends > now:
        return _stay_until(introduction, ends)
    yes = sum(party.answer is Answer.ACCEPTED for party in introduction.parties)
    return Step(move=Move.INTRODUCE) if yes > 1 else Step(move=Move.EXPIRE, why="no answer")


def undo_until(introduction: Introduction, settings: IntroductionSettings) -> datetime:
    """Return until when the last decision can be undone (the proposal's time when there is none)."""
    decided = [party.answered_at + settings.grace for party in introduction.parties if party.answered_at]
    return max(decided, default=introduction.proposed_at)


def answer_until(party: Party, settings: IntroductionSettings) -> datetime | None:
    """Return until when a member can answer; None when they were not asked."""
    return party.asked_at + settings.time_to_answer if party.asked_at else None


def ends_at(introduction: Introduction, settings: IntroductionSettings) -> datetime | None:
    """Return when an introduction ends that not all said yes to; None while everybody who was asked said yes.

    The time to undo an answer is in it, so that an answer given at the last moment ends it no later than a silence.
    """
    asked = [party.asked_at for party in introduction.parties if party.answer is not Answer.ACCEPTED and party.asked_at]
    return max(asked) + settings.time_to_answer + settings.grace if asked else None


def closes_at(introduction: Introduction, settings: IntroductionSettings) -> datetime | None:
    """Return when those who said yes hear that it did not come together; None when nobody said yes.

    It is the same moment after a no and after a silence, so that the time says nothing either.
    """
    yes = [party.answered_at for party in introduction.parties if party.answer is Answer.ACCEPTED and party.answered_at]
    if not yes:
        return None
    return ends_at(introduction, settings) or max(yes) + settings.time_to_answer + settings.grace


def _review_step(introduction: Introduction, now: datetime) -> Step:
    overdue = introduction.deadline is not None and introduction.deadline <= now
    return Step(move=Move.EXPIRE, why="not reviewed in time") if overdue else STAY


def _pair_step(
    introduction: Introduction, circumstances: Circumstances, *, now: datetime, settings: IntroductionSettings
) -> Step:
    ends = ends_at(introduction, settings)
    if ends is not None:
        return _stay_until(introduction, ends) if ends > now else Step(move=Move.EXPIRE, why="no answer")
    if circumstances.paused:
        return _wait(max(circumstances.paused.values()), introduction.proposed_at + settings.patience, now)
    waiting = [party.member for party in introduction.parties if party.answer is Answer.WAITING]
    if not waiting:
        return Step(move=Move.INTRODUCE)
    return Step(move=Move.ASK, member=_most_recently_active(waiting, circumstances.last_active or {}))


def _stay_until(introduction: Introduction, end: datetime) -> Step:
    return STAY if introduction.deadline == end else Step(move=Move.WAIT, until=end)


def _wait(back: datetime, end: datetime, now: datetime) -> Step:
    if end <= now:
        return Step(move=Move.EXPIRE, why="away")
    return Step(move=Move.WAIT, until=max(min(back, end), now + timedelta(minutes=1)))


def _most_recently_active(members: list[str], active: Mapping[str, datetime]) -> str:
    return min(members, key=lambda member: (-active[member].timestamp() if member in active else 0.0, member))
