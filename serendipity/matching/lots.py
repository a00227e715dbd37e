"""The small random arm: some pairs of a round are drawn by lot, so that what the matcher adds can be measured.

A small share of the members, drawn by lot, get one of those on their shortlist who are good enough, each as likely as
the other, instead of whom the round would give them. The chance of every such pair is stored with it, so that lift over
it is measured without bias (as OpenReview logs propensities; Horvitz and Thompson 1952).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.edges import Floats, Integers
from serendipity.matching.fusion import Candidates


@dataclass(frozen=True, kw_only=True, eq=False)
class Lots:
    """Pairs drawn by lot: entries of the candidates, and the chance that each had."""

    entries: Integers
    chances: Floats


NO_LOTS = Lots(entries=np.zeros(0, dtype=np.int64), chances=np.zeros(0))


def draw_lots(
    found: Candidates, good: NDArray[np.bool_], room: Integers, *, share: float, rng: np.random.Generator
) -> Lots:
    """Draw a round's lots among candidates that are good enough; `room` says how many introductions each row has left.

    A pair's chance is that one of its two members is drawn, and then the pair among that one's candidates:
    share/n_u + share/n_v. Nobody is drawn beyond their room.

    >>> trio = Candidates(rows=np.array([0, 1, 1, 2]), columns=np.array([1, 0, 2, 1]), relevance=np.ones(4), factors={})
    >>> drawn = draw_lots(trio, np.ones(4, dtype=bool), np.ones(3, dtype=int), share=1.0, rng=np.random.default_rng(1))
    >>> len(drawn.entries), drawn.chances.tolist()
    (1, [1.0])
    """
    if share <= 0.0:
        return NO_LOTS
    usable = np.flatnonzero(good & (room[found.rows] > 0) & (room[found.columns] > 0))
    members, sizes = np.unique(found.rows[usable], return_counts=True)
    drawn = rng.permutation(members[rng.random(len(members)) < share])
    entries = _drawn(found, usable, drawn, room.copy(), rng)
    own = share / sizes[np.searchsorted(members, found.rows[entries])]
    return Lots(entries=entries, chances=np.minimum(own + _back(found, usable, entries, members, share / sizes), 1.0))


def _drawn(found: Candidates, usable: Integers, drawn: Integers, room: Integers, rng: np.random.Generator) -> Integers:
    """Give each drawn row, in turn, one of its usable entries while there is room on both sides; no pair twice."""
    theirs = usable[np.isin(found.rows[usable], drawn)]
    theirs = theirs[np.argsort(found.rows[theirs], kind="stable")]
    starts, ends = (np.searchsorted(found.rows[theirs], drawn, side=side) for side in ("left", "right"))
    entries: list[int] = []
    taken: set[tuple[int, int]] = set()
    for row, start, end in zip(drawn.tolist(), starts.tolist(), ends.tolist(), strict=True):
        options = theirs[start:end]
        options = options[room[found.columns[options]] > 0]
        options = options[[(int(found.columns[option]), row) not in taken for option in options]]
        if room[row] > 0 and len(options):
            entries.append(int(rng.choice(options)))
            room[[row, found.columns[entries[-1]]]] -= 1
            taken.add((row, int(found.columns[entries[-1]])))
    return np.array(entries, dtype=np.int64)


def _back(found: Candidates, usable: Integers, entries: Integers, members: Integers, chances: Floats) -> Floats:
    """Return the chance that each pair would have been drawn from its other side; 0 where that one does not list it."""
    width = int(found.columns.max(initial=0)) + 1
    listed = np.isin(
        found.columns[entries] * width + found.rows[entries], found.rows[usable] * width + found.columns[usable]
    )
    places = np.minimum(np.searchsorted(members, found.columns[entries]), len(members) - 1)
    return np.where(listed, chances[places], 0.0)
