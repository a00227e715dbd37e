"""Small groups: a chosen pair grows by members who are good matches of everybody in it, and share something with all.

As whoever may not be matched is in no pair, a group in which every two are a pair holds nobody who is acquainted with,
blocked by or frozen for another.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from serendipity.matching.assignment.assignment import MemberTerms, Pairs
from serendipity.matching.snapshot.edges import Integers

LARGEST = 5
Group = tuple[int, ...]


def grow_groups(
    pairs: Pairs, chosen: Integers, terms: MemberTerms, *, size: int, together: Callable[[Sequence[int]], bool]
) -> list[Group]:
    """Return the chosen pairs, best first, some of them grown to groups of at most `size` members (rows).

    First those who are left without a pair join, the best first; then whole pairs do. `together` tells whether these
    have something in common.

    >>> trio = Pairs(ones=np.array([0, 0, 1]), others=np.array([1, 2, 2]), scores=np.array([0.9, 0.8, 0.7]))
    >>> one_each = MemberTerms(capacity=np.ones(3, dtype=np.int64), priority=np.zeros(3, dtype=np.int64))
    >>> grow_groups(trio, np.array([0]), one_each, size=3, together=lambda rows: True)
    [(0, 1, 2)]
    """
    growing = _Growing(pairs, chosen, terms, min(size, LARGEST), together)
    return growing.groups()


class _Growing:
    """Groups on their way."""

    def __init__(
        self, pairs: Pairs, chosen: Integers, terms: MemberTerms, size: int, together: Callable[[Sequence[int]], bool]
    ) -> None:
        self._size, self._together = size, together
        self._score: dict[int, dict[int, float]] = defaultdict(dict)
        for one, other, score in zip(pairs.ones.tolist(), pairs.others.tolist(), pairs.scores.tolist(), strict=True):
            self._score[one][other] = self._score[other][one] = score
        kept = pairs.where(chosen)
        self._seeds = list(zip(kept.ones.tolist(), kept.others.tolist(), strict=True))
        load = np.bincount(np.concatenate([kept.ones, kept.others]), minlength=len(terms.capacity))
        self._left = (terms.capacity - load).tolist()
        self._absorbed: set[int] = set()

    def groups(self) -> list[Group]:
        found = []
        for place, seed in enumerate(self._seeds):
            if place not in self._absorbed:
                found.append(self._with_pairs(self._with_leftovers(seed), place))
        return found

    def _with_leftovers(self, group: Group) -> Group:
        while len(group) < self._size and (joining := self._best_leftover(group)) is not None:
            self._left[joining] -= 1
            group = (*group, joining)
        return group

    def _best_leftover(self, group: Group) -> int | None:
        fitting = [
            member for member in self._score[group[0]] if self._left[member] > 0 and self._fits((member,), group)
        ]
        return max(fitting, key=lambda member: (self._sum((member,), group), -member), default=None)

    def _with_pairs(self, group: Group, place: int) -> Group:
        for later in range(place + 1, len(self._seeds)):
            joining = self._seeds[later]
            if len(group) + len(joining) > self._size:
                break
            if later not in self._absorbed and self._fits(joining, group):
                self._absorbed.add(later)
                group = (*group, *joining)
        return group

    def _fits(self, joining: Group, group: Group) -> bool:
        good = all(one != other and other in self._score[one] for one in joining for other in group)
        return good and self._together((*group, *joining))

    def _sum(self, joining: Group, group: Group) -> float:
        return sum(self._score[one][other] for one in joining for other in group)
