"""What an introduction teaches: how good it was for each of the two, and what was known of the pair when proposed.

Each member's side is graded from 0 (a no, or silence) to 1 (met, and as good as can be), and weighs what it tells:

| what a member did | grade | weight |
|---|---|---|
| said no: not relevant, we know each other already | 0 | 1 |
| said no: never this person | 0 | ½: it is about one person more than about the kind of pair |
| said no: not now | 0 | ¼: it is a no to the moment, hardly one to the pair |
| was asked, and stayed silent | 0 | 1: silence is failure |
| said yes | .6 | 1 |
| was introduced, and did not meet, met | .4, .8 | 1 |
| met and rated it (1–5) | .4 + .6·(mean of relevance and surprise − 1)/4, less .3 where they knew each other | 1 |
| was not asked, as a manager declined | 0 | ¼: it is not the members' own no |

Not asked otherwise, cancelled, of a group, or still on its way: nothing is learned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import mean
from typing import NamedTuple

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party
from serendipity.matching.factors import Factor

S = IntroductionState
OPEN = frozenset({S.PROPOSED, S.APPROVED, S.ASKED})
NO, YES, NOT_MET, MET, KNOWN = 0.0, 0.6, 0.4, 0.8, 0.3
WEIGHTS = {DeclineReason.NOT_NOW: 0.25, DeclineReason.NEVER_THIS_PERSON: 0.5}
OF_A_MANAGER = 0.25
MOST_WEIGHT = 3.0  # of a pair found by lot, whose small chance would outweigh everything else
BY_LOT, CHANCE = Factor.BY_LOT, Factor.CHANCE


class Side(NamedTuple):
    """One member of an introduction: how good it was for them (None: nothing to learn), and what that weighs."""

    member: str
    grade: float | None = None
    weight: float = 0.0
    asked: bool = False


@dataclass(frozen=True, kw_only=True)
class TrainingExample:
    """One introduction to learn from, from both sides.

    `topics` are those that the two were said to share, with their shares of the reasons; `known_at` is when what came
    of it stood.
    """

    id: str
    sides: tuple[Side, Side]
    at: datetime
    known_at: datetime
    factors: Mapping[str, float]
    topics: Mapping[str, float]


def training_example_of(introduction: Introduction) -> TrainingExample | None:
    """Return what an introduction teaches; None for a group."""
    if len(introduction.parties) != 2:
        return None
    one, other = introduction.parties
    return TrainingExample(
        id=introduction.id,
        sides=(_side(introduction, one), _side(introduction, other)),
        at=introduction.proposed_at,
        known_at=introduction.changed_at,
        factors=introduction.factors,
        topics={each.topics[0]: each.weight for each in introduction.reasons if each.kind == "shared_topic"},
    )


def _side(introduction: Introduction, party: Party) -> Side:
    """Return one side; what was drawn by lot counts by the inverse of its chance, within bounds."""
    grade, weight = _grade(introduction, party)
    inverse = min(1.0 / max(introduction.factors.get(CHANCE, 1.0), 1e-9), MOST_WEIGHT)
    return Side(party.member, grade, weight * inverse, asked=party.asked_at is not None)


def _grade(introduction: Introduction, party: Party) -> tuple[float | None, float]:
    """Return the grade of one side and what it weighs, by the table above."""
    if introduction.state in OPEN or introduction.state is S.CANCELLED:
        return None, 0.0
    if party.asked_at is None:
        unasked = all(each.asked_at is None for each in introduction.parties)
        return (NO, OF_A_MANAGER) if unasked and introduction.state is S.DECLINED else (None, 0.0)
    if party.answer is not Answer.ACCEPTED:
        return NO, 1.0 if party.reason is None else WEIGHTS.get(party.reason, 1.0)
    return _grade_after_meeting(party), 1.0


def _grade_after_meeting(party: Party) -> float:
    """Return how good it was for a member who said yes."""
    if not party.met:
        return YES if party.met is None else NOT_MET
    ratings = [rating for rating in (party.relevance, party.surprise) if rating is not None]
    grade = NOT_MET + (1.0 - NOT_MET) * (mean(ratings) - 1.0) / 4.0 if ratings else MET
    return max(grade - KNOWN, NO) if party.known_before else grade
