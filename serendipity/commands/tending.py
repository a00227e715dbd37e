"""What the worker does again and again: each turn is short, safe to repeat, and leaves nothing half done."""

import logging
from collections.abc import Callable, Iterable

from serendipity.commands.services import Services
from serendipity.domain.errors import SerendipityError
from serendipity.domain.model import Introduction, Parked
from serendipity.introductions.feedback import FollowUp
from serendipity.outreach.outbox import DeliveryReport, deliver_due
from serendipity.ports import UnitOfWork

_log = logging.getLogger(__name__)
TURN = 200


def advance_introductions(services: Services) -> int:
    """Take every step that is due: reviews and answers that ran out, second asks, follow-ups; returns how many."""
    now, opt_in = services.clock.now(), services.opt_in()
    follow_up = FollowUp(composer=services.composer, settings=services.introductions)
    with services.ledger.read() as uow:
        due = uow.introductions.due(now, limit=TURN)
        later = uow.introductions.to_follow_up(now - services.introductions.time_to_meet, limit=TURN)
    return _each(services, "introduction.step", due, lambda uow, id: opt_in.advance(uow, id, now=now)) + _each(
        services, "introduction.follow_up", later, lambda uow, id: follow_up.ask(uow, id, now=now)
    )


def deliver(services: Services) -> DeliveryReport:
    """Send what is due in the outbox."""
    return deliver_due(
        services.ledger,
        services.channels,
        clock=services.clock,
        holder=services.name,
        settings=services.outreach,
        limit=TURN,
    )


def _each(
    services: Services, consumer: str, found: Iterable[Introduction], step: Callable[[UnitOfWork, str], object]
) -> int:
    """Take one step per introduction, each in its own transaction; one that fails is parked and the others go on."""
    done = 0
    for introduction in found:
        try:
            with services.ledger.write() as uow:
                step(uow, introduction.id)
            done += 1
        except SerendipityError as error:
            _park(services, consumer, introduction.id, error)
    return done


def _park(services: Services, consumer: str, subject: str, error: SerendipityError) -> None:
    _log.error("a step failed and is parked", extra={"consumer": consumer, "error": type(error).__name__})
    parked = Parked(
        id=f"{consumer}:{subject}",
        consumer=consumer,
        subject=subject,
        error=f"{type(error).__name__}: {error}",
        attempts=1,
        parked_at=services.clock.now(),
    )
    with services.ledger.write() as uow:
        uow.operations.park(parked)
