"""The small random arm: some pairs of a round are drawn by lot, so that what the matcher adds can be measured.

A small share of the members, drawn by lot, get one of those on their shortlist who are good enough, each as likely as
the other, instead of whom the round would give them. The chance of every such pair is stored with it, so that lift over
it is measured without bias (as OpenReview logs propensities; Horvitz and Thompson 1952).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.snapshot.edges import Floats, Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class ControlArm:
    """Pairs drawn by lot: entries of the candidates, and the chance that each had."""

    entries: Integers
    chances: Floats


NO_LOTS = ControlArm(entries=np.zeros(0, dtype=np.int64), chances=np.zeros(0))


def draw_control_arm(
    found: Candidates, good: NDArray[np.bool_], capacity: Integers, *, share: float, rng: np.random.Generator
) -> ControlArm:
    """Draw a round's lots among candidates that are good enough; `room` says how many introductions each row has left.

    A pair's chance is that one of its two members is drawn, and then the pair among that one's candidates:
    share/n_u + share/n_v. Nobody is drawn beyond their room.

    >>> trio = Candidates(rows=np.array([0, 1, 1, 2]), columns=np.array([1, 0, 2, 1]), relevance=np.ones(4), factors={})
    >>> rng = np.random.default_rng(1)
    >>> drawn = draw_control_arm(trio, np.ones(4, dtype=bool), np.ones(3, dtype=int), share=1.0, rng=rng)
    >>> len(drawn.entries), drawn.chances.tolist()
    (1, [1.0])
    """
    if share <= 0.0:
        return NO_LOTS
    usable = np.flatnonzero(good & (capacity[found.rows] > 0) & (capacity[found.columns] > 0))
    sizes = np.bincount(found.rows[usable], minlength=len(capacity))
    members = np.flatnonzero(sizes)
    drawn = rng.permutation(members[rng.random(len(members)) < share])
    entries = _draw(found, usable, drawn, capacity.copy(), rng)
    chances = share / np.maximum(sizes, 1)
    back = np.where(_list_pairs(found, usable, entries, len(capacity)), chances[found.columns[entries]], 0.0)
    return ControlArm(entries=entries, chances=np.minimum(chances[found.rows[entries]] + back, 1.0))


def _draw(
    found: Candidates, usable: Integers, drawn: Integers, capacity: Integers, rng: np.random.Generator
) -> Integers:
    """Give each drawn row, in turn, one of its usable entries while there is room on both sides; no pair twice."""
    theirs = entries_of_rows(found, usable, drawn, len(capacity))
    theirs = theirs[np.argsort(found.rows[theirs], kind="stable")]
    starts, ends = (np.searchsorted(found.rows[theirs], drawn, side=side) for side in ("left", "right"))
    entries: list[int] = []
    taken: set[tuple[int, int]] = set()
    for row, start, end in zip(drawn.tolist(), starts.tolist(), ends.tolist(), strict=True):
        options = theirs[start:end]
        options = options[capacity[found.columns[options]] > 0]
        options = options[[(int(found.columns[option]), row) not in taken for option in options]]
        if capacity[row] > 0 and len(options):
            entries.append(int(rng.choice(options)))
            capacity[[row, found.columns[entries[-1]]]] -= 1
            taken.add((row, int(found.columns[entries[-1]])))
    return np.array(entries, dtype=np.int64)


def _list_pairs(found: Candidates, usable: Integers, entries: Integers, size: int) -> NDArray[np.bool_]:
    """Tell whether the other side of each pair lists it as well, and could have drawn it."""
    theirs = entries_of_rows(found, usable, found.columns[entries], size)
    back = found.columns[entries] * size + found.rows[entries]
    return np.isin(back, found.rows[theirs] * size + found.columns[theirs])


def entries_of_rows(found: Candidates, entries: Integers, rows: Integers, size: int) -> Integers:
    """Keep the entries of a few rows, without sorting those of all."""
    wanted = np.zeros(size, dtype=np.bool_)
    wanted[rows] = True
    return entries[wanted[found.rows[entries]]]
