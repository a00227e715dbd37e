"""Candidates over ties: friends of friends, and theirs.

score(u, v) = Σₖ αᵏ·(D^(−½) W D^(−½))ᵏ(u, v) · (d(v)/d̄)^½⁻ᵝ, k ≤ steps, with W the ties' decayed strengths, d their sum
per member and d̄ its mean. At β = 0 a list is ordered as by personalised PageRank (Page et al. 1998; Haveliwala 2002),
cut off after a few steps, which keeps it sparse; at β = ½ well-connected members get no bonus. All ties decay alike,
so the order is indifferent to the moment of reading.
"""

from dataclasses import dataclass

import numpy as np

from serendipity.matching.candidates.fusion import AllPairs, SourceScores
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

NEGLIGIBLE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Paths:
    """Ties scaled by both ends' sums (members × members, symmetric), and the bonus of the well-connected."""

    ties: Sparse
    bonus: Floats
    damping: float
    steps: int
    walkers: int

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Paths":
        """Prepare the source once per snapshot."""
        return cls.over(snapshot.knows, settings)

    @classmethod
    def over(cls, ties: Sparse, settings: MatchSettings) -> "Paths":
        """Prepare the source over other ties (members × members, symmetric) than the snapshot's."""
        strength = row_sums(ties)
        root = np.sqrt(np.divide(1.0, strength, out=np.zeros_like(strength), where=strength > 0))
        usual = float(np.mean(strength[strength > 0])) if (strength > 0).any() else 1.0
        return cls(
            ties=scale_rows(scale_columns(ties, root), root),
            bonus=(strength / usual) ** (0.5 - settings.hub_damping),
            damping=settings.damping,
            steps=settings.steps,
            walkers=settings.walkers,
        )

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        walks = self._walked(rows)
        block = walks._replace(weights=walks.weights * self.bonus[walks.columns])
        return AllPairs(rows=rows, block=block, width=len(self.bonus))

    def block(self, rows: Integers) -> Sparse:
        """Return the score (rows × members, 0 and more)."""
        block = self.closeness(rows)
        block.data *= self.bonus[block.indices]
        return block

    def closeness(self, rows: Integers) -> Sparse:
        """Return the damped sum over walks, without the bonus: symmetric, at most α/(1 − α) (rows × members)."""
        return as_matrix(self._walked(rows), len(self.bonus))

    def _walked(self, rows: Integers) -> Rows:
        ties, size = exact(self.ties), len(self.bonus)
        with zeroed_buffer(size) as total, zeroed_buffer(size) as there:
            return Rows(*walk(rows, ties, self.damping, self.steps, NEGLIGIBLE, self.walkers, total, there))
