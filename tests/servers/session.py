"""One test session's folder: which servers run for it, where they answer and how each is stopped."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER_VARIABLE = "SERENDIPITY_TEST_SESSION"

Note = dict[str, Any]


class ServerUnavailable(Exception):
    """No such server can be had on this machine; the message says what to install or set."""


def open_session() -> None:
    """Make the session's folder; worker processes find it by the environment variable that they inherit."""
    folder = Path(tempfile.mkdtemp(prefix="serendipity-tests-"))
    folder.chmod(0o755)  # PostgreSQL's own user has to reach its folder inside
    (folder / "owner").write_text(str(os.getpid()))
    os.environ[FOLDER_VARIABLE] = str(folder)


def close_session() -> None:
    """Stop every server that was started for this session and remove the folder."""
    folder = Path(os.environ.pop(FOLDER_VARIABLE))
    for note in sorted(folder.glob("*.json")):
        stop = json.loads(note.read_text()).get("stop")
        if stop:
            subprocess.run(stop, check=True, capture_output=True, timeout=600)
    shutil.rmtree(folder, ignore_errors=True)  # a server that was just killed may still be unlinking files


def session_folder() -> Path:
    """The folder of the running session."""
    return Path(os.environ[FOLDER_VARIABLE])


def owner_pid() -> int:
    """The process that the session ends with."""
    return int((session_folder() / "owner").read_text())


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold one of the session's named locks, across processes."""
    with (session_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def started_once(name: str, start: Callable[[Path], Note]) -> Note:
    """Start the named server unless a worker of this session did; give back its note.

    `start` gets an empty folder and returns what clients need to know, and under "stop" the command that ends it.
    Raises ServerUnavailable when it cannot be had, without trying twice.
    """
    note_path = session_folder() / f"{name}.json"
    with exclusive(name):
        if not note_path.exists():
            note_path.write_text(json.dumps(_start(name, start)))
        note: Note = json.loads(note_path.read_text())
    if "unavailable" in note:
        raise ServerUnavailable(note["unavailable"])
    return note


def _start(name: str, start: Callable[[Path], Note]) -> Note:
    folder = session_folder() / name
    folder.mkdir()
    try:
        return start(folder)
    except ServerUnavailable as reason:
        return {"unavailable": str(reason)}


def in_background(command: Sequence[str], log: Path, **environment: str) -> int:
    """Run a command in a process session of its own, so that Ctrl-C reaches only the tests; return its pid."""
    script = 'log=$1; shift; setsid "$@" >"$log" 2>&1 </dev/null & echo $!'
    launched = subprocess.run(
        ["sh", "-c", script, "sh", str(log), *command],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    return int(launched.stdout)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def password() -> str:
    """A random password that needs no quoting anywhere."""
    return secrets.token_hex(16)
