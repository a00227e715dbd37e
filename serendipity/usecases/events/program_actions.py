"""Actions of programs on events, places, attendance and ties, each in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime

from serendipity.domain.model import Appended, Event, Place
from serendipity.intake import events
from serendipity.intake.inputs import AttendanceInput, EventInput, PlaceInput, RegistrationInput, TieInput
from serendipity.ports import Ledger


def publish_events(
    ledger: Ledger, items: Sequence[EventInput], *, scrub: Callable[[str], str], now: datetime
) -> list[Appended]:
    """Publish events, or change those that are known; answers in order."""
    with ledger.write() as uow:
        return events.publish(uow, items, now=now, scrub=scrub)


def cancel_event(ledger: Ledger, id: str, *, now: datetime) -> Event:
    """Cancel an event. Raises UnknownEvent."""
    with ledger.write() as uow:
        return events.cancel(uow, id, now=now)


def open_places(ledger: Ledger, items: Sequence[PlaceInput]) -> list[tuple[Place, bool]]:
    """Add or replace places; each with whether it is new."""
    with ledger.write() as uow:
        known = {place.id for place in uow.places.places()}
        return [(place, place.id not in known) for place in (events.open_place(uow, item) for item in items)]


def record_attendance(
    ledger: Ledger, items: Sequence[AttendanceInput | RegistrationInput], *, source: str, now: datetime
) -> list[Appended]:
    """Append attendance or registrations; answers in order. Raises UnknownMember, UnknownEvent, DifferentBody."""
    with ledger.write() as uow:
        return events.attend(uow, items, source=source, now=now)


def record_ties(ledger: Ledger, items: Sequence[TieInput], *, source: str, now: datetime) -> list[Appended]:
    """Append ties between members; answers in order. Raises UnknownMember, DifferentBody."""
    with ledger.write() as uow:
        return events.tie(uow, items, source=source, now=now)
