"""The example community goes through the real intake, as if it had checked in for ninety days."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from serendipity.demo.cast import DemoAttendance, DemoCheckIn, DemoCommunity, DemoEvent, DemoMember, DemoPlace
from serendipity.demo.community import load_community
from serendipity.domain.errors import Conflict
from serendipity.intake import check_ins, events, members
from serendipity.intake.inputs import (
    AttendanceInput,
    CheckInInput,
    EventInput,
    MemberInput,
    PlaceInput,
    RegistrationInput,
    TieInput,
)
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

SOURCE = "demo"
_MARK = "demo"
_BATCH = 500
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Played:
    """Counts of what went through the intake; all zero when the ledger has the example community already."""

    members: int = 0
    check_ins: int = 0
    events: int = 0


def play(services: Services, *, seed: int = 1, progress: Progress | None = None) -> Played:
    """Bring the example community into an empty ledger; one that holds it already stays as it is.

    Raises Conflict where the ledger holds another community: the demo never mixes with real data.
    """
    with services.ledger.read() as uow:
        if uow.operations.state(_MARK) == "done":
            return Played()
        if uow.operations.state(_MARK) is None and uow.members.count():
            raise Conflict("This ledger holds a community already; give the demo a data folder of its own.")
        begun = uow.operations.state(_MARK)
    end = datetime.fromisoformat(begun) if begun else services.clock.now()
    community = load_community(end, seed)
    with services.ledger.write() as uow:
        uow.operations.set_state(_MARK, end.isoformat())
    _play(services, community, progress)
    with services.ledger.write() as uow:
        uow.operations.set_state(_MARK, "done")
    return Played(members=len(community.members), check_ins=len(community.check_ins), events=len(community.events))


def _play(services: Services, community: DemoCommunity, progress: Progress | None) -> None:
    now = services.clock.now()
    with services.ledger.write() as uow:
        for place in community.places:
            events.open_place(uow, _place(place))
        joining = [_member(member) for member in community.members]
        members.join_all(uow, joining, source=SOURCE, now=now, scrub=services.scrub)
        events.publish(uow, [_event(event) for event in community.events], now=now, scrub=services.scrub)
        for member in community.members:
            if member.paused:
                members.pause(uow, member.id)
    with services.ledger.write() as uow:
        _attend(uow, community.attendances, now)
        ties = [
            TieInput(id=f"tie:{t.member_a}:{t.member_b}", member=t.member_a, other=t.member_b, why=t.why, at=t.at)
            for t in community.ties
        ]
        events.tie(uow, ties, source=SOURCE, now=now)
    _check_in(services, community.check_ins, now, progress)


def _check_in(services: Services, said: Sequence[DemoCheckIn], now: datetime, progress: Progress | None) -> None:
    done = 0
    for batch in _batches(said, _BATCH):
        inputs = [_check_in_input(each) for each in batch]
        with services.ledger.write() as uow:
            check_ins.record_check_ins(uow, inputs, source=SOURCE, now=now, scrub=services.scrub)
        done += len(batch)
        if progress:
            progress(done, len(said), "check-ins")


def _attend(uow: UnitOfWork, attendances: Iterable[DemoAttendance], now: datetime) -> None:
    rows = list(attendances)
    registered = [
        RegistrationInput(member=row.member, event=row.event, role=row.role, at=row.registered_at)
        for row in rows
        if row.registered_at
    ]
    attended = [
        AttendanceInput(member=row.member, event=row.event, role=row.role, at=row.attended_at)
        for row in rows
        if row.attended_at
    ]
    events.attend(uow, registered, source=SOURCE, now=now)
    events.attend(uow, attended, source=SOURCE, now=now)


def _place(place: DemoPlace) -> PlaceInput:
    hours = dict.fromkeys(range(5), (place.opens, place.closes))
    return PlaceInput(id=place.id, name=place.name, zone=place.zone, hours=hours)


def _member(member: DemoMember) -> MemberInput:
    return MemberInput(
        id=member.id,
        name=member.name,
        email=member.email,
        organisation=member.organisation,
        about=member.about,
        skills=member.skills,
        seeks=member.seeks,
        offers=member.offers,
        locale="nl" if member.locale == "nl" else "en",
        guest=member.guest,
        purposes=member.purposes,
        joined_at=member.joined_at,
    )


def _event(event: DemoEvent) -> EventInput:
    return EventInput(
        id=event.id,
        title=event.title,
        description=event.description,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=event.place,
    )


def _check_in_input(said: DemoCheckIn) -> CheckInInput:
    return CheckInInput(
        id=said.id,
        member=said.member,
        text=said.text,
        seeks=said.seeks or "",
        offers=said.offers or "",
        visibility=said.visibility,
        place=said.place,
        at=said.at,
    )


def _batches(items: Sequence[DemoCheckIn], size: int) -> Iterator[list[DemoCheckIn]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
