"""Candidates by what they work on.

relevance(u, v) = x_u (I + βR) x_vᵀ, where x is the unit vector of √weight × idf over topics, idf(t) = ln(1 + M/df(t))
(Spärck Jones 1972; rare shared attributes raise interest most), and R spreads an interest to its related topics:
R(s, t) = related(s, t) / √(count(s)·count(t)), the k nearest of each. The square root damps what is said at every
visit; both it and the cosine are indifferent to the moment of reading, as all interests decay alike.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from serendipity.matching.candidates.fusion import Allowed, AllPairs, RankedLists
from serendipity.matching.candidates.nearest import Nearest, NotFindable
from serendipity.matching.kernels.blocks import Rows
from serendipity.matching.kernels.pairs import products, two_products
from serendipity.matching.kernels.scratch_buffers import zeroed_buffer
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import (
    Floats,
    Integers,
    Sparse,
    cap,
    exact,
    product,
    scale_columns,
    scale_rows,
    unit_rows,
)
from serendipity.matching.snapshot.snapshot import Snapshot

FEW = 1_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Interests:
    """Unit profiles (members × topics), and what a topic spreads to, itself among it: I + βR."""

    profiles: Sparse
    spread: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Interests":
        """Prepare the source once per snapshot."""
        rarity = idf(snapshot.interests)
        profiles = weigh_by_idf(snapshot.interests, rarity)
        related = settings.widening * affinities(snapshot, settings.related_topics)
        spread = sparse.csr_array(sparse.eye_array(related.shape[0]) + related)
        return cls(profiles=profiles, spread=spread)

    @cached_property
    def by_topic(self) -> Sparse:
        """The profiles transposed, for whole blocks."""
        return sparse.csr_array(self.profiles.T)

    @cached_property
    def nearest(self) -> Nearest:
        """The profiles made ready to be searched."""
        return Nearest.of(self.profiles)

    def asked(self, rows: Integers) -> "InterestScores":
        """Return what answers for these rows, by bounds: most members are not looked at."""
        return InterestScores(interests=self, rows=rows, queries=self.widened(rows))

    def block(self, rows: Integers) -> Sparse:
        """Return relevance in [0, 1] (rows × members)."""
        widened = self.widened(rows)
        return cap(product(widened, np.arange(len(rows), dtype=np.int64), self.by_topic))

    def widened(self, rows: Integers) -> Sparse:
        """Return profiles with what spreads to related topics (rows × topics, columns in no order)."""
        return product(self.profiles, rows, self.spread)


@dataclass(frozen=True, kw_only=True, eq=False)
class InterestScores:
    """The source asked about `rows`, with their widened profiles (rows × topics)."""

    interests: Interests
    rows: Integers
    queries: Sparse

    def best(self, allowed: Allowed, count: int) -> RankedLists:
        """Search; among few it is quicker to look at all of them."""
        few = np.flatnonzero(allowed.eligible)
        if len(few) <= FEW:
            return self._whole(few).best(allowed, count)
        apart = NotFindable(
            own=self.rows,
            pairs=allowed.excluded[self.rows],
            groups=allowed.organisations,
            eligible=None if len(few) == len(allowed.eligible) else allowed.eligible,
        )
        found = self.interests.nearest.best(self.queries, count, apart=apart)
        return RankedLists.of(found.rows, np.minimum(found.scores.astype(np.float64), 1.0))

    def of_pairs(self, where: Integers, columns: Integers) -> Floats:
        """Multiply pairs out."""
        profiles = self.interests.profiles
        with zeroed_buffer(profiles.shape[1]) as spread:
            found: Floats = products(exact(self.queries), exact(profiles), where, columns, spread)
        return np.minimum(found, 1.0)

    def likeness(self, where: Integers, columns: Integers) -> tuple[Floats, Floats]:
        """Return the score of pairs and the cosine of their profiles, which is without what spreads."""
        profiles = exact(self.interests.profiles)
        with zeroed_buffer(self.queries.shape[1]) as spread, zeroed_buffer(self.queries.shape[1]) as wide:
            found = two_products(
                profiles, self.rows[where], exact(self.queries), where, profiles, columns, spread, wide
            )
        return np.minimum(found[1], 1.0), found[0]

    def _whole(self, few: Integers) -> AllPairs:
        columns = np.tile(few, len(self.rows))
        scores = self.of_pairs(np.repeat(np.arange(len(self.rows), dtype=np.int64), len(few)), columns)
        starts = np.arange(len(self.rows) + 1, dtype=np.int32) * len(few)
        block = Rows(starts.astype(np.int32), columns.astype(np.int32), scores)
        return AllPairs(rows=self.rows, block=block, width=self.interests.profiles.shape[0])


def idf(interests: Sparse) -> Floats:
    """Return ln(1 + members/members interested) per topic.

    >>> idf(sparse.csr_array(np.array([[1.0, 1.0], [1.0, 0.0]]))).round(2).tolist()
    [0.69, 1.1]
    """
    interested = np.bincount(interests.indices, minlength=interests.shape[1])
    return np.log1p(interests.shape[0] / np.maximum(interested, 1))


def weigh_by_idf(matrix: Sparse, rarity: Floats) -> Sparse:
    """Return unit rows of √weight × rarity."""
    return unit_rows(scale_columns(matrix.sqrt(), rarity))


def affinities(snapshot: Snapshot, nearest: int) -> Sparse:
    """Return how near topics are (topics × topics, in [0, 1]): together / √(count·count), the nearest of each topic."""
    counts = snapshot.topic_counts
    scale = np.divide(1.0, np.sqrt(counts), out=np.zeros_like(counts), where=counts > 0)
    near = cap(scale_rows(scale_columns(snapshot.related, scale), scale))
    return nearest_of_each(near, nearest)


def nearest_of_each(matrix: Sparse, kept: int) -> Sparse:
    """Keep the greatest entries of each row, ties by the smaller column."""
    lengths = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    rank = np.arange(len(order)) - matrix.indptr[:-1][rows]
    chosen = order[rank < kept]
    parts = matrix.data[chosen], (rows[chosen], matrix.indices[chosen])
    return sparse.csr_array(sparse.coo_array(parts, shape=matrix.shape))
