"""Actions of managers on runs that change nothing but the audit: replaying one, resuming one."""

from datetime import datetime

from serendipity.ports import Ledger
from serendipity.usecases.audit import audit_action
from serendipity.usecases.runs.replay import Replay, replay
from serendipity.usecases.services import Services


def replay_by_manager(services: Services, id: str, *, by: str) -> Replay:
    """Replay a run from its record, and audit whether it came out the same. Raises NotFound."""
    again = replay(services, id)
    with services.ledger.write() as uow:
        audit_action(uow, "run.replayed", f"run:{id}", by=by, now=services.clock.now(), same=again.same)
    return again


def audit_resumption(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Audit that a manager resumes a run, which then goes on in the background."""
    with ledger.write() as uow:
        audit_action(uow, "run.resumed", f"run:{id}", by=by, now=now)
