"""The ledger itself: units of work on SQLite or PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from serendipity.domain.errors import DISK_FULL, Conflict, InvalidInput, LedgerUnavailable
from serendipity.ports import Clock, UnitOfWork
from serendipity.stores.ledger_sql import integrity, migration
from serendipity.stores.ledger_sql.access import SqlAccess
from serendipity.stores.ledger_sql.consumers import SqlConsumers, SqlDeadLetters
from serendipity.stores.ledger_sql.databases import Database, open_database
from serendipity.stores.ledger_sql.introductions import SqlIntroductions
from serendipity.stores.ledger_sql.members import SqlMembers
from serendipity.stores.ledger_sql.operations import SqlOperations
from serendipity.stores.ledger_sql.outbox import SqlOutbox
from serendipity.stores.ledger_sql.places import SqlPlaces
from serendipity.stores.ledger_sql.records import SqlRecords
from serendipity.stores.ledger_sql.schema import ledger_state
from serendipity.stores.ledger_sql.signals import SqlSignals
from serendipity.stores.ledger_sql.transaction import Transaction

_DIGEST_KEY = select(ledger_state.c.value).where(ledger_state.c.name == migration.DIGEST_KEY)


def open_ledger(url: str, *, clock: Clock | None = None) -> "SqlLedger":
    """Open a ledger by its URL: `sqlite:////path/ledger.db`, `postgresql://…` or `postgresql+psycopg://…`.

    Nothing is read or created before the first use; call `migrate()` once per start. `clock` stamps records as
    received (the machine's own clock by default). Raises MisconfiguredSetting for any other URL.
    """
    return SqlLedger(open_database(url), now=clock.now if clock else _now)


def _now() -> datetime:
    return datetime.now(UTC)


class SqlUnitOfWork:
    """One transaction on the ledger, with its small repositories, each made when it is first asked for."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    @cached_property
    def records(self) -> SqlRecords:
        """The append-only history."""
        return SqlRecords(self._transaction)

    @cached_property
    def members(self) -> SqlMembers:
        """Current profiles and consents."""
        return SqlMembers(self._transaction)

    @cached_property
    def places(self) -> SqlPlaces:
        """Places, presence, events."""
        return SqlPlaces(self._transaction)

    @cached_property
    def introductions(self) -> SqlIntroductions:
        """The workflow of introductions."""
        return SqlIntroductions(self._transaction)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Messages on their way."""
        return SqlOutbox(self._transaction)

    @cached_property
    def access(self) -> SqlAccess:
        """Managers, sessions, keys, kiosks, links."""
        return SqlAccess(self._transaction)

    @cached_property
    def operations(self) -> SqlOperations:
        """Runs, audit, leases, settings."""
        return SqlOperations(self._transaction)

    @cached_property
    def signals(self) -> SqlSignals:
        """The stream of signals."""
        return SqlSignals(self._transaction)

    @cached_property
    def consumers(self) -> SqlConsumers:
        """Checkpoints of consumers."""
        return SqlConsumers(self._transaction)

    @cached_property
    def dead_letters(self) -> SqlDeadLetters:
        """Work that failed for good."""
        return SqlDeadLetters(self._transaction)


class SqlLedger:
    """The durable truth; safe to use from many threads, each unit of work by one."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        """Stand on a database; see `open_ledger`."""
        self._database = database
        self._now = now
        self._key: bytes | None = None

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a write transaction; commits durably at the end of the block, rolls back on an error.

        Raises Conflict where two writers got into each other's way, LedgerUnavailable when the database fails.
        """
        with self._database.turn(), self._transaction(self._database.writer) as unit:
            yield unit

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a read-only transaction: one consistent view, never blocked by a writer."""
        with self._transaction(self._database.reader) as unit:
            yield unit

    def migrate(self) -> None:
        """Bring the schema to this version; two processes that start at once take turns."""
        with _naming_failures(), self._database.turn():
            migration.migrate(self._database)

    def check(self) -> str:
        """Return the database and its schema revision in one line. Raises LedgerUnavailable."""
        with _naming_failures():
            return migration.check(self._database)

    def settle(self) -> bool:
        """Bring what was overwritten out of the database's files; False where a reader is in the way just now.

        PostgreSQL is vacuumed: the space of what was overwritten is free then, and overwritten as it is used again.
        """
        with _naming_failures():
            return self._database.settle()

    def damage(self) -> list[str]:
        """Read everything and return what is damaged, in the database's words, a few of them; takes its time."""
        with _naming_failures():
            return integrity.damage(self._database)

    def close(self) -> None:
        """Release connections."""
        self._database.close()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[UnitOfWork]:
        with _naming_failures(), engine.begin() as connection:
            yield SqlUnitOfWork(
                Transaction(
                    connection=connection,
                    database=self._database,
                    now=self._now,
                    digest_key=self._digest_key(connection),
                )
            )

    def _digest_key(self, connection: Connection) -> bytes:
        if self._key is None:
            self._key = bytes.fromhex(connection.execute(_DIGEST_KEY).scalar_one())
        return self._key


@contextmanager
def _naming_failures() -> Iterator[None]:
    """Turn the database's errors into the product's, keeping the cause."""
    try:
        yield
    except DataError as error:
        raise InvalidInput("This holds signs that cannot be stored, such as a null byte; leave them out.") from error
    except IntegrityError as error:
        raise Conflict(f"The ledger refuses this, for it contradicts what it holds: {error.orig}") from error
    except (DBAPIError, PoolTimeout) as error:
        cause = getattr(error, "orig", error)
        if "disk is full" in str(cause) or "No space left" in str(cause):
            raise LedgerUnavailable(DISK_FULL) from error
        raise LedgerUnavailable(f"The ledger database fails ({cause}); run `serendipity doctor`.") from error
