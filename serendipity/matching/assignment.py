"""The round: one decision for all pairs at once.

Chosen is the set of pairs with the greatest lateness of the members served, and among those sets the one of greatest
total score, where no member takes part in more than there is room for. Lateness comes first as sets of members that
can be served together form a matroid (Edmonds and Fulkerson 1965): for one introduction a member, the set of greatest
total lateness is the one in which who waited longest goes first.

A few pairs, drawn by lot, sit each round out. So no pair is ever certain, and a chosen one has a known chance: given
the lots of all others it is chosen unless its own lot holds it back (after Jecmen et al. 2020, who cap each
probability). What was introduced can be compared with what was held back without bias.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from serendipity.matching.edges import Floats, Integers

EXACT_PAIRS = 1_500  # up to so many pairs the matching is exact; beyond, greedy and improved
TWICE = 10  # a pair of two members with room for several counts as so many
SCALE = 1_000_000  # scores are compared to six digits, so that rounding decides nothing
LONGEST_CHAIN = 12
MOST_SWEEPS = 5
LATE = 4 * LONGEST_CHAIN * SCALE  # more than any chain of exchanges can change the total score


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Whom the round may introduce: parallel arrays of members' rows, each pair once with `ones` < `others`."""

    ones: Integers
    others: Integers
    scores: Floats

    def __len__(self) -> int:
        return len(self.ones)

    def where(self, kept: NDArray[np.bool_] | Integers) -> "Pairs":
        """Keep some."""
        return Pairs(ones=self.ones[kept], others=self.others[kept], scores=self.scores[kept])


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """What holds for each member, by row: introductions there is `room` for, and how `late` theirs is (in steps)."""

    room: Integers
    late: Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Assignment:
    """What a round chose: places in the pairs, best first; which pairs sat out, and the chance of those chosen."""

    chosen: Integers
    sat_out: NDArray[np.bool_]
    chance: float = 1.0


def assign(pairs: Pairs, terms: Terms, *, held_back: float, rng: np.random.Generator) -> Assignment:
    """Choose a round's pairs; the same pairs, terms and generator give the same round.

    >>> trio = Pairs(ones=np.array([0, 1]), others=np.array([1, 2]), scores=np.array([0.9, 0.8]))
    >>> one_each = Terms(room=np.ones(3, dtype=np.int64), late=np.array([0, 0, 2]))
    >>> assign(trio, one_each, held_back=0.0, rng=np.random.default_rng(1)).chosen.tolist()
    [1]
    """
    sat_out = rng.random(len(pairs)) < held_back
    # Equals come in random order; the lots above are drawn first, so that they are the pairs' own.
    drawn = rng.permutation(len(pairs))
    room = (terms.room[pairs.ones] > 0) & (terms.room[pairs.others] > 0)
    able = drawn[(room & ~sat_out)[drawn]]
    entry = Entry.of(pairs.where(able), terms)
    found = exact(entry) if entry.size() <= EXACT_PAIRS else improved(entry)
    chosen = able[np.array(sorted(found), dtype=np.int64)]
    best_first = np.lexsort((pairs.others[chosen], pairs.ones[chosen], -pairs.scores[chosen]))
    return Assignment(chosen=chosen[best_first], sat_out=sat_out, chance=1.0 - held_back)


