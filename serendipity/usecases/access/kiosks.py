"""Kiosks: a tablet is paired with a short code that works once and soon; its token can only check in."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from serendipity.domain.model import Kiosk
from serendipity.ports import Ledger
from serendipity.usecases.access.tokens import code_digest, digest, new_code, new_token
from serendipity.usecases.audit import audit_action

CODE_LASTS = timedelta(minutes=30)
# No hash of a token begins so: a code is never a token.
WAITING = "pairing:"


def add_kiosk(ledger: Ledger, *, label: str, place: str, by: str, now: datetime) -> str:
    """Add a kiosk that waits for its tablet, and return the pairing code. Raises NotFound for an unknown place."""
    id, code = f"k-{uuid.uuid4()}", new_code()
    with ledger.write() as uow:
        known = uow.places.place(place)
        token_hash = WAITING + code_digest(code)
        uow.access.put_kiosk(Kiosk(id=id, label=label, place=known.id, token_hash=token_hash, paired_at=now))
        audit_action(uow, "kiosk.added", f"kiosk:{id}", by=by, now=now)
    return code


def pair_kiosk(ledger: Ledger, code: str, *, now: datetime) -> str | None:
    """Return the token for the tablet, or None when the code is wrong, used or too old."""
    token = new_token()
    with ledger.write() as uow:
        kiosk = uow.access.kiosk_by_token(WAITING + code_digest(code))
        if kiosk is None or kiosk.paired_at + CODE_LASTS < now:
            return None
        uow.access.put_kiosk(replace(kiosk, token_hash=digest(token), paired_at=now, seen_at=now))
    return token


def revoke_kiosk(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Revoke a kiosk: its tablet can do nothing from now on."""
    with ledger.write() as uow:
        kiosk = next((each for each in uow.access.kiosks() if each.id == id), None)
        if kiosk is not None:
            uow.access.put_kiosk(replace(kiosk, revoked_at=now))
        audit_action(uow, "kiosk.revoked", f"kiosk:{id}", by=by, now=now)


def waits_for_tablet(kiosk: Kiosk, now: datetime) -> bool:
    """Tell whether a tablet can still be paired with the kiosk's code."""
    return was_never_paired(kiosk) and kiosk.paired_at + CODE_LASTS >= now and kiosk.revoked_at is None


def was_never_paired(kiosk: Kiosk) -> bool:
    """Tell whether no tablet was paired with the kiosk so far."""
    return kiosk.token_hash.startswith(WAITING)
