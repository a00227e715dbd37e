"""Candidates by events that both attended, small ones above all.

score(u, v) = 1 − exp(−Σ_e 2^(−age(e)/h) / ln(1 + size(e))) over shared events (Adamic and Adar 2003, with the age of
the event). Ages are counted back from the latest attended event. In large communities events of thousands propose
nobody: they say next to nothing of a pair, and take longest to look through; who is proposed has their share all the
same.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from serendipity.domain.decay import DAY
from serendipity.matching.candidates.fusion import Allowed, AllPairs, RankedLists, SourceScores
from serendipity.matching.kernels.blocks import Rows
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import (
    Floats,
    Integers,
    Sparse,
    as_matrix,
    of_pairs,
    products_with_all,
    scale_columns,
    scale_rows,
)
from serendipity.matching.snapshot.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """Attendance weighted by √(age and size) of the event (members × events), and the same transposed.

    `proposing` is the latter with those events only that propose people to each other.
    """

    attendance: Sparse
    by_event: Sparse
    proposing: Sparse

    @classmethod
    def of(cls, snapshot: Snapshot, settings: MatchSettings) -> "Events":
        """Prepare the source once per snapshot."""
        return cls.with_half_life(snapshot, settings.event_half_life_days, settings.largest_event)

    @classmethod
    def with_half_life(cls, snapshot: Snapshot, half_life_days: float, largest: int | None = None) -> "Events":
        """Prepare the source with another half-life of events than the settings'."""
        root = np.sqrt(freshness(snapshot, half_life_days) / np.log1p(np.maximum(snapshot.sizes, 1.0)))
        attendance = scale_columns(snapshot.attended, root)
        by_event = sparse.csr_array(attendance.T)
        proposing = by_event if largest is None else scale_rows(by_event, (snapshot.sizes <= largest).astype(float))
        if largest is not None:
            proposing.eliminate_zeros()
        return cls(attendance=attendance, by_event=by_event, proposing=proposing)

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers for these rows."""
        return _EventScores(events=self, rows=rows)

    def block(self, rows: Integers) -> Sparse:
        """Return the score in [0, 1) (rows × members)."""
        return as_matrix(_scores(self.attendance, rows, self.by_event), self.by_event.shape[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class _EventScores:
    """The source asked about `rows`."""

    events: Events
    rows: Integers

    def best(self, allowed: Allowed, count: int) -> RankedLists:
        """Return who shares most with each row, among those who share an event that proposes."""
        block = _scores(self.events.attendance, self.rows, self.events.proposing)
        return AllPairs(rows=self.rows, block=block, width=len(allowed.eligible)).best(allowed, count)

    def of_pairs(self, where: Integers, columns: Integers) -> Floats:
        """Add up what pairs share, at events of any size."""
        shared: Floats = of_pairs(self.events.attendance, self.rows[where], columns)
        return -np.expm1(-shared)


def _scores(attendance: Sparse, rows: Integers, by_event: Sparse) -> Rows:
    shared = products_with_all(attendance, rows, by_event)
    return shared._replace(weights=-np.expm1(-shared.weights))


def freshness(snapshot: Snapshot, half_life_days: float) -> Floats:
    """Return what is left of each event at the time of the latest one that anybody attended."""
    held = snapshot.starts[snapshot.sizes > 0]
    days = (snapshot.starts - held.max(initial=-np.inf)) / DAY.total_seconds()
    fresh: Floats = np.exp2(np.minimum(days, 0.0) / half_life_days)
    return fresh
