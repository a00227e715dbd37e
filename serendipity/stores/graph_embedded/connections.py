"""Connections to the embedded graph's file, its schema, and what an error of SQLite means to a caller."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from threading import Lock

from serendipity.domain.errors import GraphUnavailable

LOCK_SECONDS = 30.0
# These say that a statement is wrong, not that the file does not answer.
MISTAKES = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)


@contextmanager
def answering(path: Path) -> Iterator[None]:
    """Turn SQLite's way of saying that a file is locked, broken or out of reach into GraphUnavailable."""
    try:
        yield
    except MISTAKES:
        raise
    except sqlite3.DatabaseError as error:
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
        self._idle: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that is in no transaction."""
        connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close all; one that is lent is closed when it comes back."""
        with self._lock:
            self._closed = True
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise GraphUnavailable(f"The graph file {self.path} was closed; open it again.")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        with answering(self.path):
            connection = sqlite3.connect(
                self.path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
            )
        try:
            with answering(self.path):
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA cache_size = -65536")
                connection.execute("PRAGMA wal_autocheckpoint = 16384")
        except GraphUnavailable:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self._closed or connection.in_transaction:
                connection.close()
            else:
                self._idle.append(connection)


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
        raise GraphUnavailable(f"The graph file {path} was written by a later version; install that one, or rebuild.")


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
