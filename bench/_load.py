"""A load generator in a process of its own: `python -m bench._load PLAN.json` prints what it measured as JSON.

Open loop: requests leave on a fixed schedule, and a latency counts from the scheduled moment, so that a server that
stalls is not spared the requests that it would have got meanwhile. Closed loop: every connection sends its next request
when it has the answer to the last. Connections are kept alive, and limited in number.
"""

import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

# A server that cannot keep up with an open loop is let go after so many times the planned seconds.
OVERTIME = 2


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to send: bodies in turn to one path; `rate` a second for an open loop, None for a closed one."""

    port: int
    path: str
    headers: dict[str, str]
    bodies: list[str]
    connections: int
    seconds: float
    rate: float | None = None
    most: int | None = None


@dataclass(kw_only=True)
class Measured:
    """Latencies in seconds (ascending), answers by status, and how many told of people; `wall` is the whole time."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    marked: int = 0
    wall: float = 0.0


def measure(plan: Plan, folder: Path) -> Measured:
    """Send a plan's load from a process of its own."""
    path = folder / "plan.json"
    path.write_text(json.dumps(asdict(plan)))
    done = subprocess.run(
        [sys.executable, "-m", "bench._load", str(path)], check=True, stdout=subprocess.PIPE, timeout=plan.seconds + 120
    )
    return Measured(**json.loads(done.stdout))


class _Load:
    """A plan under way, shared by its connections."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.begun = time.perf_counter() + 0.1
        self.numbers = self._numbers()
        self.lock = threading.Lock()
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.marked = 0

    def _numbers(self) -> Iterator[int]:
        scheduled = round(self.plan.rate * self.plan.seconds) if self.plan.rate else self.plan.most
        return iter(range(scheduled)) if scheduled else itertools.count()

    def connection(self) -> None:
        """Send what is due over one connection until nothing is left."""
        link = http.client.HTTPConnection("127.0.0.1", self.plan.port, timeout=60)
        while (number := self._next()) is not None:
            scheduled = self._wait(number)
            body = self.plan.bodies[number % len(self.plan.bodies)].replace("NUMBER", f"{self.begun:.6f}-{number}")
            link.request("POST", self.plan.path, body.encode(), self.plan.headers)
            answer = link.getresponse()
            said = answer.read()
            self._note(time.perf_counter() - scheduled, answer.status, said)
        link.close()

    def _next(self) -> int | None:
        with self.lock:
            allowed = self.plan.seconds * (OVERTIME if self.plan.rate else 1)
            over = time.perf_counter() - self.begun > allowed
            return None if over else next(self.numbers, None)

    def _wait(self, number: int) -> float:
        if self.plan.rate is None:
            return time.perf_counter()
        scheduled = self.begun + number / self.plan.rate
        time.sleep(max(0.0, scheduled - time.perf_counter()))
        return scheduled

    def _note(self, latency: float, status: int, said: bytes) -> None:
        with self.lock:
            self.latencies.append(latency)
            self.statuses[str(status)] += 1
            self.marked += b'"why":' in said


def send(plan: Plan) -> Measured:
    """Send a plan's load from this process."""
    load = _Load(plan)
    threads = [threading.Thread(target=load.connection) for _ in range(plan.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - load.begun
    return Measured(latencies=sorted(load.latencies), statuses=dict(load.statuses), marked=load.marked, wall=wall)


def main(arguments: Sequence[str]) -> None:
    """Send the plan in the file named, and print what was measured."""
    plan = Plan(**json.loads(Path(arguments[0]).read_text()))
    sys.stdout.write(json.dumps(asdict(send(plan))))


if __name__ == "__main__":
    main(sys.argv[1:])
