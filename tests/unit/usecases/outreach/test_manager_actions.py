"""Actions of managers on messages."""

from serendipity.domain.model import Message, MessageState
from serendipity.ports import Ledger
from serendipity.usecases.outreach.manager_actions import retry_message
from tests.fakes import FakeClock


def test_a_retried_message_is_due_at_once(ledger: Ledger, clock: FakeClock) -> None:
    """The audit names the manager."""
    queued_at, now = clock.now(), clock.forward(hours=2)
    with ledger.write() as uow:
        uow.outbox.add(
            Message(
                id="m-1",
                channel="email",
                kind="welcome",
                member=None,
                subject="s",
                text="t",
                html="h",
                locale="en",
                state=MessageState.PARKED,
                queued_at=queued_at,
            )
        )
    retry_message(ledger, "m-1", by="manager:mila", now=now)

    with ledger.read() as uow:
        message = uow.outbox.get("m-1")
        entries = uow.operations.audit_entries(subject="message:m-1")
    assert (message.state, message.next_at) == (MessageState.QUEUED, now)
    assert [(entry.who, entry.what) for entry in entries] == [("manager:mila", "message.retried")]
