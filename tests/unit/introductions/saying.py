"""A check-in or a profile with its understanding, as the reader would leave it."""

from serendipity.domain.model import NewRecord, RecordKind
from tests.unit.introductions.community import Community


def write(community: Community, member: str, about: str, *, topic: str = "big-data") -> None:
    """Have a member write about themselves; it was understood as one topic."""
    community.change(member, about=about)
    _keep(community, member, RecordKind.PROFILE_CHANGED, {"about": about}, topic)


def say(community: Community, member: str, text: str, *, visibility: str = "members", topic: str = "big-data") -> None:
    """Check a member in with a text that was understood as one topic."""
    _keep(community, member, RecordKind.CHECK_IN, {"text": text, "visibility": visibility}, topic)


def _keep(community: Community, member: str, kind: RecordKind, data: dict[str, str], topic: str) -> None:
    now, id = community.clock.now(), "\n".join(data.values())
    said = NewRecord(kind=kind, source="test", id=id, at=now, member=member, data=data, refs=(f"member:{member}",))
    with community.ledger.write() as uow:
        (appended,) = uow.records.append([said])
        understood = NewRecord(
            kind=RecordKind.UNDERSTOOD,
            source="test",
            id=f"understood:{id}",
            at=now,
            member=member,
            about=appended.record.position,
            data={"mentions": [[topic, topic, 1.0, 0, 0, "interest"]]},
        )
        uow.records.append([understood])
