"""Reads a file of named queries: a comment `name: …` heads each, in the file's own comment marks."""

import re
from importlib.resources import files

HEADER = re.compile(r"^(?://|--) name: (\w+)$", re.MULTILINE)


def parse_queries(text: str) -> dict[str, str]:
    r"""Split a file into its queries, by name; a name used twice is a ValueError.

    >>> parse_queries("-- name: one\nSELECT 1;\n-- name: two\nSELECT 2;\n")
    {'one': 'SELECT 1', 'two': 'SELECT 2'}
    """
    _, *parts = HEADER.split(text)
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"A query name is used twice among {sorted(names)}.")
    return {name: body.strip().removesuffix(";") for name, body in zip(names, bodies, strict=True)}


def load_queries(package: str, file: str) -> dict[str, str]:
    """Load the named queries of a file that lies in a package."""
    return parse_queries(files(package).joinpath(file).read_text(encoding="utf-8"))
