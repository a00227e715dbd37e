"""Kiosks: the pairing code and its token."""

import pytest

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Kiosk
from serendipity.intake import events
from serendipity.intake.inputs import PlaceInput
from serendipity.ports import Ledger
from serendipity.usecases.access.kiosks import add_kiosk, pair_kiosk, revoke_kiosk, waits_for_tablet, was_never_paired
from serendipity.usecases.access.tokens import digest
from tests.fakes import FakeClock


@pytest.fixture
def code(ledger: Ledger, clock: FakeClock) -> str:
    """The pairing code of a kiosk at the one place."""
    with ledger.write() as uow:
        events.open_place(uow, PlaceInput(id="main", name="The house"))
    return add_kiosk(ledger, label="Entrance", place="main", by="manager:mila", now=clock.now())


def kiosk(ledger: Ledger) -> Kiosk:
    with ledger.read() as uow:
        (found,) = uow.access.kiosks()
    return found


def test_a_code_pairs_one_tablet(ledger: Ledger, clock: FakeClock, code: str) -> None:
    """The token opens the kiosk, and the code works once."""
    before = kiosk(ledger)
    token = pair_kiosk(ledger, code.lower(), now=clock.now())

    assert token is not None
    assert was_never_paired(before)
    assert waits_for_tablet(before, clock.now())
    with ledger.read() as uow:
        assert uow.access.kiosk_by_token(digest(token)) == kiosk(ledger)
    assert not was_never_paired(kiosk(ledger))
    assert pair_kiosk(ledger, code, now=clock.now()) is None


def test_a_code_is_too_old_after_half_an_hour(ledger: Ledger, clock: FakeClock, code: str) -> None:
    """Nothing waits for a tablet any more."""
    clock.forward(minutes=31)

    assert pair_kiosk(ledger, code, now=clock.now()) is None
    assert not waits_for_tablet(kiosk(ledger), clock.now())


def test_a_revoked_kiosk_is_found_by_no_token(ledger: Ledger, clock: FakeClock, code: str) -> None:
    """The audit holds that it was added and revoked."""
    token = pair_kiosk(ledger, code, now=clock.now())
    id = kiosk(ledger).id
    revoke_kiosk(ledger, id, by="manager:mila", now=clock.now())

    with ledger.read() as uow:
        assert uow.access.kiosk_by_token(digest(token or "")) is None
        entries = uow.operations.audit_entries(subject=f"kiosk:{id}")
    assert [(entry.who, entry.what) for entry in entries] == [
        ("manager:mila", "kiosk.revoked"),
        ("manager:mila", "kiosk.added"),
    ]


def test_a_kiosk_stands_at_a_known_place(ledger: Ledger, clock: FakeClock) -> None:
    """Otherwise nothing is stored."""
    with pytest.raises(NotFound):
        add_kiosk(ledger, label="Entrance", place="nowhere", by="manager:mila", now=clock.now())

    with ledger.read() as uow:
        assert uow.access.kiosks() == []
