"""Who must not be introduced to whom: a rule ends what is on its way, and holds for every run from then on."""

from dataclasses import dataclass

from serendipity.domain.model import IntroductionState, MustNot
from serendipity.domain.must_not import kept_apart
from serendipity.intake import must_not
from serendipity.intake.inputs import MustNotInput
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

OPEN = frozenset({IntroductionState.PROPOSED, IntroductionState.APPROVED, IntroductionState.ASKED})
MOST = 100_000


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A rule, whether it is new, and how many introductions it ended on their way."""

    rule: MustNot
    fresh: bool
    ended: int


def state(services: Services, item: MustNotInput, *, by: str) -> Stated:
    """Keep a rule and end what it is against. Raises UnknownMember, InvalidInput."""
    now = services.clock.now()
    with services.ledger.write() as uow:
        rule, fresh = must_not.state(uow, item, by=by, now=now, scrub=services.scrub)
        return Stated(rule=rule, fresh=fresh, ended=end_broken(services, uow, by=by))


def end_broken(services: Services, uow: UnitOfWork, *, by: str) -> int:
    """End the introductions on their way that a rule is against; returns how many."""
    rules, broken = uow.members.must_nots(), 0
    for introduction in uow.introductions.search(states=OPEN, limit=MOST) if rules else ():
        members = uow.members.many([party.member for party in introduction.parties])
        if kept_apart(rules, members.values()):
            services.opt_in().cancel(uow, introduction.id, by=by, why="rule", now=services.clock.now())
            broken += 1
    return broken
