"""Actions of programs on members: join, change, pause and resume."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.model import Member
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.ports import Ledger
from serendipity.usecases.members.private_texts import private_profiles
from serendipity.usecases.services import Services


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinedMembers:
    """Members who joined, in order; the ids that were known before, and those whose texts are their member's own."""

    members: list[Member]
    known: frozenset[str]
    private: frozenset[str]


def join_members(services: Services, items: Sequence[MemberInput], *, source: str) -> JoinedMembers:
    """Add members; the same input again answers as the first time.

    Raises DifferentBody when an id came with another body before, Conflict for a taken address.
    """
    now = services.clock.now()
    with services.ledger.write() as uow:
        known = uow.members.many([item.id for item in items if item.id])
        joined = members.join_all(uow, items, source=source, now=now, scrub=services.scrub)
        private = private_profiles(services, uow, [each for each in joined if each.id in known])
    return JoinedMembers(members=joined, known=frozenset(known), private=frozenset(private))


def change_parts(
    ledger: Ledger, member: str, changes: MemberChanges, *, scrub: Callable[[str], str], now: datetime
) -> Member:
    """Change the parts of a profile that are given. Raises UnknownMember, Conflict for a taken address."""
    with ledger.write() as uow:
        return members.change(uow, member, changes, now=now, scrub=scrub)


def set_paused(ledger: Ledger, member: str, *, paused: bool) -> Member:
    """Pause a member until they resume, or end their pause. Raises UnknownMember, Conflict for a guest."""
    with ledger.write() as uow:
        (members.pause if paused else members.resume)(uow, member)
        return uow.members.get(member)
