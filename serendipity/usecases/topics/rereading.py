"""Reading again: the past with a better vocabulary, appended as renewed understandings."""

from collections.abc import Callable
from dataclasses import dataclass

from serendipity.domain.model import NewRecord, Record, Understanding
from serendipity.flow import READ_KINDS
from serendipity.topics.understandings import understanding_from
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import understood_record
from serendipity.usecases.upkeep.graph import catch_up

Progress = Callable[[int, int, str], None]
_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class RereadReport:
    """Counts of texts that were read again, and of those understood otherwise (renewed, unless a dry run)."""

    read: int
    changed: int
    dry_run: bool

    def in_words(self) -> str:
        """Return the report as a sentence."""
        done = "would be understood otherwise" if self.dry_run else "are understood otherwise now"
        return f"{self.read:,} texts read again; {self.changed:,} {done}."


def reread(services: Services, *, dry_run: bool = False, progress: Progress | None = None) -> RereadReport:
    """Read every text again; what is understood otherwise gets a new understanding in place of the old one.

    Can be interrupted and taken up again: what was renewed is not renewed twice by the same extractor.
    """
    version = services.reader.extractor().version
    position, read, changed = 0, 0, 0
    with services.ledger.read() as uow:
        head = uow.records.head()
    while True:
        with services.ledger.read() as uow:
            records = [
                one for one in uow.records.after(position, limit=_PAGE, kinds=READ_KINDS) if one.position <= head
            ]
            known = uow.records.about([record.position for record in records])
        if not records:
            break
        new = [
            renewed for one in records if (renewed := _reread_record(services, one, known.get(one.position), version))
        ]
        if new and not dry_run:
            with services.ledger.write() as uow:
                uow.records.append(new)
        position, read, changed = records[-1].position, read + len(records), changed + len(new)
        if progress:
            progress(position, head, "read again")
    if changed and not dry_run:
        catch_up(services, progress=progress)
    return RereadReport(read=read, changed=changed, dry_run=dry_run)


def _reread_record(services: Services, record: Record, known: Record | None, version: str) -> NewRecord | None:
    """Return the new understanding of a record, or None when it says the same as the one that stands."""
    if record.data is None or known is None or known.data is None:
        return None
    now = services.reader.understand(record.kind, record.data)
    return None if _same(now, understanding_from(known.data)) else understood_record(record, now, reread=version)


def _same(one: Understanding, other: Understanding) -> bool:
    return one.mentions == other.mentions
