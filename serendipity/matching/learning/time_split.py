"""A split of a community's own history: what was known at a moment, and which members became tied after it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.candidates.exclusions import Pair, of_pairs
from serendipity.matching.candidates.fusion import Allowed, Candidates, best
from serendipity.matching.candidates.sources import SOURCES
from serendipity.matching.learning.tie_model import USUAL_WORDING, TieModel, fit_tie_model
from serendipity.matching.matcher import ENTRIES_PER_BLOCK
from serendipity.matching.scoring.re_ranker import ReRanker
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.matching.snapshot.word_profiles import WordProfiles

STRANGERS_A_TIE = 60  # candidates that did not become tied, drawn for each that did
DEPTH = 50
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class TimeSplit:
    """A snapshot, whom `rows` may be matched with, and the pairs (rows of members, both ways) who became tied later."""

    snapshot: Snapshot
    rows: Integers
    allowed: Allowed
    tied: Integers  # pairs × 2

    @classmethod
    def of(cls, snapshot: Snapshot, rows: Integers, allowed: Allowed, first_ties: Collection[Pair]) -> "TimeSplit":
        """Keep those first ties that a match could have made."""
        later = of_pairs(snapshot, first_ties).tocoo()
        one, other = (ends.astype(np.int64) for ends in later.coords)
        known = np.asarray(allowed.excluded[one, other]).ravel() > 0 if len(one) else np.zeros(0, dtype=np.bool_)
        open_to = allowed.eligible[one] & allowed.eligible[other] & ~known & (one != other)
        if (codes := allowed.organisations) is not None:
            open_to &= (codes[one] != codes[other]) | (codes[one] < 0)
        return cls(snapshot=snapshot, rows=rows, allowed=allowed, tied=np.column_stack([one, other])[open_to])

    def learn(
        self, wording: WordProfiles, settings: MatchSettings, rng: np.random.Generator, tell: Progress
    ) -> TieModel:
        """Return what these ties teach; with none, the judgement of day one at the candidates' own scales."""
        return fit_on_splits([self.lessons(ReRanker.of(self.snapshot, wording, settings), wording, rng, tell)])

    def lessons(
        self, re_ranker: ReRanker, wording: WordProfiles, rng: np.random.Generator, tell: Progress
    ) -> "TrainingSet":
        """Return what came of the candidates: of those who became tied all, of the others some, by lot."""
        tables, outcomes = zip(*self._lessons(re_ranker, rng, tell), strict=True)
        return TrainingSet(
            table=np.concatenate(tables), tied=np.concatenate(outcomes), usual_wording=self.usual_wording(wording)
        )

    def found_by(self, source: str, settings: MatchSettings) -> float:
        """Return the share of the later ties that a source had among each member's best fifty."""
        rows = np.unique(self.tied[:, 0])
        if not len(rows):
            return 0.0
        top = best(SOURCES[source](self.snapshot, settings).block(rows), rows, self.allowed, DEPTH)
        width = len(self.snapshot.members)
        found = np.isin(self.tied[:, 0] * width + self.tied[:, 1], rows[top.where] * width + top.columns)
        return float(found.mean())

    def usual_wording(self, wording: WordProfiles) -> float:
        """Return the median likeness in wording of those who became tied later."""
        likeness = wording.of_pairs(self.tied[:, 0], self.tied[:, 1])
        return max(float(np.median(likeness)), 1e-3) if len(likeness) else USUAL_WORDING

    def _lessons(
        self, re_ranker: ReRanker, rng: np.random.Generator, tell: Progress
    ) -> Iterator[tuple[Floats, NDArray[np.bool_]]]:
        size = max(ENTRIES_PER_BLOCK // max(len(self.snapshot.members), 1), 1)
        share = STRANGERS_A_TIE * max(len(self.tied), 100)
        for start in range(0, max(len(self.rows), 1), size):
            rows = self.rows[start : start + size]
            found, traits = re_ranker.proposed(rows, self.allowed)
            outcome = self.became_tied(found)
            kept = outcome | (rng.random(len(found)) < share * len(rows) / max(len(self.rows) * len(found), 1))
            yield traits[kept], outcome[kept]
            tell(min(start + size, len(self.rows)), len(self.rows))

    def became_tied(self, found: Candidates) -> NDArray[np.bool_]:
        """Say which candidates became tied later."""
        width = len(self.snapshot.members)
        return np.isin(found.rows * width + found.columns, self.tied[:, 0] * width + self.tied[:, 1])


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingSet:
    """Candidates of a split (pairs × TRAITS), which of them became tied, and how alike in wording those usually are."""

    table: Floats
    tied: NDArray[np.bool_]
    usual_wording: float


def fit_on_splits(lessons: Sequence[TrainingSet]) -> TieModel:
    """Return what the candidates of some splits teach together; what is usual is as in the last."""
    return fit_tie_model(
        np.concatenate([each.table for each in lessons]),
        np.concatenate([each.tied for each in lessons]),
        usual_wording=lessons[-1].usual_wording,
    )
