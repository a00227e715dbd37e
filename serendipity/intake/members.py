"""Members: joining, profiles, consent, pausing, merging."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import LinkPurpose, Member, MemberStatus, NewRecord, Purpose, RecordKind
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.intake.timing import resolve_time
from serendipity.ports import UnitOfWork

Scrub = Callable[[str], str]
WORDING = "2026-01"


def join(uow: UnitOfWork, item: MemberInput, *, source: str, now: datetime, scrub: Scrub) -> Member:
    """Add a member (or guest) with their profile and consents; the same input again answers as the first time.

    Raises DifferentBody when the id came with another body, Conflict when the e-mail address is another member's.
    """
    return join_all(uow, [item], source=source, now=now, scrub=scrub)[0]


def join_all(
    uow: UnitOfWork, items: Sequence[MemberInput], *, source: str, now: datetime, scrub: Scrub
) -> list[Member]:
    """Add many members at once, as `join` does."""
    joining = [_new_member(item, now, scrub) for item in items]
    pairs = list(zip(joining, items, strict=True))
    answers = uow.records.append([_join(member, item, source, now) for member, item in pairs])
    fresh = [each for each, answer in zip(pairs, answers, strict=True) if answer.fresh]
    uow.members.put_many([member for member, _ in fresh])
    agreed = [
        (member.id, purpose, member.joined_at or now) for member, item in fresh for purpose in sorted(item.purposes)
    ]
    uow.members.give_consents(agreed, wording=WORDING)
    uow.records.append([record for member, item in fresh for record in _profile_and_consents(member, item, now)])
    known = uow.members.many({member.id for member in joining})
    return [known[member.id] for member in joining]


def change(
    uow: UnitOfWork, id: str, changes: MemberChanges, *, now: datetime, scrub: Scrub, session: str | None = None
) -> Member:
    """Change parts of a profile; a change that changes nothing leaves no record.

    A new address ends all log-ins that the earlier one may have led to, but for the one with `session` as its hash.
    """
    before = uow.members.get(id)
    if before.status is MemberStatus.ERASED:
        raise Conflict("This member was erased; a new one can join instead.")
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    after = replace(before, **{name: _clean(name, value, scrub) for name, value in given.items()})
    if after == before:
        return before
    _refuse_taken_address(uow, after)
    uow.members.put(after)
    if after.email != before.email:
        _end_log_ins(uow, id, but=session)
    if _profile(after) != _profile(before):
        uow.records.append([_profile_record(after, f"{id}:{uuid.uuid4()}", now)])
    return after


def _end_log_ins(uow: UnitOfWork, id: str, *, but: str | None) -> None:
    uow.access.end_sessions(f"member:{id}", but=but)
    uow.access.end_sessions(f"check_in:{id}")
    uow.access.drop_links(id, LinkPurpose.PROFILE)


def set_consent(
    uow: UnitOfWork, id: str, purpose: Purpose, *, given: bool, now: datetime, wording: str = WORDING
) -> None:
    """Give or withdraw consent for one purpose; every change is a record, versioned by its wording."""
    member = uow.members.get(id)
    if (purpose in member.purposes) == given:
        return
    record = _consent_record(id, purpose, given, wording, now, f"{id}:{purpose.value}:{uuid.uuid4()}")
    uow.records.append([record])
    uow.members.set_consent(id, purpose, given=given, wording=wording, at=now)


def pause(uow: UnitOfWork, id: str, *, until: datetime | None = None) -> None:
    """Pause a member: no matches and no messages, until a time or until they resume.

    Raises Conflict for a guest, who gets neither.
    """
    if uow.members.get(id).status is MemberStatus.GUEST:
        raise Conflict("A guest gets no introductions, so there is nothing to pause.")
    _set_status(uow, id, MemberStatus.PAUSED, until)


def resume(uow: UnitOfWork, id: str) -> None:
    """End a pause; a guest stays one."""
    status = uow.members.get(id).status
    _set_status(uow, id, MemberStatus.ACTIVE if status is MemberStatus.PAUSED else status, None)


def become_member(uow: UnitOfWork, id: str) -> None:
    """Turn a guest into a member."""
    _set_status(uow, id, MemberStatus.ACTIVE, None)


def merge(uow: UnitOfWork, id: str, into: str, *, now: datetime) -> Member:
    """Merge a duplicate into the member who stays; the history of both counts as one from now on."""
    if id == into:
        raise InvalidInput("A member cannot be merged into themselves; choose two different members.")
    duplicate, kept = uow.members.get(id), uow.members.get(into)
    if MemberStatus.ERASED in (duplicate.status, kept.status) or kept.status is MemberStatus.MERGED:
        raise Conflict("Only a present member can take over another; choose the one who stays.")
    if duplicate.status is MemberStatus.MERGED:
        raise Conflict(f"This member was merged into {duplicate.merged_into!r} before.")
    record = NewRecord(
        kind=RecordKind.MEMBER_MERGED,
        source="members",
        id=f"merge:{id}",
        at=now,
        member=id,
        data={"into": into},
        refs=(f"member:{into}",),
    )
    uow.records.append([record])
    uow.members.put(replace(duplicate, status=MemberStatus.MERGED, merged_into=into, email=None))
    if not kept.email and duplicate.email:
        kept = replace(kept, email=duplicate.email)
        uow.members.put(kept)
    uow.members.hand_over_code(id, into)
    _take_over_blocks(uow, id, into, now)
    _take_over_rules(uow, id, into)
    return kept


def _take_over_blocks(uow: UnitOfWork, id: str, into: str, now: datetime) -> None:
    """Keep apart from the member who stays whoever was kept apart from the duplicate."""
    for pair in uow.members.blocks(of=[id]):
        for other in set(pair) - {id, into}:
            uow.members.block(into, other, why="merged", at=now)


def _take_over_rules(uow: UnitOfWork, id: str, into: str) -> None:
    """Put the member who stays in the place of the duplicate in the managers' rules."""
    for rule in uow.members.must_nots():
        if id in (*rule.one, *rule.other):
            one, other = (tuple(into if each == id else each for each in side) for side in (rule.one, rule.other))
            uow.members.put_must_not(replace(rule, one=one, other=other))


