"""Compiled inner loops over lists and pairs: the best of a block, one list out of several, and what is known of pairs.

Arrays as long as the community is large come as zeros and are left as zeros.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.kernels.blocks import Doubles, Longs, Places, Rows
from serendipity.matching.kernels.nearest import Marks, compile_kernel, least_of_greatest, replace_least, worse

NOBODY = np.int32(-1)
LAST = np.int32(2**31 - 1)


class Open(NamedTuple):
    """Members that a list may hold: `eligible` but oneself, those closed to a row, and one's group (-1: none)."""

    eligible: Marks
    closed_starts: Places
    closed: Places
    groups: Longs


@compile_kernel
def greatest(rows: Longs, block: Rows, allowed: Open, shut: Marks, found: Places, scores: Doubles) -> None:
    """Fill found and scores (rows × count) with the greatest positive entries of each row, equals by column."""
    count = found.shape[1]
    for place in range(len(rows)):
        row = rows[place]
        values, names = scores[place], found[place]
        values[:], names[:] = 0.0, LAST
        _shut(row, allowed, shut, True)
        for entry in range(block.starts[place], block.starts[place + 1]):
            who, value = block.columns[entry], block.weights[entry]
            if value <= 0.0 or not worse(values[0], names[0], value, who):
                continue
            if shut[who] or not allowed.eligible[who] or _together(row, who, allowed.groups):
                continue
            replace_least(values, names, count, value, who)
        _shut(row, allowed, shut, False)
        _in_order(values, names)


@compile_kernel
def _shut(row: int, allowed: Open, shut: Marks, value: bool) -> None:
    shut[row] = value
    for entry in range(allowed.closed_starts[row], allowed.closed_starts[row + 1]):
        shut[allowed.closed[entry]] = value


@compile_kernel
def _together(row: int, who: int, groups: Longs) -> bool:
    return bool(len(groups) > 0 and groups[row] >= 0 and groups[row] == groups[who])


@compile_kernel
def _in_order(values: Doubles, names: Places) -> None:
    """Turn a heap into a list, best first; free places are of nobody."""
    for left in range(len(values), 0, -1):
        value, name = values[0], names[0]
        replace_least(values, names, left - 1, values[left - 1], names[left - 1])
        values[left - 1], names[left - 1] = value, (name if value > 0.0 else NOBODY)


@compile_kernel
def unite(found: NDArray[np.int32], shares: NDArray[np.float64], total: Doubles) -> tuple[Places, Places, Doubles]:
    """Return the sum of shares of all who are in any list (sources × rows × count): starts, columns, sums."""
    sources, rows, count = found.shape
    starts = np.zeros(rows + 1, dtype=np.int32)
    columns = np.empty(sources * rows * count, dtype=np.int32)
    sums = np.empty(sources * rows * count, dtype=np.float64)
    size = 0
    for row in range(rows):
        first = size
        for source in range(sources):
            for place in range(count):
                who = found[source, row, place]
                if who < 0:
                    break
                if total[who] == 0.0:
                    columns[size] = who
                    size += 1
                total[who] += shares[source, row, place]
        for entry in range(first, size):
            sums[entry] = total[columns[entry]]
            total[columns[entry]] = 0.0
        starts[row + 1] = size
    return starts, columns[:size], sums[:size]


@compile_kernel
def products(left: Rows, right: Rows, rows: Longs, columns: Longs, spread: Doubles) -> Doubles:
    """Return left[row] · right[column] of pairs; those of one row that follow each other share its spreading out."""
    result = np.zeros(len(rows), dtype=np.float64)
    pair = 0
    while pair < len(rows):
        row = rows[pair]
        for entry in range(left.starts[row], left.starts[row + 1]):
            spread[left.columns[entry]] += left.weights[entry]
        while pair < len(rows) and rows[pair] == row:
            total = 0.0
            for entry in range(right.starts[columns[pair]], right.starts[columns[pair] + 1]):
                total += spread[right.columns[entry]] * right.weights[entry]
            result[pair] = total
            pair += 1
        for entry in range(left.starts[row], left.starts[row + 1]):
            spread[left.columns[entry]] = 0.0
    return result


