"""Candidates by what one seeks and the other offers, both ways.

With a = cos(seeks_u, offers_v) and b = cos(seeks_v, offers_u), both over √weight × idf, the score is their harmonic
mean 2ab/(a + b) (Pizzato et al. 2010, RECON). A one-sided hit still counts a little: each side is at least ε, so that
the score of a pure favour is about 2ε.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from serendipity.matching.edges import Integers, Sparse, values_at
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot
from serendipity.matching.sources.interests import idf, weighed

ONE_SIDED = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Wants:
    """Unit rows of what members seek and offer (members × topics), and both transposed."""

    seeks: Sparse
    offers: Sparse
    by_sought: Sparse
    by_offered: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Wants":
        """Prepare the source once per snapshot."""
        rarity = idf(sparse.csr_array(snapshot.seeks + snapshot.offers))
        seeks, offers = weighed(snapshot.seeks, rarity), weighed(snapshot.offers, rarity)
        return cls(
            seeks=seeks, offers=offers, by_sought=sparse.csr_array(seeks.T), by_offered=sparse.csr_array(offers.T)
        )

    def block(self, rows: Integers) -> Sparse:
        """Return the score in [0, 1] (rows × members)."""
        gets = sparse.csr_array(self.seeks[rows] @ self.by_offered)
        gives = sparse.csr_array(self.offers[rows] @ self.by_sought)
        either = sparse.csr_array(gets + gives)
        for side in (gets, gives):
            side.sort_indices()
        where, what = (ends.astype(np.int64) for ends in either.nonzero())
        one, other = (np.maximum(values_at(side, where, what), ONE_SIDED) for side in (gets, gives))
        harmonic = np.minimum(2.0 * one * other / (one + other), 1.0)
        return sparse.csr_array(sparse.coo_array((harmonic, (where, what)), shape=either.shape))
