"""Introductions that came to something, with only the telling fields given, and the lessons that they are."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party, Reason
from serendipity.matching.learning.training_examples import Side, TrainingExample
from tests.unit.matching.worlds import NOW

S = IntroductionState


def days(count: float) -> datetime:
    """So many days after the first introduction."""
    return NOW + timedelta(days=count)


def party(member: str, answer: Answer = Answer.ACCEPTED, **fields: Any) -> Party:
    """Somebody who was asked."""
    return Party(member=member, answer=answer, asked_at=NOW, **fields)


def refused(member: str, reason: DeclineReason) -> Party:
    """Somebody who said no."""
    return party(member, Answer.DECLINED, reason=reason)


def introduction(*parties: Party, state: S, factors: Mapping[str, float] | None = None, **fields: Any) -> Introduction:
    """An introduction of these."""
    given: dict[str, Any] = {"introduced_at": NOW if state in (S.INTRODUCED, S.FOLLOWED_UP) else None, **fields}
    return Introduction(
        id="i-1",
        parties=parties,
        state=state,
        score=0.5,
        reasons=(Reason(kind="shared_topic", weight=0.7, topics=("chess",)),),
        factors=factors or {},
        run="run-1",
        proposed_at=NOW,
        changed_at=days(3),
        **given,
    )


def lesson(
    n: int,
    one: str,
    other: str,
    grades: tuple[float | None, float | None],
    *,
    topics: Mapping[str, float] | None = None,
    **factors: float,
) -> TrainingExample:
    """The n-th lesson, a day after the one before; what came of it is known half a day later."""
    sides = [Side(id, grade, 1.0, asked=True) for id, grade in zip((one, other), grades, strict=True)]
    return TrainingExample(
        id=f"i-{n:05}",
        sides=(sides[0], sides[1]),
        at=days(n),
        known_at=days(n + 0.5),
        factors=factors,
        topics=topics or {},
    )
