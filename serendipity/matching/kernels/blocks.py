"""Compiled inner loops that make blocks: what a few members have to do with all others, row by row.

Each adds up in arrays as long as the community is large, which come as zeros and are left as zeros, and hands over
the rows as `starts`, `columns` (in no order) and `weights`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.kernels.nearest import ZERO, compile_kernel, least_of_greatest

Places = NDArray[np.int32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]


class Rows(NamedTuple):
    """Sparse rows: those of `starts[n]` to `starts[n + 1]` belong to row n."""

    starts: Places
    columns: Places
    weights: Doubles


@compile_kernel
def add_up(rows: Longs, left: Rows, lists: Rows, sums: Doubles) -> tuple[Places, Places, Doubles]:
    """Return left[rows] @ lists."""
    starts = np.zeros(len(rows) + 1, dtype=np.int32)
    columns, weights = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float64)
    met = np.empty(len(sums) + 1, dtype=np.int32)
    size = ZERO
    for place in range(len(rows)):
        count = _add(rows[place], left, lists, sums, met, ZERO, sums)
        columns, weights = _with_room(columns, weights, size, count)
        for one in range(count):
            who = met[one]
            columns[size], weights[size] = who, sums[who]
            sums[who] = 0.0
            size += 1
        starts[place + 1] = size
    return starts, columns[:size], weights[:size]


@compile_kernel
def harmonic(
    rows: Longs,
    one: Rows,
    ones_lists: Rows,
    other: Rows,
    others_lists: Rows,
    least: float,
    gets: Doubles,
    gives: Doubles,
) -> tuple[Places, Places, Doubles]:
    """Return 2ab/(a + b) of a = one[rows] @ ones_lists and b = other[rows] @ others_lists, each `least` at least.

    Where both are 0 there is no entry.
    """
    starts = np.zeros(len(rows) + 1, dtype=np.int32)
    columns, weights = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float64)
    met = np.empty(len(gets) + 1, dtype=np.int32)
    size = ZERO
    for place in range(len(rows)):
        count = _add(rows[place], one, ones_lists, gets, met, ZERO, gives)
        count = _add(rows[place], other, others_lists, gives, met, count, gets)
        columns, weights = _with_room(columns, weights, size, count)
        for number in range(count):
            who = met[number]
            a, b = max(gets[who], least), max(gives[who], least)
            columns[size], weights[size] = who, min(2.0 * a * b / (a + b), 1.0)
            gets[who] = gives[who] = 0.0
            size += 1
        starts[place + 1] = size
    return starts, columns[:size], weights[:size]


@compile_kernel
def _add(row: int, left: Rows, lists: Rows, sums: Doubles, met: Places, count: int, before: Doubles) -> int:
    """Add a row's products to the sums; who has none here nor `before` is met. Returns how many are met by then."""
    for entry in range(left.starts[row], left.starts[row + 1]):
        topic, weight = left.columns[entry], left.weights[entry]
        for place in range(lists.starts[topic], lists.starts[topic + 1]):
            who = lists.columns[place]
            product = weight * lists.weights[place]
            met[count] = who
            count += (sums[who] == 0.0) and (before[who] == 0.0) and (product != 0.0)
            sums[who] += product
    return count


@compile_kernel
def walk(
    rows: Longs, ties: Rows, damping: float, steps: int, negligible: float, most: int, total: Doubles, there: Doubles
) -> tuple[Places, Places, Doubles]:
    """Return Σₖ (damping · ties)ᵏ of `rows`, k ≤ steps, for positive ties.

    After the first step what is below `negligible` is dropped, and only the `most` reached are walked on from.
    """
    starts = np.zeros(len(rows) + 1, dtype=np.int32)
    columns, weights = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float64)
    members = len(total)
    met, at, next_at = np.empty(members + 1, np.int32), np.empty(members + 1, np.int32), np.empty(members + 1, np.int32)
    mass = np.empty(members + 1, dtype=np.float64)
    size = ZERO
    for place in range(len(rows)):
        count, front = ZERO, ZERO
        for entry in range(ties.starts[rows[place]], ties.starts[rows[place] + 1]):
            at[front], mass[front] = ties.columns[entry], damping * ties.weights[entry]
            front += 1
        for step in range(steps):
            for one in range(front):
                met[count] = at[one]
                count += total[at[one]] == 0.0
                total[at[one]] += mass[one]
            if step == steps - 1 or front == 0:
                break
            front = _narrow(at, mass, front, most)
            found = _step(ties, damping, at, mass, front, there, next_at)
            front = 0
            for one in range(found):
                who = next_at[one]
                if there[who] >= negligible:
                    at[front], mass[front] = who, there[who]
                    front += 1
                there[who] = 0.0
        columns, weights = _with_room(columns, weights, size, count)
        for one in range(count):
            who = met[one]
            columns[size], weights[size] = who, total[who]
            total[who] = 0.0
            size += 1
        starts[place + 1] = size
    return starts, columns[:size], weights[:size]


@compile_kernel
def _step(ties: Rows, damping: float, at: Places, mass: Doubles, front: int, there: Doubles, reached: Places) -> int:
    """Walk one step on from where a walk is; returns how many are reached."""
    found = 0
    for one in range(front):
        here, weight = at[one], damping * mass[one]
        for entry in range(ties.starts[here], ties.starts[here + 1]):
            who = ties.columns[entry]
            reached[found] = who
            found += there[who] == 0.0
            there[who] += weight * ties.weights[entry]
    return found


@compile_kernel
def _narrow(at: Places, mass: Doubles, front: int, most: int) -> int:
    """Keep the most reached, equals in the order in which they were; returns how many are left."""
    if front <= most:
        return front
    least = least_of_greatest(mass[:front], most)
    equals = most
    for one in range(front):
        equals -= mass[one] > least
    kept = 0
    for one in range(front):
        if mass[one] < least or (mass[one] == least and equals == 0):
            continue
        equals -= mass[one] == least
        at[kept], mass[kept] = at[one], mass[one]
        kept += 1
    return kept


@compile_kernel
def _with_room(columns: Places, weights: Doubles, size: int, more: int) -> tuple[Places, Doubles]:
    """Return arrays that hold so many more, with what they held."""
    if size + more <= len(columns):
        return columns, weights
    capacity = max(size + more, 2 * len(columns))
    new_columns, new_weights = np.empty(capacity, dtype=np.int32), np.empty(capacity, dtype=np.float64)
    for one in range(size):
        new_columns[one], new_weights[one] = columns[one], weights[one]
    return new_columns, new_weights
