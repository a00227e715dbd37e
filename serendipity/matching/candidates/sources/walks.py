"""Candidates by walks from person to person over whatever joins them: ties, topics or words, and events.

score(u, v) = Σ over walks of up to `STEPS` edges of Π over their edges, with edges (of u or of what u shares)
√(α·s_kind)·(D_r^(−½) B D_c^(−½)) for what members share, and α·s_ties·(D^(−½) W D^(−½)) for ties: a walk of GraphJet's
(Sharma et al. 2016), whose middle nodes are the explanation, with both ends' sums divided out (Zhou et al. 2004), so
that neither the busy nor the common are everywhere. What more than `CROWD` share joins nobody; of each step the most
reached are walked on from. So the work per member is bounded however large the community is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import sparse

from serendipity.matching.candidates.fusion import AllPairs, SourceScores
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.candidates.sources.interests import idf, weigh_by_idf
from serendipity.matching.kernels.blocks import Rows, walk
from serendipity.matching.kernels.scratch_buffers import zeroed_buffer
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import (
    Floats,
    Integers,
    Sparse,
    as_matrix,
    exact,
    row_sums,
    scale_columns,
    scale_rows,
)
from serendipity.matching.snapshot.snapshot import Snapshot

DAMPING = 0.85
SHARES: Mapping[str, float] = MappingProxyType({"ties": 0.5, "shared": 0.25})
STEPS = 6
CROWD = 2_000
WALKERS = 400
NEGLIGIBLE = 1e-7


@dataclass(frozen=True, kw_only=True, eq=False)
class Walks:
    """The joint graph: members first, then all that they share (nodes × nodes, symmetric, chances of a step)."""

    graph: Sparse
    members: int

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Walks":
        """Prepare the source once per snapshot."""
        topics = weigh_by_idf(snapshot.interests, idf(snapshot.interests))
        return cls.over(snapshot.knows, [topics, Events.of(snapshot, settings).attendance])

    @classmethod
    def over(cls, ties: Sparse, shared: Sequence[Sparse]) -> "Walks":
        """Prepare the source over ties (members × members) and what members share (each members × things)."""
        known = DAMPING * SHARES["ties"] * _normalise(ties)
        things = [np.sqrt(DAMPING * SHARES["shared"]) * _normalise(_without_crowds(each)) for each in shared]
        beside = sparse.csr_array(sparse.hstack(things, format="csr"))
        below = sparse.hstack([beside.T, sparse.csr_array((beside.shape[1], beside.shape[1]))])
        graph = sparse.csr_array(sparse.vstack([sparse.hstack([known, beside]), below]))
        return cls(graph=graph, members=ties.shape[0])

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        return AllPairs(rows=rows, block=exact(self.block(rows)), width=self.members)

    def block(self, rows: Integers) -> Sparse:
        """Return the score (rows × members, 0 and more)."""
        size = self.graph.shape[0]
        with zeroed_buffer(size) as total, zeroed_buffer(size) as there:
            found = Rows(*walk(rows, exact(self.graph), 1.0, STEPS, NEGLIGIBLE, WALKERS, total, there))
        people = found.columns < self.members
        starts = np.concatenate([[0], np.cumsum(people)])[found.starts].astype(np.int32)
        return as_matrix(Rows(starts, found.columns[people], found.weights[people]), self.members)


def _normalise(matrix: Sparse) -> Sparse:
    """Divide by the roots of the sums of the rows and the columns."""
    by_row, by_column = row_sums(matrix), row_sums(sparse.csr_array(matrix.T))
    return scale_rows(scale_columns(matrix, _inverse_root(by_column)), _inverse_root(by_row))


def _inverse_root(sums: Floats) -> Floats:
    return np.sqrt(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0))


def _without_crowds(matrix: Sparse) -> Sparse:
    """Leave out what too many share."""
    shared_by = np.bincount(matrix.indices, minlength=matrix.shape[1])
    result = scale_columns(matrix, np.where(shared_by <= CROWD, 1.0, 0.0))
    result.eliminate_zeros()
    return result
