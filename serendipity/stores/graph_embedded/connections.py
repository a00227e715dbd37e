"""Connections to the embedded graph's file, its schema, and what an error of SQLite means to a caller."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from threading import Lock

from serendipity.domain.errors import GraphDamaged, GraphUnavailable

LOCK_SECONDS = 30.0
REBUILD = "run `serendipity graph rebuild`: it is put aside, and folded again from the ledger."
# A file that is no database, one with damaged pages, and one that lacks tables.
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
NO_FILE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
# These say that a statement is wrong, not that the file does not answer.
MISTAKES = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)


@contextmanager
def answering(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into GraphUnavailable, and GraphDamaged where only folding it again helps."""
    try:
        yield
    except MISTAKES:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in DAMAGE:
            raise GraphDamaged(f"The graph file {path} is damaged ({error}); {REBUILD}") from error
        if code in NO_FILE:
            advice = "see to it that it is a file that the service's user may write."
            raise GraphUnavailable(f"The graph file {path} cannot be opened or written ({error}); {advice}") from error
        raise GraphUnavailable(f"The graph file {path} does not answer ({error}); it is tried again.") from error


def schema_steps() -> dict[int, str]:
    """Return the schema's numbered scripts."""
    folder = files("serendipity.stores.graph_embedded") / "schema"
    scripts = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return {int(script.name.split("_")[0]): script.read_text(encoding="utf-8") for script in scripts}


class Connections:
    """Lends connections to one file, each to one thread at a time, and keeps those that come back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[tuple[int, sqlite3.Connection]] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that is in no transaction."""
        file, connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(file, connection)

    def close(self) -> None:
        """Close all; one that is lent is closed when it comes back."""
        with self._lock:
            self._closed = True
            self._drop_idle()

    def put_aside(self, name: str) -> None:
        """Rename the file and what belongs to it; other processes notice by the number of the new one."""
        with self._lock:
            self._drop_idle()
            for ending in ("", "-wal", "-shm"):
                path = self.path.with_name(f"{self.path.name}{ending}")
                if path.exists():
                    path.rename(path.with_name(f"{name}{ending}"))

    def _drop_idle(self) -> None:
        for _, connection in self._idle:
            connection.close()
        self._idle.clear()

    def _take(self) -> tuple[int, sqlite3.Connection]:
        """Return a connection and the number of the file that it has open: it may have been put aside meanwhile."""
        with self._lock:
            if self._closed:
                raise GraphUnavailable(f"The graph file {self.path} was closed; open it again.")
            file = self._file()
            while self._idle:
                of, connection = self._idle.pop()
                if of == file:
                    return of, connection
                connection.close()
        connection = self._connect()
        return self._file(), connection

    def _file(self) -> int:
        try:
            return self.path.stat().st_ino
        except OSError:
            return 0

    def _connect(self) -> sqlite3.Connection:
        with answering(self.path):
            connection = sqlite3.connect(
                self.path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
            )
        try:
            with answering(self.path):
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA secure_delete = ON")  # what an erasure removes is overwritten
                connection.execute("PRAGMA cache_size = -65536")
                connection.execute("PRAGMA wal_autocheckpoint = 16384")
        except GraphUnavailable:
            connection.close()
            raise
        return connection

    def _give_back(self, file: int, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self._closed or connection.in_transaction or file == 0:
                connection.close()
            else:
                self._idle.append((file, connection))


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path, begin: str) -> Iterator[None]:
    """Commit at the end of the block, roll back on any error."""
    with answering(path):
        connection.execute(begin)
    try:
        yield
        with answering(path):
            connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the number of the schema's last applied script."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply the scripts that the file lacks, each whole or not at all."""
    with answering(path):
        connection.execute("PRAGMA journal_mode = WAL")
    for number, script in schema_steps().items():
        with transaction(connection, path, "BEGIN IMMEDIATE"), answering(path):
            if schema_version(connection) < number:
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number:d}")


def require_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise GraphUnavailable unless the file has exactly the schema that this version works with."""
    with answering(path):
        found = schema_version(connection)
    wanted = max(schema_steps_numbers())
    if found < wanted:
        raise GraphUnavailable(f"The graph file {path} is not migrated; run `serendipity graph migrate`.")
    if found > wanted:
        raise GraphDamaged(f"The graph file {path} was written by a later version; install that one, or {REBUILD}")


def lacking_tables(connection: sqlite3.Connection) -> list[str]:
    """Return the tables and indexes of the schema that the file does not have."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as whole:
        for script in schema_steps().values():
            for statement in _statements(script):
                whole.execute(statement)
        return sorted(_names(whole) - _names(connection))


def _names(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def schema_steps_numbers() -> tuple[int, ...]:
    """Return the numbers of the schema's scripts."""
    return _NUMBERS


def _statements(script: str) -> Iterator[str]:
    """Yield one statement after another: executescript would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


_NUMBERS = tuple(schema_steps())
