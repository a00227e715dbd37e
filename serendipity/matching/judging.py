"""Candidates judged by what was learned from the community's own history.

More sources propose (also what those work on whom one knows, and the wording of texts), the judgement weighs, and
unexpected is who is a stranger (no walk of up to three ties leads there) or unlike in wording:
relevance = σ(log-odds of a first tie − those of a usual one),
unexpectedness = κ + (1 − κ)·max(stranger, 1/(1 + (w/w̄)²)),
with w the likeness in wording, w̄ the usual one of those who became tied, and κ the floor of the familiar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy import sparse

from serendipity.domain.decay import DAY
from serendipity.domain.graph import EdgeKind
from serendipity.matching.edges import Floats, Integers, Sparse, of_pairs, symmetric, values_at
from serendipity.matching.fusion import Allowed, Candidates, fused
from serendipity.matching.learning import Judgement
from serendipity.matching.scoring import Prepared, prepared, shortlisted
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot
from serendipity.matching.sources import Source
from serendipity.matching.sources.bridging import Bridging
from serendipity.matching.sources.events import Events
from serendipity.matching.sources.neighbours import Neighbours
from serendipity.matching.sources.paths import Paths
from serendipity.matching.sources.walks import Walks
from serendipity.matching.traits import of_members, table
from serendipity.matching.wording import Wording

FRESH_DAYS = 365.0
FAMILIAR = 0.6
WEIGHTS = MappingProxyType(
    {
        "interests": 1.0,
        "paths": 3.0,
        "events": 1.0,
        "wants": 1.0,
        "neighbours": 1.0,
        "wording": 1.0,
        "fresh": 1.0,
        "bridging": 1.0,
        "walks": 1.0,
    }
)


def for_judging(settings: MatchSettings) -> MatchSettings:
    """Return the settings that a judgement works with: more sources, and scores that are symmetric already."""
    return replace(settings, weights=WEIGHTS, candidates=100, shortlist=100, reciprocity=0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """A snapshot made ready for judging; without a judgement its candidates are those to learn from."""

    ready: Prepared
    others: Mapping[str, Source]  # than those of fusion
    fresh: Paths
    fresh_events: Sparse
    phrases: Sparse
    members: Floats
    judgement: Judgement | None = None

    @classmethod
    def of(
        cls, snapshot: Snapshot, wording: Wording, settings: MatchSettings, judgement: Judgement | None = None
    ) -> "Judge":
        """Prepare once per snapshot; `settings` are those `for_judging`."""
        ready, recent = prepared(snapshot, settings), fresh_ties(snapshot)
        fresh = Paths.over(recent, settings)
        return cls(
            ready=ready,
            others={
                "neighbours": Neighbours.of(snapshot, settings),
                "wording": wording,
                "fresh": fresh,
                "bridging": Bridging.over(snapshot.knows, wording.profiles),
                "walks": Walks.over(recent, [wording.profiles, ready.events.attendance]),
            },
            fresh=fresh,
            fresh_events=Events.with_half_life(snapshot, FRESH_DAYS).attendance,
            phrases=wording.phrases,
            members=of_members(snapshot),
            judgement=judgement,
        )

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return the shortlist of each row, judged, with factors, each in [0, 1]."""
        found, traits = self.proposed(rows, allowed)
        return shortlisted(self.judged(found, traits), self.ready.settings) if self.judgement else found

    def proposed(self, rows: Integers, allowed: Allowed) -> tuple[Candidates, Floats]:
        """Return all that the sources propose, and the traits of each pair (pairs × TRAITS)."""
        blocks = {name: source.block(rows) for name, source in {**self.ready.sources, **self.others}.items()}
        found = fused(blocks, rows, allowed, self.ready.settings)
        scores = {
            **found.factors,
            "closeness": found.factors["paths"] / np.maximum(self.ready.paths.bonus[found.columns], 1e-12),
            "fresh_closeness": found.factors["fresh"] / np.maximum(self.fresh.bonus[found.columns], 1e-12),
            "fresh_events": of_pairs(self.fresh_events, found.rows, found.columns),
            "phrasing": of_pairs(self.phrases, found.rows, found.columns),
            "strangers": self._strangers(rows, found),
        }
        traits = table(scores, self.members, found.rows, found.columns)
        factors = {name: factor for name, factor in found.factors.items() if name not in ("fresh", "walks")}
        found = replace(found, factors={**factors, "strangers": scores["strangers"]})
        return self.ready.with_factors(found), traits

    def judged(self, found: Candidates, traits: Floats) -> Candidates:
        """Return what was proposed with its relevance and unexpectedness."""
        if self.judgement is None:
            return found
        relevance = 1.0 / (1.0 + np.exp(-np.clip(self.judgement.log_odds(traits), -30.0, 30.0)))
        likeness = found.factors["wording"] / self.judgement.usual_wording
        unlike = np.maximum(found.factors["strangers"], 1.0 / (1.0 + likeness**2))
        factors = {**found.factors, "unexpectedness": FAMILIAR + (1.0 - FAMILIAR) * unlike}
        return replace(found, relevance=relevance, factors=factors)

    def _strangers(self, rows: Integers, found: Candidates) -> Floats:
        """Return 1 for pairs that no walk of three ties or fewer joins."""
        ties = sparse.csr_array(self.ready.paths.ties > 0).astype(np.float64)
        one = ties[rows]
        walks = sparse.csr_array(one + (one + one @ ties) @ ties)
        return np.asarray(values_at(walks, np.searchsorted(rows, found.rows), found.columns) <= 0, dtype=np.float64)


def fresh_ties(snapshot: Snapshot) -> Sparse:
    """Return 2^(−age/year) of each tie since it was last seen (members × members, symmetric)."""
    edges = snapshot.edges[EdgeKind.KNOWS]
    days = (snapshot.landmark.timestamp() - np.asarray(edges.at)) / DAY.total_seconds()
    fresh = np.where(edges.matrix.data > 0, np.exp2(-np.maximum(days, 0.0) / FRESH_DAYS), 0.0)
    parts = (fresh, edges.matrix.indices, edges.matrix.indptr)
    return symmetric(sparse.csr_array(parts, shape=edges.matrix.shape))
