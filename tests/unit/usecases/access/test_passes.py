"""Passes that check a member in at a kiosk."""

from serendipity.ports import Ledger
from serendipity.usecases.access.passes import LASTS, looks_like_pass, make_pass, member_of_pass
from tests.fakes import FakeClock


def test_a_pass_names_its_member_until_it_is_over(ledger: Ledger, clock: FakeClock) -> None:
    """A scanner may type it in small letters."""
    now = clock.now()
    made = make_pass(ledger, "anna", now=now)
    assert looks_like_pass(made)
    assert member_of_pass(ledger, made.lower(), now=now) == "anna"
    assert member_of_pass(ledger, made, now=now + 2 * LASTS) is None


def test_a_pass_that_was_changed_names_nobody(ledger: Ledger, clock: FakeClock) -> None:
    """Its signature does not fit any more, or it is no pass at all."""
    made = make_pass(ledger, "anna", now=clock.now())
    for forged in (made[:-8] + "AAAAAAAA", "P8" + "A" * 80, "P8!"):
        assert member_of_pass(ledger, forged, now=clock.now()) is None
