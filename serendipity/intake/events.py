"""Places, events, registrations, attendance and ties."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from serendipity.domain.errors import UnknownEvent
from serendipity.domain.model import Appended, Event, NewRecord, Place, RecordKind
from serendipity.intake.check_ins import Scrub, current_members
from serendipity.intake.inputs import AttendanceInput, EventInput, PlaceInput, RegistrationInput, TieInput
from serendipity.intake.timing import in_utc, resolve_time
from serendipity.ports import UnitOfWork


def open_place(uow: UnitOfWork, item: PlaceInput) -> Place:
    """Add a place, or replace its name, zone and hours."""
    place = Place(id=item.id, name=item.name, zone=item.zone, hours=item.hours)
    uow.places.put_place(place)
    return place


def publish(uow: UnitOfWork, items: Sequence[EventInput], *, now: datetime, scrub: Scrub) -> list[Appended]:
    """Add events, or change those that exist; what changes nothing answers with the record that stands.

    Raises UnknownPlace.
    """
    return [_publish_one(uow, item, now, scrub) for item in items]


def cancel(uow: UnitOfWork, id: str, *, now: datetime) -> Event:
    """Cancel an event; its registrations no longer count."""
    event = uow.places.event(id)
    if not event.cancelled:
        data = {"event": id}
        uow.records.append([_event_record(RecordKind.EVENT_CANCELLED, f"{id}:cancelled:{uuid.uuid4()}", now, data, id)])
        uow.places.put_event(_event(data | _event_data(event), cancelled=True))
    return uow.places.event(id)


def attend(uow: UnitOfWork, items: Sequence[AttendanceInput], *, source: str, now: datetime) -> list[Appended]:
    """Append attendances (or registrations, as RegistrationInput); a member counts once per event and source.

    Raises UnknownMember, UnknownEvent or InvalidInput.
    """
    members = current_members(uow, {item.member for item in items})
    _refuse_unknown_events(uow, {item.event for item in items})
    events = {id: uow.places.event(id) for id in {item.event for item in items}}
    zones = {event.place: uow.places.place(event.place).zone for event in events.values() if event.place}
    return uow.records.append(
        [
            _attendance(item, members[item.member], event, zones.get(event.place or "", "UTC"), source, now)
            for item, event in ((item, events[item.event]) for item in items)
        ]
    )


def tie(uow: UnitOfWork, items: Sequence[TieInput], *, source: str, now: datetime) -> list[Appended]:
    """Append direct evidence that two members know each other."""
    members = current_members(uow, {id for item in items for id in (item.member, item.other)})
    return uow.records.append([_tie(item, members[item.member], members[item.other], source, now) for item in items])


def _publish_one(uow: UnitOfWork, item: EventInput, now: datetime, scrub: Scrub) -> Appended:
    zone = uow.places.place(item.place).zone if item.place else "UTC"
    data = {
        "event": item.id,
        "title": scrub(item.title),
        "description": scrub(item.description),
        "starts_at": in_utc(item.starts_at, zone).isoformat(),
        "ends_at": in_utc(item.ends_at, zone).isoformat() if item.ends_at else None,
        "place": item.place,
    }
    first = uow.records.find("events", item.id)
    if first is not None and not _differs(uow, data):
        return Appended(record=first, fresh=False)
    kind, id = (
        (RecordKind.EVENT_PUBLISHED, item.id)
        if first is None
        else (RecordKind.EVENT_CHANGED, f"{item.id}:{uuid.uuid4()}")
    )
    [answer] = uow.records.append([_event_record(kind, id, min(now, in_utc(item.starts_at, zone)), data, item.id)])
    uow.places.put_event(_event(data))
    return answer


def _differs(uow: UnitOfWork, data: dict[str, Any]) -> bool:
    event = uow.places.event(data["event"])
    return event.cancelled or _event_data(event) != {key: value for key, value in data.items() if key != "event"}


def _event_data(event: Event) -> dict[str, Any]:
    return {
        "title": event.title,
        "description": event.description,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat() if event.ends_at else None,
        "place": event.place,
    }


def _event(data: dict[str, Any], *, cancelled: bool = False) -> Event:
    return Event(
        id=data["event"],
        title=data["title"],
        description=data["description"],
        starts_at=datetime.fromisoformat(data["starts_at"]),
        ends_at=datetime.fromisoformat(data["ends_at"]) if data["ends_at"] else None,
        place=data["place"],
        cancelled=cancelled,
    )


def _event_record(kind: RecordKind, id: str, at: datetime, data: dict[str, Any], event: str) -> NewRecord:
    return NewRecord(kind=kind, source="events", id=id, at=at, data=data, refs=(f"event:{event}",), timed=False)


def _refuse_unknown_events(uow: UnitOfWork, ids: set[str]) -> None:
    unknown = sorted(ids - uow.places.known_events(ids))
    if unknown:
        raise UnknownEvent(
            f"There is no event {unknown[0]!r}; add the event first (POST /v1/events).", event=unknown[0]
        )


def _attendance(item: AttendanceInput, member: str, event: Event, zone: str, source: str, now: datetime) -> NewRecord:
    registered = isinstance(item, RegistrationInput)
    at = now if registered and item.at is None else (item.at or min(event.starts_at, now))
    return NewRecord(
        kind=RecordKind.REGISTERED if registered else RecordKind.ATTENDED,
        source=source,
        id=item.id or f"{'registration' if registered else 'attendance'}:{item.event}:{member}",
        at=resolve_time(at, now=now, zone=zone),
        member=member,
        sent_as=item.member,
        data={"event": item.event, "role": item.role.value},
        refs=(f"event:{item.event}",),
        timed=item.at is not None,
    )


def _tie(item: TieInput, member: str, other: str, source: str, now: datetime) -> NewRecord:
    return NewRecord(
        kind=RecordKind.TIE,
        source=source,
        id=item.id or str(uuid.uuid4()),
        at=resolve_time(item.at, now=now),
        member=member,
        sent_as=item.member,
        data={"other": other, "why": item.why},
        refs=(f"member:{other}",),
        timed=item.at is not None,
    )
