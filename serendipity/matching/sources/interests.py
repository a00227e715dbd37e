"""Candidates by what they work on.

relevance(u, v) = x_u (I + βR) x_vᵀ, where x is the unit vector of √weight × idf over topics, idf(t) = ln(1 + M/df(t))
(Spärck Jones 1972; rare shared attributes raise interest most), and R spreads an interest to its related topics:
R(s, t) = related(s, t) / √(count(s)·count(t)), the k nearest of each. The square root damps what is said at every
visit; both it and the cosine are indifferent to the moment of reading, as all interests decay alike.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from serendipity.matching.edges import Floats, Integers, Sparse, capped, scaled_columns, scaled_rows, unit_rows
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Interests:
    """Unit profiles (members × topics), the same transposed, and the spread over related topics (topics × topics)."""

    profiles: Sparse
    by_topic: Sparse
    spread: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Interests":
        """Prepare the source once per snapshot."""
        rarity = idf(snapshot.interests)
        profiles = weighed(snapshot.interests, rarity)
        spread = settings.widening * affinities(snapshot, settings.related_topics)
        return cls(profiles=profiles, by_topic=sparse.csr_array(profiles.T), spread=sparse.csr_array(spread))

    def block(self, rows: Integers) -> Sparse:
        """Return relevance in [0, 1] (rows × members)."""
        own = self.profiles[rows]
        return capped(sparse.csr_array((own + own @ self.spread) @ self.by_topic))


def idf(interests: Sparse) -> Floats:
    """Return ln(1 + members/members interested) per topic.

    >>> idf(sparse.csr_array(np.array([[1.0, 1.0], [1.0, 0.0]]))).round(2).tolist()
    [0.69, 1.1]
    """
    interested = np.bincount(interests.indices, minlength=interests.shape[1])
    return np.log1p(interests.shape[0] / np.maximum(interested, 1))


def weighed(matrix: Sparse, rarity: Floats) -> Sparse:
    """Return unit rows of √weight × rarity."""
    return unit_rows(scaled_columns(matrix.sqrt(), rarity))


def affinities(snapshot: Snapshot, nearest: int) -> Sparse:
    """Return how near topics are (topics × topics, in [0, 1]): together / √(count·count), the nearest of each topic."""
    counts = snapshot.topic_counts
    scale = np.divide(1.0, np.sqrt(counts), out=np.zeros_like(counts), where=counts > 0)
    near = capped(scaled_rows(scaled_columns(snapshot.related, scale), scale))
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
