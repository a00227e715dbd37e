"""The community's surprise: a setting of managers in place of the installation's."""

import pytest

from serendipity.domain.errors import InvalidInput
from serendipity.matching.settings import MatchSettings
from serendipity.ports import Ledger
from serendipity.usecases.members.match_preferences import SURPRISE, set_surprise
from tests.fakes import FakeClock

INSTALLED = MatchSettings(surprise=0.3)


def set_by_mila(ledger: Ledger, clock: FakeClock, surprise: float | None) -> float:
    return set_surprise(ledger, INSTALLED, surprise, by="manager:mila", now=clock.now())


def test_the_audit_says_from_which_surprise_to_which(ledger: Ledger, clock: FakeClock) -> None:
    """None goes back to that of the installation."""
    assert set_by_mila(ledger, clock, 0.8) == 0.8
    assert set_by_mila(ledger, clock, None) == 0.3

    with ledger.read() as uow:
        entries = uow.operations.audit_entries(subject="surprise")
    assert [(entry.who, entry.what, entry.data) for entry in entries] == [
        ("manager:mila", "dial.turned", {"from": 0.8, "to": 0.3}),
        ("manager:mila", "dial.turned", {"from": 0.3, "to": 0.8}),
    ]


@pytest.mark.parametrize("surprise", [-0.1, 1.1])
def test_a_surprise_out_of_range_is_refused(ledger: Ledger, clock: FakeClock, surprise: float) -> None:
    """The setting stays as it was."""
    with pytest.raises(InvalidInput):
        set_by_mila(ledger, clock, surprise)

    with ledger.read() as uow:
        assert uow.operations.setting(SURPRISE) is None
