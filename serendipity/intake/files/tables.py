"""Tables (CSV): the separator is found, headers are read forgivingly, and every line keeps its number."""

import csv
import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from serendipity.domain.errors import InvalidInput
from serendipity.intake.files.lines import Line, LineError, text_of

SEPARATORS = ",;\t|"
MOST_COLUMNS = 200
_ALIKE = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """The columns of a kind of table: field → other names for it; `needed` must be there."""

    names: Mapping[str, tuple[str, ...]]
    needed: Collection[str] = ()

    def field(self, header: str) -> str | None:
        """Return the field that a header means, whatever its case, accents, spaces and hyphens."""
        wanted = plain(header)
        return next((field for field, names in self.names.items() if wanted in map(plain, (field, *names))), None)

    def alike(self, header: str) -> str | None:
        """Return the field whose name a header nearly is: a typing mistake, most likely."""
        names = {plain(name): field for field, names in self.names.items() for name in (field, *names)}
        close = difflib.get_close_matches(plain(header), names, n=1, cutoff=_ALIKE)
        return names[close[0]] if close else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table's lines, its errors by line, what it calls each field, and the columns that nothing is done with."""

    lines: tuple[Line, ...]
    errors: tuple[LineError, ...]
    called: Mapping[str, str]
    unused: tuple[str, ...] = ()


def plain(header: str) -> str:
    """Return a header as it is compared.

    >>> plain(" E-mail Adres ")
    'emailadres'
    """
    letters = unicodedata.normalize("NFKD", header.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def read_table(content: bytes, columns: Columns) -> Table:
    """Read a table with a header line. Raises InvalidInput for what concerns the whole file."""
    text = text_of(content)
    rows = _rows(text, separator_of(text, columns))
    _, header = next(rows, (1, []))
    _refuse_wide(len(header))
    if not header:
        raise InvalidInput(f"The file is empty; its first line names the columns: {', '.join(columns.names)}.")
    fields = _fields(header, columns)
    lines: list[Line] = []
    errors: list[LineError] = []
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        problem = _problem(cells, header)
        if problem:
            errors.append(LineError(line=number, problem=problem))
        else:
            pairs = zip(fields, cells, strict=False)
            values = {field: cell.strip() for field, cell in pairs if field and cell.strip()}
            lines.append(Line(number=number, values=values))
    called = {field: name.strip() for field, name in zip(fields, header, strict=True) if field}
    unused = tuple(name.strip() for field, name in zip(fields, header, strict=True) if not field and name.strip())
    return Table(lines=tuple(lines), errors=tuple(errors), called=called, unused=unused)


def _refuse_wide(columns: int) -> None:
    """Refuse more columns than any table of ours has: each is compared with all names that we know."""
    if columns > MOST_COLUMNS:
        raise InvalidInput(
            f"The first line names more than {MOST_COLUMNS} columns; keep those that are needed, and one header line."
        )


def separator_of(text: str, columns: Columns) -> str:
    r"""Return the separator under which the header line names most of the columns.

    >>> separator_of("Naam;E-mail\nJan;j@x.nl", Columns(names={"name": ("naam",), "email": ()}))
    ';'
    """
    header = next((line for line in text.splitlines() if line.strip()), "")
    _refuse_wide(max(header.count(separator) for separator in SEPARATORS) + 1)
    known = {separator: sum(map(bool, map(columns.field, _cells(header, separator)))) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: known[separator])


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its first line, from the header on."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    begun, first = False, 1
    try:
        for cells in reader:
            begun = begun or any(cell.strip() for cell in cells)
            if begun:
                yield first, cells
            first = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(
            f"The table cannot be read from line {first} on ({error}); look for a quotation mark that is not closed.",
            line=first,
        ) from error


def _problem(cells: Sequence[str], header: Sequence[str]) -> str | None:
    if any("\x00" in cell for cell in cells):
        return "holds null bytes; save the file again as plain UTF-8 text"
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        return f"has {len(cells)} cells, the header {len(header)}; put text that holds the separator in quotation marks"
    return None


def _fields(header: Sequence[str], columns: Columns) -> list[str | None]:
    fields = [columns.field(name) for name in header]
    known = [field for field in fields if field]
    for name, field in zip(header, fields, strict=True):
        if field is None and (close := columns.alike(name)) and close not in known:
            raise InvalidInput(f"There is no column {name.strip()!r}; did you mean {close!r}?", column=name.strip())
        if field and known.count(field) > 1:
            raise InvalidInput(f"Several columns mean {field!r}; keep one of them.", column=name.strip())
    missing = [field for field in columns.needed if field not in known]
    if missing:
        raise InvalidInput(
            f"The column {missing[0]!r} is missing; the first line names the columns: {', '.join(columns.names)}.",
            columns=missing,
        )
    return fields
