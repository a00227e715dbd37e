"""The compiled inner loops of `nearest`: exact best products of sparse rows, found without looking at all of them.

A query's terms are taken by how much of its length each takes away per member on its list, w/√length; products
are added up per member met. What a member still lacks never passes the bound of Cauchy and Schwarz, ‖q_rest‖·‖v‖ (every
v has length 1 at most), nor Σ w·(the greatest weight on the list) (Turtle and Flood 1995, MaxScore). Once that is below
the k-th best sum, nobody new can win. The next list is still read while that costs less than finishing those who can,
each by an inner product of its own. What is returned is exact: bounds only spare work.

Places in arrays are unsigned in the innermost loops, as a signed one costs a test for wrapping around.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Numbers = NDArray[np.uint32]
Places = NDArray[np.int64]
Marks = NDArray[np.bool_]
P = ParamSpec("P")
R = TypeVar("R")

CLOSED = np.float32(-1e30)  # a sum that no product lifts above 0
SLACK = np.float32(2e-6)  # of a query's length: what rounding may take from a sum
READINGS = 4  # list entries that are read in the time of one inner product
NOBODY = np.int32(-1)
ZERO = cast(int, np.int64(0))  # not written as a literal: what counts on from one is compiled twice
LAST = np.int32(2**31 - 1)


def compile_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call; kept on disk where a folder can be written (NUMBA_CACHE_DIR names another)."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        result: Callable[P, R] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder for compiled code; this process compiles for itself
        result = numba.njit(**options)(function)
    return result


class Rows(NamedTuple):
    """Sparse rows: those of `starts[n]` to `starts[n + 1]` belong to row n."""

    starts: Places
    columns: Numbers
    weights: Singles


class Lists(NamedTuple):
    """Members of each topic, in the order of rows, with the greatest weight and that of rank `count` + 2."""

    starts: Places
    rows: Numbers
    weights: Singles
    greatest: Singles
    reached: Singles


class Excluded(NamedTuple):
    """Members that a query may not find: itself, those named one by one, and its group (-1: none)."""

    own: Places
    starts: Places
    rows: Numbers
    group: Places
    group_starts: Places
    group_rows: Numbers


class SearchBuffers(NamedTuple):
    """Buffers of one search; between searches `query` is all 0, and so are `sums` but those of excluded members."""

    query: Singles  # per topic
    sums: Singles  # per member
    shut: Marks  # per member: found by nobody
    met: Numbers  # who has a sum, one place to spare
    best: Singles
    best_names: NDArray[np.int32]
    topics: Places  # of the query, in the order of reading
    weights: Singles
    lengths: Singles  # of what is left of the query from a term on
    bounds: Singles


class Results(NamedTuple):
    """The best of each query (queries × count): names of members (-1: nobody) and products."""

    found: NDArray[np.int32]
    scores: Singles


@compile_kernel
def search(
    places: Places,
    queries: Rows,
    apart: Excluded,
    members: Rows,
    lists: Lists,
    names: NDArray[np.int32],
    desk: SearchBuffers,
    results: Results,
) -> None:
    """Fill rows `places` of `results`: positive products, best first, ties by name."""
    for place in places:
        size = _lay_out(place, queries, lists, desk)
        alone = _close(place, apart, desk.sums)
        met, able, rest, floor = _add_up(size, alone, lists, desk)
        _finish(able, rest, floor, members, names, desk)
        _clear(met, desk)
        _reopen(place, apart, desk.sums, desk.shut)
        for at in range(size):
            desk.query[desk.topics[at]] = np.float32(0.0)
        _hand_over(place, desk, results.found, results.scores)


@compile_kernel
def _lay_out(place: int, queries: Rows, lists: Lists, desk: SearchBuffers) -> int:
    """Sort a query's terms that anybody has, and bound what is left from each on; returns how many."""
    size = 0
    for entry in range(queries.starts[place], queries.starts[place + 1]):
        topic, weight = np.int64(queries.columns[entry]), queries.weights[entry]
        length = lists.starts[topic + 1] - lists.starts[topic]
        if length == 0 or weight <= 0:
            continue
        desk.query[topic] = weight
        key = weight / math.sqrt(length)
        at = size
        while at > 0 and desk.bounds[at - 1] < key:
            desk.bounds[at], desk.topics[at], desk.weights[at] = (
                desk.bounds[at - 1],
                desk.topics[at - 1],
                desk.weights[at - 1],
            )
            at -= 1
        desk.bounds[at], desk.topics[at], desk.weights[at] = np.float32(key), topic, weight
        size += 1
    desk.lengths[size] = desk.bounds[size] = np.float32(0.0)
    square = most = 0.0
    for at in range(size - 1, -1, -1):
        weight = desk.weights[at]
        square += weight * weight
        most += weight * lists.greatest[desk.topics[at]]
        desk.lengths[at] = np.float32(math.sqrt(square))
        desk.bounds[at] = min(desk.lengths[at], np.float32(most))
    return size


