"""The list of erasures beside the ledger: a restore of an older backup applies the later ones again."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from serendipity.domain.times import parse_time


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """A member (an opaque id) who was erased, and when."""

    member: str
    at: datetime


def note_erasure(path: Path, member: str, at: datetime) -> None:
    """Append an erasure to the list, durably; the file is readable by its owner only."""
    line = json.dumps({"member": member, "at": at.isoformat()}) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def later_erasures(path: Path, *, after: datetime) -> Iterator[Erasure]:
    """Yield the erasures of the list after a moment; a line cut off by a crash is passed over."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        erasure = Erasure(member=row["member"], at=parse_time(row["at"]))
        if erasure.at > after:
            yield erasure
