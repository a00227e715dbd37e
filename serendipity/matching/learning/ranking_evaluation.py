"""Evaluation of rankings by later first ties: the share of members with one among their ten best.

Surprising is a later tie of two whom no walk of up to three ties joined, or who put things less alike than those who
became tied usually did: so back-tests count too, and neither way of ranking is measured by a formula of its own.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.learning.time_split import TimeSplit
from serendipity.matching.matcher import Scored
from serendipity.matching.scoring.re_ranker import stranger_pairs
from serendipity.matching.scoring.scoring import ranks
from serendipity.matching.snapshot.edges import Integers
from serendipity.matching.snapshot.word_profiles import WordProfiles

TEN = 10
FEWEST_MEMBERS = 40  # with a later first tie: below, one member more or less would decide


@dataclass(frozen=True, kw_only=True, slots=True)
class RankingQuality:
    """Of the members with a later first tie, the share who find one among their ten best, and a surprising one."""

    found: float
    surprising: float

    def is_better_than(self, other: "RankingQuality") -> bool:
        """Tell whether it finds more, and not fewer surprising ones."""
        return self.found > other.found and self.surprising >= other.surprising

    def is_worse_than(self, other: "RankingQuality") -> bool:
        """Tell whether it finds fewer, or fewer surprising ones."""
        return self.found < other.found or self.surprising < other.surprising


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial on `members` with a later first tie: `before` is fusion, `after` the re-ranker (None: too few)."""

    members: int
    first_ties: int
    before: RankingQuality | None = None
    after: RankingQuality | None = None

    @property
    def better(self) -> bool:
        """Tell whether the judgement found more, and not fewer surprising ones."""
        return self.before is not None and self.after is not None and self.after.is_better_than(self.before)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def evaluate_ranking(split: TimeSplit, wording: WordProfiles, scored: Scored) -> RankingQuality:
    """Return how a ranking does on the later first ties of a split; who is not good enough is in no list."""
    shown = _ten_best(scored)
    tied = split.became_tied(shown)
    hits = shown.where(tied)
    surprising = select_surprising_pairs(split, wording, hits.rows, hits.columns)
    members = max(len(np.unique(split.tied[:, 0])), 1)
    return RankingQuality(
        found=round(len(np.unique(hits.rows)) / members, 5),
        surprising=round(len(np.unique(hits.rows[surprising])) / members, 5),
    )


def _ten_best(scored: Scored) -> Candidates:
    found, scores = scored.found, np.where(scored.good, scored.scores, 0.0)
    return found.where(scored.good & (ranks(found.rows, found.columns, scores) <= TEN))


def select_surprising_pairs(
    split: TimeSplit, wording: WordProfiles, rows: Integers, columns: Integers
) -> NDArray[np.bool_]:
    """Say which pairs are strangers, or less alike in wording than is usual of those who became tied."""
    unlike = wording.of_pairs(rows, columns) < split.usual_wording(wording)
    return np.asarray(stranger_pairs(split.snapshot.knows, rows, columns) | unlike, dtype=np.bool_)
