"""Packs: folders of people, events, check-ins, attendance and ties (.jsonl.gz), read as a stream of records.

A pack is test data. Its people count as having agreed; ids of records come from file and line, so that the same pack
can be read again. Lines look like this (dates are UTC):

    people      {"id": "p1", "name": "Ada"}
    events      {"id": "e1", "title": "…", "at": "2016-06-12", "text": "…"}
    check_ins   {"person": "p1", "text": "…", "at": "2016-06-12"}
    attendance  {"person": "p1", "event": "e1", "at": "2016-06-12"}
    ties        {"a": "p1", "b": "p2", "at": "2016-06-12"}
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import NewRecord, Purpose, RecordKind, Role, Visibility
from serendipity.intake.files.lines import LineError, problems_of
from serendipity.intake.inputs import TEXT_LIMIT, EventInput, MemberInput, SaidText
from serendipity.intake.json_texts import parse_json
from serendipity.intake.timing import resolve_time

FILES = ("people", "events", "check_ins", "attendance", "ties")
PURPOSES = frozenset({Purpose.MATCHING, Purpose.INTRODUCTIONS, Purpose.SHOWN_HERE})
MOST_ERRORS = 1000
_WHO = {"check_ins": ("person",), "attendance": ("person",), "ties": ("a", "b")}
_TITLE_LIMIT = 300
_said: TypeAdapter[str] = TypeAdapter(SaidText)


class PackLine(NamedTuple):
    """One line of a pack's file, counted from 1."""

    number: int
    data: Mapping[str, Any]


