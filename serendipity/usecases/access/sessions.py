"""Sessions of browsers: the ledger stores the hash of a random token that only the browser holds."""

from datetime import datetime, timedelta
from typing import Literal

from serendipity.domain.model import Session
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.access.tokens import digest, new_token

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
