"""Candidates by what one seeks and the other offers, both ways.

With a = cos(seeks_u, offers_v) and b = cos(seeks_v, offers_u), both over √weight × idf, the score is their harmonic
mean 2ab/(a + b) (Pizzato et al. 2010, RECON). A one-sided hit still counts a little: each side is at least ε, so that
the score of a pure favour is about 2ε.
"""

from dataclasses import dataclass

from scipy import sparse

from serendipity.matching.candidates.fusion import AllPairs, SourceScores
from serendipity.matching.candidates.sources.interests import idf, weigh_by_idf
from serendipity.matching.kernels.blocks import Rows, harmonic
from serendipity.matching.kernels.scratch_buffers import zeroed_buffer
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Integers, Sparse, as_matrix, exact
from serendipity.matching.snapshot.snapshot import Snapshot

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
        seeks, offers = weigh_by_idf(snapshot.seeks, rarity), weigh_by_idf(snapshot.offers, rarity)
        return cls(
            seeks=seeks, offers=offers, by_sought=sparse.csr_array(seeks.T), by_offered=sparse.csr_array(offers.T)
        )

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        return AllPairs(rows=rows, block=self._scores(rows), width=self.by_offered.shape[1])

    def block(self, rows: Integers) -> Sparse:
        """Return the score in [0, 1] (rows × members)."""
        return as_matrix(self._scores(rows), self.by_offered.shape[1])

    def _scores(self, rows: Integers) -> Rows:
        size = self.by_offered.shape[1]
        seeks, by_offered, offers, by_sought = map(exact, (self.seeks, self.by_offered, self.offers, self.by_sought))
        with zeroed_buffer(size) as gets, zeroed_buffer(size) as gives:
            return Rows(*harmonic(rows, seeks, by_offered, offers, by_sought, ONE_SIDED, gets, gives))
