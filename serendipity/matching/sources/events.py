"""Candidates by events that both attended, small ones above all.

score(u, v) = 1 − exp(−Σ_e 2^(−age(e)/h) / ln(1 + size(e))) over shared events (Adamic and Adar 2003, with the age of
the event). Ages are counted back from the latest attended event.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from serendipity.domain.decay import DAY
from serendipity.matching.blocks_kernel import Rows
from serendipity.matching.edges import Floats, Integers, Sparse, as_matrix, products_with_all, scaled_columns
from serendipity.matching.fusion import Asked, Whole
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """Attendance weighted by √(age and size) of the event (members × events), and the same transposed."""

    attendance: Sparse
    by_event: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Events":
        """Prepare the source once per snapshot."""
        return cls.with_half_life(snapshot, settings.event_half_life_days)

    @classmethod
    def with_half_life(cls, snapshot: Snapshot, half_life_days: float) -> "Events":
        """Prepare the source with another half-life of events than the settings'."""
        root = np.sqrt(freshness(snapshot, half_life_days) / np.log1p(np.maximum(snapshot.sizes, 1.0)))
        attendance = scaled_columns(snapshot.attended, root)
        return cls(attendance=attendance, by_event=sparse.csr_array(attendance.T))

    def asked(self, rows: Integers) -> Asked:
        """Return what answers for these rows."""
        return Whole(rows=rows, block=self._scores(rows), width=self.by_event.shape[1])

    def block(self, rows: Integers) -> Sparse:
        """Return the score in [0, 1) (rows × members)."""
        return as_matrix(self._scores(rows), self.by_event.shape[1])

    def _scores(self, rows: Integers) -> Rows:
        shared = products_with_all(self.attendance, rows, self.by_event)
        return shared._replace(weights=-np.expm1(-shared.weights))


def freshness(snapshot: Snapshot, half_life_days: float) -> Floats:
    """Return what is left of each event at the time of the latest one that anybody attended."""
    held = snapshot.starts[snapshot.sizes > 0]
    days = (snapshot.starts - held.max(initial=-np.inf)) / DAY.total_seconds()
    fresh: Floats = np.exp2(np.minimum(days, 0.0) / half_life_days)
    return fresh
