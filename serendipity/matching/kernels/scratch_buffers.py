"""Arrays of zeros that are lent out and come back as zeros: clearing a million takes longer than a search."""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_FREE: defaultdict[tuple[int, str], deque[NDArray[Any]]] = defaultdict(deque)
MOST_KEPT = 8  # of one size and type


@contextmanager
def zeroed_buffer(size: int, dtype: DTypeLike = np.float64) -> Iterator[NDArray[Any]]:
    """Lend an array to one thread, which leaves it all 0 again; what an error interrupts does not come back."""
    free = _FREE[size, np.dtype(dtype).str]
    try:
        lent = free.pop()
    except IndexError:
        lent = np.zeros(size, dtype=dtype)
    yield lent
    if len(free) < MOST_KEPT:
        free.append(lent)
