"""Copies of the ledger's database, taken while others write: SQLite by its backup API, PostgreSQL by pg_dump."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from serendipity.domain.errors import Conflict, LedgerUnavailable, MisconfiguredSetting

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SQLITE_FILE, DUMP_FILE = "ledger.db", "ledger.dump"
_HEAD = "SELECT coalesce(max(position), 0) FROM records"
_REVISION = "SELECT version_num FROM alembic_version"
_TABLES = (
    "SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
)


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy of a ledger: of which database, its file's name, its schema revision and last position."""

    database: str
    file: str
    revision: str
    head: int


def copy_ledger(ledger_url: str, folder: Path) -> Copy:
    """Copy a ledger into a file in `folder`, as it stands at one moment. Raises LedgerUnavailable."""
    url = make_url(ledger_url)
    if url.get_backend_name() == POSTGRESQL:
        return _dump(url, folder / DUMP_FILE)
    return _copy_file(Path(url.database or ""), folder / SQLITE_FILE)


def _copy_file(source: Path, target: Path) -> Copy:
    if not source.is_file():
        raise LedgerUnavailable(f"There is no ledger at {source}; check SERENDIPITY_DATA_DIR.")
    try:
        with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(target)) as copy:
            # All pages in one step: one moment of the ledger, while writers go on in its write-ahead log.
            live.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")
            [found] = copy.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise LedgerUnavailable(f"The ledger is damaged ({found}); restore the latest good backup.")
            [head], [revision] = copy.execute(_HEAD).fetchone(), copy.execute(_REVISION).fetchone()
    except sqlite3.Error as error:
        raise LedgerUnavailable(f"The ledger cannot be copied ({error}); run `serendipity doctor`.") from error
    target.chmod(0o600)
    return Copy(database=SQLITE, file=SQLITE_FILE, revision=revision, head=head)


def _dump(url: URL, target: Path) -> Copy:
    """Dump under one exported snapshot, so that the manifest's head is the dump's own."""
    tool = _tool("pg_dump")
    try:
        with psycopg.connect(_conninfo(url)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            head, revision = _scalar(connection, _HEAD), _scalar(connection, _REVISION)
            snapshot = _scalar(connection, "SELECT pg_export_snapshot()")
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            _run([tool, *options, f"--file={target}"], url)
    except psycopg.Error as error:
        raise LedgerUnavailable(f"The ledger database does not answer ({error}); run `serendipity doctor`.") from error
    target.chmod(0o600)
    return Copy(database=POSTGRESQL, file=DUMP_FILE, revision=str(revision), head=int(str(head)))


def load_dump(dump: Path, ledger_url: str) -> None:
    """Load a dump into an empty PostgreSQL database, whole or not at all. Raises Conflict when it is not empty."""
    url, tool = make_url(ledger_url), _tool("pg_restore")
    try:
        with psycopg.connect(_conninfo(url)) as connection:
            tables = _scalar(connection, _TABLES)
    except psycopg.Error as error:
        raise LedgerUnavailable(f"The database does not answer ({error}); create it, or check its address.") from error
    if tables != 0:
        raise Conflict("The database is not empty; create a new one, and restore into that.")
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run([tool, *options, f"--dbname={url.database}", str(dump)], url)


def _scalar(connection: "psycopg.Connection[tuple[object, ...]]", statement: str) -> object:
    row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MisconfiguredSetting(f"`{name}` is needed for a ledger on PostgreSQL; install PostgreSQL's client tools.")
    return found


def _run(command: Sequence[str], url: URL) -> None:
    """Run a tool of PostgreSQL; the password travels in the environment, where no list of processes shows it."""
    done = subprocess.run(command, env=os.environ | _environment(url), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        told = (done.stderr.strip() or "no message").splitlines()[0]
        raise LedgerUnavailable(f"{Path(command[0]).name} failed ({told}); correct that, and try again.")


def _environment(url: URL) -> dict[str, str]:
    host = url.host or url.query.get("host")
    parts = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password else None,
        "PGDATABASE": url.database,
    }
    return {name: value for name, value in parts.items() if value}


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
