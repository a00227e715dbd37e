"""The compiled search of `assignment`: chains of exchanges that improve a set of pairs.

A chain starts with members who wait for a pair. Each takes the pair that gains most, also at the cost of the other's
lightest, whom that leaves takes another, and so on; the chain is kept up to where it was worth most, and taken back
beyond (Kernighan and Lin 1970).
"""

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.kernels.nearest import ZERO, Marks, compile_kernel

Longs = NDArray[np.int64]
NONE = cast(int, np.int64(-1))
LONGEST_CHAIN = 12


class AssignmentState(NamedTuple):
    """Pairs with their scores; of each member the room, the lateness and all pairs; and what is chosen by now."""

    ones: Longs
    others: Longs
    scores: Longs
    capacity: Longs
    priority: Longs  # what serving a member is worth
    starts: Longs  # of the pairs of each member
    pairs: Longs  # of each member, greatest scores first, equals in order
    chosen: Marks
    held_starts: Longs
    held: Longs  # the chosen pairs of each member
    holding: Longs  # how many they are
    seen: Longs  # per member: the last chain that met them
    done: Longs  # pairs that a chain changed, in order
    gain: Longs  # of the chain: one number


@compile_kernel
def taken_in_order(order: Longs, ones: Longs, others: Longs, left: Longs, chosen: Marks) -> None:
    """Choose pairs in an order, each that there is room `left` for."""
    for pair in order:
        if left[ones[pair]] > 0 and left[others[pair]] > 0:
            left[ones[pair]] -= 1
            left[others[pair]] -= 1
            chosen[pair] = True


@compile_kernel
def list_by_member(order: Longs, ones: Longs, others: Longs, free: Longs, pairs: Longs) -> None:
    """Write the pairs of each member in an order; `free` says where those of each begin, and then where they end."""
    for pair in order:
        for member in (ones[pair], others[pair]):
            pairs[free[member]] = pair
            free[member] += 1


@compile_kernel
def number_members(ones: Longs, others: Longs, met: Marks, members: Longs) -> int:
    """Write the members in the order in which the pairs name them; returns how many they are."""
    count = ZERO
    for pair in range(len(ones)):
        for member in (ones[pair], others[pair]):
            if not met[member]:
                met[member] = True
                members[count] = member
                count += 1
    return count


@compile_kernel
def improve(board: AssignmentState, members: Longs, sweeps: int) -> None:
    """Try a chain from every member with room left and one from every pair, until none helps, or often enough."""
    for pair in np.flatnonzero(board.chosen):
        _hold(board, int(pair))
    chain = 0
    for _ in range(sweeps):
        better = False
        for member in members:
            helped = True
            while helped and board.holding[member] < board.capacity[member]:
                chain += 1
                helped = _chain(board, chain, member, NONE, NONE)
                better |= helped
        for pair in np.flatnonzero(board.chosen):
            if board.chosen[pair]:
                chain += 1
                better |= _chain(board, chain, board.ones[pair], board.others[pair], int(pair))
        if not better:
            return


@compile_kernel
def _chain(board: AssignmentState, chain: int, one: int, other: int, without: int) -> bool:
    """Try a chain from one or two members, without a pair; returns whether it helped."""
    waiting = np.empty(LONGEST_CHAIN + 2, dtype=np.int64)
    waiting[0], waits = one, 1
    board.gain[0], done = 0, ZERO
    board.seen[one] = chain
    if without != NONE:
        waiting[1], waits = other, 2
        board.seen[other] = chain
        done = _change(board, without, done)
    best, kept = np.int64(0), ZERO
    for _ in range(LONGEST_CHAIN):
        if waits == 0:
            break
        waits -= 1
        left, done = _take(board, chain, waiting[waits], done)
        if left != NONE:
            if board.seen[left] != chain:
                waiting[waits] = left
                waits += 1
            board.seen[left] = chain
        if board.gain[0] > best:
            best, kept = board.gain[0], done
    while done > kept:
        done = _change(board, board.done[done - 1], done) - 2
    return bool(best > 0)


@compile_kernel
def _take(board: AssignmentState, chain: int, member: int, done: int) -> tuple[int, int]:
    """Give a member the pair that gains most, of equals the first; returns who is left without, and how many changes.

    A pair gains its score at most, so no more are looked at once those left score less than the best gains.
    """
    if board.holding[member] >= board.capacity[member]:
        return NONE, done
    best, most = NONE, np.int64(0)
    for place in range(board.starts[member], board.starts[member + 1]):
        pair = board.pairs[place]
        if best != NONE and board.scores[pair] < most:
            break
        if board.chosen[pair]:
            continue
        other = _other(board, pair, member)
        price = board.scores[_lightest(board, other)] if _full(board, other) else np.int64(0)
        gain = board.scores[pair] - price
        better = best == NONE or gain > most or (gain == most and pair < best)
        if better and (board.seen[other] != chain or price == 0):
            best, most = pair, gain
    if best == NONE:
        return NONE, done
    left, other = NONE, _other(board, best, member)
    if _full(board, other):
        lightest = _lightest(board, other)
        done = _change(board, lightest, done)
        left = _other(board, lightest, other)
    return left, _change(board, best, done)


@compile_kernel
def _full(board: AssignmentState, member: int) -> bool:
    return bool(board.holding[member] >= board.capacity[member])


@compile_kernel
def _lightest(board: AssignmentState, member: int) -> int:
    """Return the chosen pair of a member with the least score, of equals the first."""
    first = board.held_starts[member]
    lightest = board.held[first]
    for place in range(first + 1, first + board.holding[member]):
        pair = board.held[place]
        less = board.scores[pair] - board.scores[lightest]
        if less < 0 or (less == 0 and pair < lightest):
            lightest = pair
    return int(lightest)


@compile_kernel
def _other(board: AssignmentState, pair: int, member: int) -> int:
    return int(board.others[pair] if board.ones[pair] == member else board.ones[pair])


@compile_kernel
def _change(board: AssignmentState, pair: int, done: int) -> int:
    """Choose a pair, or no longer; writes down which, and what it gains. Returns how many changes are done."""
    sign = -1 if board.chosen[pair] else 1
    board.gain[0] += sign * board.scores[pair]
    for member in (board.ones[pair], board.others[pair]):
        if board.holding[member] == (0 if sign > 0 else 1):
            board.gain[0] += sign * board.priority[member]
    if sign > 0:
        board.chosen[pair] = True
        _hold(board, pair)
    else:
        board.chosen[pair] = False
        _let_go(board, pair)
    board.done[done] = pair
    return done + 1


@compile_kernel
def _hold(board: AssignmentState, pair: int) -> None:
    for member in (board.ones[pair], board.others[pair]):
        board.held[board.held_starts[member] + board.holding[member]] = pair
        board.holding[member] += 1


@compile_kernel
def _let_go(board: AssignmentState, pair: int) -> None:
    for member in (board.ones[pair], board.others[pair]):
        last = board.held_starts[member] + board.holding[member] - 1
        place = board.held_starts[member]
        while board.held[place] != pair:
            place += 1
        board.held[place] = board.held[last]
        board.holding[member] -= 1
