"""The ledger's terms: records, members, check-ins, understandings, matches and introductions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


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
    TOPIC_ADDED = "topic.added"  # data: topic, label, aliases, parent, sensitive, origin
    TOPIC_MERGED = "topic.merged"  # data: topic, into
    TOPIC_RENAMED = "topic.renamed"  # data: topic, label
    TOPIC_ALIASED = "topic.aliased"  # data: topic, phrase
    TOPIC_PARENTED = "topic.parented"  # data: topic, parent (or null)
    TOPIC_FLAGGED = "topic.flagged"  # data: topic, sensitive
    TOPIC_RETRACTED = "topic.retracted"  # data: topic (a promotion undone)
    PHRASE_BLOCKED = "phrase.blocked"  # data: phrase, blocked
    TOPIC_STRUCK = "topic.struck"  # data: topic, of (position of one understanding's subject; null: everywhere)
    INTRODUCTION = "introduction.outcome"  # data: introduction, other, outcome


class Purpose(StrEnum):
    """What a member may agree to; each is asked separately and versioned by its wording."""

    MATCHING = "matching"  # use what I say and attend to find matches
    INTRODUCTIONS = "introductions"  # send me introductions by e-mail
    SHOWN_HERE = "shown_here"  # show me, with what we share, to others who are here now
    NAME_LOOKUP = "name_lookup"  # find my name at the kiosk by its first letters


class Visibility(StrEnum):
    """What a check-in's text may be used for, as its member chose."""

    MEMBERS = "members"  # matched and quoted
    MATCHING = "matching"  # matched, never quoted
    PRIVATE = "private"  # kept for the member only


class Role(StrEnum):
    """How a member took part in an event."""

    SPEAKER = "speaker"
    HOST = "host"
    ATTENDEE = "attendee"


class Stance(StrEnum):
    """How a member relates to a topic they mention."""

    INTEREST = "interest"
    SEEK = "seek"
    OFFER = "offer"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRecord:
    """A record on its way into the ledger.

    `source` and `id` identify it for ever. `at` is the effective time (UTC). `member` is the opaque id of the
    member whose history this is. `refs` name what it touches ("member:m-1", "event:e-1", "phrase:big data").
    `fingerprint` recognises a repeat when what was sent holds more than `data` (scrubbed contact data). `timed` is
    False where the sender named no time: then `at`, taken from our clock, does not tell a repeat from another body.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A topic, or a phrase that may become one, found in a text.

    `phrase` is normalised; `topic` is the id known at the time, None for a proposal. `weight` lies in (0, 1];
    a negation ("no longer doing crypto") is negative. `start` and `end` are offsets into the scrubbed text.
    """

    phrase: str
    topic: str | None = None
    weight: float = 1.0
    start: int = 0
    end: int = 0
    stance: Stance = Stance.INTEREST


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """What was made of a text, written once: mentions (best first), language and the extractor's version."""

    mentions: tuple[Mention, ...] = ()
    language: str = "en"
    extractor: str = ""


class Topic(NamedTuple):
    """A canonical thing people work on."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    sensitive: bool = False


class MemberStatus(StrEnum):
    """Where a member stands."""

    GUEST = "guest"
    ACTIVE = "active"
    PAUSED = "paused"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A member as they stand now. Name and e-mail live here only, never in a record or in the graph."""

    id: str
    name: str
    email: str | None = None
    locale: str = "en"
    organisation: str | None = None
    about: str = ""
    skills: tuple[str, ...] = ()
    seeks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    status: MemberStatus = MemberStatus.ACTIVE
    paused_until: datetime | None = None
    merged_into: str | None = None
    joined_at: datetime | None = None
    purposes: frozenset[Purpose] = frozenset()
    shares: frozenset[str] = frozenset({"name", "organisation", "about"})  # what one met through us sees before a yes

    @property
    def first_name(self) -> str:
        """Return the name to greet by."""
        return self.name.split()[0] if self.name.split() else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where members meet; `zone` is an IANA name, `hours` maps a weekday (0 is Monday) to ("08:00", "18:00")."""

    id: str
    name: str
    zone: str = "UTC"
    hours: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A gathering as it stands now."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    description: str = ""
    place: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """A member is at a place since a time, until it expires or they leave."""

    member: str
    place: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One piece of evidence of a match; every sentence of an introduction traces to one.

    `kind` is one of: shared_topic, adjacent_topics, seek_offer, path, shared_event, bridge, distance, difference.
    `topics`, `events`, `members` are ids on the path, in order from A to B; `data` holds figures and dates (JSON).
    `weight` is the share of the score that it explains.
    """

    kind: str
    weight: float
    topics: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A scored pair with its reasons; `member` is for whom it was found. Score and its factors lie in [0, 1]."""

    member: str
    other: str
    score: float
    relevance: float
    unexpectedness: float
    reasons: tuple[Reason, ...]
    factors: Mapping[str, float] = field(default_factory=dict)


class IntroductionState(StrEnum):
    """Where an introduction stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"  # by a manager, or by a member: see `reason`
    EXPIRED = "expired"
    ASKED = "asked"
    INTRODUCED = "introduced"
    FOLLOWED_UP = "followed_up"
    CANCELLED = "cancelled"  # erasure, consent withdrawn, a tie said so meanwhile


