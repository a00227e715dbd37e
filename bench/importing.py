"""Importing a whole community's history: `serendipity import pack`, with reading, projection and snapshot."""

import gzip
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench._rows import Row, show, skipped
from bench._servers import SERENDIPITY

FOLDER = "SERENDIPITY_BENCH"
UNTIL = "2018-01-01"
MOST_MINUTES, MOST_MIB = 5.0, 1536.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a process that has ended took, with its children: wall and processor seconds, and the most memory held."""

    wall: float
    cpu: float
    mib: float


def run(console: Console) -> list[Row]:
    """Import the pack up to a date and whole, each into a folder of its own."""
    rows = _rows()
    show(console, "Import of a pack with projection (peer: reading and parsing the same files)", rows)
    return rows


def _rows() -> list[Row]:
    named = os.environ.get(FOLDER)
    if not named:
        return [skipped("import pack", f"set {FOLDER} to the folder that holds matching/acl")]
    pack = Path(named) / "matching" / "acl"
    if not pack.is_dir():
        return [skipped("import pack", f"{FOLDER} has no matching/acl")]
    peer = _parsed(pack)
    return [
        *_figures(f"until {UNTIL}", _imported(pack, "--until", UNTIL), peer),
        *_figures("whole", _imported(pack), peer),
    ]


def _figures(what: str, ended: Ended, peer: float) -> list[Row]:
    note = f"{ended.cpu / 60:.1f} min of CPU"
    minutes, peer_minutes = ended.wall / 60, peer / 60
    return [
        Row(what=f"{what}: time", measured=minutes, unit="min", at_most=MOST_MINUTES, peer=peer_minutes, note=note),
        Row(what=f"{what}: memory", measured=ended.mib, unit="MiB", at_most=MOST_MIB),
    ]


def _imported(pack: Path, *options: str) -> Ended:
    with tempfile.TemporaryDirectory(prefix="serendipity-bench-") as data:
        return _ended([*SERENDIPITY, "--data-dir", data, "import", "pack", str(pack), *options])


def _ended(command: Sequence[str]) -> Ended:
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        most = 0.0
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            most = max(most, _held_mib(process.pid))
            time.sleep(0.25)
        wall = time.monotonic() - begun
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            out.seek(0)
            raise RuntimeError(out.read().decode(errors="replace")[-2000:])
    return Ended(wall=wall, cpu=used.ru_utime + used.ru_stime, mib=max(most, used.ru_maxrss / 1024))


def _held_mib(pid: int) -> float:
    """Return what a process and its children hold together, shared pages counted in each (Linux only; 0 elsewhere)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0  # it has just ended
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(_held_mib(int(child)) for child in children)


def _parsed(pack: Path) -> float:
    begun = time.monotonic()
    for path in sorted(pack.glob("*.jsonl.gz")):
        with gzip.open(path, "rb") as lines:
            for line in lines:
                json.loads(line)
    return time.monotonic() - begun
