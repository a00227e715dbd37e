"""Turns of ticks (flow.py): each is safe to repeat, and leaves nothing half done."""

import logging
from datetime import datetime

from serendipity.domain.errors import Conflict
from serendipity.introductions.deadlines import advance_due, follow_up_due
from serendipity.introductions.feedback import FollowUp
from serendipity.outreach.delivery import DeliveryReport, deliver_due
from serendipity.usecases.learning.outcome_model import learn_from_outcomes
from serendipity.usecases.learning.phrase_ranker import learn_from_history
from serendipity.usecases.learning.re_ranker import learn_from_first_ties
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.services import Services

_log = logging.getLogger(__name__)

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


def run_scheduled(services: Services) -> None:
    """Run the matcher for all members; left out while another run is under way."""
    try:
        run_matching(services, RunRequest(kind="scheduled"))
    except Conflict:
        _log.info("another run is under way; this one is left out")


def last_scheduled_run(services: Services) -> datetime | None:
    """Return when the last scheduled run started; None in a new installation, which waits for its first."""
    with services.ledger.read() as uow:
        latest = uow.operations.runs(kinds={"scheduled"}, limit=1)
    return latest[0].started_at if latest else None


def learn_phrase_ranker(services: Services) -> None:
    """Learn which phrases become topics, and use it where it is better."""
    learn_from_history(services.ledger, services.reader, now=services.clock.now())


def learn_outcome_model(services: Services) -> None:
    """Learn from the outcomes of introductions, and use it where it is better."""
    learn_from_outcomes(services, automatic=True)


def learn_re_ranker(services: Services) -> None:
    """Learn from first ties, and use it where it is better."""
    learn_from_first_ties(services, automatic=True)
