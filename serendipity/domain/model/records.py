"""The ledger's history: records and their kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RecordKind(StrEnum):
    """Kinds of records; the ledger's history consists of these and of nothing else."""

    MEMBER_JOINED = "member.joined"  # data: organisation
    PROFILE_CHANGED = "profile.changed"  # data: organisation, about, skills, seeks, offers (scrubbed)
    MEMBER_MERGED = "member.merged"  # data: into
    MEMBER_ERASED = "member.erased"
    CONSENT_GIVEN = "consent.given"  # data: purpose, wording
    CONSENT_WITHDRAWN = "consent.withdrawn"  # data: purpose, wording
    CHECK_IN = "check_in.recorded"  # data: text, seeks, offers, visibility, place, until
    EVENT_PUBLISHED = "event.published"  # data: event, title, description, starts_at, ends_at, place
    EVENT_CHANGED = "event.changed"  # data: as published
    EVENT_CANCELLED = "event.cancelled"  # data: event
    REGISTERED = "event.registered"  # data: event, role
    ATTENDED = "event.attended"  # data: event, role
    TIE = "tie.recorded"  # data: other, why
    SIGNAL = "signal.received"  # data: name, category, subject, data
    UNDERSTOOD = "understanding.made"  # about: the check-in or profile understood; data: see topics.reading
    EVENT_UNDERSTOOD = "understanding.of_event"  # about: the event's record; data: event and mentions
    REREAD = "understanding.renewed"  # as UNDERSTOOD, in its place: made with a better vocabulary
    TOPIC_ADDED = "topic.added"  # data: topic, label, labels by locale, aliases, parent, sensitive, origin
    TOPIC_MERGED = "topic.merged"  # data: topic, into
    TOPIC_RENAMED = "topic.renamed"  # data: topic, label
    TOPIC_ALIASED = "topic.aliased"  # data: topic, phrase
    TOPIC_PARENTED = "topic.parented"  # data: topic, parent (or null)
    TOPIC_FLAGGED = "topic.flagged"  # data: topic, sensitive
    TOPIC_RETRACTED = "topic.retracted"  # data: topic (a promotion undone)
    PHRASE_BLOCKED = "phrase.blocked"  # data: phrase, blocked
    PHRASE_KEPT_APART = "phrase.kept_apart"  # data: phrase, other: two that do not mean the same
    CURATION_UNDONE = "curation.undone"  # data: record (the position of what no longer holds)
    TOPIC_STRUCK = "topic.struck"  # data: topic, of (position of one understanding's subject; null: everywhere), struck
    TOPIC_PINNED = "topic.pinned"  # data: topic, pinned
    TOPIC_HIDDEN = "topic.hidden"  # data: topic, hidden
    RANKER_LEARNED = "ranker.learned"  # data: see topics.ranker.Judgement.as_data; upto: the history learned from
    PROPENSITY_LEARNED = "propensity.learned"  # data: version, propensity (see matching.propensity), upto, restores
    JUDGEMENT_LEARNED = "judgement.learned"  # data: version, judgement (see matching.learning), upto, restores
    INTRODUCTION = "introduction.outcome"  # data: introduction, other, outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRecord:
    """A record on its way into the ledger.

    `source` and `id` identify it for ever. `at` is the effective time (UTC). `member` is the opaque id of the
    member whose history this is. `refs` name what it touches ("member:m-1", "event:e-1", "phrase:big data").
    `fingerprint` recognises a repeat when what was sent holds more than `data` (scrubbed contact data). `timed` is
    False where the sender named no time: then `at`, taken from our clock, does not tell a repeat from another body.
    `sent_as` is the id by which the sender named the member, where that one was merged into `member` since.
    """

    kind: RecordKind
    source: str
    id: str
    at: datetime
    member: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    refs: tuple[str, ...] = ()
    about: int | None = None
    fingerprint: str | None = None
    timed: bool = True
    sent_as: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One line of the ledger's history; `data` is None once its member was erased."""

    position: int
    kind: RecordKind
    source: str
    id: str
    at: datetime
    received_at: datetime
    member: str | None
    data: Mapping[str, Any] | None
    about: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Appended:
    """The answer to an append: the record as it stands in the ledger, and whether it is new."""

    record: Record
    fresh: bool
