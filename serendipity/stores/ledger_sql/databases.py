"""The only home of what differs between SQLite and PostgreSQL: connections, locks, the clock and upserts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Insert, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from serendipity.domain.errors import LedgerUnavailable, MisconfiguredSetting
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements, cursor_of
from serendipity.stores.sqlite_vacuum import settle_file

WAIT_SECONDS = 30
# Any fixed numbers; PostgreSQL keeps advisory locks per database.
POSITIONS_LOCK = 7_301_001
MIGRATIONS_LOCK = 7_301_002
SIGNALS_LOCK = 7_301_003
_NO_ADDRESS = "The ledger needs a file (sqlite:////path/ledger.db) or a postgresql:// address."


@dataclass(frozen=True, kw_only=True, eq=False)
class Database:
    """A database's two ways in, and its dialect of the few things that SQL leaves open.

    `now_us` is the database's own clock, in microseconds since 1970; `turn` is held by the one writer of this
    process where the database takes one writer at a time.
    """

    url: URL
    writer: Engine
    reader: Engine
    now_us: sa.ColumnElement[int]
    position_lock: sa.Executable | None
    signals_lock: sa.Executable | None
    migration_lock: sa.Executable | None
    insert: Callable[[Table], Any]
    turn: Callable[[], AbstractContextManager[None]]
    settle: Callable[[], bool]
    placeholder: str
    statements: dict[tuple[str, str], CompiledStatements] = field(default_factory=dict)
    additions: dict[str, Insert] = field(default_factory=dict)

    def put(self, table: Table) -> CompiledStatements:
        """Return the statement that inserts a row of a table, or replaces the one with the same primary key."""
        if ("put", table.name) not in self.statements:
            self.statements["put", table.name] = CompiledStatements(statement=self._put(table))
        return self.statements["put", table.name]

    def put_later(self, table: Table, since: sa.Column[Any]) -> CompiledStatements:
        """Return the statement that inserts a row of a table, or replaces one that is not later by this column."""
        if ("put later", table.name) not in self.statements:
            statement = self._put(table, unless_before=since)
            self.statements["put later", table.name] = CompiledStatements(statement=statement)
        return self.statements["put later", table.name]

    def add(self, table: Table) -> Insert:
        """Return the statement that inserts a row of a table unless its primary key is known, and returns that key."""
        if table.name not in self.additions:
            key = list(table.primary_key.columns)
            statement = self.insert(table).on_conflict_do_nothing(index_elements=key).returning(*key)
            self.additions[table.name] = statement
        return self.additions[table.name]

    def fill(self, table: Table) -> str:
        """Return the driver's own statement that inserts plain tuples: three times as fast for a thousand rows."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join([self.placeholder] * len(table.columns))})'

    def _put(self, table: Table, *, unless_before: sa.Column[Any] | None = None) -> Insert:
        statement = self.insert(table)
        rest = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        where = None if unless_before is None else unless_before <= statement.excluded[unless_before.name]
        key = list(table.primary_key.columns)
        kept: Insert = statement.on_conflict_do_update(index_elements=key, set_=rest, where=where)
        return kept

    def close(self) -> None:
        """Release the connections."""
        self.writer.dispose()
        self.reader.dispose()


def open_database(url: str) -> Database:
    """Choose SQLite (`sqlite:////path/ledger.db`) or PostgreSQL (`postgresql://…`) by the URL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise MisconfiguredSetting(_NO_ADDRESS) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _sqlite(parsed)
    if backend == "postgresql":
        return _postgresql(parsed.set(drivername="postgresql+psycopg"))
    raise MisconfiguredSetting(_NO_ADDRESS)


# --- SQLite -----------------------------------------------------------------------------------------------------


def _sqlite(url: URL) -> Database:
    lock = threading.Lock()

    def turn() -> AbstractContextManager[None]:
        return _taking(lock)

    milliseconds = "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"
    return Database(
        url=url,
        writer=_sqlite_engine(url, begin="BEGIN IMMEDIATE", query_only=False, kept=1, cache_kib=65_536),
        reader=_sqlite_engine(url, begin="BEGIN", query_only=True, kept=8, cache_kib=8_192),
        now_us=sa.literal_column(f"{milliseconds} * 1000", sa.BigInteger),
        position_lock=None,
        signals_lock=None,
        migration_lock=None,
        insert=sqlite.insert,
        turn=turn,
        settle=lambda: settle_file(str(url.database), turn),
        placeholder="?",
    )


@contextmanager
def _taking(turn: threading.Lock) -> Iterator[None]:
    """Queue the threads of this process in memory: SQLite's own waiting polls, up to 100 ms at a time."""
    if not turn.acquire(timeout=WAIT_SECONDS):
        raise LedgerUnavailable(f"Another write transaction has been open for {WAIT_SECONDS} seconds.")
    try:
        yield
    finally:
        turn.release()


def _sqlite_engine(url: URL, *, begin: str, query_only: bool, kept: int, cache_kib: int) -> Engine:
    """Keep few connections with warm caches rather than many cold ones, and open more rather than fail."""
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=kept,
        max_overflow=-1,
        pool_use_lifo=True,
        connect_args={"timeout": WAIT_SECONDS},
    )
    pragmas = [
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what an erasure removes is overwritten
        f"cache_size=-{cache_kib}",
        f"query_only={int(query_only)}",
    ]

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `start` says so
        cursor = connection.cursor()
        if cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            cursor.execute("PRAGMA journal_mode=WAL")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        with cursor_of(connection) as cursor:
            cursor.execute(begin)

    return engine


# --- PostgreSQL -------------------------------------------------------------------------------------------------


def _postgresql(url: URL) -> Database:
    writer = sa.create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=10,
        max_overflow=30,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
    )
    return Database(
        url=url,
        writer=writer,
        reader=writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        now_us=sa.literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", sa.BigInteger),
        position_lock=sa.select(sa.func.pg_advisory_xact_lock(POSITIONS_LOCK)),
        signals_lock=sa.select(sa.func.pg_advisory_xact_lock(SIGNALS_LOCK)),
        migration_lock=sa.select(sa.func.pg_advisory_xact_lock(MIGRATIONS_LOCK)),
        insert=postgresql.insert,
        turn=_nobody_waits,
        settle=lambda: _vacuum(writer),
        placeholder="%s",
    )


def _vacuum(engine: Engine) -> bool:
    """Free the row versions that an erasure left; nobody waits for it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM"))
    return True


@contextmanager
def _nobody_waits() -> Iterator[None]:
    yield