def _set_status(uow: UnitOfWork, id: str, status: MemberStatus, until: datetime | None) -> None:
    member = uow.members.get(id)
    if member.status in (MemberStatus.MERGED, MemberStatus.ERASED):
        raise Conflict(f"This member is {member.status.value}; nothing can be changed any more.")
    uow.members.put(replace(member, status=status, paused_until=until))


def _new_member(item: MemberInput, now: datetime, scrub: Scrub) -> Member:
    return Member(
        id=item.id or f"m-{uuid.uuid4()}",
        name=item.name,
        email=item.email,
        locale=item.locale,
        organisation=item.organisation or None,
        about=scrub(item.about),
        skills=tuple(scrub(each) for each in item.skills),
        seeks=tuple(scrub(each) for each in item.seeks),
        offers=tuple(scrub(each) for each in item.offers),
        status=MemberStatus.GUEST if item.guest else MemberStatus.ACTIVE,
        joined_at=resolve_time(item.joined_at, now=now),
    )


def _join(member: Member, item: MemberInput, source: str, now: datetime) -> NewRecord:
    return NewRecord(
        kind=RecordKind.MEMBER_JOINED,
        source="members",
        id=member.id,
        at=member.joined_at or now,
        member=member.id,
        data={"organisation": member.organisation, "guest": item.guest, "through": source},
        fingerprint=_fingerprint(item),
        timed=item.joined_at is not None,
    )


def _fingerprint(item: MemberInput) -> str:
    """Return what was said, the same in every process: sets have no order of their own."""
    said = item.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
    return json.dumps(said | {"purposes": sorted(item.purposes)}, sort_keys=True)


def _profile_and_consents(member: Member, item: MemberInput, now: datetime) -> list[NewRecord]:
    at = member.joined_at or now
    consents = [
        _consent_record(member.id, purpose, True, WORDING, at, f"{member.id}:{purpose.value}:joined")
        for purpose in sorted(item.purposes)
    ]
    profile = [_profile_record(member, f"{member.id}:joined", at)] if _has_words(member) else []
    return [*consents, *profile]


def _profile_record(member: Member, id: str, at: datetime) -> NewRecord:
    return NewRecord(
        kind=RecordKind.PROFILE_CHANGED, source="profiles", id=id, at=at, member=member.id, data=_profile(member)
    )


def _consent_record(member: str, purpose: Purpose, given: bool, wording: str, at: datetime, id: str) -> NewRecord:
    return NewRecord(
        kind=RecordKind.CONSENT_GIVEN if given else RecordKind.CONSENT_WITHDRAWN,
        source="consents",
        id=id,
        at=at,
        member=member,
        data={"purpose": purpose.value, "wording": wording},
    )


def _profile(member: Member) -> dict[str, Any]:
    return {
        "organisation": member.organisation,
        "about": member.about,
        "skills": list(member.skills),
        "seeks": list(member.seeks),
        "offers": list(member.offers),
    }


def _has_words(member: Member) -> bool:
    return bool(member.about or member.skills or member.seeks or member.offers)


def _clean(name: str, value: Any, scrub: Scrub) -> Any:
    match name:
        case "about":
            return scrub(value or "")
        case "skills" | "seeks" | "offers":
            return tuple(scrub(each) for each in value or ())
        case "organisation" | "email" | "surprise" | "per_month":
            return value or None
        case _ if value is None:
            raise InvalidInput(f"`{name}` cannot be empty; leave it out to keep it as it is")
        case _:
            return value


def _refuse_taken_address(uow: UnitOfWork, member: Member) -> None:
    other = uow.members.find_by_email(member.email) if member.email else None
    if other is not None and other.id != member.id:
        raise Conflict("Another member has this e-mail address; use theirs, or merge the two.")
