"""Signals from outside: any name, any data, stored and listed."""

from collections.abc import Sequence
from datetime import datetime

from serendipity.domain.model import Appended, NewRecord, RecordKind
from serendipity.intake.check_ins import current_members
from serendipity.intake.inputs import SignalInput
from serendipity.intake.timing import happened_at
from serendipity.ports import UnitOfWork


def receive(uow: UnitOfWork, items: Sequence[SignalInput], *, source: str, now: datetime) -> list[Appended]:
    """Append signals; an id is unique per source for ever. Raises UnknownMember, InvalidInput or DifferentBody."""
    members = current_members(uow, {item.member for item in items if item.member})
    return uow.records.append(
        [_signal(item, members[item.member].id if item.member else None, source, now) for item in items]
    )


def _signal(item: SignalInput, member: str | None, source: str, now: datetime) -> NewRecord:
    return NewRecord(
        kind=RecordKind.SIGNAL,
        source=source,
        id=item.id,
        at=happened_at(item.at, now=now),
        member=member,
        data={"name": item.name, "category": item.category, "subject": item.subject, "data": item.data},
        timed=item.at is not None,
    )
