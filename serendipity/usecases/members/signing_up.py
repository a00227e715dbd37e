"""Signing up: the member, their code and the mail that lets them in, in one transaction."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Member, MemberStatus, MessageKind
from serendipity.intake import members
from serendipity.intake.inputs import MemberInput
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services

GONE = (MemberStatus.MERGED, MemberStatus.ERASED)
LINK_LASTS = timedelta(hours=24)
WELCOME, LINK = MessageKind.WELCOME, MessageKind.PROFILE_LINK


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalCode:
    """A code to check in with, and the digest under which it is stored."""

    code: str
    digest: str


def sign_up(services: Services, item: MemberInput, code: PersonalCode, *, source: str) -> Member | None:
    """Add a member with their code and queue a welcome; a known address gets a link instead, and None is returned."""
    if item.email and send_link(services, item.email):
        return None
    try:
        with services.ledger.write() as uow:
            member = join_with_code(uow, item, code, source=source, now=services.clock.now(), scrub=services.scrub)
            if item.email:
                _queue(services, uow, member, WELCOME)
    except Conflict:
        if item.email and send_link(services, item.email):  # two signed up with one address at the same moment
            return None
        raise
    return member


def join_with_code(
    uow: UnitOfWork,
    item: MemberInput,
    code: PersonalCode,
    *,
    source: str,
    now: datetime,
    scrub: Callable[[str], str],
) -> Member:
    """Add a member with their code. Raises Conflict when the address is another member's."""
    member = members.join(uow, item, source=source, now=now, scrub=scrub)
    uow.members.set_code(member.id, code.digest)
    return member


def send_link(services: Services, email: str) -> bool:
    """Queue a mail with a link to the page of the member of an address; False where there is none."""
    with services.ledger.write() as uow:
        member = uow.members.find_by_email(email)
        if member is None or member.status in GONE:
            return False
        _queue(services, uow, member, LINK)
    return True


def _queue(services: Services, uow: UnitOfWork, member: Member, kind: str) -> None:
    now = services.clock.now()
    message = services.composer.compose(kind, member, {}, id=f"{kind}:{uuid.uuid4()}")
    uow.outbox.add(replace(message, queued_at=now, next_at=now, not_after=now + LINK_LASTS))
