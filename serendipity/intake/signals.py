"""Signals from outside: any name, any data, stored and listed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from serendipity.domain.model import AppendedSignal, NewSignal
from serendipity.intake.check_ins import Scrub, current_members
from serendipity.intake.inputs import SignalInput
from serendipity.intake.timing import resolve_time
from serendipity.ports import UnitOfWork


def receive(
    uow: UnitOfWork, items: Sequence[SignalInput], *, source: str, now: datetime, scrub: Scrub
) -> list[AppendedSignal]:
    """Append signals, their texts without contact data; an id is unique per source for ever.

    Raises UnknownMember, InvalidInput or DifferentBody.
    """
    members = current_members(uow, {item.member for item in items if item.member})
    return uow.signals.append(
        [_signal(item, members[item.member] if item.member else None, source, now, scrub) for item in items]
    )


def _signal(item: SignalInput, member: str | None, source: str, now: datetime, scrub: Scrub) -> NewSignal:
    return NewSignal(
        source=source,
        id=item.id,
        name=item.name,
        at=resolve_time(item.at, now=now),
        category=item.category,
        member=member,
        subject=scrub(item.subject) if item.subject else None,
        data=_scrub(item.data, scrub),
        fingerprint=item.model_dump_json(),
        sent_as=item.member,
        timed=item.at is not None,
    )


def _scrub(value: Any, scrub: Scrub) -> Any:
    """Scrub every text in JSON-like data, however deep; names of fields stay."""
    match value:
        case str():
            return scrub(value)
        case dict():
            return {key: _scrub(each, scrub) for key, each in value.items()}
        case list():
            return [_scrub(each, scrub) for each in value]
        case _:
            return value
