"""`serendipity run` as an operator starts and kills it: pages in two processes, the worker in a third."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError

import pytest

from serendipity.domain.model import RecordKind
from serendipity.stores.ledger_sql import open_ledger
from tests.servers.session import free_port
from tests.waiting import PATIENCE, PAUSE, until

COMMAND = (sys.executable, "-c", "from serendipity.cli import main; main()")
BESIDE = 2  # one more of pages, and the worker
SENDERS = 4


@dataclass(frozen=True)
class Service:
    """A running service on a folder of its own."""

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    """Run a service on an empty folder; its log is told when it does not come up."""
    port, data = free_port(), folder / "data"
    command = [*COMMAND, "--data-dir", str(data), "run", "--port", str(port), "--processes", "2"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder)
    try:
        until(lambda: all_there(process.pid, port), (folder / "log").read_text, alive=lambda: process.poll() is None)
        yield Service(process, port, data)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service that goes on after what is done to it."""
    with running(tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture
def brief(tmp_path: Path) -> Iterator[Service]:
    """A running service to be stopped."""
    with running(tmp_path) as found:
        yield found


def all_there(pid: int, port: int) -> bool:
    """Tell whether the worker is there and both processes of pages listen."""
    return len(children(pid)) == BESIDE and listening(port) == BESIDE


def children(pid: int) -> set[int]:
    """Return the processes beside a service."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True
    ).stdout
    return {int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line}


def listening(port: int) -> int:
    """Count the sockets that listen on a port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def is_running(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@dataclass
class Sender:
    """Sends check-ins one after the other over connections of their own, each until it is acknowledged."""

    port: int
    key: str
    member: str
    name: str
    ended: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    again: int = 0

    def send_all(self) -> None:
        """Go on until the end is told."""
        number = 0
        while not self.ended.is_set():
            id = f"{self.name}-{number}"
            if self._send({"id": id, "member": self.member, "text": "Marketing with big data"}):
                self.acknowledged.append(id)
                number += 1

    def _send(self, said: dict[str, str]) -> bool:
        try:
            return post(self.port, self.key, "/v1/check-ins", said) in (200, 201)
        except HTTPError:
            raise
        except OSError:
            self.again += 1
            self.ended.wait(PAUSE)
            return False


def post(port: int, key: str, path: str, body: Mapping[str, object]) -> int:
    """Send JSON, and return the status."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return int(answer.status)


def new_key(folder: Path) -> str:
    """Make an API key for a running service."""
    command = [*COMMAND, "--data-dir", str(folder), "key", "add", "t", "--json"]
    command += ["--scope", "members:write", "--scope", "check-ins:write"]
    made = json.loads(subprocess.check_output(command, cwd=folder))
    return f"{made['id']}.{made['key']}"


def kept(folder: Path) -> list[str]:
    """Return the ids of all check-ins in the ledger."""
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}")
    with ledger.read() as uow:
        found = [record.id for record in uow.records.after(0, limit=1_000_000, kinds={RecordKind.CHECK_IN})]
    ledger.close()
    return found


def test_what_is_killed_is_started_again_and_nothing_acknowledged_is_lost(service: Service) -> None:
    """The worker as well as pages, while check-ins are sent; who gets no answer sends again, and each is kept once."""
    key, ended = new_key(service.folder), threading.Event()
    assert post(service.port, key, "/v1/members", {"id": "m-1", "name": "Nora", "purposes": ["matching"]}) == 201
    senders = [Sender(service.port, key, "m-1", f"s-{number}", ended) for number in range(SENDERS)]
    threads = [threading.Thread(target=sender.send_all) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        for killed in children(service.process.pid):
            kill_while_they_send(service, killed, senders)
    finally:
        ended.set()
    for thread in threads:
        thread.join()

    found = kept(service.folder)
    assert {id for sender in senders for id in sender.acknowledged} <= set(found)
    assert len(found) == len(set(found))


def kill_while_they_send(service: Service, killed: int, senders: Sequence[Sender]) -> None:
    """Kill a process once everybody was answered, and go on once all are answered again and it was replaced."""
    sent_by(senders, service)
    os.kill(killed, signal.SIGKILL)
    sent_by(senders, service)
    until(
        lambda: not is_running(killed) and all_there(service.process.pid, service.port),
        alive=lambda: service.process.poll() is None,
    )


def sent_by(senders: Sequence[Sender], service: Service) -> None:
    """Wait until each sender got one more answer."""
    before = [len(sender.acknowledged) for sender in senders]
    until(
        lambda: all(len(sender.acknowledged) > n for sender, n in zip(senders, before, strict=True)),
        alive=lambda: service.process.poll() is None,
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_a_stopped_service_is_left(brief: Service, how: signal.Signals) -> None:
    """Neither an orderly stop nor a kill leaves a process behind, and only a kill is told as one."""
    beside = children(brief.process.pid)
    brief.process.send_signal(how)

    assert brief.process.wait(PATIENCE) == (-how if how is signal.SIGKILL else 0)
    until(lambda: not any(map(is_running, beside)))
    assert listening(brief.port) == 0


def test_a_second_service_on_the_same_port_is_told_so(service: Service) -> None:
    """Sharing a port is for processes of one service: another one does not slip in between."""
    command = [*COMMAND, "--data-dir", str(service.folder.parent / "other"), "web"]
    command += ["--port", str(service.port), "--processes", "2"]
    second = subprocess.run(command, capture_output=True, text=True, cwd=service.folder, timeout=PATIENCE)

    assert second.returncode == 1
    assert f"port {service.port} (Address already in use)" in " ".join(second.stderr.split())
