"""A round's decision beside the greedy answer, on the same candidate graphs: what it gains, and what it costs."""

import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from serendipity.matching.assignment.assignment import Entry, MemberTerms, Pairs, exact, greedy, improve_greedily

PAIRS = (1_000, 10_000, 100_000)
LATE_STEPS = 3
PAIRS_A_MEMBER = 8


def run(console: Console) -> list[tuple[str, ...]]:
    """Solve drawn rounds of growing size, with and without members who waited; totals and CPU times as ratios."""
    rows = [_measured(pairs, late) for late in (0, LATE_STEPS) for pairs in PAIRS]
    table = Table(
        "pairs", "late", "lateness served ×", "total ×", "CPU ×", "CPU s", "exact: total ×", title="Assignment"
    )
    for row in rows:
        table.add_row(*row)
    console.print(table, "× is against greedy in the same run; up to 1,000 pairs the round is solved exactly.")
    return rows


def drawn(pairs: int, late: int) -> tuple[Pairs, MemberTerms]:
    """Draw a candidate graph with some members in many lists, as interests and acquaintances make them."""
    rng, size = np.random.default_rng(7), pairs // PAIRS_A_MEMBER
    ones = rng.integers(0, size, 2 * pairs)
    others = (ones + rng.zipf(1.3, 2 * pairs) % size) % size
    keys = np.unique(np.minimum(ones, others) * size + np.maximum(ones, others))
    keys = np.sort(rng.permutation(keys[keys // size != keys % size])[:pairs])
    scores = rng.random(len(keys)) ** 0.5
    room = np.ones(size, dtype=np.int64)
    return Pairs(ones=keys // size, others=keys % size, scores=scores), MemberTerms(
        capacity=room, priority=rng.integers(0, late + 1, size)
    )


def _measured(count: int, late: int) -> tuple[str, ...]:
    pairs, terms = drawn(count, late)
    entry = Entry.of(pairs, terms)
    least, quick = _timed(lambda: set(greedy(pairs, terms).tolist()))
    better, slow = _timed(lambda: improve_greedily(entry))
    best = entry.value(exact(entry)) if count <= PAIRS[0] else None
    (late_before, before), (late_now, now) = entry.value(least), entry.value(better)
    served = f"{late_now / late_before:.3f}" if late_before else "–"
    at_best = f"{best[1] / before:.3f}" if best else "–"
    return (
        f"{count:,}",
        str(late),
        served,
        f"{now / before:.3f}",
        f"{slow / quick:.0f}",
        f"{slow:.2f}",
        at_best,
    )


def _timed(solve: Callable[[], set[int]]) -> tuple[set[int], float]:
    begun = time.process_time()
    found = solve()
    return found, time.process_time() - begun
