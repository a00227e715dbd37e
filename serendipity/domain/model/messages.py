"""Messages, and the links in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from serendipity.domain.model.members import Purpose


class MessageKind(StrEnum):
    """Kinds of messages; outreach/catalogue.py says what is so of each."""

    INTRODUCTION_ASK = "introduction.ask"
    INTRODUCTION_MADE = "introduction.made"
    INTRODUCTION_FOLLOW_UP = "introduction.follow_up"
    INTRODUCTION_CLOSED = "introduction.closed"
    PROFILE_LINK = "profile.link"
    WELCOME = "welcome"


class MessageState(StrEnum):
    """States of a message in the outbox."""

    QUEUED = "queued"
    SENT = "sent"
    PARKED = "parked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One rendered, individual delivery. The address is looked up at the moment of sending."""

    id: str  # the stable Message-ID is made of it
    member: str | None
    kind: str  # a MessageKind; one of an earlier release may have another
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


class AttemptOutcome(StrEnum):
    """Outcomes of an attempt to deliver a message; one that stays BEGUN was lost with its process."""

    BEGUN = "begun"
    SENT = "sent"
    FAILED = "failed"
    PARKED = "parked"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try to deliver a message: the number (from 1), when it began, how it ended, and the reason in words."""

    message: str
    number: int
    at: datetime
    outcome: AttemptOutcome = AttemptOutcome.BEGUN
    detail: str = ""


class LinkPurpose(StrEnum):
    """Purposes of one-time links; a link serves no other purpose."""

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
