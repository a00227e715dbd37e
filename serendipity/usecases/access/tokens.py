"""Random tokens and codes, and the hashes that are stored instead of them."""

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

# Crockford's alphabet: no I, L, O or U, so that a code survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_MISREAD = str.maketrans("ILOU", "110V")


def new_token() -> str:
    """Return an unguessable token (256 bits) for a cookie, a link or a key."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return the SHA-256 (hexadecimal) under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling by the time taken where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def new_code() -> str:
    """Return a personal code (40 bits), easy to type.

    >>> len(new_code())
    9
    """
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def plain_code(typed: str) -> str:
    """Return a code as it is hashed, whatever case, spaces and misread letters it was typed with.

    >>> plain_code(" abcd-o1l9 ")
    'ABCD0119'
    """
    return "".join(typed.split()).replace("-", "").upper().translate(_MISREAD)


def looks_like_code(typed: str) -> bool:
    """Tell a personal code from letters of a name: right length, right alphabet, and at least one digit or hyphen.

    >>> looks_like_code("7KQF-29XM"), looks_like_code("Jennifer")
    (True, False)
    """
    plain = plain_code(typed)
    odd = "-" in typed or any(letter.isdigit() for letter in typed)
    return odd and len(plain) == CODE_LENGTH and all(letter in ALPHABET for letter in plain)


def code_digest(typed: str) -> str:
    """Return the hash under which a personal code is stored."""
    return digest(plain_code(typed))


class SealPurpose(StrEnum):
    """Purposes of sealed texts; one that is sealed for another purpose does not open."""

    KIOSK_TURN = "kiosk turn"
    KIOSK_ANSWER = "kiosk answer"
    PASS = "pass"


def seal(key: str, *parts: str, purpose: SealPurpose, until: datetime) -> str:
    """Return parts and an end, signed so that only the holder of the key can make it; anybody can read it."""
    sealed: str = URLSafeSerializer(key, salt=purpose).dumps([*parts, int(until.timestamp())])
    return sealed


def unseal(key: str, sealed: str, *, purpose: SealPurpose, now: datetime) -> tuple[str, ...] | None:
    """Return the parts of a sealed text, or None when it is over, or was sealed with another key or purpose.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> sealed = seal("k", "m-1", "yes", purpose=SealPurpose.PASS, until=now + timedelta(minutes=1))
    >>> unseal("k", sealed, purpose=SealPurpose.PASS, now=now)
    ('m-1', 'yes')
    >>> unseal("k", sealed, purpose=SealPurpose.KIOSK_TURN, now=now) is None
    True
    >>> unseal("k", sealed, purpose=SealPurpose.PASS, now=now + timedelta(minutes=2)) is None
    True
    """
    try:
        *parts, until = URLSafeSerializer(key, salt=purpose).loads(sealed)
    except BadData:
        return None
    return tuple(parts) if until >= now.timestamp() else None
