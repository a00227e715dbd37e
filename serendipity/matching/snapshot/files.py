"""A snapshot in a folder: one .npy per array, opened memory-mapped, one .json per list of ids or names, and a table.

The caller writes into a fresh folder and renames it, so that a reader finds a whole snapshot or the one before. What
has not changed since the snapshot before is a second name (a hard link) of its file, and opened only once.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from scipy import sparse

from serendipity.domain.errors import NoSnapshot
from serendipity.domain.graph import ENDS, EdgeKind, HalfLives, Head
from serendipity.matching.snapshot.edges import Edges
from serendipity.matching.snapshot.refresh import hand_on
from serendipity.matching.snapshot.snapshot import Snapshot

VERSION = 2
TABLE = "snapshot.json"
NAMES = ("members", "topics", "events", "labels", "titles", "organisations")
WRITERS = 2  # one waits for the disk while the other makes the next file
PARTS = ("data", "indices", "indptr")


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedSnapshot:
    """A snapshot and the folder that it is in."""

    snapshot: Snapshot
    folder: Path


def save(snapshot: Snapshot, folder: Path, *, before: SavedSnapshot | None = None) -> None:
    """Write a snapshot into a folder, which is made when it is not there; the table comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    old = dict(_contents(before.snapshot)) if before else {}

    def put(named: tuple[str, Any]) -> None:
        name, content = named
        if before is None or old[name] is not content or not _linked(before.folder / name, folder / name):
            _write(content, folder / name)

    with ThreadPoolExecutor(max_workers=WRITERS) as pool:
        list(pool.map(put, _contents(snapshot)))
    (folder / TABLE).write_bytes(orjson.dumps(_table(snapshot)))


def load(folder: Path, *, before: SavedSnapshot | None = None) -> Snapshot:
    """Open a snapshot; its arrays stay on disk until they are read, and what it has in common with another is shared.

    Raises NoSnapshot when there is none, a damaged one, or one of another version.
    """
    try:
        snapshot = _load(folder, before)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise NoSnapshot from error
    if before is not None:
        hand_on(before.snapshot, snapshot)
    return snapshot


def _contents(snapshot: Snapshot) -> Iterator[tuple[str, Any]]:
    """Name the files and what is in them."""
    for name in NAMES:
        yield f"{name}.json", getattr(snapshot, name)
    yield "starts.npy", snapshot.starts
    for kind, edges in snapshot.edges.items():
        for part in PARTS:
            yield f"{kind}.{part}.npy", getattr(edges.matrix, part)
        yield f"{kind}.at.npy", edges.at


def _write(content: Any, path: Path) -> None:
    if path.suffix == ".npy":
        np.save(path, content)
    else:
        path.write_bytes(orjson.dumps(list(content)))


def _linked(old: Path, new: Path) -> bool:
    """Give a file a second name; False where the file system cannot, or the old one is gone."""
    try:
        os.link(old, new)
    except OSError:
        return False
    return True


def _load(folder: Path, before: SavedSnapshot | None) -> Snapshot:
    table = orjson.loads((folder / TABLE).read_bytes())
    if table["version"] != VERSION:
        raise NoSnapshot
    half_lives = HalfLives(**table["half_lives"])
    old = dict(_contents(before.snapshot)) if before else {}
    shared = {name for name in old if before and _same(before.folder / name, folder / name)}
    names = {each: old[file] if (file := f"{each}.json") in shared else _names(folder / file) for each in NAMES}
    return Snapshot(
        head=Head(**{**table["head"], "half_lives": half_lives}),
        landmark=datetime.fromisoformat(table["landmark"]),
        half_lives=half_lives,
        starts=old["starts.npy"] if "starts.npy" in shared else np.load(folder / "starts.npy", mmap_mode="r"),
        edges={kind: _edges(folder, kind, _shape(kind, names), before, shared) for kind in EdgeKind},
        total=table["total"],
        **names,
    )


def _same(old: Path, new: Path) -> bool:
    return old.exists() and old.samefile(new)


def _names(path: Path) -> list[Any]:
    found: list[Any] = orjson.loads(path.read_bytes())
    return found


def _shape(kind: EdgeKind, names: dict[str, list[Any]]) -> tuple[int, int]:
    source, target = (len(names[f"{end.lower()}s"]) for end in ENDS[kind])
    return source, target


def _edges(
    folder: Path, kind: EdgeKind, shape: tuple[int, int], before: SavedSnapshot | None, shared: set[str]
) -> Edges:
    """Map edges; those opened before stay where their files are the same, as what was worked out from them holds."""
    files = [f"{kind}.{part}.npy" for part in (*PARTS, "at")]
    if before is not None and shared.issuperset(files) and before.snapshot.edges[kind].matrix.shape == shape:
        return before.snapshot.edges[kind]
    *parts, at = (np.load(folder / file, mmap_mode="r") for file in files)
    return Edges(matrix=sparse.csr_array(tuple(parts), shape=shape), at=at)


def _table(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "version": VERSION,
        "head": {
            field.name: getattr(snapshot.head, field.name) for field in fields(Head) if field.name != "half_lives"
        },
        "landmark": snapshot.landmark.isoformat(),
        "half_lives": asdict(snapshot.half_lives),
        "total": snapshot.total,
    }
