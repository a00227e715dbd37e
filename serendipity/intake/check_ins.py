"""Check-ins: validated, scrubbed, appended, and presence noted."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import (
    Appended,
    NewRecord,
    Place,
    Presence,
    Record,
    RecordKind,
    Visibility,
)
from serendipity.intake.inputs import CheckInInput
from serendipity.intake.timing import resolve_time
from serendipity.ports import UnitOfWork
from serendipity.ports.history import Following

Scrub = Callable[[str], str]
STAY = timedelta(hours=4)
RECENT = timedelta(hours=12)


def record_check_ins(
    uow: UnitOfWork,
    inputs: Sequence[CheckInInput],
    *,
    source: str,
    now: datetime,
    scrub: Scrub,
    then: Following | None = None,
) -> list[Appended]:
    """Append check-ins, `then` what follows the new ones, and say who is present; answers in order.

    Raises UnknownMember, UnknownPlace, InvalidInput (a future time) or DifferentBody; then nothing is kept.
    """
    members = current_members(uow, {item.member for item in inputs})
    places = {id: uow.places.place(id) for id in {item.place for item in inputs} if id}
    appended = uow.records.append(
        [_record(item, members[item.member], _place_zone(places, item), source, now, scrub) for item in inputs],
        then=then,
    )
    fresh = [(item, answer.record) for item, answer in zip(inputs, appended, strict=True) if answer.fresh]
    uow.places.set_presence([here for item, record in fresh if (here := _presence(item, record, now)) is not None])
    return appended


def current_members(uow: UnitOfWork, ids: set[str]) -> dict[str, str]:
    """Return who is behind each id, following merges. Raises UnknownMember for the first that is not there."""
    found = uow.members.followed(ids)
    for id in sorted(ids - found.keys()):
        raise UnknownMember(f"There is no member {id!r}; add the member first (POST /v1/members).", member=id)
    return found


def _place_zone(places: Mapping[str, Place], item: CheckInInput) -> str:
    return places[item.place].zone if item.place else "UTC"


def _record(item: CheckInInput, member: str, zone: str, source: str, now: datetime, scrub: Scrub) -> NewRecord:
    data = {
        "text": scrub(item.text),
        "visibility": item.visibility.value,
        **({"seeks": scrub(item.seeks)} if item.seeks else {}),
        **({"offers": scrub(item.offers)} if item.offers else {}),
        **({"place": item.place} if item.place else {}),
    }
    return NewRecord(
        kind=RecordKind.CHECK_IN,
        source=source,
        id=item.id or str(uuid.uuid4()),
        at=resolve_time(item.at, now=now, zone=zone),
        member=member,
        data=data,
        fingerprint="\n".join((item.text, item.seeks, item.offers)),
        sent_as=item.member,
        timed=item.at is not None,
    )


def _presence(item: CheckInInput, record: Record, now: datetime) -> Presence | None:
    if not item.place or record.member is None or record.at < now - RECENT:
        return None
    stay = timedelta(minutes=item.stay_minutes) if item.stay_minutes else STAY
    if not may_be_used(item.visibility):
        stay = timedelta(0)  # nobody learns that they are here, nor that they still are where they were
    return Presence(member=record.member, place=item.place, since=record.at, until=record.at + stay)


def may_be_used(visibility: str) -> bool:
    """Say whether a check-in of this visibility takes part in matching."""
    return visibility != Visibility.PRIVATE.value
