"""Check-ins over HTTP at a running `serendipity run`: acknowledged, answered in full, singly and in batches.

In one process of pages, then in two; processor time is that of all processes, the worker's included.
"""

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench._load import Measured, Plan, measure
from bench._rows import Row, percentile, show
from bench._servers import SERENDIPITY, Server, free_port, serving
from serendipity.demo.community import load_community

RATE, SECONDS, CONNECTIONS = 100.0, 20.0, 32
SINGLY_SECONDS, SINGLY_CONNECTIONS = 10.0, 8
BATCH_LINES, BATCHES = 2000, 5
WARM_UP = 100
FULL = "/v1/check-ins"
ACKNOWLEDGED = f"{FULL}?answer=false"
SETTLED_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where check-ins go in at a server: the paths, with what proves who sends them."""

    server: Server
    acknowledged: str
    batch: str
    headers: dict[str, str]
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What one kind of load measured, and the processor time of the server for it."""

    load: Measured
    cpu: float

    @property
    def p95_ms(self) -> float:
        """Return the latency within which 95 of 100 answers came, in milliseconds."""
        return 1000 * percentile(self.load.latencies, 0.95)

    @property
    def a_second(self) -> float:
        """Return answers a second."""
        return len(self.load.latencies) / self.load.wall

    @property
    def cpu_ms(self) -> float:
        """Return milliseconds of processor time an answer, everything that the process did meanwhile included."""
        return 1000 * self.cpu / len(self.load.latencies)


def run(console: Console) -> list[Row]:
    """Measure both servers with the same bodies, and print the table."""
    with tempfile.TemporaryDirectory(prefix="serendipity-bench-") as name:
        folder = Path(name)
        bodies = _bodies()
        bare = _bare(folder, bodies)
        rows = _product(folder, bodies, bare)
    show(console, "Check-ins over HTTP (peer: FastAPI with one insert, synchronous=FULL)", rows)
    return rows


def _bare(folder: Path, bodies: list[str]) -> dict[str, Phase]:
    port = free_port()
    module = (SERENDIPITY[0], "-m", "bench._bare", str(port), str(folder / "bare.db"))
    with serving(module, port=port, health="/healthz", log=folder / "bare.log") as server:
        door = Door(
            server=server, acknowledged="/check-ins", batch="/check-ins/batch", headers=_headers(), folder=folder
        )
        return {"acknowledged": _open(door, bodies), "singly": _singly(door, bodies), "batches": _batches(door, bodies)}


