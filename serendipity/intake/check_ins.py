"""Check-ins: validated, scrubbed, appended, and presence noted."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import (
    Appended,
    Member,
    MemberStatus,
    NewRecord,
    Place,
    Presence,
    RecordKind,
    Visibility,
)
from serendipity.intake.inputs import CheckInInput
from serendipity.intake.timing import happened_at
from serendipity.ports import UnitOfWork

Scrub = Callable[[str], str]
STAY = timedelta(hours=4)
RECENT = timedelta(hours=12)


def record_check_ins(
    uow: UnitOfWork, inputs: Sequence[CheckInInput], *, source: str, now: datetime, scrub: Scrub
) -> list[Appended]:
    """Append check-ins and say who is present; answers in order.

    Raises UnknownMember, UnknownPlace, InvalidInput (a future time) or DifferentBody; then nothing is kept.
    """
    members = current_members(uow, {item.member for item in inputs})
    places = {item.place: uow.places.place(item.place) for item in inputs if item.place}
    appended = uow.records.append(
        [_record(item, members[item.member], _zone(places, item), source, now, scrub) for item in inputs]
    )
    for item, answer in zip(inputs, appended, strict=True):
        if answer.fresh:
            _note_presence(uow, item, answer, now)
    return appended


def current_members(uow: UnitOfWork, ids: set[str]) -> dict[str, Member]:
    """Return the members behind ids, following merges. Raises UnknownMember for the first that is not there."""
    found = uow.members.many(ids)
    result = {}
    for id in ids:
        member = found.get(id)
        while member is not None and member.status is MemberStatus.MERGED and member.merged_into:
            member = uow.members.get(member.merged_into)
        if member is None or member.status is MemberStatus.ERASED:
            raise UnknownMember(f"There is no member {id!r}; add the member first (POST /v1/members).", member=id)
        result[id] = member
    return result


def _zone(places: Mapping[str, Place], item: CheckInInput) -> str:
    return places[item.place].zone if item.place else "UTC"


def _record(item: CheckInInput, member: Member, zone: str, source: str, now: datetime, scrub: Scrub) -> NewRecord:
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
        at=happened_at(item.at, now=now, zone=zone),
        member=member.id,
        data=data,
        fingerprint="\n".join((item.text, item.seeks, item.offers)),
        timed=item.at is not None,
    )


def _note_presence(uow: UnitOfWork, item: CheckInInput, answer: Appended, now: datetime) -> None:
    member, at = answer.record.member, answer.record.at
    if not item.place or member is None or at < now - RECENT:
        return
    stay = timedelta(minutes=item.stay_minutes) if item.stay_minutes else STAY
    if not may_be_used(item.visibility):
        stay = timedelta(0)  # nobody learns that they are here, nor that they still are where they were
    uow.places.set_presence(Presence(member=member, place=item.place, since=at, until=at + stay))


def may_be_used(visibility: str) -> bool:
    """Say whether a check-in of this visibility takes part in matching."""
    return visibility != Visibility.PRIVATE.value
