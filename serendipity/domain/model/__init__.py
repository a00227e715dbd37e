"""The ledger's terms, each in its room; import them from here."""

from serendipity.domain.model.access import ApiKey, Kiosk, Manager, Session
from serendipity.domain.model.consumers import Checkpoint, DeadLetter, TickRun
from serendipity.domain.model.introductions import (
    Answer,
    DeclineReason,
    Funnel,
    Introduction,
    IntroductionState,
    Match,
    Party,
    Reason,
)
from serendipity.domain.model.members import (
    Event,
    Member,
    MemberStatus,
    MustNot,
    Place,
    Presence,
    Purpose,
    Role,
    Surprise,
    Visibility,
    names_by_id,
)
from serendipity.domain.model.messages import Link, LinkPurpose, Message, MessageState
from serendipity.domain.model.operations import AuditEntry, Run, Verdict
from serendipity.domain.model.records import Appended, NewRecord, Record, RecordKind
from serendipity.domain.model.signals import (
    PRODUCT_SIGNALS,
    RECORDS_SOURCE,
    AppendedSignal,
    NewSignal,
    Signal,
    SignalCategory,
)
from serendipity.domain.model.topics import Mention, Stance, Topic, Understanding

__all__ = [
    "PRODUCT_SIGNALS",
    "RECORDS_SOURCE",
    "Answer",
    "ApiKey",
    "Appended",
    "AppendedSignal",
    "AuditEntry",
    "Checkpoint",
    "DeadLetter",
    "DeclineReason",
    "Event",
    "Funnel",
    "Introduction",
    "IntroductionState",
    "Kiosk",
    "Link",
    "LinkPurpose",
    "Manager",
    "Match",
    "Member",
    "MemberStatus",
    "Mention",
    "Message",
    "MessageState",
    "MustNot",
    "NewRecord",
    "NewSignal",
    "Party",
    "Place",
    "Presence",
    "Purpose",
    "Reason",
    "Record",
    "RecordKind",
    "Role",
    "Run",
    "Session",
    "Signal",
    "SignalCategory",
    "Stance",
    "Surprise",
    "TickRun",
    "Topic",
    "Understanding",
    "Verdict",
    "Visibility",
    "names_by_id",
]
