"""Records that introductions append to the ledger: outcomes, ties and blocks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from serendipity.domain.may_meet import pairs
from serendipity.domain.model import Answer, DeclineReason, Introduction, MemberStatus, NewRecord, RecordKind
from serendipity.introductions.settings import IntroductionSettings
from serendipity.ports import UnitOfWork

SOURCE = "introductions"
DECLINED = "declined"
KEEPS_APART = frozenset({DeclineReason.KNOW_ALREADY, DeclineReason.NEVER_THIS_PERSON})


def record_introduction(uow: UnitOfWork, introduction: Introduction, *, now: datetime) -> None:
    """Append, for each pair, that they were introduced, and the weak tie that this is."""
    for one, other in sorted(pairs([party.member for party in introduction.parties])):
        _append_outcome(uow, introduction, one, other, {"outcome": "introduced"}, now=now)
        _append_tie(uow, introduction, one, other, why="introduced", now=now)


def record_silence(uow: UnitOfWork, introduction: Introduction, member: str, *, now: datetime) -> None:
    """Append that a member did not answer; it lowers how often they are proposed."""
    for other in _others(introduction, member):
        _append_outcome(uow, introduction, member, other, {"outcome": "unanswered"}, now=now)


def record_no(
    uow: UnitOfWork,
    introduction: Introduction,
    member: str,
    reason: DeclineReason | None,
    *,
    now: datetime,
    settings: IntroductionSettings,
) -> None:
    """Append a member's no and apply its reason, once.

    "Not now" pauses the member for a time. "Never this person" and "we know each other" block the pair for good; a tie
    would show to others, as somebody whom two know. Without a reason nothing else happens.
    """
    stated = {"outcome": DECLINED, **({"reason": str(reason)} if reason else {})}
    for other in _others(introduction, member):
        _append_outcome(uow, introduction, member, other, stated, now=now)
        if reason in KEEPS_APART:
            uow.members.block(member, other, why=str(reason), at=now)
    if reason is DeclineReason.NOT_NOW:
        _pause_until(uow, member, until=now + settings.not_now)


def members_with_recorded_no(uow: UnitOfWork, introduction: Introduction) -> frozenset[str]:
    """Return those whose no was noted already."""
    said_no = [party.member for party in introduction.parties if party.answer is Answer.DECLINED]
    return frozenset(
        member
        for member in said_no
        if all(
            uow.records.find(SOURCE, _id(introduction, DECLINED, member, other))
            for other in _others(introduction, member)
        )
    )


def record_feedback(uow: UnitOfWork, introduction: Introduction, member: str, *, met: bool, now: datetime) -> None:
    """Append whether they met; who met is tied."""
    for other in _others(introduction, member):
        _append_outcome(uow, introduction, member, other, {"outcome": "met" if met else "not_met"}, now=now)
        if met:
            _append_tie(uow, introduction, *sorted((member, other)), why="met_after_introduction", now=now)


def record_known_before(uow: UnitOfWork, introduction: Introduction, member: str, *, now: datetime) -> None:
    """Append that a member knew the other before."""
    for other in _others(introduction, member):
        _append_tie(uow, introduction, member, other, why="said_so", now=now)


def _others(introduction: Introduction, member: str) -> list[str]:
    return [party.member for party in introduction.parties if party.member != member]


def _append_outcome(
    uow: UnitOfWork, introduction: Introduction, member: str, other: str, data: Mapping[str, Any], *, now: datetime
) -> None:
    told = {"introduction": introduction.id, "other": other, **data}
    id = _id(introduction, data["outcome"], member, other)
    _append_once(uow, RecordKind.INTRODUCTION, id, member, other, told, now=now)


def _id(introduction: Introduction, outcome: str, member: str, other: str) -> str:
    return f"{introduction.id}:{outcome}:{member}:{other}"


def _append_tie(
    uow: UnitOfWork, introduction: Introduction, member: str, other: str, *, why: str, now: datetime
) -> None:
    id = f"{introduction.id}:{why}:{member}:{other}:tie"
    _append_once(uow, RecordKind.TIE, id, member, other, {"other": other, "why": why}, now=now)


def _append_once(
    uow: UnitOfWork, kind: RecordKind, id: str, member: str, other: str, data: Mapping[str, Any], *, now: datetime
) -> None:
    if uow.records.find(SOURCE, id) is None:  # a repeat at another time is the same fact
        refs = (f"member:{member}", f"member:{other}")
        uow.records.append([NewRecord(kind=kind, source=SOURCE, id=id, at=now, member=member, data=data, refs=refs)])


def _pause_until(uow: UnitOfWork, member: str, *, until: datetime) -> None:
    found = uow.members.get(member)
    if found.status is MemberStatus.PAUSED and found.paused_until is None:
        return  # away until they come back, which is longer
    if found.paused_until is None or found.paused_until < until:
        uow.members.put(replace(found, paused_until=until))
