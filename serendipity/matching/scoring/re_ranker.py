"""Candidates judged by what was learned from the community's own history.

More sources propose (also what those work on whom one knows, and the wording of texts), and the judgement weighs:
relevance = σ(log-odds of a first tie − those of a usual one). In a back-test unexpected is who is a stranger (no walk
of up to three ties leads there) or unlike in wording:
unexpectedness = κ + (1 − κ)·max(stranger, 1/(1 + (w/w̄)²)),
with w the likeness in wording, w̄ the usual one of those who became tied, and κ the floor of the familiar. In rounds it
is what it is without a judgement: moderately weak ties introduce best.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from serendipity.domain.decay import DAY
from serendipity.domain.graph import EdgeKind
from serendipity.matching.candidates.fusion import Allowed, Candidates, fuse
from serendipity.matching.candidates.sources import Source
from serendipity.matching.candidates.sources.bridging import Bridging
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.candidates.sources.neighbours import Neighbours
from serendipity.matching.candidates.sources.paths import Paths
from serendipity.matching.candidates.sources.walks import Walks
from serendipity.matching.factors import Factor
from serendipity.matching.learning.tie_model import TieModel
from serendipity.matching.scoring.pair_features import of_members, pair_features
from serendipity.matching.scoring.scoring import PreparedSnapshot, prepare, shortlist
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse, of_pairs, symmetrise, values_at
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.matching.snapshot.word_profiles import WordProfiles

# Whole blocks are multiplied: the work grows with the square of the members. Of more, rounds stay on fusion.
LARGEST_JUDGED = 20_000
LONGEST_LISTS, ENTRIES = 300, 2_000_000  # of a member, and of all members' lists together
FRESH_DAYS = 365.0
FAMILIAR = 0.6
WEIGHTS = MappingProxyType(
    {
        Factor.INTERESTS: 1.0,
        Factor.PATHS: 3.0,
        Factor.EVENTS: 1.0,
        Factor.WANTS: 1.0,
        Factor.NEIGHBOURS: 1.0,
        Factor.WORDING: 1.0,
        "fresh": 1.0,
        Factor.BRIDGING: 1.0,
        "walks": 1.0,
    }
)


def settings_for_re_ranking(settings: MatchSettings) -> MatchSettings:
    """Return the settings that a judgement works with: more sources, and scores that are symmetric already."""
    return replace(settings, weights=WEIGHTS, candidates=100, shortlist=100, reciprocity=0.0)


def settings_for_rounds(settings: MatchSettings, members: int) -> MatchSettings:
    """Return the settings for judging a round: lists as long as memory allows.

    Lists of all are led by the same well-connected members, who have room for one introduction each: of 560 members
    410 were introduced out of lists of 300, and 354 out of lists of 100.

    >>> settings_for_rounds(MatchSettings(), 500).shortlist, settings_for_rounds(MatchSettings(), 20_000).shortlist
    (300, 100)
    """
    judging = settings_for_re_ranking(settings)
    longest = min(LONGEST_LISTS, ENTRIES // max(members, 1))
    return replace(judging, shortlist=max(longest, judging.shortlist))


@dataclass(frozen=True, kw_only=True, eq=False)
class ReRanker:
    """A snapshot made ready for judging; without a judgement its candidates are those to learn from."""

    ready: PreparedSnapshot
    others: Mapping[str, Source]  # than those of fusion
    fresh: Paths
    fresh_events: Sparse
    phrases: Sparse
    members: Floats
    tie_model: TieModel | None = None

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        wording: WordProfiles,
        settings: MatchSettings,
        tie_model: TieModel | None = None,
        *,
        now: datetime | None = None,
    ) -> "ReRanker":
        """Prepare once per snapshot and moment (default: its landmark); `settings` are those `for_judging`."""
        now = now or snapshot.landmark
        ready, recent = prepare(snapshot, settings), fresh_ties(snapshot, now)
        fresh = Paths.over(recent, settings)
        return cls(
            ready=ready,
            others={
                Factor.NEIGHBOURS: Neighbours.of(snapshot, settings),
                Factor.WORDING: wording,
                "fresh": fresh,
                Factor.BRIDGING: Bridging.over(snapshot.knows, wording.profiles),
                "walks": Walks.over(recent, [wording.profiles, ready.events.attendance]),
            },
            fresh=fresh,
            fresh_events=Events.with_half_life(snapshot, FRESH_DAYS).attendance,
            phrases=wording.phrases,
            members=of_members(snapshot, now),
            tie_model=tie_model,
        )

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return the shortlist of each row, judged, with factors, each in [0, 1]."""
        found, traits = self.proposed(rows, allowed)
        return shortlist(self.judged(found, traits), self.ready.settings) if self.tie_model else found

    def proposed(self, rows: Integers, allowed: Allowed) -> tuple[Candidates, Floats]:
        """Return all that the sources propose, and the traits of each pair (pairs × TRAITS)."""
        blocks = {name: source.block(rows) for name, source in {**self.ready.sources, **self.others}.items()}
        found = fuse(blocks, rows, allowed, self.ready.settings)
        scores = {
            **found.factors,
            "closeness": found.factors[Factor.PATHS] / np.maximum(self.ready.paths.bonus[found.columns], 1e-12),
            "fresh_closeness": found.factors["fresh"] / np.maximum(self.fresh.bonus[found.columns], 1e-12),
            "fresh_events": of_pairs(self.fresh_events, found.rows, found.columns),
            "phrasing": of_pairs(self.phrases, found.rows, found.columns),
            Factor.STRANGERS: stranger_pairs(self.ready.paths.ties, found.rows, found.columns).astype(np.float64),
        }
        traits = pair_features(scores, self.members, found.rows, found.columns)
        factors = {name: factor for name, factor in found.factors.items() if name not in ("fresh", "walks")}
        found = replace(found, factors={**factors, Factor.STRANGERS: scores[Factor.STRANGERS]})
        return self.ready.with_factors(found), traits

    def judged(self, found: Candidates, traits: Floats) -> Candidates:
        """Return what was proposed with its relevance and unexpectedness."""
        if self.tie_model is None:
            return found
        relevance = self.tie_model.relevance(traits)
        likeness = found.factors[Factor.WORDING] / self.tie_model.usual_wording
        unlike = np.maximum(found.factors[Factor.STRANGERS], 1.0 / (1.0 + likeness**2))
        factors = {**found.factors, Factor.UNEXPECTEDNESS: FAMILIAR + (1.0 - FAMILIAR) * unlike}
        return replace(found, relevance=relevance, factors=factors)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundReRanker:
    """A judge for a round: relevance is the judgement's, unexpectedness that of every round."""

    re_ranker: ReRanker
    tie_model: TieModel

    @property
    def ready(self) -> PreparedSnapshot:
        """The prepared snapshot that candidates are scored with; its settings are `settings_for_rounds`."""
        return self.re_ranker.ready

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return the shortlist of each row, with all factors, and what each kind of trait says (log-odds)."""
        found, traits = self.re_ranker.proposed(rows, allowed)
        factors = {**found.factors, **self.tie_model.by_kind(traits)}
        found = replace(found, relevance=self.tie_model.relevance(traits), factors=factors)
        return shortlist(found, self.ready.settings, allowed.dials)


def stranger_pairs(ties: Sparse, rows: Integers, columns: Integers) -> NDArray[np.bool_]:
    """Say which pairs no walk of three ties (members × members) or fewer joins."""
    own, where = np.unique(rows, return_inverse=True)
    joined = sparse.csr_array(ties > 0).astype(np.float64)
    one = joined[own]
    walks = sparse.csr_array(one + (one + one @ joined) @ joined)
    return np.asarray(values_at(walks, where.astype(np.int64), columns) <= 0, dtype=np.bool_)


def fresh_ties(snapshot: Snapshot, now: datetime) -> Sparse:
    """Return 2^(−age/year) of each tie since it was last seen (members × members, symmetric)."""
    edges = snapshot.edges[EdgeKind.KNOWS]
    days = (now.timestamp() - np.asarray(edges.at)) / DAY.total_seconds()
    fresh = np.where(edges.matrix.data > 0, np.exp2(-np.maximum(days, 0.0) / FRESH_DAYS), 0.0)
    parts = (fresh, edges.matrix.indices, edges.matrix.indptr)
    return symmetrise(sparse.csr_array(parts, shape=edges.matrix.shape))
