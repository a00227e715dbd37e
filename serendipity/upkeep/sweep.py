"""Deletion of what has expired: sessions, links, signals, and old runs that check-ins triggered."""

from datetime import timedelta

from serendipity.usecases.services import Services
from serendipity.usecases.signals.from_records import SIGNALS_KEPT

# A link that expired lately is told from one that never was, so that its page can say what to do.
LINKS_KEPT = timedelta(days=180)
TRIGGERED_RUNS_KEPT = timedelta(days=90)


def sweep(services: Services) -> dict[str, int]:
    """Delete what nobody can use any more; returns how many of each. History, outbox and audit stay whole."""
    now = services.clock.now()
    with services.ledger.write() as uow:
        return {
            "sessions": uow.access.forget_sessions(expired_before=now),
            "links": uow.access.forget_links(expired_before=now - LINKS_KEPT),
            "signals": uow.signals.expire(now - SIGNALS_KEPT),
            "runs": uow.operations.forget_runs(kind="triggered", before=now - TRIGGERED_RUNS_KEPT),
        }