@compile_kernel
def two_products(
    one: Rows, ones: Longs, other: Rows, others: Longs, right: Rows, columns: Longs, spread: Doubles, wide: Doubles
) -> tuple[Doubles, Doubles]:
    """Return one[ones] · right[columns] and other[others] · right[columns], looking up `right` once.

    Pairs with the same ends on the left follow each other.
    """
    first, second = np.zeros(len(columns), dtype=np.float64), np.zeros(len(columns), dtype=np.float64)
    pair = 0
    while pair < len(columns):
        row, place = ones[pair], others[pair]
        for entry in range(one.starts[row], one.starts[row + 1]):
            spread[one.columns[entry]] += one.weights[entry]
        for entry in range(other.starts[place], other.starts[place + 1]):
            wide[other.columns[entry]] += other.weights[entry]
        while pair < len(columns) and ones[pair] == row and others[pair] == place:
            total = both = 0.0
            for entry in range(right.starts[columns[pair]], right.starts[columns[pair] + 1]):
                topic, weight = right.columns[entry], right.weights[entry]
                total += spread[topic] * weight
                both += wide[topic] * weight
            first[pair], second[pair] = total, both
            pair += 1
        for entry in range(one.starts[row], one.starts[row + 1]):
            spread[one.columns[entry]] = 0.0
        for entry in range(other.starts[place], other.starts[place + 1]):
            wide[other.columns[entry]] = 0.0
    return first, second


@compile_kernel
def look_up(block: Rows, rows: Longs, columns: Longs, spread: Doubles) -> Doubles:
    """Return the entries of a block at (row, column), 0 where there is none; those of one row follow each other."""
    result = np.zeros(len(rows), dtype=np.float64)
    pair = 0
    while pair < len(rows):
        row = rows[pair]
        for entry in range(block.starts[row], block.starts[row + 1]):
            spread[block.columns[entry]] += block.weights[entry]
        while pair < len(rows) and rows[pair] == row:
            result[pair] = spread[columns[pair]]
            pair += 1
        for entry in range(block.starts[row], block.starts[row + 1]):
            spread[block.columns[entry]] = 0.0
    return result


@compile_kernel
def among_best(rows: Longs, columns: Longs, scores: Doubles, count: int, kept: Marks) -> bool:
    """Mark the best of each row, equals by column; False where entries are not in order."""
    first = 0
    while first < len(rows):
        end = first + 1
        while end < len(rows) and rows[end] == rows[first]:
            if columns[end] <= columns[end - 1]:
                return False
            end += 1
        if end < len(rows) and rows[end] < rows[first]:
            return False
        size = end - first
        least = least_of_greatest(scores[first:end], count) if size > count else -np.inf
        equals = count
        for entry in range(first, end):
            equals -= scores[entry] > least
        for entry in range(first, end):
            kept[entry] = scores[entry] > least or (scores[entry] == least and equals > 0)
            equals -= scores[entry] == least
        first = end
    return True


@compile_kernel
def ranks_in_order(rows: Longs, columns: Longs, scores: Doubles, result: Longs) -> bool:
    """Write the rank of each entry within its row, from 1, equals by column; False where entries are not in order."""
    values, order = scores.copy(), np.arange(len(rows))
    first = 0
    while first < len(rows):
        end = first + 1
        while end < len(rows) and rows[end] == rows[first]:
            if columns[end] <= columns[end - 1]:
                return False
            end += 1
        if end < len(rows) and rows[end] < rows[first]:
            return False
        _sort(values[first:end], order[first:end])
        for place in range(first, end):
            result[order[place]] = place - first + 1
        first = end
    return True


@compile_kernel
def _sort(values: Doubles, order: Longs) -> None:
    """Put values in order, greatest first, equals as they were, and where each was likewise (Shell 1959)."""
    gap = 1
    while 3 * gap + 1 < len(values):
        gap = 3 * gap + 1
    while gap > 0:
        for place in range(gap, len(values)):
            value, was, at = values[place], order[place], place
            while at >= gap and worse(values[at - gap], order[at - gap], value, was):
                values[at], order[at] = values[at - gap], order[at - gap]
                at -= gap
            values[at], order[at] = value, was
        gap //= 3


@compile_kernel
def find(starts: Longs, columns: Longs, values: Doubles, rows: Longs, wanted: Longs) -> Doubles:
    """Return the value at (row, wanted) of lists in the order of their columns, 0 where there is none."""
    result = np.zeros(len(rows), dtype=np.float64)
    for pair in range(len(rows)):
        if rows[pair] + 1 >= len(starts):
            continue
        low, end = starts[rows[pair]], starts[rows[pair] + 1]
        high = end
        while low < high:
            middle = (low + high) // 2
            if columns[middle] < wanted[pair]:
                low = middle + 1
            else:
                high = middle
        if low < end and columns[low] == wanted[pair]:
            result[pair] = values[low]
    return result
