"""`serendipity run` as an operator starts and kills it: pages in one process, the worker in another."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.session import free_port

COMMAND = (sys.executable, "-c", "from serendipity.cli import main; main()")
PATIENCE = 60.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A running service on an empty folder, and its port; its log is told when it does not come up."""
    port = free_port()
    log = (tmp_path / "log").open("wb")
    command = [*COMMAND, "--data-dir", str(tmp_path / "data"), "run", "--port", str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=tmp_path)
    try:
        until(lambda: answers(port) and len(children(process.pid)) > 0, (tmp_path / "log").read_text)
        yield process, port
    finally:
        process.kill()
        process.wait()
        log.close()


def until(true: Callable[[], bool], why: Callable[[], str] = str) -> None:
    """Look again and again whether something became true in another process, with patience."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not true():
        assert time.monotonic() < deadline, why()
        pause.wait(0.1)


def answers(port: int) -> bool:
    """Tell whether the pages answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def children(pid: int) -> set[int]:
    """Return the worker processes of a service."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True
    ).stdout
    return {int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line}


def is_running(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_worker_is_started_again(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """The pages go on meanwhile."""
    process, port = service
    [worker] = children(process.pid)
    os.kill(worker, signal.SIGKILL)

    until(lambda: bool(children(process.pid) - {worker}))
    assert answers(port)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_a_stopped_service_is_left(
    service: tuple[subprocess.Popen[bytes], int], how: signal.Signals
) -> None:
    """Neither an orderly stop nor a kill leaves a worker behind."""
    process, _ = service
    [worker] = children(process.pid)
    process.send_signal(how)

    process.wait(PATIENCE)
    until(lambda: not is_running(worker))
