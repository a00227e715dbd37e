"""Actions of managers on messages."""

from datetime import datetime

from serendipity.ports import Ledger
from serendipity.usecases.audit import audit_action


def retry_message(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Queue a message that could not be delivered once more."""
    with ledger.write() as uow:
        uow.outbox.retry(id, now)
        audit_action(uow, "message.retried", f"message:{id}", by=by, now=now)
