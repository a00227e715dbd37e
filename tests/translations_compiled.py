"""Checks the translation catalogues: complete, not fuzzy, and compiled from what they say now.

Run as `python -m tests.translations_compiled`; with `--write` it compiles them instead.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parent.parent / "serendipity"


def catalogues(root: Path) -> list[Path]:
    """Every language's catalogue under a folder."""
    return sorted(root.rglob("LC_MESSAGES/*.po"))


def faults(po: Path) -> Iterator[str]:
    """What is wrong with one catalogue and the compiled file beside it, a line each."""
    wanted = _read(po)
    for message in wanted:
        if message.id and (message.fuzzy or not _translated(message.string)):
            yield f"{po}:{message.lineno}: not translated: {message.id!r}"
    mo = po.with_suffix(".mo")
    if not mo.exists():
        yield f"{mo}: missing; run `make translations`"
    elif _texts(wanted) != _texts(_read_compiled(mo)):
        yield f"{mo}: older than {po.name}; run `make translations`"


def compile_catalogue(po: Path) -> None:
    """Write the compiled file beside a catalogue."""
    with po.with_suffix(".mo").open("wb") as mo:
        write_mo(mo, _read(po))


def _read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _read_compiled(mo: Path) -> Catalog:
    with mo.open("rb") as file:
        return read_mo(file)


def _translated(text: object) -> bool:
    return all(text) if isinstance(text, tuple | list) else bool(text)


def _texts(catalogue: Catalog) -> dict[object, object]:
    return {(_plain(m.id), m.context): _plain(m.string) for m in catalogue if m.id}


def _plain(text: object) -> object:
    return tuple(text) if isinstance(text, list) else text


def main(arguments: list[str]) -> int:
    """Check or compile every catalogue of the package; the exit status."""
    found = catalogues(PACKAGE)
    if "--write" in arguments:
        for po in found:
            compile_catalogue(po)
        return 0
    wrong = [fault for po in found for fault in faults(po)]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
