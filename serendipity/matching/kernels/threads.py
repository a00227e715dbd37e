"""Long arrays worked on some entries at a time, in several threads: neither numpy nor compiled loops hold them up."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from serendipity.matching.snapshot.edges import Integers

Result = TypeVar("Result")
AT_ONCE = 500_000  # entries


def cores() -> int:
    """Return how many threads a round may take: the cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parts_of(size: int, at_once: int = AT_ONCE) -> list[slice]:
    """Cut so many entries into parts.

    >>> parts_of(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + at_once, size)) for start in range(0, size, at_once)]


def parts_by_row(rows: Integers, at_once: int = AT_ONCE) -> list[slice]:
    """Cut between rows, which ascend; where they do not, all are one part.

    >>> parts_by_row(np.array([0, 0, 0, 1, 1, 2]), 2)
    [slice(0, 3, None), slice(3, 5, None), slice(5, 6, None)]
    """
    cuts = [0]  # where parts begin
    for at in range(at_once, len(rows), at_once):
        if at > cuts[-1]:
            cuts.append(at + int(np.searchsorted(rows[at:], rows[at - 1], side="right")))
    starts = [cut for cut in cuts if cut < len(rows)]
    if any(rows[start - 1] >= rows[start] for start in starts[1:]):
        starts = starts[:1]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(rows)], strict=False)]


def in_threads(work: Callable[[slice], Result], parts: Sequence[slice]) -> list[Result]:
    """Do all parts, as many at a time as there are cores, and return what each gave, in their order."""
    if len(parts) <= 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(max_workers=cores()) as pool:
        return list(pool.map(work, parts))