def greedy(pairs: Pairs, terms: Terms) -> Integers:
    """Return what taking the best pair that there is room for, again and again, chooses: the answer to compare with."""
    return np.array(sorted(_greedy(Entry.of(pairs, terms))), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Pairs and terms as plain numbers, for loops: scores in millionths, lateness by member."""

    ends: Sequence[tuple[int, int]]
    scores: Sequence[int]
    room: Sequence[int]
    late: Sequence[int]

    @classmethod
    def of(cls, pairs: Pairs, terms: Terms) -> "Entry":
        """Take pairs whose members all have room."""
        scores = np.maximum(np.rint(pairs.scores * SCALE), 1).astype(np.int64)
        ends = list(zip(pairs.ones.tolist(), pairs.others.tolist(), strict=True))
        return cls(ends=ends, scores=scores.tolist(), room=terms.room.tolist(), late=terms.late.tolist())

    def size(self) -> int:
        """Return how much an exact answer has to look at."""
        return sum(TWICE if self.wide(pair) else 1 for pair in range(len(self.ends)))

    def wide(self, pair: int) -> bool:
        """Tell whether both members have room for several."""
        one, other = self.ends[pair]
        return min(self.room[one], self.room[other]) > 1

    def worth(self, pair: int) -> tuple[int, int]:
        """Return what a pair brings: lateness, then score."""
        one, other = self.ends[pair]
        return self.late[one] + self.late[other], self.scores[pair]

    def value(self, chosen: set[int]) -> tuple[int, int]:
        """Return lateness served and total score."""
        served = {member for pair in chosen for member in self.ends[pair]}
        return sum(self.late[member] for member in served), sum(self.scores[pair] for pair in chosen)


def exact(entry: Entry) -> set[int]:
    """Return the best set by maximum-weight matching (Edmonds 1965; networkx).

    A member with more room is so many nodes, of which the first carries the lateness. Where both ends have more, a
    pair is two nodes more, joined by an edge as heavy as half of either way of using it, so that it is used by both
    ends or not at all, and once (Tutte 1954).
    """
    tall = 1 + sum(entry.scores)
    high = tall * (1 + max(entry.late, default=0))
    graph: nx.Graph[Hashable] = nx.Graph()
    for pair, (one, other) in enumerate(entry.ends):
        if not entry.wide(pair):
            for this, bonus in _copies(entry, one, tall):
                for that, more in _copies(entry, other, tall):
                    graph.add_edge(this, that, weight=entry.scores[pair] + bonus + more, pair=pair)
            continue
        graph.add_edge((pair, "one"), (pair, "other"), weight=2 * high, pair=None)
        for side, member, score in (("one", one, 0), ("other", other, entry.scores[pair])):
            for copy, bonus in _copies(entry, member, tall):
                graph.add_edge((pair, side), copy, weight=high + bonus + score, pair=pair)
    used = {graph.edges[edge]["pair"] for edge in nx.max_weight_matching(graph)}
    return used - {None}


def _copies(entry: Entry, member: int, tall: int) -> list[tuple[tuple[str, int, int], int]]:
    return [(("member", member, copy), 0 if copy else tall * entry.late[member]) for copy in range(entry.room[member])]


def improved(entry: Entry) -> set[int]:
    """Return the best of two greedy answers, each improved by chains of exchanges until none helps; never worse."""
    starts = [_greedy(entry), *([_greedy(entry, late_first=True)] if any(entry.late) else [])]
    return max((_Search(entry, start).best() for start in starts), key=entry.value)


def _greedy(entry: Entry, *, late_first: bool = False) -> set[int]:
    keys = [entry.worth(pair) for pair in range(len(entry.ends))] if late_first else entry.scores
    room = list(entry.room)
    chosen = set()
    for pair in sorted(range(len(entry.ends)), key=keys.__getitem__, reverse=True):
        one, other = entry.ends[pair]
        if room[one] > 0 and room[other] > 0:
            room[one] -= 1
            room[other] -= 1
            chosen.add(pair)
    return chosen


@dataclass
class _Search:
    """Improves a set of pairs by chains: a member without a pair takes one, whom that leaves takes another, and so on.

    A chain is kept up to where it was worth most, and taken back beyond (Kernighan and Lin 1970).
    """

    entry: Entry
    chosen: set[int]
    gain: int = 0
    done: list[tuple[int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.of: defaultdict[int, list[int]] = defaultdict(list)  # all pairs of a member
        self.held: defaultdict[int, set[int]] = defaultdict(set)  # those chosen
        for pair, ends in enumerate(self.entry.ends):
            for member in ends:
                self.of[member].append(pair)
                if pair in self.chosen:
                    self.held[member].add(pair)

    def best(self) -> set[int]:
        """Improve until no chain helps, or often enough."""
        sweeps = 0
        while sweeps < MOST_SWEEPS and self.sweep():
            sweeps += 1
        return self.chosen

    def sweep(self) -> bool:
        """Try a chain from every member with room left, and one from every pair; returns whether any helped."""
        better = False
        for member in self.of:
            while len(self.held[member]) < self.entry.room[member] and self._chain([member]):
                better = True
        for pair in sorted(self.chosen):
            if pair in self.chosen:
                better |= self._chain(list(self.entry.ends[pair]), without=pair)
        return better

    def _chain(self, waiting: list[int], *, without: int | None = None) -> bool:
        self.gain, self.done = 0, []
        best, kept = 0, 0
        seen = set(waiting)
        if without is not None:
            self._change(without, add=False)
        for _ in range(LONGEST_CHAIN):
            if not waiting:
                break
            left = self._take(waiting.pop(), seen)
            waiting += [member for member in left if member not in seen]
            seen.update(left)
            if self.gain > best:
                best, kept = self.gain, len(self.done)
        while len(self.done) > kept:
            self._undo()
        return best > 0

    def _take(self, member: int, seen: set[int]) -> list[int]:
        """Give a member the pair that gains most, also at the cost of the other's lightest; returns who is left."""
        best, most = None, -LATE
        for pair in self.of[member]:
            if pair not in self.chosen:
                other = self._other(pair, member)
                price = self._price(other)
                gain = self.entry.scores[pair] - price
                if gain > most and (other not in seen or price == 0):
                    best, most = pair, gain
        if best is None or len(self.held[member]) >= self.entry.room[member]:
            return []
        left = self._make_room(self._other(best, member))
        self._change(best, add=True)
        return left

    def _make_room(self, member: int) -> list[int]:
        if len(self.held[member]) < self.entry.room[member]:
            return []
        lightest = self._lightest(member)
        self._change(lightest, add=False)
        return [self._other(lightest, member)]

    def _price(self, member: int) -> int:
        full = len(self.held[member]) >= self.entry.room[member]
        return self.entry.scores[self._lightest(member)] if full else 0

    def _lightest(self, member: int) -> int:
        return min(self.held[member], key=lambda pair: (self.entry.scores[pair], pair))

    def _other(self, pair: int, member: int) -> int:
        one, other = self.entry.ends[pair]
        return other if member == one else one

    def _change(self, pair: int, *, add: bool) -> None:
        self.done.append((pair, add))
        self._set(pair, add=add)

    def _undo(self) -> None:
        pair, added = self.done.pop()
        self._set(pair, add=not added)

    def _set(self, pair: int, *, add: bool) -> None:
        sign = 1 if add else -1
        self.gain += sign * self.entry.scores[pair]
        for member in self.entry.ends[pair]:
            first = len(self.held[member]) == (0 if add else 1)
            self.gain += sign * LATE * self.entry.late[member] if first else 0
            (self.held[member].add if add else self.held[member].discard)(pair)
        (self.chosen.add if add else self.chosen.discard)(pair)
