"""Candidates by what those work on whom they know.

score(u, v) = cosine of y_u and y_v, where y_u = Σ_w W(u, w)·x_w is the sum of the unit profiles of u's ties, by their
strength: two whose circles work on the same have much to say, though neither says it themselves.
"""

from dataclasses import dataclass

from scipy import sparse

from serendipity.matching.candidates.fusion import AllPairs, SourceScores
from serendipity.matching.candidates.sources.interests import idf, weigh_by_idf
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Integers, Sparse, cap, exact, product, unit_rows
from serendipity.matching.snapshot.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbours:
    """Unit profiles of what a member's ties work on (members × topics), and the same transposed."""

    profiles: Sparse
    by_topic: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Neighbours":
        """Prepare the source once per snapshot."""
        own = weigh_by_idf(snapshot.interests, idf(snapshot.interests))
        profiles = unit_rows(sparse.csr_array(snapshot.knows @ own))
        return cls(profiles=profiles, by_topic=sparse.csr_array(profiles.T))

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        return AllPairs(rows=rows, block=exact(self.block(rows)), width=self.by_topic.shape[1])

    def block(self, rows: Integers) -> Sparse:
        """Return the score in [0, 1] (rows × members)."""
        return cap(product(self.profiles, rows, self.by_topic))