@compile_kernel
def _close(place: int, apart: Excluded, sums: Singles) -> bool:
    """Close the sums of those whom the query may not find; says whether that is nobody but itself."""
    own = apart.own[place]
    if own >= 0:
        sums[own] = CLOSED
    alone = True
    for entry in range(apart.starts[place], apart.starts[place + 1]):
        sums[apart.rows[entry]] = CLOSED
        alone = False
    group = apart.group[place]
    if group >= 0:
        for entry in range(apart.group_starts[group], apart.group_starts[group + 1]):
            sums[apart.group_rows[entry]] = CLOSED
            alone = False
    return alone


@compile_kernel
def _reopen(place: int, apart: Excluded, sums: Singles, shut: Marks) -> None:
    """Undo `_close`; who is shut stays closed."""
    own = apart.own[place]
    if own >= 0:
        sums[own] = CLOSED if shut[own] else np.float32(0.0)
    for entry in range(apart.starts[place], apart.starts[place + 1]):
        row = apart.rows[entry]
        sums[row] = CLOSED if shut[row] else np.float32(0.0)
    group = apart.group[place]
    if group >= 0:
        for entry in range(apart.group_starts[group], apart.group_starts[group + 1]):
            row = apart.group_rows[entry]
            sums[row] = CLOSED if shut[row] else np.float32(0.0)


@compile_kernel
def _add_up(size: int, alone: bool, lists: Lists, desk: SearchBuffers) -> tuple[int, int, np.float32, np.float32]:
    """Read lists; returns how many were met, how many of those can still win, what a sum may lack, what wins at least.

    Who can still win comes first among those met. Once nobody new can, who cannot is never looked at again.
    """
    sums, names, count = desk.sums, desk.met, len(desk.best)
    rows, weights = lists.rows, lists.weights
    slack = SLACK * desk.lengths[0]
    floor = np.float32(0.0)
    if alone:
        for at in range(size):
            floor = max(floor, desk.weights[at] * lists.reached[desk.topics[at]])
    met, able, weighed, over = 0, 0, 0, False
    for at in range(size):
        topic, weight = desk.topics[at], desk.weights[at]
        first, end = lists.starts[topic], lists.starts[topic + 1]
        able = able if over else met
        if able >= count and end - first > able and (over or weighed < met):
            floor, weighed = max(floor, _least_of_best(able, desk)), met
        # As many as are wanted can always win, so a short list is read without asking.
        if desk.bounds[at] + slack < floor and end - first > count * READINGS:
            able, over = _first_able(able, floor - desk.bounds[at] - slack, desk), True
            if able * READINGS < end - first:
                return met, able, desk.bounds[at] + slack, floor
        for entry in range(np.uint64(first), np.uint64(end)):
            row = rows[entry]
            before = sums[row]
            names[np.uint64(met)] = row
            met += before == np.float32(0.0)
            sums[row] = before + weight * weights[entry]
    able = able if over else met
    return met, able, slack, max(floor, _least_of_best(able, desk))


@compile_kernel
def _first_able(able: int, least: np.float32, desk: SearchBuffers) -> int:
    """Put those first, of the first so many met, who have a sum of `least` or more; returns how many they are."""
    names, sums = desk.met, desk.sums
    kept = 0
    for one in range(able):
        name = names[np.uint64(one)]
        names[np.uint64(one)] = names[np.uint64(kept)]
        names[np.uint64(kept)] = name
        kept += sums[name] >= least
    return kept


