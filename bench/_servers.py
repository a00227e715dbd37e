"""Servers under measurement: processes of their own on a free port of 127.0.0.1, ended with the block."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serendipity.domain.graph import HalfLives
from serendipity.ports import GraphStore
from serendipity.stores.graph_neo4j import open_neo4j_graph
from tests.servers.neo4j_server import neo4j_for_session
from tests.servers.session import close_session, open_session

PATIENCE_SECONDS = 120.0
SERENDIPITY = (sys.executable, "-c", "from serendipity.cli import main; main()")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server, and how long it took until it answered."""

    port: int
    pid: int
    up_after_seconds: float

    @property
    def address(self) -> str:
        """Return the address that its paths hang on."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the processor time that the process and those beside it have used so far (Linux only)."""
        return sum(_cpu_seconds(pid) for pid in (self.pid, *_children(self.pid)))


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def neo4j_graph(lives: HalfLives) -> Iterator[GraphStore]:
    """Lend an empty graph in a real Neo4j. Raises ServerUnavailable where there is none to be had."""
    open_session()
    try:
        server = neo4j_for_session()
        graph = open_neo4j_graph(server.uri, *server.auth, lives)
        graph.migrate()
        graph.clear(lives)
        yield graph
        graph.close()
    finally:
        close_session()


@contextmanager
def serving(command: Sequence[str], *, port: int, health: str, log: Path) -> Iterator[Server]:
    """Run a server until the block ends; it is up once its health answers 200. Raises RuntimeError with its log."""
    begun = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        while not _answers(f"http://127.0.0.1:{port}{health}"):
            if process.poll() is not None or time.monotonic() - begun > PATIENCE_SECONDS:
                raise RuntimeError(f"{command[-1]} did not come up: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield Server(port=port, pid=process.pid, up_after_seconds=time.monotonic() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
