"""Signals: anything that happened to a member, or to something that concerns members; a stream of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class SignalCategory(StrEnum):
    """The fifteen categories, and no other."""

    ACCOUNT_STATUS = "account-status"
    BEHAVIOUR_ACCOUNT = "behaviour-account"
    BEHAVIOUR_DEVICE = "behaviour-device"
    BEHAVIOUR_PERSON = "behaviour-person"
    CALENDAR = "calendar"
    CONTRACT_ACCOUNT = "contract-account"
    ENVIRONMENTAL = "environmental"
    FORECAST = "forecast"
    INACTIVITY = "inactivity"
    LAW_REGULATION = "law-regulation"
    MILESTONE = "milestone"
    PRODUCT_SERVICE = "product-service"
    PRODUCT_WIDE = "product-wide"
    PROFILE_PERSON = "profile-person"
    TRANSACTION_STATUS = "transaction-status"


_OWN = {
    SignalCategory.ACCOUNT_STATUS: "member.joined member.paused member.resumed membership.expiring membership.ended"
    " consent.given consent.withdrawn",
    SignalCategory.BEHAVIOUR_ACCOUNT: "organisation.first_visit organisation.activity_dropped",
    SignalCategory.BEHAVIOUR_DEVICE: "kiosk.seen kiosk.offline",
    SignalCategory.BEHAVIOUR_PERSON: "check_in.recorded event.registered event.attended event.missed"
    " introduction.accepted introduction.declined introduction.ignored message.opened",
    SignalCategory.CALENDAR: "member.birthday member.anniversary holiday.coming",
    SignalCategory.ENVIRONMENTAL: "place.busy place.quiet",
    SignalCategory.FORECAST: "visit.expected visit.expected_missed churn.likely topic.rising topic.fading",
    SignalCategory.INACTIVITY: "member.dormant check_in.missing introduction.unanswered feedback.missing",
    SignalCategory.LAW_REGULATION: "consent.expiring retention.due terms.changed",
    SignalCategory.MILESTONE: "check_in.count_reached introduction.first topic.first_in_community streak.reached",
    SignalCategory.PRODUCT_SERVICE: "event.published event.changed event.cancelled",
    SignalCategory.PRODUCT_WIDE: "place.closed place.reopened",
    SignalCategory.PROFILE_PERSON: "profile.changed topic.gained topic.faded organisation.changed trait.changed"
    " trait.crossed segment.entered segment.left",
}
# Names that only the product itself sends, with their category.
PRODUCT_SIGNALS: Mapping[str, SignalCategory] = {
    name: category for category, names in _OWN.items() for name in names.split()
}
# Of signals that records become; their id is the record's position.
RECORDS_SOURCE = "records"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSignal:
    """A signal on its way into the stream.

    `source` and `id` identify it for ever; names compare without case. `member` is whom it happened to, `subject` else
    what it is about, in the sender's words. `fingerprint`, `timed` and `sent_as` recognise a repeat, as in `NewRecord`.
    """

    source: str
    id: str
    name: str
    at: datetime
    category: str | None = None
    member: str | None = None
    subject: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str | None = None
    timed: bool = True
    sent_as: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One line of the stream; `data` and `subject` are None once its member was erased."""

    position: int
    source: str
    id: str
    name: str
    category: str | None
    member: str | None
    subject: str | None
    at: datetime
    received_at: datetime
    data: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AppendedSignal:
    """The answer to an append: the signal as it stands in the stream, and whether it is new."""

    signal: Signal
    fresh: bool
