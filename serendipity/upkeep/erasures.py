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
    line = json.dumps({"member": member, "at": at.isoformat()}) + "\n"
    # One write of a short line in append mode: two processes do not mix theirs.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def later_erasures(path: Path, since: datetime | None = None) -> list[Erasure]:
    """Return the erasures from a time on (all of them when None), oldest first; none when there is no list yet.

    A last line that was cut off by a crash is left out: its erasure was never acknowledged. Raises InvalidInput for
    any other line that cannot be read.
    """
    if not path.exists():
        return []
    found = [erasure for erasure in _read(path) if since is None or erasure.at >= since]
    return sorted(found, key=lambda erasure: (erasure.at, erasure.member))


def _read(path: Path) -> Iterator[Erasure]:
    *lines, _cut_off = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            yield Erasure(entry["member"], parse_time(entry["at"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"Line {number} of {path} is no erasure; restore the list from a copy.") from error
