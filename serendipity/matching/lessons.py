"""What an introduction teaches: how good its outcome was, and what was known of the pair when it was proposed.

An outcome is graded from 0 (a no, or silence) to 1 (met, and as good as can be), and weighs what it tells of the pair:

| outcome | grade | weight |
|---|---|---|
| declined by a manager | 0 | ½: it is not the members' own no |
| declined: not relevant, know each other already | 0, of a second asked .2 | 1 |
| declined: never this person | 0, .2 | ½: it is about one person more than about the kind of pair |
| declined: not now | 0, .2 | ¼: it is no to the moment, hardly to the pair |
| asked, and silent | 0, of a second asked .2 | 1: silence is failure |
| both said yes | .6 | 1 |
| did not meet, met | .4, .8 | 1 |
| met and rated (1–5) | .4 + .6·(mean of relevance and surprise − 1)/4, less .3 where they knew each other | 1 |

Not reviewed, away, cancelled, of a group, or still on its way: nothing is learned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import mean

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party

S = IntroductionState
OPEN = frozenset({S.PROPOSED, S.APPROVED, S.ASKED})
NO, HALFWAY, BOTH, NOT_MET, MET, KNOWN = 0.0, 0.2, 0.6, 0.4, 0.8, 0.3
WEIGHTS = {DeclineReason.NOT_NOW: 0.25, DeclineReason.NEVER_THIS_PERSON: 0.5}
OF_A_MANAGER = 0.5
MOST_WEIGHT = 3.0  # of a pair found by lot, whose small chance would outweigh everything else
BY_LOT, CHANCE = "by_lot", "chance"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One introduction to learn from.

    `grade` is None where nothing is to be learned of the pair (yet): that its members were `asked` counts all the same.
    `topics` are those that they were said to share, with their shares of the reasons; `known_at` is when the outcome
    stood.
    """

    id: str
    members: tuple[str, str]
    at: datetime
    known_at: datetime
    factors: Mapping[str, float]
    topics: Mapping[str, float]
    grade: float | None = None
    weight: float = 1.0
    asked: bool = False


def lesson_of(introduction: Introduction) -> Lesson | None:
    """Return what an introduction teaches; None for a group."""
    if len(introduction.parties) != 2:
        return None
    one, other = introduction.parties
    grade, weight = graded(introduction)
    return Lesson(
        id=introduction.id,
        members=(one.member, other.member),
        at=introduction.proposed_at,
        known_at=introduction.changed_at,
        factors=introduction.factors,
        topics={each.topics[0]: each.weight for each in introduction.reasons if each.kind == "shared_topic"},
        grade=grade,
        weight=weight * min(1.0 / max(introduction.factors.get(CHANCE, 1.0), 1e-9), MOST_WEIGHT),
        asked=any(party.asked_at for party in introduction.parties),
    )


def graded(introduction: Introduction) -> tuple[float | None, float]:
    """Return the grade of an introduction of two and what it weighs, by the table above."""
    if introduction.state in OPEN or introduction.state is S.CANCELLED:
        return None, 0.0
    if introduction.introduced_at is not None:
        return mean(_afterwards(party) for party in introduction.parties), 1.0
    if not any(party.asked_at for party in introduction.parties):
        return (NO, OF_A_MANAGER) if introduction.state is S.DECLINED else (None, 0.0)
    grade = HALFWAY if any(party.answer is Answer.ACCEPTED for party in introduction.parties) else NO
    reasons = [party.reason for party in introduction.parties if party.reason is not None]
    return grade, min((WEIGHTS.get(reason, 1.0) for reason in reasons), default=1.0)


def _afterwards(party: Party) -> float:
    """Return how good it was for one of two who were introduced."""
    if not party.met:
        return BOTH if party.met is None else NOT_MET
    ratings = [rating for rating in (party.relevance, party.surprise) if rating is not None]
    grade = NOT_MET + (1.0 - NOT_MET) * (mean(ratings) - 1.0) / 4.0 if ratings else MET
    return max(grade - KNOWN, NO) if party.known_before else grade
