"""What stands in the way of an introduction, looked at again before every step."""

from collections.abc import Mapping
from datetime import UTC, datetime

from serendipity.domain.model import Answer, Introduction, Member, MemberStatus, Purpose, RecordKind
from serendipity.domain.must_not import kept_apart
from serendipity.ports import UnitOfWork

NEEDED = frozenset({Purpose.MATCHING, Purpose.INTRODUCTIONS})
PRESENT = frozenset({MemberStatus.ACTIVE, MemberStatus.PAUSED, MemberStatus.GUEST})
ACTIVITY = frozenset({RecordKind.CHECK_IN, RecordKind.ATTENDED, RecordKind.REGISTERED, RecordKind.PROFILE_CHANGED})
ACQUAINTING = frozenset({"said_so", "worked_together"})
FOR_GOOD = datetime.max.replace(tzinfo=UTC)


def hindrance(uow: UnitOfWork, introduction: Introduction) -> str | None:
    """Return why these members cannot be introduced any more, in a word, or None.

    Where one of them said no, being kept apart by that ends it no sooner than a silence would.
    """
    ids = [party.member for party in introduction.parties]
    found = uow.members.many(ids)
    for id in ids:
        why = _missing(found.get(id))
        if why:
            return why
    said_no = any(party.answer is Answer.DECLINED for party in introduction.parties)
    if not said_no and pairs(ids) & uow.members.blocks(of=ids):
        return "blocked"
    if kept_apart(uow.members.must_nots(), found.values()):
        return "rule"
    return "tie" if _said_so(uow, ids, since=introduction.proposed_at) else None


def away(members: Mapping[str, Member], *, now: datetime) -> dict[str, datetime]:
    """Return who of these paused or said "not now" of late, and until when."""
    return {id: member.paused_until or FOR_GOOD for id, member in members.items() if member.is_paused(now)}


def last_active(uow: UnitOfWork, members: list[str]) -> dict[str, datetime]:
    """Return when each was last heard of, for those who were."""
    latest = {member: uow.records.recent(member=member, kinds=ACTIVITY, limit=1) for member in members}
    return {member: records[0].at for member, records in latest.items() if records}


def pairs(ids: list[str]) -> set[tuple[str, str]]:
    """Return all pairs, the smaller id first.

    >>> sorted(pairs(["m-3", "m-1", "m-2"]))
    [('m-1', 'm-2'), ('m-1', 'm-3'), ('m-2', 'm-3')]
    """
    return {(one, other) for one in ids for other in ids if one < other}


def _missing(member: Member | None) -> str | None:
    if member is None or member.status not in PRESENT:
        return "gone"
    if not member.purposes >= NEEDED:
        return "no consent"
    return None if member.email else "no address"


def _said_so(uow: UnitOfWork, ids: list[str], *, since: datetime) -> bool:
    ties = uow.records.touching({f"member:{ids[0]}"}, upto=uow.records.head(), kinds={RecordKind.TIE})
    fresh = [tie for tie in ties if tie.received_at >= since and tie.data and tie.data.get("why") in ACQUAINTING]
    return any({tie.member, (tie.data or {}).get("other")} <= set(ids) for tie in fresh)
