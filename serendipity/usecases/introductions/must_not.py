"""Rules on who must not be introduced to whom: a rule ends introductions on their way, and holds for later runs."""

from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.model import IntroductionState, MustNot
from serendipity.domain.must_not import is_kept_apart
from serendipity.intake import must_not
from serendipity.intake.inputs import MustNotInput
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.services import Services

OPEN = frozenset({IntroductionState.PROPOSED, IntroductionState.APPROVED, IntroductionState.ASKED})
MOST = 100_000


@dataclass(frozen=True, kw_only=True)
class StatedRule:
    """A rule, whether it is new, and how many introductions it ended on their way."""

    rule: MustNot
    fresh: bool
    ended: int


def state_rule(services: Services, item: MustNotInput, *, by: str) -> StatedRule:
    """Keep a rule and end the introductions on their way that it forbids. Raises UnknownMember, InvalidInput."""
    now = services.clock.now()
    with services.ledger.write() as uow:
        rule, fresh = must_not.state(uow, item, by=by, now=now, scrub=services.scrub)
        return StatedRule(rule=rule, fresh=fresh, ended=_end_forbidden(services, uow, by=by))


def drop_rule(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Take a rule back. Raises NotFound."""
    with ledger.write() as uow:
        must_not.drop(uow, id, by=by, now=now)


def end_forbidden_introductions(services: Services, *, by: str) -> int:
    """End the introductions on their way that a rule forbids, after an import of rules; returns how many."""
    with services.ledger.write() as uow:
        return _end_forbidden(services, uow, by=by)


def _end_forbidden(services: Services, uow: UnitOfWork, *, by: str) -> int:
    rules, ended = uow.members.must_nots(), 0
    for introduction in uow.introductions.search(states=OPEN, limit=MOST) if rules else ():
        members = uow.members.many([party.member for party in introduction.parties])
        if is_kept_apart(rules, members.values()):
            services.opt_in().cancel(uow, introduction.id, by=by, why="rule", now=services.clock.now())
            ended += 1
    return ended