@dataclass(kw_only=True)
class Pack:
    """A pack under reading, up to strictly before `until`; errors by line (the first thousand) gather as it is read.

    `refused` counts the wrong lines, `cut` the texts that were shortened. Raises InvalidInput for a folder that is no
    pack, and for a file that is damaged.
    """

    folder: Path
    source: str
    until: date | None
    now: datetime
    scrub: Callable[[str], str]
    errors: list[LineError] = field(default_factory=list)
    cut: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        """Check that the folder is a pack."""
        missing = [name for name in FILES if not self._path(name).is_file()]
        if missing:
            raise InvalidInput(f"{self.folder} is no pack: it has no {missing[0]}.jsonl.gz; name the pack's folder.")
        self._end = datetime(self.until.year, self.until.month, self.until.day, tzinfo=UTC) if self.until else None
        # A day's lines share the date, and those who wrote something together its text.
        self._moment = lru_cache(maxsize=4096)(self._read_moment)
        self._text = lru_cache(maxsize=4096)(self._read_text)
        self._events: set[str] = set()
        self._sizes: Counter[str] = Counter()
        self._first = self._first_appearances()

    def size(self, name: str) -> int:
        """Count the lines of a file that lie before the end (of people: who appear before it)."""
        if name == "people":
            return len(self._first) if self._end else sum(1 for _ in self._lines(name, tell=False))
        return self._sizes[name] if name in _WHO else sum(1 for _ in self._parse_date(name, tell=False))

    def people(self) -> Iterator[MemberInput]:
        """Yield those who appear before the end, as having joined then (without an end: everybody)."""
        for line in self._lines("people"):
            id = str(line.data.get("id", ""))
            if self._end is not None and id not in self._first:
                continue
            name = str(line.data.get("name") or id)
            try:
                yield MemberInput(id=id, name=name, purposes=PURPOSES, joined_at=self._first.get(id))
            except ValidationError as error:
                self._refuse("people", line, error)

    def gatherings(self) -> Iterator[EventInput]:
        """Yield the events; a description that only says the title again is left out."""
        for line, at in self._parse_date("events"):
            title, text = (str(line.data.get(name) or "") for name in ("title", "text"))
            described = "" if text == title else self._shorten(text, TEXT_LIMIT)
            title = self._shorten(title, _TITLE_LIMIT)
            try:
                item = EventInput(id=str(line.data.get("id", "")), title=title, starts_at=at, description=described)
            except ValidationError as error:
                self._refuse("events", line, error)
                continue
            self._events.add(item.id)
            yield item

    def records(self, name: str, current: Mapping[str, str | None]) -> Iterator[NewRecord]:
        """Yield the records of check_ins, attendance or ties, once the events were read.

        `current` maps a person to the member they are now; None is one who was erased, and stays so.
        """
        makers: Mapping[str, Callable[..., NewRecord]]
        makers = {"check_ins": self._check_in, "attendance": self._attendance, "ties": self._tie}
        who = _WHO[name]
        for line, at in self._parse_date(name):
            try:
                members = [current[line.data[person]] for person in who]
                here = [member for member in members if member is not None]
                if len(here) == len(who):
                    yield makers[name](line, at, *here)
            except KeyError as error:
                self._refuse(name, line, f"there is no person {error} before the end; add them to people.jsonl.gz")
            except (ValidationError, InvalidInput) as error:
                self._refuse(name, line, error)

    # --- one line ---

    def _check_in(self, line: PackLine, at: datetime, member: str) -> NewRecord:
        text = str(line.data.get("text") or "")
        self.cut += len(text) > TEXT_LIMIT
        data = {"text": self._text(text), "visibility": Visibility.MEMBERS.value}
        return self._record(RecordKind.CHECK_IN, f"check_ins:{line.number}", at, member, data)

    def _attendance(self, line: PackLine, at: datetime, member: str) -> NewRecord:
        event = str(line.data.get("event", ""))
        if event not in self._events:
            raise InvalidInput(f"there is no event {event!r} before the end; add it to events.jsonl.gz")
        data = {"event": event, "role": Role.ATTENDEE.value}
        return self._record(RecordKind.ATTENDED, f"attendance:{line.number}", at, member, data, f"event:{event}")

    def _tie(self, line: PackLine, at: datetime, member: str, other: str) -> NewRecord:
        if member == other:
            raise InvalidInput("a tie needs two different people")
        data = {"other": other, "why": "worked_together"}
        return self._record(RecordKind.TIE, f"ties:{line.number}", at, member, data, f"member:{other}")

    def _record(
        self, kind: RecordKind, id: str, at: datetime, member: str, data: Mapping[str, Any], *refs: str
    ) -> NewRecord:
        return NewRecord(kind=kind, source=self.source, id=id, at=at, member=member, data=data, refs=refs)

    # --- lines ---

    def _first_appearances(self) -> dict[str, datetime]:
        first: dict[str, datetime] = {}
        for name, who in _WHO.items():
            for line, at in self._parse_date(name, tell=False):
                self._sizes[name] += 1
                for person in who:
                    id = str(line.data.get(person, ""))
                    if id not in first or at < first[id]:
                        first[id] = at
        return first

    def _parse_date(self, name: str, *, tell: bool = True) -> Iterator[tuple[PackLine, datetime]]:
        """Yield the lines of a file that lie before the end, with their time; `tell` of those that have none."""
        for line in self._lines(name, tell=tell):
            try:
                at = self._moment(str(line.data.get("at", "")))
            except InvalidInput as error:
                if tell:
                    self._refuse(name, line, error)
                continue
            if self._end is None or at < self._end:
                yield line, at

    def _lines(self, name: str, *, tell: bool = True) -> Iterator[PackLine]:
        try:
            with gzip.open(self._path(name), "rb") as file:
                for number, raw in enumerate(file, 1):
                    try:
                        yield PackLine(number, _object(raw))
                    except InvalidInput as error:
                        if tell:
                            self._refuse(name, PackLine(number, {}), error)
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidInput(f"{self._path(name)} is damaged ({error}); copy the pack again.") from error

    def _read_moment(self, text: str) -> datetime:
        try:
            return resolve_time(datetime.fromisoformat(text), now=self.now)
        except ValueError as error:
            raise InvalidInput(f"{text!r} is not a date; write it as 2016-06-12") from error

    def _read_text(self, text: str) -> str:
        return self.scrub(_said.validate_python(text[:TEXT_LIMIT]))

    def _shorten(self, text: str, limit: int) -> str:
        self.cut += len(text) > limit
        return text[:limit]

    def _refuse(self, name: str, line: PackLine, error: ValidationError | InvalidInput | str) -> None:
        self.refused += 1
        if len(self.errors) >= MOST_ERRORS:
            return
        problem = problems_of(error, line.number, {})[0].problem if isinstance(error, ValidationError) else str(error)
        self.errors.append(LineError(file=self._path(name).name, line=line.number, problem=problem))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl.gz"


def _object(raw: bytes) -> Mapping[str, Any]:
    data = parse_json(raw)
    if not isinstance(data, dict):
        raise InvalidInput("This is not a JSON object; correct the line.")
    return data
