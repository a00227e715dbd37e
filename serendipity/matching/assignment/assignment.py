"""The round: one decision for all pairs at once.

Chosen is the set of pairs with the greatest lateness of the members served, and among those sets the one of greatest
total score, where no member takes part in more than there is room for. Lateness comes first as sets of members that
can be served together form a matroid (Edmonds and Fulkerson 1965): for one introduction a member, the set of greatest
total lateness is the one in which who waited longest goes first.

A few pairs, drawn by lot, sit each round out. So no pair is ever certain, and a chosen one has a known chance: given
the lots of all others it is chosen unless its own lot holds it back (after Jecmen et al. 2020, who cap each
probability). What was introduced can be compared with what was held back without bias.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from serendipity.matching.kernels import assignment as kernel
from serendipity.matching.snapshot.edges import Floats, Integers

EXACT_PAIRS = 1_500  # up to so many pairs the matching is exact; beyond, greedy and improved
TWICE = 10  # a pair of two members with room for several counts as so many
SCALE = 1_000_000  # scores are compared to six digits, so that rounding decides nothing
MOST_SWEEPS = 5
LATE = 4 * kernel.LONGEST_CHAIN * SCALE  # more than any chain of exchanges can change the total score


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Pairs that the round may introduce: parallel arrays of members' rows, each pair once with `ones` < `others`."""

    ones: Integers
    others: Integers
    scores: Floats

    def __len__(self) -> int:
        return len(self.ones)

    def where(self, kept: NDArray[np.bool_] | Integers) -> "Pairs":
        """Keep some."""
        return Pairs(ones=self.ones[kept], others=self.others[kept], scores=self.scores[kept])


@dataclass(frozen=True, kw_only=True, eq=False)
class MemberTerms:
    """Limits of each member, by row: the introductions left (`capacity`), and the `priority` of waiting (in steps)."""

    capacity: Integers
    priority: Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Assignment:
    """Result of an assignment: places in the pairs, best first; the pairs that sat out, and the others' chance."""

    chosen: Integers
    sat_out: NDArray[np.bool_]
    chance: float = 1.0


def assign(pairs: Pairs, terms: MemberTerms, *, held_back: float, rng: np.random.Generator) -> Assignment:
    """Choose a round's pairs; the same pairs, terms and generator give the same round.

    >>> trio = Pairs(ones=np.array([0, 1]), others=np.array([1, 2]), scores=np.array([0.9, 0.8]))
    >>> one_each = MemberTerms(capacity=np.ones(3, dtype=np.int64), priority=np.array([0, 0, 2]))
    >>> assign(trio, one_each, held_back=0.0, rng=np.random.default_rng(1)).chosen.tolist()
    [1]
    """
    sat_out = rng.random(len(pairs)) < held_back
    # Equals come in random order; the lots above are drawn first, so that they are the pairs' own.
    drawn = rng.permutation(len(pairs))
    capacity = (terms.capacity[pairs.ones] > 0) & (terms.capacity[pairs.others] > 0)
    able = drawn[(capacity & ~sat_out)[drawn]]
    entry = Entry.of(pairs.where(able), terms)
    found = exact(entry) if entry.size() <= EXACT_PAIRS else improve_greedily(entry)
    chosen = able[np.array(sorted(found), dtype=np.int64)]
    best_first = np.lexsort((pairs.others[chosen], pairs.ones[chosen], -pairs.scores[chosen]))
    return Assignment(chosen=chosen[best_first], sat_out=sat_out, chance=1.0 - held_back)


