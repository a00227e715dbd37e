"""Matching preferences: the community's, set by managers, and members' own (how surprising, how many)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Surprise
from serendipity.matching.settings import MatchSettings
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.audit import audit_action
from serendipity.usecases.services import Services

SURPRISE = "matching.surprise"


def in_force(services: Services, uow: UnitOfWork) -> MatchSettings:
    """Return the settings of matching: those of the installation, with the dial where managers turned it."""
    return replace(services.matching, surprise=_read_surprise(services.matching, uow))


def set_surprise(ledger: Ledger, installed: MatchSettings, surprise: float | None, *, by: str, now: datetime) -> float:
    """Set the community's surprise, from 0 (relevance alone) to 1, and return what is in force from the next run on.

    None goes back to the setting of the installation (`installed`). Raises InvalidInput.
    """
    if surprise is not None and not 0.0 <= surprise <= 1.0:
        raise InvalidInput("The dial goes from 0 to 1.", field="surprise")
    with ledger.write() as uow:
        before = _read_surprise(installed, uow)
        uow.operations.set_setting(SURPRISE, surprise)
        after = _read_surprise(installed, uow)
        audit_action(uow, "dial.turned", "surprise", by=by, now=now, **{"from": before, "to": after})
    return after


def _read_surprise(installed: MatchSettings, uow: UnitOfWork) -> float:
    chosen = uow.operations.setting(SURPRISE)
    return installed.surprise if chosen is None else float(chosen)


def read_dials(wish: Surprise, community: float) -> float:
    """Return the dial of a member who chose: a third of the community's, or half of the way from there to 1.

    >>> read_dials(Surprise.CLOSER, 0.3), read_dials(Surprise.MORE, 0.3)
    (0.1, 0.65)
    """
    return round(community / 3.0 if wish is Surprise.CLOSER else community + (1.0 - community) / 2.0, 6)


def dials_of(wishes: Mapping[str, tuple[Surprise | None, int | None]], community: float) -> dict[str, float]:
    """Return the dials of those members who chose one."""
    return {id: read_dials(wish, community) for id, (wish, _) in wishes.items() if wish is not None}
