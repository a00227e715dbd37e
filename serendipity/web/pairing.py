"""Pairing tablets: a short code that works once, soon; then a token that can only check in."""

from dataclasses import replace
from datetime import datetime, timedelta

from serendipity.domain.model import Kiosk
from serendipity.ports import UnitOfWork
from serendipity.web.tokens import code_digest, digest, new_code, new_token

CODE_LASTS = timedelta(minutes=30)
# No hash of a token begins so: a code is never a token.
WAITING = "pairing:"


def make_code(uow: UnitOfWork, *, id: str, label: str, place: str, now: datetime) -> str:
    """Add a kiosk that waits for its tablet, and return the code to type there."""
    code = new_code()
    uow.access.put_kiosk(Kiosk(id=id, label=label, place=place, token_hash=WAITING + code_digest(code), paired_at=now))
    return code


def pair(uow: UnitOfWork, code: str, *, now: datetime) -> str | None:
    """Return the token for the tablet, or None when the code is wrong or too old."""
    kiosk = uow.access.kiosk_by_token(WAITING + code_digest(code))
    if kiosk is None or kiosk.paired_at + CODE_LASTS < now:
        return None
    token = new_token()
    uow.access.put_kiosk(replace(kiosk, token_hash=digest(token), paired_at=now, seen_at=now))
    return token


def revoke(uow: UnitOfWork, id: str, *, now: datetime) -> Kiosk | None:
    """Revoke a kiosk; its tablet can do nothing from now on."""
    kiosk = next((each for each in uow.access.kiosks() if each.id == id), None)
    if kiosk is not None:
        uow.access.put_kiosk(replace(kiosk, revoked_at=now))
    return kiosk


def waits(kiosk: Kiosk, now: datetime) -> bool:
    """Tell whether a kiosk still waits for its tablet."""
    return kiosk.token_hash.startswith(WAITING) and kiosk.paired_at + CODE_LASTS >= now and kiosk.revoked_at is None
