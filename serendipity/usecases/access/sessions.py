"""Sessions of browsers: the ledger stores the hash of a random token that only the browser holds."""

from datetime import datetime, timedelta
from typing import Literal

from serendipity.domain.model import LinkPurpose, Session
from serendipity.outreach.links import use_link
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.access.tokens import digest, new_token
from serendipity.usecases.audit import ENTERED, audit_views

SessionKind = Literal["manager", "member", "check_in", "known_browser"]


def start_session(ledger: Ledger, kind: SessionKind, id: str, *, now: datetime, lasts: timedelta) -> str:
    """Open a session of a manager or member, and return its token."""
    with ledger.write() as uow:
        return add_session(uow, kind, id, now=now, lasts=lasts)


def add_session(uow: UnitOfWork, kind: SessionKind, id: str, *, now: datetime, lasts: timedelta) -> str:
    """Open a session within a transaction, and return its token."""
    token = new_token()
    session = Session(token_hash=digest(token), subject=f"{kind}:{id}", csrf=new_token(), expires_at=now + lasts)
    uow.access.add_session(session)
    return token


def end_session(ledger: Ledger, token_hash: str | None) -> None:
    """Close the session with a token's hash; None (the browser has no session) changes nothing."""
    with ledger.write() as uow:
        if token_hash is not None:
            uow.access.end_session(token_hash)


def start_session_by_link(ledger: Ledger, token: str, *, now: datetime, lasts: timedelta) -> str:
    """Use a link to a member's page up, open a session, and return its token. Raises LinkUnusable.

    A link that a manager made is audited: they may be the one who opens it.
    """
    with ledger.write() as uow:
        link = use_link(uow, token, LinkPurpose.PROFILE, now)
        session = add_session(uow, "member", link.member, now=now, lasts=lasts)
        if (link.subject or "").startswith("manager:"):
            audit_views(uow, ENTERED, [link.member], by=str(link.subject), now=now)
    return session
