"""Candidates from another circle: one's own work is what the other's circle works on.

score(u, v) = (cos(x_u, y_v) + cos(x_v, y_u))/2, with x_u the unit profile of u and y_u that of what its ties do,
by strength. Somebody whom v knows works as u does, and is the broker: paths of length three, which tell new ties
better than friends in common do (Kovács et al. 2019), and join those on two sides of a gap (Burt 2004).
"""

from dataclasses import dataclass

from scipy import sparse

from serendipity.matching.candidates.fusion import AllPairs, SourceScores
from serendipity.matching.candidates.sources.interests import idf, nearest_of_each, weigh_by_idf
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Integers, Sparse, exact, product, unit_rows
from serendipity.matching.snapshot.snapshot import Snapshot

TOLD = 100  # of a circle, what it works on most


@dataclass(frozen=True, kw_only=True, eq=False)
class Bridging:
    """Own profiles beside those of the circle (members × twice the topics), and the other way round, transposed."""

    profiles: Sparse
    by_topic: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Bridging":
        """Prepare the source once per snapshot."""
        return cls.over(snapshot.knows, weigh_by_idf(snapshot.interests, idf(snapshot.interests)))

    @classmethod
    def over(cls, ties: Sparse, own: Sparse) -> "Bridging":
        """Prepare the source over ties (members × members) and unit profiles (members × topics, or words)."""
        circles = unit_rows(nearest_of_each(sparse.csr_array(ties @ own), TOLD))
        swapped = sparse.csr_array(sparse.hstack([circles, own]))
        return cls(profiles=sparse.csr_array(sparse.hstack([own, circles]) * 0.5), by_topic=sparse.csr_array(swapped.T))

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        return AllPairs(rows=rows, block=exact(self.block(rows)), width=self.by_topic.shape[1])

    def block(self, rows: Integers) -> Sparse:
        """Return the score in [0, 1] (rows × members)."""
        return product(self.profiles, rows, self.by_topic)
