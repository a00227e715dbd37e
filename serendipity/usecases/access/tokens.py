"""Random tokens and codes, and the hashes that are stored instead of them."""

import hashlib
import hmac
import secrets

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


def seal(key: str, *parts: str) -> str:
    """Join parts with a signature that only the holder of the key can make; parts hold no space."""
    body = " ".join(parts)
    return f"{body} {_signature(key, body)}"


def unseal(key: str, sealed: str) -> tuple[str, ...] | None:
    """Return the parts of a sealed text, or None when it was not sealed with this key.

    >>> unseal("k", seal("k", "m-1", "yes"))
    ('m-1', 'yes')
    >>> unseal("other", seal("k", "m-1")) is None
    True
    """
    body, _, signature = sealed.rpartition(" ")
    return tuple(body.split(" ")) if same(signature, _signature(key, body)) else None


def _signature(key: str, body: str) -> str:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
