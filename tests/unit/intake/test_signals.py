"""Signals are kept without contact data, however deep it lies."""

from datetime import UTC, datetime
from pathlib import Path

from serendipity.intake.inputs import SignalInput
from serendipity.intake.signals import receive
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.scrub import scrub_for_ledger

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_contact_data_in_a_signal_never_enters_the_ledger(tmp_path: Path) -> None:
    """Addresses go from subject and data; numbers and names of fields stay, and a repeat is still a repeat."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    item = SignalInput(
        id="s-1",
        name="order.placed",
        subject="call jan@example.org",
        data={"note": ["mail jan@example.org", {"deep": "jan@example.org"}], "amount": 12},
    )
    with ledger.write() as uow:
        [first, again] = [receive(uow, [item], source="t", now=NOW, scrub=scrub_for_ledger)[0] for _ in range(2)]
    data = first.record.data or {}
    ledger.close()

    assert "jan@example.org" not in repr(data)
    assert data["data"]["amount"] == 12
    assert (first.fresh, again.fresh) == (True, False)
