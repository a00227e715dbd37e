"""Actions of managers on events and places: publish, record attendance, cancel, save a place."""

from collections.abc import Callable
from datetime import datetime

from serendipity.intake import events
from serendipity.intake.inputs import AttendanceInput, EventInput, PlaceInput
from serendipity.ports import Ledger
from serendipity.usecases.audit import audit_action


def publish_event(ledger: Ledger, item: EventInput, *, scrub: Callable[[str], str], by: str, now: datetime) -> None:
    """Add an event, or change the one with the same id. Raises UnknownPlace."""
    with ledger.write() as uow:
        events.publish(uow, [item], now=now, scrub=scrub)
        audit_action(uow, "event.published", f"event:{item.id}", by=by, now=now)


def record_attendance(ledger: Ledger, item: AttendanceInput, *, by: str, now: datetime) -> None:
    """Record that a member took part in an event. Raises UnknownMember, UnknownEvent or InvalidInput."""
    with ledger.write() as uow:
        events.attend(uow, [item], source="manager", now=now)
        audit_action(uow, "event.attended", f"event:{item.event}", by=by, now=now, member=item.member)


def cancel_event(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Cancel an event; its registrations no longer count. Raises UnknownEvent."""
    with ledger.write() as uow:
        events.cancel(uow, id, now=now)
        audit_action(uow, "event.cancelled", f"event:{id}", by=by, now=now)


def save_place(ledger: Ledger, item: PlaceInput, *, by: str, now: datetime) -> None:
    """Add a place, or replace its name, zone and hours."""
    with ledger.write() as uow:
        events.open_place(uow, item)
        audit_action(uow, "place.saved", f"place:{item.id}", by=by, now=now)
