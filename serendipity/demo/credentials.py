"""Credentials of the manager of the example community."""

from serendipity.domain.model import Manager
from serendipity.ports import Ledger


def put_manager(ledger: Ledger, *, email: str, password_hash: str) -> None:
    """Add the manager of the example community, or replace their password."""
    with ledger.write() as uow:
        uow.access.put_manager(Manager(id="demo", email=email, name="Mila of Het Pakhuis", password_hash=password_hash))
