"""The circumstances of an introduction, read from the ledger again before every step."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from serendipity.domain.may_meet import BlockingReason, Relations, blocking_reason
from serendipity.domain.model import Answer, Introduction, Member, RecordKind
from serendipity.introductions.decide import Circumstances
from serendipity.introductions.outcomes import members_with_recorded_no
from serendipity.ports import UnitOfWork

ACTIVITY = frozenset({RecordKind.CHECK_IN, RecordKind.ATTENDED, RecordKind.REGISTERED, RecordKind.PROFILE_CHANGED})
ACQUAINTING = frozenset({"said_so", "worked_together"})
FOR_GOOD = datetime.max.replace(tzinfo=UTC)


def read_circumstances(uow: UnitOfWork, introduction: Introduction, *, now: datetime) -> Circumstances:
    """Return everything that the next step depends on besides the introduction itself."""
    ids = [party.member for party in introduction.parties]
    members = uow.members.many(ids)
    reason = _lasting_reason(uow, introduction, members, now)
    return Circumstances(
        blocking_reason=reason,
        recorded_no=members_with_recorded_no(uow, introduction),
        paused=_pause_ends(members, now=now),
        last_active=_last_active(uow, ids),
    )


def read_blocking_reason(uow: UnitOfWork, introduction: Introduction, *, now: datetime) -> BlockingReason | None:
    """Return why these members may not be introduced any more, pauses aside, or None."""
    ids = [party.member for party in introduction.parties]
    return _lasting_reason(uow, introduction, uow.members.many(ids), now)


def _lasting_reason(
    uow: UnitOfWork, introduction: Introduction, members: Mapping[str, Member], now: datetime
) -> BlockingReason | None:
    """After a no, the block that follows from it is left out: the introduction ends no sooner than after a silence."""
    ids = [party.member for party in introduction.parties]
    has_no = any(party.answer is Answer.DECLINED for party in introduction.parties)
    relations = Relations(
        blocks=frozenset() if has_no else uow.members.blocks(of=ids),
        rules=uow.members.must_nots(),
        acquainted=_became_acquainted(uow, ids, since=introduction.proposed_at),
    )
    reason = blocking_reason(ids, members, relations, now=now)
    return None if reason is BlockingReason.PAUSED else reason


def _pause_ends(members: Mapping[str, Member], *, now: datetime) -> dict[str, datetime]:
    """Return until when each paused member is paused (also by a "not now")."""
    return {id: member.paused_until or FOR_GOOD for id, member in members.items() if member.is_paused(now)}


def _last_active(uow: UnitOfWork, members: Sequence[str]) -> dict[str, datetime]:
    latest = {member: uow.records.recent(member=member, kinds=ACTIVITY, limit=1) for member in members}
    return {member: records[0].at for member, records in latest.items() if records}


def _became_acquainted(uow: UnitOfWork, ids: Sequence[str], *, since: datetime) -> bool:
    ties = uow.records.touching({f"member:{ids[0]}"}, upto=uow.records.head(), kinds={RecordKind.TIE})
    fresh = [tie for tie in ties if tie.received_at >= since and tie.data and tie.data.get("why") in ACQUAINTING]
    return any({tie.member, (tie.data or {}).get("other")} <= set(ids) for tie in fresh)
