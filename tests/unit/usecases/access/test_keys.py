"""API keys: stored hashed, audited where a manager adds or revokes one."""

from serendipity.ports import Ledger
from serendipity.usecases.access.keys import add_key, revoke_key
from serendipity.usecases.access.tokens import digest
from tests.fakes import FakeClock


def audit_entries(ledger: Ledger, key: str) -> list[tuple[str, str]]:
    with ledger.read() as uow:
        return [(entry.who, entry.what) for entry in uow.operations.audit_entries(subject=f"key:{key}")]


def test_a_key_is_stored_as_the_hash_of_its_secret(ledger: Ledger, clock: FakeClock) -> None:
    """The audit says which scopes a manager gave it."""
    new = add_key(ledger, label="door", scopes={"b:read", "a:read"}, by="manager:mila", now=clock.now())

    with ledger.read() as uow:
        stored = uow.access.key(new.id)
        (entry,) = uow.operations.audit_entries(subject=f"key:{new.id}")
    assert stored is not None
    assert stored.key_hash == digest(new.secret)
    assert (entry.who, entry.what, entry.data) == ("manager:mila", "key.added", {"scopes": ["a:read", "b:read"]})


def test_a_revoked_key_says_since_when(ledger: Ledger, clock: FakeClock) -> None:
    """It stays in the list of keys."""
    new = add_key(ledger, label="door", scopes={"a:read"}, by="manager:mila", now=clock.now())
    revoked_at = clock.forward(hours=1)
    revoke_key(ledger, new.id, by="manager:mila", now=revoked_at)

    with ledger.read() as uow:
        stored = uow.access.key(new.id)
    assert stored is not None
    assert stored.revoked_at == revoked_at
    assert audit_entries(ledger, new.id)[0] == ("manager:mila", "key.revoked")


def test_the_command_line_leaves_no_audit_entry(ledger: Ledger, clock: FakeClock) -> None:
    """Without a manager there is nobody to name."""
    new = add_key(ledger, label="door", scopes={"a:read"}, now=clock.now())
    revoke_key(ledger, new.id, now=clock.now())

    assert audit_entries(ledger, new.id) == []
