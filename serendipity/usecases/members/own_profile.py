"""Actions of members on their own profile: change it, pause, resume, a new personal code, a link to an introduction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from serendipity.domain.errors import NotFound
from serendipity.domain.model import LinkPurpose
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges
from serendipity.introductions.disclosure import was_asked
from serendipity.outreach.links import issue_link
from serendipity.ports import Ledger
from serendipity.usecases.access.tokens import code_digest, new_code


def change_profile(
    ledger: Ledger,
    member: str,
    changes: MemberChanges,
    *,
    scrub: Callable[[str], str],
    now: datetime,
    session: str | None = None,
) -> None:
    """Change a member's own profile; `session` is the hash of the session that stays where an address changes.

    Raises Conflict when the address is another member's.
    """
    with ledger.write() as uow:
        members.change(uow, member, changes, now=now, scrub=scrub, session=session)


def pause_self(ledger: Ledger, member: str, *, until: datetime | None) -> None:
    """Pause until a time, or until the member resumes. Raises Conflict for a guest."""
    with ledger.write() as uow:
        members.pause(uow, member, until=until)


def resume_self(ledger: Ledger, member: str) -> None:
    """End a member's pause."""
    with ledger.write() as uow:
        members.resume(uow, member)


def renew_personal_code(ledger: Ledger, member: str) -> str:
    """Store the digest of a new personal code, and return the code, which can be shown this once."""
    code = new_code()
    with ledger.write() as uow:
        uow.members.set_code(member, code_digest(code))
    return code


def make_answer_link(ledger: Ledger, member: str, introduction: str, *, now: datetime, lasts: timedelta) -> str:
    """Return the token of a link to a member's introduction. Raises NotFound for one they were not asked about."""
    with ledger.write() as uow:
        if not was_asked(uow.introductions.get(introduction), member):
            raise NotFound
        return issue_link(uow, LinkPurpose.ANSWER, member, introduction, now=now, ttl=lasts)
