"""Importing a pack: a folder of test data, in batches that can be interrupted and taken up again."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from serendipity.domain.model import NewRecord
from serendipity.intake.events import publish
from serendipity.intake.files.packs import FILES, Pack
from serendipity.intake.inputs import EventInput, MemberInput
from serendipity.intake.members import join_all
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.imports.tables import ImportReport, Progress, Scrub

Item = TypeVar("Item")
PACK_BATCH = 5000


def import_pack(
    ledger: Ledger,
    folder: Path,
    *,
    until: date | None = None,
    now: datetime,
    scrub: Scrub,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import what a pack says strictly before `until`; its people join when they first appear, with their consent.

    A dry run reads and checks every line, and leaves the ledger alone. The records' source is "pack:" and the folder's
    name. Raises InvalidInput for a folder that is no pack, DifferentBody where the ledger holds another body under an
    id of the pack's.
    """
    pack = Pack(folder=folder, source=f"pack:{folder.resolve().name}", until=until, now=now, scrub=scrub)
    load = _Load(ledger=None if dry_run else ledger, pack=pack, progress=progress)
    people: set[str] = set()

    def join(uow: UnitOfWork | None, items: Sequence[MemberInput]) -> int:
        people.update(item.id or "" for item in items)
        return _join(uow, items, pack.source, now, scrub) if uow else len(items)

    load.file("people", pack.people(), join)
    load.file("events", pack.gatherings(), lambda uow, items: _publish(uow, items, now, scrub) if uow else len(items))
    current = _current(ledger, people)
    for name in ("check_ins", "attendance", "ties"):
        load.file(name, pack.records(name, current), _append)
    return ImportReport(
        added=sum(load.fresh.values()),
        known=sum(load.taken.values()) - sum(load.fresh.values()),
        errors=tuple(pack.errors),
        notes=_notes(pack),
        counts={name: load.fresh[name] for name in FILES},
        cut=pack.cut,
        dry_run=dry_run,
    )


@dataclass(kw_only=True)
class _Load:
    """A pack on its way into the ledger (None: checked only), counted by file."""

    ledger: Ledger | None
    pack: Pack
    progress: Progress | None
    taken: Counter[str] = field(default_factory=Counter)
    fresh: Counter[str] = field(default_factory=Counter)

    def file(self, name: str, items: Iterator[Item], take: Callable[[UnitOfWork | None, Sequence[Item]], int]) -> None:
        """Take in what one file holds, some thousand lines in a transaction; `take` says how many are new."""
        total = self.pack.size(name) if self.progress else 0
        while batch := list(islice(items, PACK_BATCH)):
            with self.ledger.write() if self.ledger else nullcontext() as uow:
                self.fresh[name] += take(uow, batch)
            self.taken[name] += len(batch)
            if self.progress:
                self.progress(self.taken[name], total, name)


def _join(uow: UnitOfWork, items: Sequence[MemberInput], source: str, now: datetime, scrub: Scrub) -> int:
    before = uow.members.many({item.id for item in items if item.id})
    join_all(uow, items, source=source, now=now, scrub=scrub)
    return len(items) - len(before)


def _publish(uow: UnitOfWork, items: Sequence[EventInput], now: datetime, scrub: Scrub) -> int:
    return sum(answer.fresh for answer in publish(uow, items, now=now, scrub=scrub))


def _append(uow: UnitOfWork | None, records: Sequence[NewRecord]) -> int:
    return sum(answer.fresh for answer in uow.records.append(records)) if uow else len(records)


def _current(ledger: Ledger, people: Iterable[str]) -> dict[str, str | None]:
    """Map people to the members they are now: merged ones to who stayed, erased ones to None."""
    with ledger.read() as uow:
        known, followed = uow.members.many(set(people)), uow.members.followed(set(people))
    return {id: followed.get(id) if id in known else id for id in people}


def _notes(pack: Pack) -> tuple[str, ...]:
    notes = []
    if pack.cut:
        notes.append(f"{pack.cut} texts were longer than allowed, and are cut.")
    if pack.refused > len(pack.errors):
        notes.append(f"{pack.refused} lines are wrong; the first {len(pack.errors)} are listed.")
    return tuple(notes)
