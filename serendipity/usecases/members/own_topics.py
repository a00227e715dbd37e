"""Members' decisions about their own topics: strike out, pin, hide, and take each back."""

import uuid
from typing import Any

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import AuditEntry, NewRecord, RecordKind
from serendipity.domain.own_topics import OwnTopics, collect_own_topics
from serendipity.domain.projection_state import OWN_TOPIC_KINDS
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

MOST = 1000
_FIELDS = {
    RecordKind.TOPIC_STRUCK: "struck",
    RecordKind.TOPIC_PINNED: "pinned",
    RecordKind.TOPIC_HIDDEN: "hidden",
}


def read_own_topics(uow: UnitOfWork, member: str) -> OwnTopics:
    """Return what a person decided, under whichever of their ids."""
    ids, waiting = [member], [member]
    while waiting:
        merged = uow.records.recent(member=waiting.pop(), kinds={RecordKind.MEMBER_MERGED}, limit=MOST)
        new = [one.member for one in merged if one.member and one.member not in ids]
        ids += new
        waiting += new
    return collect_own_topics(
        record for id in ids for record in uow.records.recent(member=id, kinds=OWN_TOPIC_KINDS, limit=MOST)
    )


def decide(services: Services, member: str, kind: RecordKind, topic: str, *, holds: bool = True) -> None:
    """Record that a member pins, hides or strikes out a topic everywhere, or takes that back.

    A pinned topic is not hidden and a hidden one not pinned: the later of the two takes the other back. Raises
    InvalidInput for an unknown topic.
    """
    known = services.reader.refresh().topic(topic)
    if known is None:
        raise InvalidInput(f"There is no topic {topic!r}.")
    with services.ledger.write() as uow:
        own = read_own_topics(uow, member)
        new = [_record(services, member, kind, known.id, holds)]
        if holds and kind is RecordKind.TOPIC_HIDDEN and known.id in own.pinned:
            new.append(_record(services, member, RecordKind.TOPIC_PINNED, known.id, False))
        if holds and kind is RecordKind.TOPIC_PINNED and known.id in own.hidden:
            new.append(_record(services, member, RecordKind.TOPIC_HIDDEN, known.id, False))
        uow.records.append(new)
        what = kind.value if holds else f"{kind.value}.undone"
        uow.operations.audit(
            AuditEntry(at=services.clock.now(), who=f"member:{member}", what=what, subject=f"member:{member}")
        )


def _record(services: Services, member: str, kind: RecordKind, topic: str, holds: bool) -> NewRecord:
    data: dict[str, Any] = {"topic": topic, _FIELDS[kind]: holds}
    if kind is RecordKind.TOPIC_STRUCK:
        data["of"] = None
    now = services.clock.now()
    return NewRecord(kind=kind, source="own topics", id=str(uuid.uuid4()), at=now, member=member, data=data)
