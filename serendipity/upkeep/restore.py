"""Restore a backup into a fresh place; whoever was erased since stays erased."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import MemberStatus, MessageState
from serendipity.ports import Ledger
from serendipity.upkeep.backup import ERASURES, MAILS, Manifest, open_archive
from serendipity.upkeep.databases import POSTGRESQL, SQLITE_FILE, load_dump
from serendipity.upkeep.erasure import erase_whole
from serendipity.upkeep.erasures import later_erasures, note_erasure
from serendipity.usecases.members.traces import Traces, traces_of

_PAGE = 500
_HELD = "restored from a backup, and may have been sent since; send it again if it was not"


@dataclass(frozen=True, kw_only=True)
class RestoreReport:
    """Result of a restore: the last position, members erased again, and messages that wait for a manager."""

    data_dir: Path
    ledger_url: str
    made_at: str
    head: int
    erased: tuple[str, ...] = ()
    held: int = 0


@dataclass(frozen=True, kw_only=True)
class Again:
    """Functions that erase a member again: in the ledger, and in the folder of mails."""

    erase: Callable[[Ledger, str, datetime], None]
    forget_mails: Callable[[Traces], object]


def restore(
    archive: Path,
    into: Path,
    *,
    erasures: Path | None = None,
    ledger_url: str | None = None,
    open_ledger: Callable[[str], Ledger],
    now: datetime,
    erase: Callable[[Ledger, str, datetime], None] = erase_whole,
    forget_mails: Callable[[Path, Traces], object] = lambda folder, traces: None,
) -> RestoreReport:
    """Restore an archive into a fresh folder (and an empty PostgreSQL database at `ledger_url`, where it is of one).

    `erasures` is the list of the installation that the backup was made of (its data folder's erasures.jsonl): whoever
    stands on it is erased again, whole by `erase` and with their mails by `forget_mails`, before anything is put in
    place. Messages that were waiting are parked, for they may have been sent since. The graph is folded again by
    catching up. Raises Conflict when the place is not fresh, InvalidInput for a damaged archive; then the folder is
    left as it was.
    """
    _refuse_used(into)
    with open_archive(archive, into.parent) as (folder, manifest):
        fresh = folder / "fresh"
        fresh.mkdir(mode=0o700)
        url = _place_ledger(folder, fresh, manifest, into, ledger_url)
        _gather_erasures([folder / ERASURES, *([erasures] if erasures else [])], fresh / ERASURES)
        if (folder / MAILS).is_dir():
            shutil.move(folder / MAILS, fresh / MAILS)
        is_file = manifest.database != POSTGRESQL  # a dump that was loaded is whole
        opened_at = f"sqlite:///{(fresh / SQLITE_FILE).absolute()}" if is_file else url
        again = Again(erase=erase, forget_mails=lambda traces: forget_mails(fresh / MAILS, traces))
        erased, held = _mend(open_ledger(opened_at), fresh / ERASURES, again, now, check=is_file)
        _refuse_used(into)
        os.replace(fresh, into)
    return RestoreReport(
        data_dir=into, ledger_url=url, made_at=manifest.made_at, head=manifest.head, erased=erased, held=held
    )


def _refuse_used(into: Path) -> None:
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Conflict(f"{into} is not empty; name a new folder, so that nothing is overwritten.")


def _place_ledger(folder: Path, fresh: Path, manifest: Manifest, into: Path, ledger_url: str | None) -> str:
    if manifest.database != POSTGRESQL:
        if ledger_url is not None and not ledger_url.startswith("sqlite:"):
            raise Conflict("This backup is of a SQLite ledger; restore it without naming a database.")
        shutil.move(folder / manifest.ledger, fresh / SQLITE_FILE)
        return f"sqlite:///{(into / SQLITE_FILE).absolute()}"
    if ledger_url is None or ledger_url.startswith("sqlite:"):
        raise Conflict("This backup is of a PostgreSQL ledger; name an empty database (SERENDIPITY_LEDGER_URL).")
    load_dump(folder / manifest.ledger, ledger_url)
    return ledger_url


def _gather_erasures(lists: list[Path], target: Path) -> None:
    """Write one list of all erasures that are known: of the backup, and of the installation since."""
    first: dict[str, datetime] = {}
    for erasure in sorted({each for path in lists for each in later_erasures(path)}, key=lambda each: each.at):
        first.setdefault(erasure.member, erasure.at)
    for member, at in first.items():
        note_erasure(target, member, at)


def _mend(ledger: Ledger, erasures: Path, again: Again, now: datetime, *, check: bool) -> tuple[tuple[str, ...], int]:
    """Bring a restored ledger to this release's schema, erase again who was erased since, and hold its messages."""
    try:
        if check and (damage := ledger.damage()):
            raise InvalidInput(f"The ledger in this backup is damaged ({damage[0]}); use another copy.")
        ledger.migrate()
        late = [
            (erasure, status) for erasure in later_erasures(erasures) if (status := _status(ledger, erasure.member))
        ]
        for erasure, _ in late:
            with ledger.read() as uow:
                traces = traces_of(uow, erasure.member)
            again.forget_mails(traces)
            # Also who was erased when the backup was made: it may have been made between the steps.
            again.erase(ledger, erasure.member, erasure.at)
        held = _hold_messages(ledger, now)
        ledger.settle()
        return tuple(erasure.member for erasure, status in late if status is not MemberStatus.ERASED), held
    finally:
        ledger.close()


def _status(ledger: Ledger, member: str) -> MemberStatus | None:
    with ledger.read() as uow:
        found = uow.members.many({member}).get(member)
    return found.status if found else None


def _hold_messages(ledger: Ledger, now: datetime) -> int:
    held = 0
    while True:
        with ledger.write() as uow:
            waiting = uow.outbox.search(states={MessageState.QUEUED}, limit=_PAGE)
            for message in waiting:
                uow.outbox.mark(message.id, MessageState.PARKED, at=now, error=_HELD)
        if not waiting:
            return held
        held += len(waiting)
