"""Result of reading a file: good lines with their inputs, and the errors of the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from serendipity.domain.errors import InvalidInput
from serendipity.intake.inputs import Input

AnyInput = TypeVar("AnyInput", bound=Input)
_WORDINGS = {
    "missing": "is empty; fill it in",
    "string_too_short": "is empty; fill it in",
    "datetime_from_date_parsing": "is not a date; write 2026-01-05 or 2026-01-05 09:00",
    "datetime_parsing": "is not a date; write 2026-01-05 or 2026-01-05 09:00",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LineError:
    """Error of one line: its place (lines count from 1; the column as the file calls it) and what to do about it."""

    line: int
    problem: str
    column: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        """Return it as one line of text."""
        where = [f"{self.file}:" if self.file else "", f"line {self.line}"]
        column = f", {self.column}" if self.column else ""
        return f"{' '.join(part for part in where if part)}{column}: {self.problem}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a file as it was written: field → text, empty ones left out."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Read(Generic[AnyInput]):
    """A file's good lines (number and input), its errors by line, and notes on the whole of it."""

    lines: tuple[tuple[int, AnyInput], ...]
    errors: tuple[LineError, ...] = ()
    notes: tuple[str, ...] = ()


def text_of(content: bytes) -> str:
    """Return a file's text, UTF-8 with or without a byte order mark. Raises InvalidInput naming the byte's offset."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput("The file is UTF-16 (byte 0 says so); save it again as UTF-8 (in Excel: 'CSV UTF-8').")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The offset is of the file, also behind a byte order mark.
        start = error.start + (len(content) - len(error.object))
        line = content.count(b"\n", 0, start) + 1
        raise InvalidInput(
            f"The byte at offset {start} (line {line}) is not UTF-8; save the file again as UTF-8 "
            "(in Excel: 'CSV UTF-8'), and import that.",
            offset=start,
            line=line,
        ) from error


def problems_of(error: ValidationError, line: int, called: Mapping[str, str]) -> list[LineError]:
    """Return what validation found as errors of a line; `called` maps a field to its name in the file."""
    return [
        LineError(line=line, column=_column(each["loc"], called), problem=_problem(each["type"], each["msg"]))
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _column(location: Iterable[Any], called: Mapping[str, str]) -> str | None:
    field = next((part for part in location if isinstance(part, str)), None)
    return called.get(field, field) if field else None


def _problem(kind: str, message: str) -> str:
    return _WORDINGS.get(kind, message.removeprefix("Value error, "))
