"""The audit of views of private data: one entry a day for each viewer, way and member."""

from serendipity.ports import Ledger
from serendipity.usecases.audit import MAIL, TEXTS, record_views
from tests.fakes import FakeClock


def viewers(ledger: Ledger, member: str) -> list[tuple[str, str]]:
    with ledger.read() as uow:
        return sorted((entry.who, entry.what) for entry in uow.operations.audit_entries(subject=f"member:{member}"))


def test_a_second_look_on_the_same_day_adds_nothing(ledger: Ledger, clock: FakeClock) -> None:
    """Another member, another way and another viewer each count for themselves."""
    record_views(ledger, TEXTS, ["anna"], by="manager:mila", now=clock.now())
    clock.forward(hours=1)
    record_views(ledger, TEXTS, ["anna", "bram"], by="manager:mila", now=clock.now())
    record_views(ledger, MAIL, ["anna"], by="manager:mila", now=clock.now())
    record_views(ledger, TEXTS, ["anna"], by="manager:jan", now=clock.now())

    assert viewers(ledger, "anna") == [("manager:jan", TEXTS), ("manager:mila", MAIL), ("manager:mila", TEXTS)]
    assert viewers(ledger, "bram") == [("manager:mila", TEXTS)]


def test_a_look_on_the_next_day_is_another_entry(ledger: Ledger, clock: FakeClock) -> None:
    """Days are those of UTC."""
    record_views(ledger, TEXTS, ["anna"], by="manager:mila", now=clock.now())
    clock.forward(days=1)
    record_views(ledger, TEXTS, ["anna"], by="manager:mila", now=clock.now())

    assert len(viewers(ledger, "anna")) == 2
