"""The compiled search for the strongest of the shortest chains of ties between two members."""

from serendipity.matching.kernels.blocks import Longs, Rows
from serendipity.matching.kernels.nearest import compile_kernel

NOBODY = -1


@compile_kernel
def chains(ties: Rows, ones: Longs, others: Longs, between: Longs) -> None:
    """Write what `chain` finds for each pair into a row of `between` (pairs × 2)."""
    for pair in range(len(ones)):
        between[pair, 0], between[pair, 1] = chain(ties, ones[pair], others[pair])


@compile_kernel
def chain(ties: Rows, one: int, other: int) -> tuple[int, int]:
    """Return the two between `one` and `other`, the same twice where there is one, (`one`, `other`) where none is.

    Of chains with as many ties that with the greatest product of strengths is taken, of equals the first. (-1, -1):
    more than three ties lie between them. Columns of `ties` are in order.
    """
    if _strength(ties, one, other) > 0.0:
        return one, other
    best, middle = 0.0, NOBODY
    for entry in range(ties.starts[one], ties.starts[one + 1]):
        near = ties.columns[entry]
        strength = ties.weights[entry] * _strength(ties, other, near)
        if strength > best:
            best, middle = strength, near
    if middle != NOBODY:
        return middle, middle
    last = NOBODY
    for entry in range(ties.starts[one], ties.starts[one + 1]):
        near = ties.columns[entry]
        for onward in range(ties.starts[near], ties.starts[near + 1]):
            far = ties.columns[onward]
            strength = ties.weights[entry] * ties.weights[onward] * _strength(ties, other, far)
            if strength > best:
                best, middle, last = strength, near, far
    return middle, last


@compile_kernel
def _strength(ties: Rows, row: int, column: int) -> float:
    low, end = ties.starts[row], ties.starts[row + 1]
    high = end
    while low < high:
        middle = (low + high) // 2
        if ties.columns[middle] < column:
            low = middle + 1
        else:
            high = middle
    return ties.weights[low] if low < end and ties.columns[low] == column else 0.0
