"""Signals are kept without contact data, however deep it lies."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from serendipity.domain.model import SignalCategory
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
    signal = first.signal
    ledger.close()

    assert "jan@example.org" not in repr(signal)
    assert (signal.data or {})["amount"] == 12
    assert (first.fresh, again.fresh) == (True, False)


@pytest.mark.parametrize("name", ["ADDTOCART", "booking.made", "iot:door-3.opened", "Cart_Abandoned", "404"])
def test_names_are_taken_as_clients_write_them(name: str) -> None:
    """Letters of both cases, digits, and four signs between."""
    assert SignalInput(id="s-1", name=name).name == name


@pytest.mark.parametrize("name", ["", " ", ".x", "a b", "naïve", "x" * 101])
def test_other_names_are_refused(name: str) -> None:
    """The answer says what a name is."""
    with pytest.raises(ValidationError, match="letters, digits"):
        SignalInput(id="s-1", name=name)


@pytest.mark.parametrize("name", ["check_in.recorded", "Member.Joined", "TOPIC.RISING"])
def test_a_name_of_the_products_own_is_refused(name: str) -> None:
    """In any case, with the advice to put a prefix before it."""
    with pytest.raises(ValidationError, match="the product itself sends"):
        SignalInput(id="s-1", name=name)


def test_a_category_is_one_of_fifteen_however_it_is_written() -> None:
    """Else the answer lists them."""
    assert len(SignalCategory) == 15
    for written in ("account-status", "Account_Status", "account status"):
        assert SignalInput(id="s-1", name="x", category=written).category == "account-status"  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match=r"'nonsense' is none of the categories: account-status, .*transaction"):
        SignalInput(id="s-1", name="x", category="nonsense")  # type: ignore[arg-type]
