"""Whom a member should meet now: asked for, not introduced."""

from serendipity.commands.services import Services
from serendipity.domain.errors import NoSnapshot
from serendipity.domain.model import Match, Purpose
from serendipity.matching.matcher import match_one


def matches_of(services: Services, member: str, *, limit: int) -> list[Match]:
    """Return a member's best matches with their reasons, among those who agreed to matching and introductions.

    Raises UnknownMember, and NoSnapshot while there is none.
    """
    snapshot = services.snapshots.latest()
    if snapshot is None:
        raise NoSnapshot
    with services.ledger.read() as uow:
        uow.members.get(member)
        willing = uow.members.with_purpose(Purpose.MATCHING) & uow.members.with_purpose(Purpose.INTRODUCTIONS)
        blocked = uow.members.blocks()
    if member not in willing or member not in snapshot.member_index:
        return []
    now = services.clock.now()
    found = match_one(snapshot, member, now=now, eligible=willing, blocked=blocked, settings=services.matching)
    return found[:limit]
