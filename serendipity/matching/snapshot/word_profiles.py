"""Word profiles of members: all words of their texts, also those that are no topics (yet), and their phrases.

profile(u, w) = count(u, w)·ln(N/df(w)), scaled to length 1 (Spärck Jones 1972); N is the number of distinct texts,
df(w) of those with w; a word of one text only, or of a fifth of all, says nothing.
Of two who say the same in the same words one expects that they would have met. Phrases, those that were recognised in a
text whether or not they are topics, weigh likewise.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy import sparse

from serendipity.matching.candidates.fusion import AllPairs, SourceScores
from serendipity.matching.snapshot.edges import (
    Floats,
    Integers,
    Sparse,
    exact,
    of_pairs,
    product,
    scale_columns,
    unit_rows,
)
from serendipity.matching.snapshot.snapshot import Snapshot

FEWEST_TEXTS = 2
COMMON = 0.2
Said = tuple[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True, eq=False)
class WordProfiles:
    """Unit profiles (members × words), in the order of a snapshot, the same transposed, and those of phrases."""

    profiles: Sparse
    by_word: Sparse
    phrases: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, said: Iterable[Said], phrased: Iterable[Said] = ()) -> "WordProfiles":
        """Take in texts: (member, its words), and its phrases; members that the snapshot lacks only count as texts."""
        profiles = _profiles(snapshot, said)
        return cls(profiles=profiles, by_word=sparse.csr_array(profiles.T), phrases=_profiles(snapshot, phrased))

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        return AllPairs(rows=rows, block=exact(self.block(rows)), width=self.by_word.shape[1])

    def block(self, rows: Integers) -> Sparse:
        """Return the cosine in [0, 1] (rows × members)."""
        return product(self.profiles, rows, self.by_word)

    def of_pairs(self, rows: Integers, columns: Integers) -> Floats:
        """Return the cosine of pairs."""
        return of_pairs(self.profiles, rows, columns)


def _profiles(snapshot: Snapshot, said: Iterable[Said]) -> Sparse:
    known: dict[str, int] = {}
    counts: Counter[tuple[int, int]] = Counter()
    texts = set()
    for member, words in said:
        numbers = [known.setdefault(word, len(known)) for word in words]
        texts.add(tuple(numbers))
        if (row := snapshot.member_index.get(member)) is not None:
            counts.update((row, number) for number in numbers)
    shape = len(snapshot.members), len(known)
    ends = np.array(list(counts), dtype=np.int64).reshape(-1, 2)
    values = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
    said_by = sparse.csr_array(sparse.coo_array((values, (ends[:, 0], ends[:, 1])), shape=shape))
    profiles = unit_rows(scale_columns(said_by, _rarity(texts, len(known))))
    profiles.eliminate_zeros()
    return profiles


def _rarity(texts: set[tuple[int, ...]], size: int) -> Floats:
    each = np.fromiter(chain.from_iterable(map(set, texts)), dtype=np.int64)
    found = np.bincount(each, minlength=size)
    telling = (found >= FEWEST_TEXTS) & (found <= COMMON * len(texts))
    return np.where(telling, np.log(max(len(texts), 1) / np.maximum(found, 1)), 0.0)
