"""A real PostgreSQL for the tests: the one the environment names, else a temporary cluster of the system's."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL, make_url

from tests.servers.session import Note, ServerUnavailable, free_port, password, started_once

BINARIES = Path("/usr/lib/postgresql")


def postgres_for_session() -> URL:
    """The session's PostgreSQL, as an address that may create databases; raises ServerUnavailable."""
    named = os.environ.get("SERENDIPITY_TEST_POSTGRES_URL")
    url = make_url(named or started_once("postgres", _start)["url"])
    return url.set(drivername="postgresql+psycopg")


@contextmanager
def fresh_database(server: URL) -> Iterator[URL]:
    """An empty database that exists only inside the block."""
    name = f"test_{uuid4().hex}"
    _run_on(server, SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)).as_string())
    try:
        yield server.set(database=name)
    finally:
        _run_on(server, SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)).as_string())


def _run_on(server: URL, statement: str) -> None:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def _start(folder: Path) -> Note:
    binaries, port, secret = _binaries(), free_port(), password()
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(secret)
    _hand_over(folder, password_file)
    options = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _as_postgres([f"{binaries}/initdb", "-D", str(data), f"--pwfile={password_file}", *options])
    # Durability against a power cut is not what these tests look at; a killed client or server is safe all the same.
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [f"{binaries}/pg_ctl", "-D", str(data), "-w", "-t", "600"]
    _as_postgres([*control, "-l", str(folder / "server.log"), "-o", settings, "start"])
    url = f"postgresql://postgres:{secret}@127.0.0.1:{port}/postgres"
    return {"url": url, "stop": [*_prefix(), *control, "-m", "immediate", "stop"]}


def _binaries() -> Path:
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise ServerUnavailable("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
    return found[-1].parent


def _prefix() -> list[str]:
    """PostgreSQL refuses to run as root, so root hands it to the user of the package."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _hand_over(*paths: Path) -> None:
    if os.geteuid() == 0:
        subprocess.run(["chown", "postgres", *map(str, paths)], check=True)


def _as_postgres(command: list[str]) -> None:
    done = subprocess.run([*_prefix(), *command], capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL)
    if done.returncode:
        raise ServerUnavailable(f"PostgreSQL did not start: {done.stderr.strip() or done.stdout.strip()}")
