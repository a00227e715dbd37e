"""A check-in with its understanding, as the reader would leave it."""

from serendipity.domain.model import NewRecord, RecordKind
from tests.unit.introductions.community import Community


def say(community: Community, member: str, text: str, *, visibility: str = "members", topic: str = "big-data") -> None:
    """Check a member in with a text that was understood as one topic."""
    now = community.clock.now()
    said = NewRecord(
        kind=RecordKind.CHECK_IN,
        source="test",
        id=text,
        at=now,
        member=member,
        data={"text": text, "visibility": visibility},
        refs=(f"member:{member}",),
    )
    with community.ledger.write() as uow:
        (appended,) = uow.records.append([said])
        understood = NewRecord(
            kind=RecordKind.UNDERSTOOD,
            source="test",
            id=f"understood:{text}",
            at=now,
            member=member,
            about=appended.record.position,
            data={"mentions": [[topic, topic, 1.0, 0, 0, "interest"]]},
        )
        uow.records.append([understood])
