"""Backup while everything runs: one archive with the ledger and a manifest that says what it holds."""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.upkeep.databases import copy_ledger

FORMAT = 1
MANIFEST = "manifest.json"
ERASURES = "erasures.jsonl"
MAILS = "mails"
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Contents of an archive: its release, ledger schema, last position, and the SHA-256 of each file."""

    format: int
    release: str
    made_at: str
    database: str
    ledger: str
    revision: str
    head: int
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BackupReport:
    """Result of a backup: the archive's path, its size (bytes), and how many records it holds."""

    archive: Path
    size: int
    head: int
    revision: str


def backup(ledger_url: str, data_dir: Path, target: Path, *, now: datetime, mails: bool = False) -> BackupReport:
    """Write a backup of a running installation to `target`, a new .tar.gz file or a folder to put one into.

    It holds the ledger and the list of erasures; the graph and its snapshots are folded from them again. Mails that the
    file channel keeps are included only when asked for. The archive appears whole or not at all, for its owner only.
    Raises Conflict when the file is there already, LedgerUnavailable or MisconfiguredSetting when it cannot be made.
    """
    archive = target / f"serendipity-{now:%Y%m%dT%H%M%SZ}.tar.gz" if target.is_dir() else target
    if archive.exists():
        raise Conflict(f"{archive} is there already; name another file, so that no backup is lost.")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".serendipity-backup-") as name:
        folder = Path(name)
        copy = copy_ledger(ledger_url, folder)
        _copy_files(data_dir, folder, mails=mails)
        manifest = Manifest(
            format=FORMAT,
            release=version("serendipity"),
            made_at=now.isoformat(),
            database=copy.database,
            ledger=copy.file,
            revision=copy.revision,
            head=copy.head,
            files=_checksums(folder),
        )
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2))
        _pack(folder, [MANIFEST, *manifest.files], archive)
    return BackupReport(archive=archive, size=archive.stat().st_size, head=copy.head, revision=copy.revision)


@contextmanager
def open_archive(archive: Path, beside: Path) -> Iterator[tuple[Path, Manifest]]:
    """Unpack an archive into a temporary folder in `beside`, and check every file against the manifest.

    Raises InvalidInput for what is no backup, is damaged, or was made by a later release.
    """
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=beside, prefix=".serendipity-restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(archive, "r:gz") as tar:
                tar.extractall(folder, filter="data")
        except (OSError, EOFError, tarfile.TarError) as error:
            raise InvalidInput(f"{archive} cannot be read as a backup ({error}); use another copy.") from error
        manifest = _manifest(folder, archive)
        found = _checksums(folder)
        wrong = sorted(
            name for name in manifest.files.keys() | found.keys() if found.get(name) != manifest.files.get(name)
        )
        if wrong:
            raise InvalidInput(f"{archive} is damaged ({wrong[0]} is not what was saved); use another copy.")
        yield folder, manifest


def _manifest(folder: Path, archive: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInput(f"{archive} is no backup of this service: it has no manifest that can be read.") from error
    if manifest.format > FORMAT:
        raise InvalidInput(f"{archive} was made by release {manifest.release}; install that one, or a later one.")
    return manifest


def _copy_files(data_dir: Path, folder: Path, *, mails: bool) -> None:
    if (data_dir / ERASURES).exists():
        shutil.copyfile(data_dir / ERASURES, folder / ERASURES)
    if mails and (data_dir / MAILS).is_dir():
        shutil.copytree(data_dir / MAILS, folder / MAILS)


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): _sha256(path) for path in files if path != folder / MANIFEST}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(folder: Path, names: list[str], archive: Path) -> None:
    """Write the archive under another name, make it durable, and only then give it its own."""
    handle, partial = tempfile.mkstemp(dir=archive.parent, prefix=f".{archive.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6, bufsize=_BLOCK) as tar:
                for name in names:
                    tar.add(folder / name, arcname=name)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, archive)  # unlike a rename, never over a file that appeared meanwhile
    except FileExistsError as error:
        raise Conflict(f"{archive} is there already; name another file, so that no backup is lost.") from error
    finally:
        os.unlink(partial)
    _sync_folder(archive.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
