"""A snapshot in a folder: one .npy per array, opened memory-mapped, and one JSON with ids and names.

The caller writes into a fresh folder and renames it, so that a reader finds a whole snapshot or the one before.
"""

import json
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from serendipity.domain.errors import NoSnapshot
from serendipity.domain.graph import ENDS, EdgeKind, HalfLives, Head
from serendipity.matching.edges import Edges
from serendipity.matching.snapshot import Snapshot

VERSION = 1
TABLE = "snapshot.json"
NAMES = ("members", "topics", "events", "labels", "titles", "organisations")
PARTS = ("data", "indices", "indptr")


def save(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot into a folder, which is made when it is not there; the table comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "starts.npy", snapshot.starts)
    for kind, edges in snapshot.edges.items():
        for part in PARTS:
            np.save(folder / f"{kind}.{part}.npy", getattr(edges.matrix, part))
        np.save(folder / f"{kind}.at.npy", edges.at)
    (folder / TABLE).write_text(json.dumps(_table(snapshot)), encoding="utf-8")


def load(folder: Path) -> Snapshot:
    """Open a snapshot; its arrays stay on disk until they are read.

    Raises NoSnapshot when there is none, a damaged one, or one of another version.
    """
    try:
        return _load(folder)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise NoSnapshot from error


def _load(folder: Path) -> Snapshot:
    table = json.loads((folder / TABLE).read_text(encoding="utf-8"))
    if table["version"] != VERSION:
        raise NoSnapshot
    half_lives = HalfLives(**table["half_lives"])
    names: dict[str, list[Any]] = {name: table[name] for name in NAMES}
    return Snapshot(
        head=Head(**{**table["head"], "half_lives": half_lives}),
        landmark=datetime.fromisoformat(table["landmark"]),
        half_lives=half_lives,
        starts=np.load(folder / "starts.npy", mmap_mode="r"),
        edges={kind: _edges(folder, kind, names) for kind in EdgeKind},
        total=table["total"],
        **names,
    )


def _table(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "version": VERSION,
        "head": {
            field.name: getattr(snapshot.head, field.name) for field in fields(Head) if field.name != "half_lives"
        },
        "landmark": snapshot.landmark.isoformat(),
        "half_lives": asdict(snapshot.half_lives),
        "total": snapshot.total,
        **{name: list(getattr(snapshot, name)) for name in NAMES},
    }


def _edges(folder: Path, kind: EdgeKind, names: dict[str, list[Any]]) -> Edges:
    source, target = (len(names[f"{end.lower()}s"]) for end in ENDS[kind])
    parts = tuple(np.load(folder / f"{kind}.{part}.npy", mmap_mode="r") for part in PARTS)
    matrix = sparse.csr_array(parts, shape=(source, target))
    return Edges(matrix=matrix, at=np.load(folder / f"{kind}.at.npy", mmap_mode="r"))