def _product(folder: Path, bodies: list[str], bare: dict[str, Phase]) -> list[Row]:
    data, port = folder / "data", free_port()
    command = (*SERENDIPITY, "--data-dir", str(data))
    subprocess.run([*command, "demo", "--once"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    key = json.loads(subprocess.check_output([*command, "key", "add", "bench", "--scope", "check-ins:write", "--json"]))
    headers = _headers() | {"authorization": f"Bearer {key['id']}.{key['key']}"}
    rows = []
    for processes in (1, 2):
        running = (*command, "run", "--port", str(port), "--processes", str(processes))
        with serving(running, port=port, health="/healthz", log=folder / "run.log") as server:
            batch = f"{FULL}/batch"
            door = Door(server=server, acknowledged=ACKNOWLEDGED, batch=batch, headers=headers, folder=folder)
            _warm_up(door, bodies)
            rows += _phases(door, bodies, bare, of=f"{processes} of pages: ")
    return rows


def _phases(door: Door, bodies: list[str], bare: dict[str, Phase], *, of: str) -> list[Row]:
    return [*_latencies(door, bodies, bare["acknowledged"], of=of), *_throughput(door, bodies, bare, of=of)]


def _latencies(door: Door, bodies: list[str], peer: Phase, *, of: str) -> list[Row]:
    acknowledged = _open(door, bodies)
    _settle(door.server)
    answered = _open(door, bodies, path=FULL)
    _settle(door.server)
    people = f"{100 * answered.load.marked / len(answered.load.latencies):.0f} % named people"
    return [
        _latency(f"{of}acknowledged, p95 at 100/s", acknowledged, at_most=20, peer=peer),
        _latency(f"{of}full answer, p95 at 100/s", answered, at_most=150, peer=peer, note=people),
    ]


def _throughput(door: Door, bodies: list[str], bare: dict[str, Phase], *, of: str) -> list[Row]:
    singly = _singly(door, bodies)
    _settle(door.server)
    batches = _batches(door, bodies)
    return [
        Row(
            what=f"{of}sustained singly, {SINGLY_CONNECTIONS} connections",
            measured=singly.a_second,
            unit="/s",
            at_least=300,
            peer=bare["singly"].a_second,
            note=_told(singly, bare["singly"]),
        ),
        Row(
            what=f"{of}NDJSON, {BATCH_LINES:,} lines a batch",
            measured=BATCH_LINES * batches.a_second,
            unit="/s",
            at_least=2000,
            peer=BATCH_LINES * bare["batches"].a_second,
            note=_told(batches, bare["batches"]),
        ),
    ]


def _latency(what: str, phase: Phase, *, at_most: float, peer: Phase, note: str = "") -> Row:
    p50 = 1000 * percentile(phase.load.latencies, 0.5)
    told = ", ".join(part for part in (f"p50 {p50:.1f} ms", _told(phase, peer), note) if part)
    return Row(what=what, measured=phase.p95_ms, unit="ms", at_most=at_most, peer=peer.p95_ms, note=told)


def _told(phase: Phase, peer: Phase) -> str:
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(phase.load.statuses.items()))
    return f"{phase.cpu_ms:.1f} ms CPU each (peer {peer.cpu_ms:.1f}), {statuses}"


def _headers() -> dict[str, str]:
    return {"content-type": "application/json"}


def _bodies() -> list[str]:
    """Return what the example community says, by members who were there; NUMBER becomes an id of its own."""
    community = load_community(datetime.now(UTC))
    return [
        json.dumps({"id": "bench-NUMBER", "member": said.member, "text": said.text, "place": said.place})
        for said in community.check_ins
    ]


def _warm_up(door: Door, bodies: list[str]) -> None:
    for path in (FULL, door.acknowledged):
        _send(door, _plan(door, bodies, path=path, connections=4, seconds=60.0, most=WARM_UP))
    _settle(door.server)


def _open(door: Door, bodies: list[str], *, path: str | None = None) -> Phase:
    plan = _plan(door, bodies, path=path, connections=CONNECTIONS, seconds=SECONDS, rate=RATE)
    return _send(door, plan)


def _singly(door: Door, bodies: list[str]) -> Phase:
    return _send(door, _plan(door, bodies, connections=SINGLY_CONNECTIONS, seconds=SINGLY_SECONDS))


def _batches(door: Door, bodies: list[str]) -> Phase:
    lines = (bodies * (1 + BATCH_LINES // len(bodies)))[:BATCH_LINES]
    batch = "\n".join(line.replace("NUMBER", f"NUMBER-{number}") for number, line in enumerate(lines))
    return _send(door, _plan(door, [batch], path=door.batch, connections=1, seconds=120.0, most=BATCHES))


def _plan(
    door: Door,
    bodies: Sequence[str],
    *,
    path: str | None = None,
    connections: int,
    seconds: float,
    rate: float | None = None,
    most: int | None = None,
) -> Plan:
    return Plan(
        port=door.server.port,
        path=path or door.acknowledged,
        headers=door.headers,
        bodies=list(bodies),
        connections=connections,
        seconds=seconds,
        rate=rate,
        most=most,
    )


def _send(door: Door, plan: Plan) -> Phase:
    before = door.server.cpu_seconds()
    load = measure(plan, door.folder)
    refused = {status for status in load.statuses if not status.startswith("2")}
    if refused:
        raise RuntimeError(f"{plan.path} answered {load.statuses}")
    return Phase(load=load, cpu=door.server.cpu_seconds() - before)


def _settle(server: Server) -> None:
    """Wait until the graph has caught up, so that one phase does not pay for another. Raises TimeoutError."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{server.address}/health", timeout=60) as answer:
            if json.load(answer)["graph"]["behind_by"] == 0:
                return
        time.sleep(0.5)
    raise TimeoutError("the graph did not catch up")
