"""Authentication and authorisation: managers, keys, kiosks, sessions."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Manager:
    """A person who runs the community and may log in."""

    id: str
    email: str
    name: str
    password_hash: str
    locale: str = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A random key (only its SHA-256 is stored) with scopes such as "check-ins:write"."""

    id: str
    key_hash: str
    label: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kiosk:
    """A paired tablet; its token (stored hashed) can only check in."""

    id: str
    label: str
    place: str
    token_hash: str
    paired_at: datetime
    seen_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A logged-in browser; `token_hash` is SHA-256, `csrf` goes into every form."""

    token_hash: str
    subject: str  # "manager:ID" or "member:ID"
    csrf: str
    expires_at: datetime
