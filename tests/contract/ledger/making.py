"""What the ledger's tests write: records, members, introductions and messages with only the telling fields given."""

from datetime import UTC, datetime, timedelta
from typing import Any

from serendipity.domain.model import (
    Introduction,
    IntroductionState,
    Member,
    Message,
    NewRecord,
    Party,
    Purpose,
    Reason,
    RecordKind,
)
from serendipity.ports import Ledger

MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)


def check_in(id: str, **fields: Any) -> NewRecord:
    """A check-in on its way."""
    given = {"source": "kiosk", "at": MONDAY, "member": "m-1", "data": {"text": "Big data"}, **fields}
    return NewRecord(kind=RecordKind.CHECK_IN, id=id, **given)


def understanding(id: str, about: int, **fields: Any) -> NewRecord:
    """An understanding of a record."""
    given = {"source": "topics", "at": MONDAY, "member": "m-1", "data": {"mentions": [id]}, **fields}
    return NewRecord(kind=RecordKind.UNDERSTOOD, id=id, about=about, **given)


def append(ledger: Ledger, *new: NewRecord) -> list[int]:
    """Append in a transaction of their own; return the positions."""
    with ledger.write() as unit:
        return [appended.record.position for appended in unit.records.append(new)]


def join(ledger: Ledger, id: str, name: str = "", *purposes: Purpose, **fields: Any) -> Member:
    """A member who is in the ledger, with what they agreed to."""
    with ledger.write() as unit:
        unit.members.put(Member(id=id, name=name or id, **fields))
        for purpose in purposes:
            unit.members.set_consent(id, purpose, given=True, wording="v1", at=MONDAY)
        return unit.members.get(id)


def introduction(id: str, *members: str, on_path: tuple[str, ...] = (), **fields: Any) -> Introduction:
    """A proposed introduction of these members."""
    reason = Reason(kind="path", weight=1.0, topics=("big-data",), members=on_path, data={"hops": 2})
    given: dict[str, Any] = {
        "state": IntroductionState.PROPOSED,
        "score": 0.5,
        "reasons": (reason,),
        "factors": {"relevance": 0.5},
        "run": "run-1",
        "proposed_at": MONDAY,
        "changed_at": MONDAY,
        "parties": tuple(Party(member=member) for member in members or ("m-1", "m-2")),
        **fields,
    }
    return Introduction(id=id, **given)


def message(id: str, **fields: Any) -> Message:
    """A queued message."""
    given: dict[str, Any] = {
        "member": "m-1",
        "kind": "introduction.ask",
        "subject": "Someone to meet",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "locale": "en",
        "queued_at": MONDAY,
        **fields,
    }
    return Message(id=id, **given)


def later(**by: float) -> datetime:
    """Some time after MONDAY."""
    return MONDAY + timedelta(**by)
