"""Work that failed for good: a manager tries it again or dismisses it."""

import pytest

from serendipity.domain.errors import NotAllowed
from serendipity.domain.model import AuditEntry, DeadLetter
from serendipity.introductions.deadlines import CONSUMER
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.dead_letters import dismiss, retry_by_manager

MILA = "manager:mila"


def park(services: Services, consumer: str) -> None:
    now = services.clock.now()
    work = DeadLetter(id="p-1", consumer=consumer, subject="i-gone", error="ValueError", attempts=1, at=now)
    with services.ledger.write() as uow:
        uow.dead_letters.add(work)


def audit_entries(services: Services) -> list[AuditEntry]:
    with services.ledger.read() as uow:
        return uow.operations.audit_entries(subject="parked:p-1")


def test_work_that_fails_again_stays_and_the_audit_says_so(services: Services) -> None:
    """The introduction it is about does not exist."""
    park(services, CONSUMER)

    assert not retry_by_manager(services, "p-1", by=MILA)
    with services.ledger.read() as uow:
        (work,) = uow.dead_letters.list()
    (entry,) = audit_entries(services)
    assert (work.attempts, work.error) == (2, "NotFound")
    assert (entry.who, entry.what, entry.data) == (MILA, "parked.retried", {"failed": True})


def test_work_of_an_unknown_kind_is_not_tried(services: Services) -> None:
    """Nothing is audited."""
    park(services, "something else")

    with pytest.raises(NotAllowed):
        retry_by_manager(services, "p-1", by=MILA)
    assert audit_entries(services) == []


def test_dismissed_work_is_gone(services: Services) -> None:
    """The audit names the manager."""
    park(services, CONSUMER)
    dismiss(services.ledger, "p-1", by=MILA, now=services.clock.now())

    with services.ledger.read() as uow:
        assert uow.dead_letters.list() == []
    assert [(entry.who, entry.what) for entry in audit_entries(services)] == [(MILA, "parked.dismissed")]