def greedy(pairs: Pairs, terms: MemberTerms) -> Integers:
    """Return what taking the best pair that there is room for, again and again, chooses: the answer to compare with."""
    return np.flatnonzero(_greedy(Entry.of(pairs, terms)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """Pairs and terms as whole numbers: scores in millionths, room and lateness by member."""

    ones: Integers
    others: Integers
    scores: Integers
    capacity: Integers
    priority: Integers

    @classmethod
    def of(cls, pairs: Pairs, terms: MemberTerms) -> "Entry":
        """Take pairs whose members all have room."""
        scores = np.maximum(np.rint(pairs.scores * SCALE), 1).astype(np.int64)
        return cls(
            ones=pairs.ones, others=pairs.others, scores=scores, capacity=terms.capacity, priority=terms.priority
        )

    @cached_property
    def best_first(self) -> Integers:
        """The pairs by score, equals in order."""
        return np.argsort(-self.scores, kind="stable")

    def size(self) -> int:
        """Return how much an exact answer has to look at."""
        return len(self.ones) + (TWICE - 1) * int(self.wide().sum())

    def wide(self) -> NDArray[np.bool_]:
        """Say of each pair whether both members have room for several."""
        return (self.capacity[self.ones] > 1) & (self.capacity[self.others] > 1)

    def value(self, chosen: Collection[int]) -> tuple[int, int]:
        """Return lateness served and total score."""
        pairs = np.fromiter(chosen, dtype=np.int64, count=len(chosen))
        served = np.unique(np.concatenate([self.ones[pairs], self.others[pairs]]))
        return int(self.priority[served].sum()), int(self.scores[pairs].sum())


def exact(entry: Entry) -> set[int]:
    """Return the best set by maximum-weight matching (Edmonds 1965; networkx).

    A member with more room is so many nodes, of which the first carries the lateness. Where both ends have more, a
    pair is two nodes more, joined by an edge as heavy as half of either way of using it, so that it is used by both
    ends or not at all, and once (Tutte 1954).
    """
    scores = entry.scores.tolist()
    tall = 1 + sum(scores)
    high = tall * (1 + int(entry.priority.max(initial=0)))
    graph: nx.Graph[Hashable] = nx.Graph()
    ends = zip(entry.ones.tolist(), entry.others.tolist(), entry.wide().tolist(), strict=True)
    for pair, (one, other, wide) in enumerate(ends):
        if not wide:
            for this, bonus in _copies(entry, one, tall):
                for that, more in _copies(entry, other, tall):
                    graph.add_edge(this, that, weight=scores[pair] + bonus + more, pair=pair)
            continue
        graph.add_edge((pair, "one"), (pair, "other"), weight=2 * high, pair=None)
        for side, member, score in (("one", one, 0), ("other", other, scores[pair])):
            for copy, bonus in _copies(entry, member, tall):
                graph.add_edge((pair, side), copy, weight=high + bonus + score, pair=pair)
    used = {graph.edges[edge]["pair"] for edge in nx.max_weight_matching(graph)}
    return used - {None}


def _copies(entry: Entry, member: int, tall: int) -> list[tuple[tuple[str, int, int], int]]:
    priority, capacity = int(entry.priority[member]), int(entry.capacity[member])
    return [(("member", member, copy), 0 if copy else tall * priority) for copy in range(capacity)]


def improve_greedily(entry: Entry) -> set[int]:
    """Return the best of two greedy answers, each improved by chains of exchanges until none helps; never worse."""
    starts = [_greedy(entry), *([_greedy(entry, late_first=True)] if entry.priority.any() else [])]
    found = [_improved(entry, start) for start in starts]
    return set(max(found, key=entry.value).tolist())


def _greedy(entry: Entry, *, late_first: bool = False) -> NDArray[np.bool_]:
    """Choose the best pairs that there is room for; equals come in the order of the pairs."""
    priority = entry.priority[entry.ones] + entry.priority[entry.others] if late_first else None
    chosen = np.zeros(len(entry.ones), dtype=np.bool_)
    order = entry.best_first if priority is None else np.lexsort((-entry.scores, -priority))
    kernel.taken_in_order(order, entry.ones, entry.others, entry.capacity.copy(), chosen)
    return chosen


def _improved(entry: Entry, chosen: NDArray[np.bool_]) -> Integers:
    """Return the pairs that are chosen after all exchanges that help."""
    size, count = len(entry.capacity), len(entry.ones)
    degree = np.bincount(entry.ones, minlength=size) + np.bincount(entry.others, minlength=size)
    starts, pairs = _starts(degree), np.empty(2 * count, dtype=np.int64)
    kernel.list_by_member(entry.best_first, entry.ones, entry.others, starts[:-1].copy(), pairs)
    board = kernel.AssignmentState(
        ones=entry.ones,
        others=entry.others,
        scores=entry.scores,
        capacity=entry.capacity,
        priority=LATE * entry.priority,
        starts=starts,
        pairs=pairs,
        chosen=chosen,
        held_starts=_starts(np.minimum(degree, entry.capacity)),
        held=np.empty(2 * count, dtype=np.int64),
        holding=np.zeros(size, dtype=np.int64),
        seen=np.zeros(size, dtype=np.int64),
        done=np.empty(4 * kernel.LONGEST_CHAIN, dtype=np.int64),
        gain=np.zeros(1, dtype=np.int64),
    )
    members = np.empty(size, dtype=np.int64)
    met = kernel.number_members(entry.ones, entry.others, np.zeros(size, dtype=np.bool_), members)
    kernel.improve(board, members[:met], MOST_SWEEPS)
    return np.flatnonzero(board.chosen)


def _starts(lengths: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
