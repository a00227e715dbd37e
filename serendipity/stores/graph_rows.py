"""Rows that both stored graphs read alike."""

from collections.abc import Sequence
from typing import Any

from serendipity.domain.graph import HalfLives, Head, NodeKind, Remap

Row = Sequence[Any]


def head(row: Row) -> Head:
    """Read how far a stored graph is: offset, standing, fence, four half-lives."""
    offset, standing, fence, interests, wants, affinity, ties = row
    known = interests is not None
    half_lives = HalfLives(interests=interests, wants=wants, affinity=affinity, ties=ties) if known else None
    return Head(offset=offset, standing=standing, fence=fence, half_lives=half_lives)


def remap(row: Row) -> Remap:
    """Read a remap."""
    kind, old, new = row
    return Remap(kind=NodeKind(kind), old=old, new=new)
