"""The ledgers that the contract suite runs on: SQLite and PostgreSQL, each empty and migrated."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from serendipity.stores.ledger_sql.schema import ledger_state, metadata
from tests.fakes import FakeClock
from tests.servers.postgres_server import fresh_database, postgres_for_session
from tests.servers.session import ServerUnavailable

STRICT = "SERENDIPITY_TEST_STRICT"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def clock() -> FakeClock:
    """The ledger's clock, set by hand."""
    return FakeClock()


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="package")
def shared_postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database that the tests of this package use one after the other."""
    try:
        server = postgres_for_session()
    except ServerUnavailable as reason:
        pytest.fail(str(reason)) if os.environ.get(STRICT) else pytest.skip(str(reason))
    with fresh_database(server) as url:
        address = url.render_as_string(hide_password=False)
        ledger = open_ledger(address)
        ledger.migrate()
        ledger.close()
        yield address


@pytest.fixture(params=BOTH)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty ledger, once of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        ledger = open_ledger(url)
        ledger.migrate()
        ledger.close()
        return url
    return _emptied(request)


def _emptied(request: pytest.FixtureRequest) -> str:
    """Empty the shared database: ten times as fast as to create and migrate one."""
    url: str = request.getfixturevalue("shared_postgres_url")
    engine = sa.create_engine(url)
    names = ", ".join(table.name for table in metadata.sorted_tables if table is not ledger_state)
    with engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()
    return url


@pytest.fixture
def ledger(ledger_url: str, clock: FakeClock) -> Iterator[SqlLedger]:
    """A migrated ledger."""
    opened = open_ledger(ledger_url, clock=clock)
    yield opened
    opened.close()
