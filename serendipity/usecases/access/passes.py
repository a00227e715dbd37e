"""Passes: a QR code on a member's page that checks them in at a kiosk, for some hours.

A personal code is stored hashed and cannot be shown again; a pass is made anew whenever the page is opened.
"""

import base64
import binascii
from datetime import datetime, timedelta

from serendipity.ports import Ledger
from serendipity.usecases.access.tokens import SealPurpose, new_token, seal, unseal

KEY = "pass_key"
LASTS = timedelta(hours=12)
MARK = "P8"


def make_pass(ledger: Ledger, member: str, *, now: datetime) -> str:
    """Return a pass for a member: capitals and digits, for a dense QR code that scanners type without trouble."""
    sealed = seal(_key(ledger), member, purpose=SealPurpose.PASS, until=now + LASTS)
    return MARK + base64.b32encode(sealed.encode()).decode().rstrip("=")


def looks_like_pass(typed: str) -> bool:
    """Tell a scanned pass from a name or a personal code.

    >>> looks_like_pass("P8" + "A" * 80), looks_like_pass("P8 Jansen")
    (True, False)
    """
    plain = typed.strip().upper()
    return plain.startswith(MARK) and len(plain) > 60 and plain.isalnum()


def member_of_pass(ledger: Ledger, typed: str, *, now: datetime) -> str | None:
    """Return whose pass it is; None for one that is forged or too old."""
    plain = typed.strip().upper().removeprefix(MARK)
    try:
        sealed = base64.b32decode(plain + "=" * (-len(plain) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    parts = unseal(_key(ledger), sealed, purpose=SealPurpose.PASS, now=now)
    return parts[0] if parts is not None else None


def _key(ledger: Ledger) -> str:
    """Return the key that passes are signed with, made when it is first needed."""
    with ledger.read() as uow:
        known = uow.operations.state(KEY)
    if known is not None:
        return str(known)
    with ledger.write() as uow:
        if uow.operations.state(KEY) is None:
            uow.operations.set_state(KEY, new_token())
        return str(uow.operations.state(KEY))