class Answer(StrEnum):
    """What a member answered to an introduction."""

    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Why a member declines; each acts on graph and scorer."""

    NOT_NOW = "not_now"
    NOT_RELEVANT = "not_relevant"
    KNOW_ALREADY = "know_already"
    NEVER_THIS_PERSON = "never_this_person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """One member of an introduction and what they answered; ratings are 1 to 5."""

    member: str
    answer: Answer = Answer.WAITING
    reason: DeclineReason | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    met: bool | None = None
    relevance: int | None = None
    surprise: int | None = None
    known_before: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Introduction:
    """A match on its way to both members."""

    id: str
    parties: tuple[Party, ...]
    state: IntroductionState
    score: float
    reasons: tuple[Reason, ...]
    factors: Mapping[str, float]
    run: str | None
    proposed_at: datetime
    changed_at: datetime
    deadline: datetime | None = None
    texts: Mapping[str, str] = field(default_factory=dict)  # a manager's edit, by locale
    reason: str | None = None
    by: str | None = None  # the manager (or "policy") who decided
    introduced_at: datetime | None = None
    followed_up_at: datetime | None = None
    version: int = 1


class MessageState(StrEnum):
    """Where a message in the outbox stands."""

    QUEUED = "queued"
    SENT = "sent"
    PARKED = "parked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One rendered, individual delivery. The address is looked up at the moment of sending."""

    id: str  # the stable Message-ID is made of it
    member: str | None
    kind: str  # e.g. introduction.ask, introduction.made, introduction.follow_up, login.link
    subject: str
    text: str
    html: str
    locale: str
    channel: str = "email"
    purpose: Purpose | None = None  # the consent checked again at sending
    introduction: str | None = None
    reply_to: tuple[str, ...] = ()  # member ids
    headers: Mapping[str, str] = field(default_factory=dict)
    not_before: datetime | None = None
    not_after: datetime | None = None
    state: MessageState = MessageState.QUEUED
    attempts: int = 0
    next_at: datetime | None = None
    queued_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None


class LinkPurpose(StrEnum):
    """What a one-time link allows; a link serves no other purpose."""

    ANSWER = "answer"  # accept or decline an introduction
    FOLLOW_UP = "follow_up"  # did you meet?
    PROFILE = "profile"  # what you know about me
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A purpose-bound, expiring token; only its SHA-256 is stored."""

    token_hash: str
    purpose: LinkPurpose
    member: str
    subject: str | None
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Manager:
    """A person who runs the community and may log in."""

    id: str
    email: str
    name: str
    password_hash: str
    locale: str = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A random key (only its SHA-256 is stored) with scopes such as "check-ins:write"."""

    id: str
    key_hash: str
    label: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kiosk:
    """A paired tablet; its token (stored hashed) can only check in."""

    id: str
    label: str
    place: str
    token_hash: str
    paired_at: datetime
    seen_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A logged-in browser; `token_hash` is SHA-256, `csrf` goes into every form."""

    token_hash: str
    subject: str  # "manager:ID" or "member:ID"
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One execution of the matcher, as recorded; `counts` and `settings` are JSON."""

    id: str
    kind: str  # scheduled, triggered, emergency, by_hand
    as_of: datetime
    started_at: datetime
    seed: int
    position: int
    settings: Mapping[str, Any]
    counts: Mapping[str, int] = field(default_factory=dict)
    finished_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a run decided for one member, kept so that "why did I (not) get this?" has an answer."""

    run: str
    member: str
    outcome: str  # proposed, nobody_good_enough, paused, no_consent, quota_reached, …
    detail: str = ""
    introduction: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """Who did what to what, when."""

    at: datetime
    who: str  # "manager:ID", "member:ID", "key:ID", "kiosk:ID", "service"
    what: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parked:
    """Work that failed for good, kept where a manager sees it and can retry it."""

    id: str
    consumer: str
    subject: str
    error: str
    attempts: int
    parked_at: datetime
