"""All that the sources propose at a split, found once and judged as often as there are variants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.candidates.fusion import Allowed, Candidates
from serendipity.matching.learning.tie_model import TieModel
from serendipity.matching.matcher import all_candidates
from serendipity.matching.scoring.pair_features import TRAITS
from serendipity.matching.scoring.re_ranker import ReRanker
from serendipity.matching.scoring.scoring import ranks, shortlist
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers

# The traits of each source; it is left out by silencing them, and those whom it alone proposed with it.
TRAITS_OF: Mapping[str, tuple[str, ...]] = {
    "interests": ("interests",),
    "paths": ("closeness",),
    "fresh": ("fresh_closeness",),
    "events": ("events",),
    "neighbours": ("neighbours",),
    "wording": ("wording",),
    "bridging": ("bridging",),
    "walks": ("walks",),
}
ALSO_SILENT: Mapping[str, tuple[str, ...]] = {
    "paths": ("strangers",),
    "events": ("fresh_events",),
    "wording": ("phrasing",),
}


@dataclass(kw_only=True, eq=False)
class Remembered:
    """What a judge proposes for all rows, and for each pair which sources have it among their best."""

    re_ranker: ReRanker
    found: Candidates
    traits: NDArray[np.float32]
    sources: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, re_ranker: ReRanker, rows: Integers, allowed: Allowed) -> "Remembered":
        """Ask once."""
        asking = _Asking(re_ranker=re_ranker, tables=[])
        found = all_candidates(asking, rows, allowed)
        traits = np.concatenate(asking.tables)
        return cls(re_ranker=re_ranker, found=found, traits=traits, sources=_proposing(re_ranker, found, traits))

    def under(
        self, tie_model: TieModel, settings: MatchSettings, *, without: str | None = None, silent: Collection[str] = ()
    ) -> "Judged":
        """Judge all under other settings, perhaps without a source."""
        silent = {*silent, *TRAITS_OF.get(without or "", ()), *ALSO_SILENT.get(without or "", ())}
        kept = np.ones(len(self.found), dtype=np.bool_)
        if without is not None:
            kept = np.any([by for name, by in self.sources.items() if name != without], axis=0)
        re_ranker = replace(self.re_ranker, tie_model=tie_model.without(silent))
        judged = re_ranker.judged(self.found.where(kept), self.traits[kept].astype(np.float64))
        return Judged(found=shortlist(judged, settings))


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Shortlists that are there already."""

    found: Candidates

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return those of some rows, which follow each other."""
        start, end = np.searchsorted(self.found.rows, [rows[0], rows[-1] + 1])
        return self.found.where(np.arange(start, end))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asking:
    re_ranker: ReRanker
    tables: list[NDArray[np.float32]]

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        found, traits = self.re_ranker.proposed(rows, allowed)
        self.tables.append(traits.astype(np.float32))
        return replace(found, factors={name: found.factors[name] for name in ("wording", "strangers")})


def _proposing(re_ranker: ReRanker, found: Candidates, traits: NDArray[np.float32]) -> dict[str, NDArray[np.bool_]]:
    """Say who of the candidates is among the best of each source: the union has them all, so ranks in it are theirs."""
    bonuses = {"paths": re_ranker.ready.paths.bonus, "fresh": re_ranker.fresh.bonus}
    result = {}
    for source, (trait, *_) in TRAITS_OF.items():
        scores: Floats = traits[:, TRAITS.index(trait)].astype(np.float64)
        there = scores > scores.min(initial=0.0) + 1e-6
        scores = scores + np.log(np.maximum(bonuses[source][found.columns], 1e-12)) if source in bonuses else scores
        best = ranks(found.rows, found.columns, np.where(there, scores, -np.inf))
        result[source] = there & (best <= re_ranker.ready.settings.candidates)
    return result
