"""Nodes are numbered in the order of their ids: what becomes of the numbers when some leave and some come."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from serendipity.matching.snapshot.edges import Integers

T = TypeVar("T")
MANY = 8  # one in so many


@dataclass(frozen=True, kw_only=True, eq=False)
class IndexMap:
    """The `ids` of a kind in their new order, the old numbers that are `gone`, and where the `added` ones stand now."""

    ids: Sequence[str]
    before: int
    gone: Integers
    added: Integers

    @classmethod
    def of(cls, old: Sequence[str], *, gone: Collection[str], there: Iterable[str]) -> "IndexMap":
        """Take `gone` away from `old` (ascending), then add those that are `there` and not among them.

        >>> IndexMap.of(["ann", "cas"], gone=["cas"], there=["ann", "bob"]).ids
        ['ann', 'bob']
        """
        left = sorted(number for number in (place(old, id) for id in gone) if number is not None)
        away = {old[number] for number in left}
        new = sorted(id for id in set(there) if id in away or place(old, id) is None)
        kept = without(old, left) if left else old
        added = np.array([bisect_left(kept, id) + n for n, id in enumerate(new)], dtype=np.int64)
        ids = _with(kept, added.tolist(), new) if new else kept
        return cls(ids=ids, before=len(old), gone=np.array(left, dtype=np.int64), added=added)

    @property
    def unchanged(self) -> bool:
        """Say whether every node has the number that it had."""
        return len(self.gone) == 0 and len(self.added) == 0

    def moves(self) -> Integers:
        """Return the new number of each old one, -1 for those gone."""
        stays = np.ones(self.before, dtype=np.bool_)
        stays[self.gone] = False
        taken = np.ones(len(self.ids), dtype=np.bool_)
        taken[self.added] = False
        result = np.full(self.before, -1, dtype=np.int64)
        result[stays] = np.flatnonzero(taken)
        return result

    def carried(self, values: Sequence[T], changed: Mapping[str, T]) -> Sequence[T]:
        """Return the values of the new numbers; `changed` has those of all that were added."""
        if self.unchanged and not changed:
            return values
        kept = without(values, self.gone.tolist())
        result = _with(kept, self.added.tolist(), [changed[self.ids[number]] for number in self.added.tolist()])
        for id, value in changed.items():
            number = place(self.ids, id)
            if number is not None:
                result[number] = value
        return result


class IndexMaps(Mapping[str, int]):
    """The number of each of ascending ids, found by bisection: it costs nothing to make, unlike a table of a million.

    >>> numbers = IndexMaps(["ann", "cas"])
    >>> numbers["cas"], numbers.get("bob"), numbers.of(["cas", "bob"]).tolist()
    (1, None, [1, -1])
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids
        self._table: Mapping[str, int] | None = None

    def __getitem__(self, id: str) -> int:
        number = place(self._ids, id)
        if number is None:
            raise KeyError(id)
        return number

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def of(self, wanted: Collection[str]) -> Integers:
        """Return the number of each, -1 for those that are not there; a table is made once many are wanted."""
        if self._table is None and len(wanted) * MANY > len(self._ids):
            self._table = {id: number for number, id in enumerate(self._ids)}
        number = (self if self._table is None else self._table).get
        return np.fromiter((number(id, -1) for id in wanted), dtype=np.int64, count=len(wanted))


def place(ids: Sequence[str], id: str) -> int | None:
    """Return where an id stands among ascending ones; None where it does not.

    >>> place(["ann", "cas"], "cas"), place(["ann", "cas"], "bob")
    (1, None)
    """
    number = bisect_left(ids, id)
    return number if number < len(ids) and ids[number] == id else None


def without(values: Sequence[T], left: Sequence[int]) -> list[T]:
    """Leave some numbers (ascending) out."""
    result: list[T] = []
    start = 0
    for number in left:
        result += values[start:number]
        start = number + 1
    result += values[start:]
    return result


def _with(values: Sequence[T], numbers: Sequence[int], new: Sequence[T]) -> list[T]:
    """Let the new ones have these numbers (ascending)."""
    result: list[T] = []
    start = 0
    for number, value in zip(numbers, new, strict=True):
        stop = start + number - len(result)
        result += values[start:stop]
        result.append(value)
        start = stop
    result += values[start:]
    return result
