"""Whether members may be introduced now: the one answer for runs, the queue, the opt-in, messages and "who is here"."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from serendipity.domain.model import Member, MemberStatus, MustNot, Purpose
from serendipity.domain.must_not import is_kept_apart

NEEDED = frozenset({Purpose.MATCHING, Purpose.INTRODUCTIONS})
PRESENT = frozenset({MemberStatus.ACTIVE, MemberStatus.PAUSED, MemberStatus.GUEST})
Pair = tuple[str, str]


class BlockingReason(StrEnum):
    """Why members may not be introduced; all but PAUSED hold until somebody changes something."""

    GONE = "gone"  # merged, erased or unknown
    NO_CONSENT = "no consent"
    NO_ADDRESS = "no address"
    BLOCKED = "blocked"  # one of them said never this person, or that they know each other
    RULE = "rule"  # of the managers
    ACQUAINTED = "tie"  # they said so themselves, or worked together
    PAUSED = "paused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Relations:
    """Relations between members: blocked pairs (smaller id first), managers' rules, and whether they are acquainted."""

    blocks: Collection[Pair] = frozenset()
    rules: Sequence[MustNot] = ()
    acquainted: bool = False


def blocking_reason(
    ids: Sequence[str], members: Mapping[str, Member], relations: Relations, *, now: datetime
) -> BlockingReason | None:
    """Return why these members may not be introduced now, or None; what lasts comes before what passes.

    `members` are those of the ids that exist. Without an address nobody can be asked.

    >>> anna, bo = (Member(id=id, name=id, email=f"{id}@example.org", purposes=NEEDED) for id in ("m-1", "m-2"))
    >>> now = datetime(2026, 1, 1)
    >>> blocking_reason(["m-1", "m-2"], {"m-1": anna, "m-2": bo}, Relations(), now=now) is None
    True
    >>> blocking_reason(["m-1", "m-2"], {"m-1": anna, "m-2": bo}, Relations(blocks={("m-1", "m-2")}), now=now).name
    'BLOCKED'
    """
    for id in ids:
        reason = absence_reason(members.get(id))
        if reason is not None:
            return reason
    apart = separation_reason([members[id] for id in ids], relations)
    if apart is not None:
        return apart
    return BlockingReason.PAUSED if any(members[id].is_paused(now) for id in ids) else None


def absence_reason(member: Member | None) -> BlockingReason | None:
    """Return why one member cannot be introduced to anybody, a pause aside."""
    if member is None or member.status not in PRESENT:
        return BlockingReason.GONE
    if not member.purposes >= NEEDED:
        return BlockingReason.NO_CONSENT
    return None if member.email else BlockingReason.NO_ADDRESS


def separation_reason(members: Collection[Member], relations: Relations) -> BlockingReason | None:
    """Return what stands between members who could each be introduced to others."""
    if relations.blocks and not pairs(member.id for member in members).isdisjoint(relations.blocks):
        return BlockingReason.BLOCKED
    if relations.rules and is_kept_apart(relations.rules, members):
        return BlockingReason.RULE
    return BlockingReason.ACQUAINTED if relations.acquainted else None


def pairs(ids: Iterable[str]) -> set[Pair]:
    """Return all pairs, the smaller id first.

    >>> sorted(pairs(["m-3", "m-1", "m-2"]))
    [('m-1', 'm-2'), ('m-1', 'm-3'), ('m-2', 'm-3')]
    """
    return set(combinations(sorted(set(ids)), 2))
