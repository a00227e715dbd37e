"""The first consumer of the signals' stream: what a record says becomes a signal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from serendipity.domain.model import PRODUCT_SIGNALS, RECORDS_SOURCE, NewSignal, Record
from serendipity.flow import RECORDS, SIGNALS
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services
from serendipity.workers.consume import Worker

SIGNALS_KEPT = timedelta(days=400)


def signal_records(services: Services) -> int:
    """Append a signal for each record that says one; returns how many records were looked at."""
    now = services.clock.now()
    return Worker(services.ledger, SIGNALS, RecordSignals(now), now=now).run(holder=services.name)


class RecordSignals:
    """Makes signals of records; of those that are older than signals are kept, none."""

    def __init__(self, now: datetime) -> None:
        """Leave out what has expired at this time."""
        self._oldest = now - SIGNALS_KEPT

    def start(self) -> None:
        """Nothing is needed."""

    def prepare(self, batch: Sequence[Record]) -> list[NewSignal]:
        """Return the signals of a batch."""
        return [signal_of(record) for record in batch if record.data is not None and record.at >= self._oldest]

    def apply(self, uow: UnitOfWork, prepared: list[NewSignal]) -> None:
        """Append them; the id is the record's position, so that a repeat changes nothing."""
        uow.signals.append(prepared)


def signal_of(record: Record) -> NewSignal:
    """Return the signal that a record becomes: its name, time and member, and no text that anybody wrote."""
    flow, data = RECORDS[record.kind], record.data or {}
    name = flow.signal or ""
    return NewSignal(
        source=RECORDS_SOURCE,
        id=str(record.position),
        name=name,
        at=record.at,
        category=PRODUCT_SIGNALS[name],
        member=record.member,
        subject=f"event:{data['event']}" if "event" in data else None,
        data={field: data[field] for field in flow.signal_data if field in data},
    )
