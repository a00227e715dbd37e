"""API keys of programs: the ledger stores the hash of the secret, which is shown once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.model import ApiKey
from serendipity.ports import Ledger
from serendipity.usecases.access.tokens import digest, new_token
from serendipity.usecases.audit import audit_action


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """Id and secret of a key that was just added."""

    id: str
    secret: str


def add_key(ledger: Ledger, *, label: str, scopes: Collection[str], now: datetime, by: str | None = None) -> NewKey:
    """Add a key with its scopes; `by` is None on the command line, which the audit does not record."""
    new = NewKey(id=f"key-{uuid.uuid4().hex[:12]}", secret=new_token())
    key = ApiKey(id=new.id, key_hash=digest(new.secret), label=label, scopes=frozenset(scopes), created_at=now)
    with ledger.write() as uow:
        uow.access.add_key(key)
        if by is not None:
            audit_action(uow, "key.added", f"key:{new.id}", by=by, now=now, scopes=sorted(scopes))
    return new


def revoke_key(ledger: Ledger, id: str, *, now: datetime, by: str | None = None) -> None:
    """Revoke a key at once; `by` is None on the command line, which the audit does not record."""
    with ledger.write() as uow:
        uow.access.revoke_key(id, now)
        if by is not None:
            audit_action(uow, "key.revoked", f"key:{id}", by=by, now=now)
