"""Snapshots on disk: published whole by a rename, memory-mapped by whoever reads."""

import json
import logging
import os
import shutil
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path

from serendipity.domain.errors import NoSnapshot
from serendipity.matching.snapshot.files import SavedSnapshot, load, save
from serendipity.matching.snapshot.snapshot import Snapshot

_log = logging.getLogger(__name__)
_POINTER = "latest.json"
_KEPT = 2


class SnapshotFolder:
    """A folder of versioned snapshots; `latest.json` names the newest."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when the first snapshot is published."""
        self._folder = folder
        self._lock = threading.Lock()
        self._pointer: tuple[int, int] | None = None
        self._name: str | None = None
        self._snapshot: Snapshot | None = None
        self._before: SavedSnapshot | None = None

    def latest(self) -> Snapshot | None:
        """Return the newest snapshot, opened once per version; None while there is none that this version reads."""
        with self._lock:
            # What the pointer named may be removed before it is opened: then the pointer names another one by now.
            while (pointer := self._stamp()) != self._pointer:
                self._pointer, name = pointer, self._newest()
                if name is not None and name != self._name:
                    self._open(name)
            return self._snapshot

    def publish(self, snapshot: Snapshot) -> None:
        """Write a snapshot beside the others, then name it the newest; old ones are removed."""
        name = f"{snapshot.head.offset:012d}-{uuid.uuid4().hex[:8]}"
        save(snapshot, self._folder / name, before=self._before)
        pointer = self._folder / f".{name}.json"
        pointer.write_text(json.dumps({"name": name}), encoding="utf-8")
        os.replace(pointer, self._folder / _POINTER)
        with self._lock:
            self._keep(name, snapshot)
        self._tidy(name)

    def published_at(self) -> datetime | None:
        """Return when the newest snapshot was published; None while there is none."""
        try:
            return datetime.fromtimestamp((self._folder / _POINTER).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def tidy(self) -> None:
        """Remove earlier snapshots: what was erased must not stay in one."""
        newest = self._newest()
        if newest is not None:
            self._tidy(newest, kept=1)

    def _stamp(self) -> tuple[int, int] | None:
        """Tell one pointer from the next without reading it; each is a file of its own."""
        try:
            found = (self._folder / _POINTER).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _newest(self) -> str | None:
        try:
            return str(json.loads((self._folder / _POINTER).read_text(encoding="utf-8"))["name"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            _log.warning("the snapshots' pointer is damaged; the next one takes its place", exc_info=error)
            return None

    def _open(self, name: str) -> None:
        try:
            self._keep(name, load(self._folder / name, before=self._before))
        except NoSnapshot as error:
            _log.warning("a snapshot cannot be opened; the next one takes its place", exc_info=error)
            self._snapshot, self._name = None, name

    def _keep(self, name: str, snapshot: Snapshot) -> None:
        self._name, self._snapshot = name, snapshot
        self._before = SavedSnapshot(snapshot=snapshot, folder=self._folder / name)

    def _tidy(self, newest: str, *, kept: int = _KEPT) -> None:
        """Remove all but the newest few; a reader that has one mapped keeps its pages."""
        folders = sorted(
            (path for path in self._folder.iterdir() if path.is_dir() and path.name != newest),
            key=lambda path: path.stat().st_mtime,
        )
        for path in folders[: -(kept - 1) or None]:
            shutil.rmtree(path, ignore_errors=True)
