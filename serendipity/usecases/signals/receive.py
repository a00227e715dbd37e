"""Signals from outside, taken in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from serendipity.domain.model import AppendedSignal
from serendipity.intake import signals
from serendipity.intake.check_ins import Scrub
from serendipity.intake.inputs import SignalInput
from serendipity.ports import Ledger


def receive_signals(
    ledger: Ledger, items: Sequence[SignalInput], *, source: str, now: datetime, scrub: Scrub
) -> list[AppendedSignal]:
    """Append signals durably, and answer in order. Raises UnknownMember, InvalidInput or DifferentBody."""
    with ledger.write() as uow:
        return signals.receive(uow, items, source=source, now=now, scrub=scrub)
