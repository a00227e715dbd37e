"""Actions of managers on events and places: each is one unit of work with its audit entry."""

from datetime import timedelta

import pytest

from serendipity.domain.errors import NotFound
from serendipity.domain.model import RecordKind
from serendipity.intake import members
from serendipity.intake.inputs import AttendanceInput, EventInput, MemberInput, PlaceInput
from serendipity.ports import Ledger
from serendipity.usecases.events.manager_actions import cancel_event, publish_event, record_attendance, save_place
from tests.fakes import FakeClock

MILA = "manager:mila"


def publish(ledger: Ledger, clock: FakeClock, *, title: str = "Meetup") -> None:
    item = EventInput(id="e-1", title=title, starts_at=clock.now() + timedelta(days=1))
    publish_event(ledger, item, scrub=str.upper, by=MILA, now=clock.now())


def audit_entries(ledger: Ledger, subject: str) -> list[tuple[str, str, object]]:
    with ledger.read() as uow:
        return [(each.who, each.what, each.data) for each in uow.operations.audit_entries(subject=subject)]


def test_a_published_event_is_scrubbed_and_audited(ledger: Ledger, clock: FakeClock) -> None:
    """Its title is stored without contact data."""
    publish(ledger, clock)

    with ledger.read() as uow:
        assert uow.places.event("e-1").title == "MEETUP"
    assert audit_entries(ledger, "event:e-1") == [(MILA, "event.published", {})]


def test_a_cancelled_event_stays_known(ledger: Ledger, clock: FakeClock) -> None:
    """An unknown one is not found, and leaves no audit entry."""
    publish(ledger, clock)
    cancel_event(ledger, "e-1", by=MILA, now=clock.now())
    with pytest.raises(NotFound):
        cancel_event(ledger, "e-2", by=MILA, now=clock.now())

    with ledger.read() as uow:
        assert uow.places.event("e-1").cancelled
    assert audit_entries(ledger, "event:e-1")[0] == (MILA, "event.cancelled", {})
    assert audit_entries(ledger, "event:e-2") == []


def test_an_attendance_is_a_record_and_names_the_member_in_the_audit(ledger: Ledger, clock: FakeClock) -> None:
    """The event is the subject of the entry."""
    publish(ledger, clock)
    with ledger.write() as uow:
        member = members.join(uow, MemberInput(name="Anna"), source="test", now=clock.now(), scrub=str.upper).id
    clock.forward(days=2)
    record_attendance(ledger, AttendanceInput(member=member, event="e-1"), by=MILA, now=clock.now())

    with ledger.read() as uow:
        (record,) = uow.records.recent(kinds={RecordKind.ATTENDED}, limit=10)
    assert record.member == member
    assert audit_entries(ledger, "event:e-1")[0] == (MILA, "event.attended", {"member": member})


def test_a_saved_place_replaces_the_one_with_its_id(ledger: Ledger, clock: FakeClock) -> None:
    """There is one place with the later name."""
    for name in ("The house", "The garden"):
        save_place(ledger, PlaceInput(id="main", name=name), by=MILA, now=clock.now())

    with ledger.read() as uow:
        assert [each.name for each in uow.places.places()] == ["The garden"]
    assert audit_entries(ledger, "place:main") == [(MILA, "place.saved", {})] * 2
