"""What the worker does again and again: each turn is short, safe to repeat, and leaves nothing half done."""

from serendipity.introductions.deadlines import advance_due, follow_up_due
from serendipity.introductions.feedback import FollowUp
from serendipity.outreach.delivery import DeliveryReport, deliver_due
from serendipity.usecases.services import Services

TURN = 200


def advance_introductions(services: Services) -> int:
    """Take every step that is due: reviews and answers that ran out, second asks, follow-ups; returns how many."""
    now, ledger = services.clock.now(), services.ledger
    follow_up = FollowUp(composer=services.composer, settings=services.introductions)
    stepped = advance_due(ledger, services.opt_in(), now=now, limit=TURN)
    asked = follow_up_due(ledger, follow_up, now=now, limit=TURN)
    return stepped.moved + asked.moved


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
