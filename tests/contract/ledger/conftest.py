"""The ledgers that the contract suite runs on: SQLite and PostgreSQL, each empty and migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """The ledger's clock, set by hand."""
    return FakeClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def ledger(ledger_url: str, clock: FakeClock) -> Iterator[SqlLedger]:
    """A migrated ledger."""
    opened = open_ledger(ledger_url, clock=clock)
    opened.migrate()
    yield opened
    opened.close()
