"""Steps that time triggers: deadlines that pass, answers that take effect, and the follow-up question."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.errors import Conflict, SerendipityError
from serendipity.domain.model import DeadLetter, Introduction
from serendipity.introductions.feedback import FollowUp
from serendipity.introductions.workflow import OptIn
from serendipity.ports import Ledger, UnitOfWork

CONSUMER = "introductions"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepCounts:
    """Counts of introductions that were advanced, and of those that failed and are dead letters."""

    moved: int = 0
    parked: int = 0


def advance_due(ledger: Ledger, opt_in: OptIn, *, now: datetime, limit: int = 100) -> StepCounts:
    """Take the next step of every introduction whose time has come, each in a transaction of its own."""
    with ledger.read() as uow:
        due = uow.introductions.due(now, limit=limit)
    return _each(ledger, due, lambda uow, id: opt_in.advance(uow, id, now=now), now)


def follow_up_due(ledger: Ledger, follow_up: FollowUp, *, now: datetime, limit: int = 100) -> StepCounts:
    """Ask everybody who was introduced some days ago whether they met, each pair in a transaction of its own."""
    with ledger.read() as uow:
        due = uow.introductions.to_follow_up(now - follow_up.settings.time_to_meet, limit=limit)
    return _each(ledger, due, lambda uow, id: follow_up.ask(uow, id, now=now), now)


def _each(
    ledger: Ledger, due: list[Introduction], step: Callable[[UnitOfWork, str], Introduction], now: datetime
) -> StepCounts:
    moved = parked = 0
    for introduction in due:
        try:
            with ledger.write() as uow:
                step(uow, introduction.id)
            moved += 1
        except Conflict:
            continue  # somebody else moved it meanwhile, which is as good
        except SerendipityError as error:
            _park(ledger, introduction.id, error, now)
            parked += 1
    return StepCounts(moved=moved, parked=parked)


def _park(ledger: Ledger, id: str, error: SerendipityError, now: datetime) -> None:
    work = DeadLetter(
        id=f"{CONSUMER}:{id}", consumer=CONSUMER, subject=id, error=type(error).__name__, attempts=1, at=now
    )
    with ledger.write() as uow:
        uow.dead_letters.add(work)
