"""The list of erasures beside the ledger: append-only, opaque ids only, so that no restore brings a member back."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from serendipity.domain.errors import InvalidInput
from serendipity.domain.times import parse_time


class Erasure(NamedTuple):
    """A member (an opaque id) who was erased, and when."""

    member: str
    at: datetime


def note_erasure(path: Path, member: str, at: datetime) -> None:
    """Append an erasure, durably; the file is its owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = "\n" + json.dumps({"member": member, "at": at.isoformat()}) + "\n"
    # One write of a short line in append mode: two processes do not mix theirs. It starts a line of its own, also
    # behind one that a crash cut off.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def later_erasures(path: Path, since: datetime | None = None) -> list[Erasure]:
    """Return the erasures from a time on (all of them when None), oldest first; none when there is no list yet.

    A line that a crash cut off is left out: its erasure was never acknowledged. Raises InvalidInput for any other line
    that cannot be read.
    """
    if not path.exists():
        return []
    found = [erasure for erasure in _read(path) if since is None or erasure.at >= since]
    return sorted(found, key=lambda erasure: (erasure.at, erasure.member))


def _read(path: Path) -> Iterator[Erasure]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        # Only a whole line ends in a brace: ids and times cannot hold one.
        if line.endswith(b"}"):
            yield _erasure(line, number, path)


def _erasure(line: bytes, number: int, path: Path) -> Erasure:
    try:
        entry = json.loads(line)
        return Erasure(entry["member"], parse_time(entry["at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"Line {number} of {path} is no erasure; restore the list from a copy.") from error
