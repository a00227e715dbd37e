"""Importing tables and calendars: good lines go in, the others are told by line, and doing it again is safe."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from serendipity.domain.addresses import address_key
from serendipity.domain.errors import DifferentBody, InvalidInput, LedgerUnavailable, SerendipityError
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.events import attend, publish
from serendipity.intake.files.calendars import read_calendar
from serendipity.intake.files.kinds import (
    derive_id,
    read_attendance,
    read_check_ins,
    read_events,
    read_members,
    read_must_nots,
)
from serendipity.intake.files.lines import LineError, Read
from serendipity.intake.inputs import AttendanceInput, CheckInInput, EventInput, Input, MemberInput, MustNotInput
from serendipity.intake.members import join_all
from serendipity.intake.must_not import state
from serendipity.ports import Ledger, UnitOfWork

Progress = Callable[[int, int, str], None]
Scrub = Callable[[str], str]
AnyInput = TypeVar("AnyInput", bound=Input)
AnyTakingPart = TypeVar("AnyTakingPart", AttendanceInput, CheckInInput)
BATCH = 500


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """Options of an import: the zone of times that name none, and the handling of wrong lines.

    Nothing of a wrong line is kept; with `strict`, nothing of the file. A dry run keeps nothing and reports all.
    """

    zone: str = "UTC"
    dry_run: bool = False
    strict: bool = False
    progress: Progress | None = None


AS_USUAL = ImportOptions()


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """Result of an import: how many are new, how many were known, and the errors by line.

    `counts` says how many are new of each kind; `cut` counts texts that were shortened. A dry run says what an import
    would do.
    """

    added: int = 0
    known: int = 0
    errors: tuple[LineError, ...] = ()
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    cut: int = 0
    dry_run: bool = False

    @property
    def complete(self) -> bool:
        """Say whether every line was good."""
        return not self.errors


def import_members(
    ledger: Ledger,
    path: Path,
    *,
    source: str = "import",
    now: datetime,
    scrub: Scrub,
    options: ImportOptions = AS_USUAL,
) -> ImportReport:
    """Import members from a table; one who is known by id or e-mail address stays as they are.

    Raises InvalidInput when the file cannot be read.
    """
    read = read_members(_content(path), zone=options.zone)

    def join(uow: UnitOfWork, items: Sequence[MemberInput]) -> list[bool]:
        return _join(uow, items, source, now, scrub)

    job = _Job(ledger=ledger, what="members", read=read, apply=join, progress=options.progress)
    return job.run(dry_run=options.dry_run, strict=options.strict)


def import_events(
    ledger: Ledger,
    path: Path,
    *,
    now: datetime,
    scrub: Scrub,
    options: ImportOptions = AS_USUAL,
) -> ImportReport:
    """Import events from a table or a calendar (.ics), as `import_members` does; a known one is changed."""
    content = _content(path)
    is_calendar = path.suffix.lower() == ".ics" or content.lstrip(b"\xef\xbb\xbf\r\n ").startswith(b"BEGIN:VCALENDAR")
    read = read_calendar(content, zone=options.zone) if is_calendar else read_events(content, zone=options.zone)

    def announce(uow: UnitOfWork, items: Sequence[EventInput]) -> list[bool]:
        return [answer.fresh for answer in publish(uow, items, now=now, scrub=scrub)]

    job = _Job(ledger=ledger, what="events", read=read, apply=announce, progress=options.progress)
    return job.run(dry_run=options.dry_run, strict=options.strict)


def import_attendance(
    ledger: Ledger,
    path: Path,
    *,
    source: str = "import",
    now: datetime,
    options: ImportOptions = AS_USUAL,
) -> ImportReport:
    """Import attendance from a table, as `import_members` does; members and events exist already."""
    read = _with_member_ids(ledger, read_attendance(_content(path), zone=options.zone))

    def note(uow: UnitOfWork, items: Sequence[AttendanceInput]) -> list[bool]:
        return [answer.fresh for answer in attend(uow, items, source=source, now=now)]

    job = _Job(ledger=ledger, what="attendances", read=read, apply=note, progress=options.progress)
    return job.run(dry_run=options.dry_run, strict=options.strict)


def import_check_ins(
    ledger: Ledger,
    path: Path,
    *,
    source: str = "import",
    now: datetime,
    scrub: Scrub,
    options: ImportOptions = AS_USUAL,
) -> ImportReport:
    """Import check-ins from a table, as `import_members` does; members (and places) exist already.

    A check-in without an id is known again by its member and its time.
    """
    read = _with_ids(_with_member_ids(ledger, read_check_ins(_content(path), zone=options.zone)))

    def record(uow: UnitOfWork, items: Sequence[CheckInInput]) -> list[bool]:
        return [answer.fresh for answer in record_check_ins(uow, items, source=source, now=now, scrub=scrub)]

    job = _Job(ledger=ledger, what="check-ins", read=read, apply=record, progress=options.progress)
    return job.run(dry_run=options.dry_run, strict=options.strict)


def import_must_nots(
    ledger: Ledger,
    path: Path,
    *,
    by: str = "service",
    now: datetime,
    scrub: Scrub,
    options: ImportOptions = AS_USUAL,
) -> ImportReport:
    """Import who must not be introduced to whom from a table, as `import_members` does; members exist already."""
    read = read_must_nots(_content(path))

    def rule(uow: UnitOfWork, items: Sequence[MustNotInput]) -> list[bool]:
        return [state(uow, item, by=by, now=now, scrub=scrub)[1] for item in items]

    job = _Job(ledger=ledger, what="rules", read=read, apply=rule, progress=options.progress)
    return job.run(dry_run=options.dry_run, strict=options.strict)


class _DryRun(Exception):
    """Rolls a transaction back on purpose."""


@dataclass(frozen=True, kw_only=True)
class _Job(Generic[AnyInput]):
    """One import under way: what was read, and how some of it is applied (answers what is new, in order)."""

    ledger: Ledger
    what: str
    read: Read[AnyInput]
    apply: Callable[[UnitOfWork, Sequence[AnyInput]], list[bool]]
    progress: Progress | None

    def run(self, *, dry_run: bool, strict: bool) -> ImportReport:
        """Apply the good lines, some hundred in a transaction; where one of them fails, one by one."""
        if strict and not dry_run:
            rehearsed = self.run(dry_run=True, strict=False)
            if rehearsed.errors:
                return ImportReport(errors=rehearsed.errors, notes=rehearsed.notes)
        lines, errors = _apart(self.read)
        fresh: list[bool] = []
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            answers, wrong = self._batch(batch, dry_run)
            fresh += answers
            errors += wrong
            if self.progress:
                self.progress(start + len(batch), len(lines), self.what)
        errors.sort(key=lambda error: error.line)
        return ImportReport(
            added=sum(fresh),
            known=len(fresh) - sum(fresh),
            errors=tuple(errors),
            notes=self.read.notes,
            counts={self.what: sum(fresh)},
            dry_run=dry_run,
        )

    def _batch(self, batch: Sequence[tuple[int, AnyInput]], dry_run: bool) -> tuple[list[bool], list[LineError]]:
        try:
            return self._transaction([item for _, item in batch], dry_run), []
        except LedgerUnavailable:
            raise
        except SerendipityError as error:
            if len(batch) == 1:
                return [], [LineError(line=batch[0][0], problem=_wrap_progress(error))]
        fresh: list[bool] = []
        errors: list[LineError] = []
        for line in batch:
            answers, wrong = self._batch([line], dry_run)
            fresh += answers
            errors += wrong
        return fresh, errors

    def _transaction(self, items: Sequence[AnyInput], dry_run: bool) -> list[bool]:
        fresh: list[bool] = []
        with _roll_back(dry_run), self.ledger.write() as uow:
            fresh = self.apply(uow, items)
            if dry_run:
                raise _DryRun
        return fresh


@contextmanager
def _roll_back(dry_run: bool) -> Iterator[None]:
    try:
        yield
    except _DryRun:
        if not dry_run:
            raise


def _join(uow: UnitOfWork, items: Sequence[MemberInput], source: str, now: datetime, scrub: Scrub) -> list[bool]:
    """Let those join who are not known by their address, unless another id claims it."""
    known = {item.email for item in items if item.email and uow.members.find_by_email(item.email)}
    there = [item.id is None and item.email in known for item in items]
    new = [item for item, known in zip(items, there, strict=True) if not known]
    known_ids = uow.members.many({item.id for item in new if item.id}).keys()
    join_all(uow, new, source=source, now=now, scrub=scrub)
    fresh = iter([item.id not in known_ids for item in new])
    return [not known and next(fresh) for known in there]


def _with_member_ids(ledger: Ledger, read: Read[AnyTakingPart]) -> Read[AnyTakingPart]:
    """Put ids in the place of e-mail addresses."""
    addresses = {item.member for _, item in read.lines if "@" in item.member}
    with ledger.read() as uow:
        ids = {address: _id_of(uow, address) for address in addresses}
    lines: list[tuple[int, AnyTakingPart]] = []
    errors = list(read.errors)
    for number, item in read.lines:
        id = ids.get(item.member, item.member)
        if id is None:
            problem = f"There is no member with the address {item.member!r}; import the members first."
            errors.append(LineError(line=number, problem=problem))
        else:
            lines.append((number, item.model_copy(update={"member": id})))
    return replace(read, lines=tuple(lines), errors=tuple(errors))


def _id_of(uow: UnitOfWork, named: str) -> str | None:
    if uow.members.many([named]):
        return named
    member = uow.members.find_by_email(named)
    return member.id if member else None


def _with_ids(read: Read[CheckInInput]) -> Read[CheckInInput]:
    """Give check-ins without an id one of their member and time; another one at the same moment gets its own."""
    texts: dict[tuple[str, str], list[str]] = {}
    lines: list[tuple[int, CheckInInput]] = []
    for number, item in read.lines:
        if item.id is None and item.at is not None:
            said = texts.setdefault((item.member, item.at.isoformat()), [])
            if item.text not in said:
                said.append(item.text)
            ordinal = said.index(item.text)
            id = derive_id("check-in", item.member, item.at.isoformat(), *([str(ordinal)] if ordinal else []))
            item = item.model_copy(update={"id": id})
        lines.append((number, item))
    return replace(read, lines=tuple(lines))


def _apart(read: Read[AnyInput]) -> tuple[list[tuple[int, AnyInput]], list[LineError]]:
    """Return the lines, each said once, and the file's errors; one that contradicts an earlier line is an error."""
    first: dict[tuple[str, str], tuple[int, AnyInput]] = {}
    lines: list[tuple[int, AnyInput]] = []
    errors = list(read.errors)
    for number, item in read.lines:
        keys = list(_keys(item))
        clash = next((first[key] + (key[0],) for key in keys if key in first), None)
        if clash is None:
            lines.append((number, item))
            first.update((key, (number, item)) for key in keys)
        elif clash[1] != item:
            problem = f"has the same {clash[2]} as line {clash[0]}, but says something else; keep one of the two"
            errors.append(LineError(line=number, problem=problem))
    return lines, errors


def _keys(item: Input) -> Iterator[tuple[str, str]]:
    """Yield what a line is known by."""
    given = getattr(item, "id", None)
    if given:
        yield "id", given
    if isinstance(item, MemberInput) and item.email:
        yield "e-mail address", address_key(item.email)
    if isinstance(item, AttendanceInput) and not given:
        yield "member and event", f"{item.member}\n{item.event}"


def _wrap_progress(error: SerendipityError) -> str:
    """Return an error with what differs, where that is what is wrong."""
    difference = error.details.get("difference") if isinstance(error, DifferentBody) else None
    if not difference:
        return str(error)
    parts = [f"{name} was {each['first']!r}, and is {each['now']!r} here" for name, each in difference.items()]
    return f"was imported before, and said something else ({'; '.join(parts)}); give it a new id, or leave it out"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"The file {path} cannot be read ({error.strerror}); check its name.") from error
