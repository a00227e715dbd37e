"""A community whose outcomes teach something: pairs for whom much speaks say yes, the others no."""

from dataclasses import replace
from datetime import datetime, timedelta

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party, Purpose, TrialArm
from serendipity.intake import members
from serendipity.intake.inputs import MemberInput
from serendipity.usecases.services import Services

AGREED = frozenset({Purpose.MATCHING, Purpose.INTRODUCTIONS})
PEOPLE, DAY = 30, timedelta(days=1)


def with_outcomes(services: Services, count: int = 150) -> None:
    """Let members join, and introductions be proposed among them over the last months; each tenth is by lot."""
    now = services.clock.now()
    with services.ledger.write() as uow:
        ids = [
            members.join(uow, one, source="test", now=now, scrub=services.scrub).id
            for one in (MemberInput(name=f"Person {n}", purposes=AGREED) for n in range(PEOPLE))
        ]
        for n in range(count):
            pair = ids[n % PEOPLE], ids[(n * 7 + 1 + n // PEOPLE) % PEOPLE]
            if pair[0] != pair[1]:
                uow.introductions.add(_came(n, pair, good=n % 3 == 0, at=now - DAY * (count - n) / 2))


def _came(n: int, pair: tuple[str, str], *, good: bool, at: datetime) -> Introduction:
    """Return one at its end: introduced, met and liked, or turned down by whoever was asked first."""
    factors = {"evidence": 0.9 if good else 0.3, "unexpectedness": (n % 5) / 5}
    lot = {"by_lot": 1.0, "chance": 0.1} if n % 10 == 0 else {}
    met = Party(
        member="",
        answer=Answer.ACCEPTED,
        asked_at=at,
        answered_at=at,
        met=True,
        relevance=5,
        surprise=4,
        known_before=False,
    )
    no = Party(member="", answer=Answer.DECLINED, reason=DeclineReason.NOT_RELEVANT, asked_at=at, answered_at=at)
    sides = (met, met) if good else (no, Party(member=""))
    return Introduction(
        id=f"came-{n}",
        parties=tuple(replace(side, member=member) for side, member in zip(sides, pair, strict=True)),
        state=IntroductionState.FOLLOWED_UP if good else IntroductionState.DECLINED,
        score=0.6,
        reasons=(),
        factors=factors | lot,
        arm=TrialArm.CONTROL if lot else TrialArm.TREATMENT,
        run="r-1",
        proposed_at=at,
        changed_at=at + DAY,
        introduced_at=at + DAY if good else None,
        followed_up_at=at + DAY if good else None,
    )