@compile_kernel
def _least_of_best(met: int, desk: SearchBuffers) -> np.float32:
    """Return the k-th greatest sum of the first so many met, 0 where they are fewer."""
    best, sums, names = desk.best, desk.sums, desk.met
    best[:] = np.float32(0.0)
    for one in range(met):
        value = sums[names[np.uint64(one)]]
        if value > best[0]:
            _lift(best, value)
    least: np.float32 = best[0]
    return least


@compile_kernel
def _finish(
    able: int, rest: np.float32, floor: np.float32, members: Rows, names: NDArray[np.int32], desk: SearchBuffers
) -> None:
    """Put the best into the heap, by inner products of those who can be among them."""
    best, sums, met_rows, query = desk.best, desk.sums, desk.met, desk.query
    starts, columns, weights = members
    best[:] = np.float32(0.0)
    desk.best_names[:] = LAST
    for one in range(able):
        row = met_rows[np.uint64(one)]
        if sums[row] + rest < floor:
            continue
        product = 0.0
        for entry in range(np.uint64(starts[row]), np.uint64(starts[np.int64(row) + 1])):
            product += np.float64(query[columns[entry]]) * np.float64(weights[entry])
        value = np.float32(product)
        if worse(desk.best[0], desk.best_names[0], value, names[row]):
            replace_least(desk.best, desk.best_names, len(desk.best), value, names[row])
            floor = max(floor, desk.best[0])


@compile_kernel
def _clear(met: int, desk: SearchBuffers) -> None:
    """Forget the sums of those met."""
    for one in range(met):
        desk.sums[desk.met[np.uint64(one)]] = np.float32(0.0)


@compile_kernel
def _hand_over(place: int, desk: SearchBuffers, found: NDArray[np.int32], scores: Singles) -> None:
    """Empty the heap into a row of the result, from the end."""
    for left in range(len(desk.best), 0, -1):
        value, name = desk.best[0], desk.best_names[0]
        found[place, left - 1] = name if value > 0 else NOBODY
        scores[place, left - 1] = value
        replace_least(desk.best, desk.best_names, left - 1, desk.best[left - 1], desk.best_names[left - 1])


@compile_kernel
def worse(value: np.float32, name: int, than: np.float32, other: int) -> bool:
    """Rank by value, equals by the smaller name."""
    return bool(value < than or (value == than and name > other))


@compile_kernel
def replace_least(
    values: Singles | NDArray[np.float64], names: NDArray[np.int32], size: int, value: np.float32, name: int
) -> None:
    """Take the least out of the first `size` of a heap and put another in."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and worse(values[child + 1], names[child + 1], values[child], names[child]):
            child += 1
        if not worse(values[child], names[child], value, name):
            break
        values[place], names[place] = values[child], names[child]
        place = child
    values[place], names[place] = value, name


@compile_kernel
def _lift(values: Singles | NDArray[np.float64], value: float) -> None:
    """Put a value in the place of the least of a heap."""
    size, place = len(values), 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        child += child + 1 < size and values[child + 1] < values[child]
        if values[child] >= value:
            break
        values[place] = values[child]
        place = child
    values[place] = value


@compile_kernel
def least_of_greatest(values: NDArray[np.float64], count: int) -> float:
    """Return the least of the `count` greatest of as many values or more (a partition takes seconds to compile)."""
    best = np.full(count, -np.inf)
    for value in values:
        if value > best[0]:
            _lift(best, value)
    return float(best[0])


@compile_kernel
def greatest_of_lists(starts: Places, weights: Singles, greatest: Singles, reached: Singles, best: Singles) -> None:
    """Write the greatest weight of each list, and the least of its `len(best)` greatest (0 where it is shorter)."""
    for topic in range(len(starts) - 1):
        best[:] = np.float32(0.0)
        top = np.float32(0.0)
        for entry in range(starts[topic], starts[topic + 1]):
            top = max(top, weights[entry])
            if weights[entry] > best[0]:
                _lift(best, weights[entry])
        greatest[topic], reached[topic] = top, best[0]


@compile_kernel
def heaviest(starts: Places, columns: Numbers, weights: Singles, result: NDArray[np.int32]) -> None:
    """Write the column of the greatest entry of each row, -1 for an empty row."""
    for row in range(len(starts) - 1):
        result[row] = NOBODY
        most = np.float32(0.0)
        for entry in range(starts[row], starts[row + 1]):
            if weights[entry] > most:
                most, result[row] = weights[entry], columns[entry]
