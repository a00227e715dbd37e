"""May this message go out now? Asked at the moment of sending, whatever was true when it was queued."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from serendipity.domain.errors import UnknownMember, UnknownPlace
from serendipity.domain.model import (
    Introduction,
    Member,
    MemberStatus,
    Message,
    MessageKind,
    RecordKind,
)
from serendipity.domain.must_not import is_kept_apart
from serendipity.outreach.catalogue import CATALOGUE, KindOfMessage
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import UnitOfWork

GONE = frozenset({MemberStatus.MERGED, MemberStatus.ERASED})
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """It may go out, to this member, with answers reaching these."""

    to: Member
    reply_to: tuple[Member, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Postpone:
    """Not before a time."""

    at: datetime
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancel:
    """Not at all any more."""

    why: str


SendDecision = Send | Postpone | Cancel


def decide(uow: UnitOfWork, message: Message, *, now: datetime, settings: OutreachSettings) -> SendDecision:
    """Decide on a message: never, later, or now."""
    to = _addressee(uow, message)
    if to is None or to.status in GONE or not to.email:
        return Cancel(why="nobody to send it to")
    reason = _never(uow, message, to, now)
    if reason:
        return Cancel(why=reason)
    reply_to = tuple(uow.members.many(message.reply_to).values())
    if any(member.status in GONE or not member.email for member in reply_to) or len(reply_to) < len(message.reply_to):
        return Cancel(why="somebody of this thread is gone")
    return _later(uow, message, to, now, settings) or Send(to=to, reply_to=_in_order(message, reply_to))


def next_loud_moment(now: datetime, zone: ZoneInfo, *, quiet_from: time, quiet_until: time) -> datetime:
    """Return now, or the end of the quiet hours that now lies in (UTC).

    >>> night = datetime(2026, 1, 1, 23, tzinfo=UTC)
    >>> next_loud_moment(night, ZoneInfo("UTC"), quiet_from=time(21), quiet_until=time(8)).isoformat()
    '2026-01-02T08:00:00+00:00'
    """
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    over_midnight = quiet_from > quiet_until
    late, early = clock >= quiet_from, clock < quiet_until
    if not (late or early if over_midnight else late and early):
        return now
    day = local.date() + DAY if over_midnight and late else local.date()
    return datetime.combine(day, quiet_until, zone).astimezone(UTC)


def member_zone(uow: UnitOfWork, member: str, settings: OutreachSettings) -> ZoneInfo:
    """Return the zone of the place where a member last checked in, else the only place's, else the community's."""
    latest = uow.records.recent(member=member, kinds={RecordKind.CHECK_IN}, limit=1)
    place = str((latest[0].data or {}).get("place") or "") if latest else ""
    try:
        name = uow.places.place(place).zone if place else _only_zone(uow, settings)
    except UnknownPlace:
        name = settings.zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _only_zone(uow: UnitOfWork, settings: OutreachSettings) -> str:
    zones = {place.zone for place in uow.places.places()}
    return zones.pop() if len(zones) == 1 else settings.zone


def _addressee(uow: UnitOfWork, message: Message) -> Member | None:
    if message.member is None:
        return None
    try:
        return uow.members.get(message.member)
    except UnknownMember:
        return None


def _never(uow: UnitOfWork, message: Message, to: Member, now: datetime) -> str | None:
    if message.not_after is not None and message.not_after <= now:
        return "too late"
    if message.purpose is not None and message.purpose not in to.purposes:
        return "no consent"
    if message.introduction is not None:
        return _off(uow, message, uow.introductions.get(message.introduction))
    return None


def _off(uow: UnitOfWork, message: Message, introduction: Introduction) -> str | None:
    """Return why a message of an introduction has no ground any more."""
    kind = _kind_of(message)
    if not kind.still_holds(introduction, message.member or ""):
        return f"the introduction is {introduction.state}"
    ids = sorted(party.member for party in introduction.parties)
    if not kind.speaks_of_others:
        return None
    if {(a, b) for a in ids for b in ids if a < b} & uow.members.blocks(of=ids):
        return "the introduction ended"  # managers read it: that two are kept apart by a no is not theirs to know
    rules = uow.members.must_nots()
    return "rule" if rules and is_kept_apart(rules, uow.members.many(ids).values()) else None


def _kind_of(message: Message) -> KindOfMessage:
    """Return what the catalogue says; a kind of an earlier release holds, and speaks of others."""
    known = message.kind in set(MessageKind)
    return CATALOGUE[MessageKind(message.kind)] if known else KindOfMessage(speaks_of_others=True)


def _later(uow: UnitOfWork, message: Message, to: Member, now: datetime, settings: OutreachSettings) -> Postpone | None:
    if message.not_before is not None and message.not_before > now:
        return Postpone(at=message.not_before, why="not yet")
    if message.purpose is None:
        return None  # somebody waits for it
    if to.is_paused(now):
        return Postpone(at=min(to.paused_until or now + DAY, now + DAY), why="paused")
    zone = member_zone(uow, to.id, settings)
    loud = next_loud_moment(now, zone, quiet_from=settings.quiet_from, quiet_until=settings.quiet_until)
    if loud > now:
        return Postpone(at=loud, why="quiet hours")
    if settings.per_day and uow.outbox.sent_since(to.id, now - DAY) >= settings.per_day:
        return Postpone(at=now + timedelta(hours=1), why="enough for today")
    return None


def _in_order(message: Message, members: tuple[Member, ...]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: message.reply_to.index(member.id)))
