"""Unexpectedness of a pair: humped familiarity times humped overlap.

Moderately weak ties introduce best (inverted U, 20 million people), and some overlap beats most of it: clones would
have met, strangers with nothing in common have nothing to say. Both factors are exp(−((x − peak)/width)²), in (0, 1].
"""

from dataclasses import dataclass

import numpy as np

from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse, of_pairs, scale_columns, with_one
from serendipity.matching.snapshot.snapshot import Snapshot

USUAL_OVERLAP = 0.25  # of acquainted members, where there are too few to measure it
ENOUGH_PAIRS = 50
SAME_ORGANISATION = 0.3
HEARSAY = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Familiarity:
    """Likelihood that two know of each other without a tie: small events in common, one organisation."""

    attendance: Sparse  # members × events, 1/√size
    organisations: Integers

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Familiarity":
        """Prepare once per snapshot."""
        root = 1.0 / np.sqrt(np.maximum(snapshot.sizes - 1.0, 1.0))
        return cls(attendance=scale_columns(snapshot.attended, root), organisations=snapshot.organisation_codes)

    def of_pairs(self, rows: Integers, columns: Integers, closeness: Floats, settings: MatchSettings) -> Floats:
        """Return the familiarity of pairs in [0, 1): the chance that any of three grounds holds.

        Ties: half of x/(x + x₀) with x the damped walks: hearsay is no acquaintance. Events: 1 − exp(−Σ 1/(size − 1)):
        a dinner for two counts .63, a conference of 500 .002. Organisation: .3.
        """
        return self._of(of_pairs(self.attendance, rows, columns), rows, columns, closeness, settings)

    def of_one(self, own: int, rows: Integers, settings: MatchSettings) -> Floats:
        """Return the familiarity of one row with a few, ties left out of it."""
        together, _ = with_one(self.attendance, own, rows)
        return self._of(together, np.full(len(rows), own), rows, np.zeros(len(rows)), settings)

    def _of(
        self, together: Floats, rows: Integers, columns: Integers, closeness: Floats, settings: MatchSettings
    ) -> Floats:
        ties = HEARSAY * closeness / (closeness + settings.usual_closeness)
        same = (self.organisations[rows] == self.organisations[columns]) & (self.organisations[rows] >= 0)
        strangers: Floats = (1.0 - ties) * np.exp(-together) * (1.0 - SAME_ORGANISATION * same)
        return 1.0 - strangers


def relative_overlap(overlap: Floats, usual: float) -> Floats:
    """Scale a cosine by what is usual among the acquainted: x/(x + usual), ½ at the usual.

    >>> relative_overlap(np.array([0.0, 0.25, 0.75]), 0.25).tolist()
    [0.0, 0.5, 0.75]
    """
    return overlap / (overlap + usual)


def usual_overlap(profiles: Sparse, knows: Sparse) -> float:
    """Return the median cosine of members with a tie who share anything, over at most 5,000 pairs spread evenly."""
    pairs = np.arange(knows.nnz, dtype=np.int64)
    if len(pairs) < 2 * ENOUGH_PAIRS:
        return USUAL_OVERLAP
    pairs = pairs[:: max(len(pairs) // 5_000, 1)]
    rows = np.searchsorted(knows.indptr, pairs, side="right").astype(np.int64) - 1
    shared = of_pairs(profiles, rows, knows.indices[pairs].astype(np.int64))
    known = shared[shared > 0]
    return float(np.median(known)) if len(known) >= ENOUGH_PAIRS else USUAL_OVERLAP


def hump(value: Floats, peak: float, width: float) -> Floats:
    """Return exp(−((x − peak)/width)²).

    >>> hump(np.array([0.0, 0.2, 0.4]), 0.2, 0.2).round(2).tolist()
    [0.37, 1.0, 0.37]
    """
    height: Floats = np.exp(-(((value - peak) / width) ** 2))
    return height


def unexpectedness(familiarity: Floats, overlap: Floats, settings: MatchSettings) -> Floats:
    """Return how unexpected pairs are, in (0, 1], from familiarity and relative overlap."""
    return hump(familiarity, settings.familiarity_peak, settings.familiarity_width) * hump(
        overlap, settings.overlap_peak, settings.overlap_width
    )
