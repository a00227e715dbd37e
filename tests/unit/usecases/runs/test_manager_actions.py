"""Runs that managers start, stop and resume are in the audit; those of the command line are not."""

import pytest

from serendipity.domain.errors import Conflict
from serendipity.usecases.runs.execution import stop
from serendipity.usecases.runs.manager_actions import audit_resumption
from serendipity.usecases.runs.requests import accept
from serendipity.usecases.services import Services

MILA = "manager:mila"


def audit_entries(services: Services, run: str) -> list[tuple[str, str, object]]:
    with services.ledger.read() as uow:
        return [(each.who, each.what, each.data) for each in uow.operations.audit_entries(subject=f"run:{run}")]


def test_an_accepted_run_says_for_how_many_members_it_is(services: Services) -> None:
    """None stands for all members."""
    everybody, _ = accept(services, by=MILA)
    chosen, _ = accept(services, members=["anna", "bram"], by=MILA)

    assert audit_entries(services, everybody.id) == [(MILA, "run.started", {"members": None})]
    assert audit_entries(services, chosen.id) == [(MILA, "run.started", {"members": 2})]


def test_a_run_that_is_accepted_again_is_audited_once(services: Services) -> None:
    """The same id is the same run."""
    run, fresh = accept(services, id="r-1", by=MILA)
    same, again = accept(services, id="r-1", by=MILA)

    assert (fresh, again, same.id) == (True, False, run.id)
    assert len(audit_entries(services, "r-1")) == 1


def test_a_stopped_run_is_audited_and_stops_once(services: Services) -> None:
    """It can be resumed, which is audited as well."""
    run, _ = accept(services, by=MILA)
    stop(services, run.id, by=MILA)
    with pytest.raises(Conflict):
        stop(services, run.id, by=MILA)
    audit_resumption(services.ledger, run.id, by=MILA, now=services.clock.now())

    assert [what for _, what, _ in audit_entries(services, run.id)] == ["run.resumed", "run.stopped", "run.started"]


def test_without_a_manager_nothing_is_audited(services: Services) -> None:
    """The command line and programs leave no entry."""
    run, _ = accept(services)
    stop(services, run.id)

    assert audit_entries(services, run.id) == []
