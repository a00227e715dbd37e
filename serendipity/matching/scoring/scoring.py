"""From candidates to scores: relevance × unexpectedness, seen from both sides, with exposure shared out.

score(u, v) = reciprocal(u, v) · max(unexpectedness(u, v), floor)^(4·surprise) / price(v), where
reciprocal = (1−ρ)·r_uv + ρ·2·r_uv·r_vu/(r_uv + r_vu) (Pizzato et al. 2010) and price(v) = (1 + e_v/ē)^α grows with v's
expected exposure e_v = Σ_u 2^(−(rank_u(v)−1)/k), ē its mean. A member may have a dial of their own (`surprising`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.candidates.fusion import Allowed, Candidates, SourceScores, fuse_lists
from serendipity.matching.candidates.sources import Source
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.candidates.sources.interests import Interests
from serendipity.matching.candidates.sources.paths import Paths
from serendipity.matching.candidates.sources.wants import Wants
from serendipity.matching.factors import Factor
from serendipity.matching.kernels.pairs import among_best, find, ranks_in_order
from serendipity.matching.kernels.threads import in_threads, parts_by_row, parts_of
from serendipity.matching.scoring.unexpectedness import (
    Familiarity,
    relative_overlap,
    unexpectedness,
    usual_overlap,
)
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, of_pairs
from serendipity.matching.snapshot.snapshot import Snapshot

# How far each source's own score is believed to be a reason to meet, when it stands alone.
TRUST = {Factor.INTERESTS: 1.0, Factor.WANTS: 1.0, Factor.PATHS: 0.5, Factor.EVENTS: 0.3}
GREATEST_EXPONENT = 4.0
KEPT = frozenset(
    {Factor.PATHS, Factor.UNEXPECTEDNESS, Factor.EVIDENCE}
)  # factors of all candidates; of a few, all are found
_PREPARING = Lock()


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedSnapshot:
    """A snapshot made ready for scoring under some settings; holds for any moment."""

    snapshot: Snapshot
    settings: MatchSettings
    sources: Mapping[str, Source]
    interests: Interests
    paths: Paths
    events: Events
    familiarity: Familiarity
    usual_overlap: float

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return the shortlist of each row, with those factors that cost most to find again, each in [0, 1]."""
        interests = self.interests.asked(rows)
        asked: dict[str, SourceScores] = {
            name: interests if source is self.interests else source.asked(rows) for name, source in self.sources.items()
        }
        where, found = fuse_lists(asked, rows, allowed, self.settings)
        closeness = self._closeness(asked[Factor.PATHS].of_pairs(where, found.columns), found.columns)
        relevance, cosine = interests.likeness(where, found.columns)
        found = self.with_unexpectedness(_with_factors(found, {Factor.INTERESTS: relevance}), closeness, cosine)
        kept = is_in_shortlist(found, self.settings, allowed.dials)
        where, found = where[kept], found.where(kept)
        left = {name: each for name, each in asked.items() if name not in found.factors}
        scores = {name: each.of_pairs(where, found.columns) for name, each in left.items()}
        return _with_factors(found, {Factor.EVIDENCE: total_evidence({**scores, **found.factors})}, KEPT)

    def completed(self, found: Candidates) -> Candidates:
        """Find all factors of a few candidates."""
        rows, where = np.unique(found.rows, return_inverse=True)
        others = {name: source.asked(rows) for name, source in self.sources.items() if name != Factor.PATHS}
        order = np.argsort(where, kind="stable")
        scores = {name: np.empty(len(found)) for name in others}
        for name, each in others.items():
            scores[name][order] = each.of_pairs(where[order], found.columns[order])
        share = np.minimum(found.factors[Factor.PATHS], 1.0 - 1e-9)
        cosine = of_pairs(self.interests.profiles, found.rows, found.columns)
        again = self.with_unexpectedness(found, self.settings.usual_closeness * share / (1.0 - share), cosine)
        return replace(found, factors={**scores, **again.factors, **found.factors})

    def with_factors(self, found: Candidates) -> Candidates:
        """Add familiarity, overlap, unexpectedness and evidence to candidates that have the score of every source."""
        closeness = self._closeness(found.factors[Factor.PATHS], found.columns)
        cosine = of_pairs(self.interests.profiles, found.rows, found.columns)
        found = self.with_unexpectedness(found, closeness, cosine)
        return _with_factors(found, {Factor.EVIDENCE: total_evidence(found.factors)})

    def with_unexpectedness(self, found: Candidates, closeness: Floats, cosine: Floats) -> Candidates:
        """Add familiarity, overlap and unexpectedness, from walks and the likeness of profiles."""
        familiarity = self.familiarity.of_pairs(found.rows, found.columns, closeness, self.settings)
        overlap = relative_overlap(cosine, self.usual_overlap)
        new = {
            Factor.PATHS: closeness / (closeness + self.settings.usual_closeness),
            Factor.FAMILIARITY: familiarity,
            Factor.OVERLAP: overlap,
            Factor.UNEXPECTEDNESS: unexpectedness(familiarity, overlap, self.settings),
        }
        return _with_factors(found, new)

    def _closeness(self, paths: Floats, columns: Integers) -> Floats:
        """Take the bonus of the well-connected away."""
        return paths / np.maximum(self.paths.bonus[columns], 1e-12)


def _with_factors(found: Candidates, new: Mapping[str, Floats], kept: Collection[str] | None = None) -> Candidates:
    factors = {**found.factors, **new}
    return replace(found, factors={name: factors[name] for name in factors if kept is None or name in kept})


def prepare(snapshot: Snapshot, settings: MatchSettings) -> PreparedSnapshot:
    """Prepare a snapshot; the last two are kept, so that a triggered run finds its snapshot warm."""
    with _PREPARING:  # whoever comes meanwhile waits, instead of doing the same
        return _prepare(snapshot, settings)


@lru_cache(maxsize=2)
def _prepare(snapshot: Snapshot, settings: MatchSettings) -> PreparedSnapshot:
    settings = settings.in_community(len(snapshot.members))
    interests, paths = Interests.of(snapshot, settings), Paths.of(snapshot, settings)
    events = Events.of(snapshot, settings)
    return PreparedSnapshot(
        snapshot=snapshot,
        settings=settings,
        sources={
            Factor.INTERESTS: interests,
            Factor.PATHS: paths,
            Factor.EVENTS: events,
            Factor.WANTS: Wants.of(snapshot, settings),
        },
        interests=interests,
        paths=paths,
        events=events,
        familiarity=Familiarity.of(snapshot),
        usual_overlap=usual_overlap(interests.profiles, snapshot.knows),
    )


def total_evidence(factors: Mapping[str, Floats]) -> Floats:
    """Return how much speaks for a pair at all: 1 − Π(1 − trust·score); absolute, unlike relevance, which is by rank.

    >>> total_evidence({"interests": np.array([0.5]), "events": np.array([0.0])}).tolist()
    [0.5]
    """
    against = [1.0 - TRUST[name] * np.clip(factors[name], 0.0, 1.0) for name in TRUST if name in factors]
    return np.asarray(1.0 - np.prod(against, axis=0), dtype=np.float64)


def surprise_factor(found: Candidates, settings: MatchSettings, dials: Floats | None = None) -> Floats:
    """Return the factor that the dial makes of unexpectedness, floor included.

    A row with a dial of its own is ordered by that: its most unexpected candidate counts as at the community's dial,
    the others by how far they lie below it. So a choice moves a member's own list, and no list against another's.

    >>> found = Candidates(rows=np.array([0, 0]), columns=np.array([1, 2]), relevance=np.ones(2), factors={
    ...     "unexpectedness": np.array([1.0, 0.5])})
    >>> surprise_factor(found, MatchSettings(surprise=0.25)).tolist()
    [1.0, 0.5]
    >>> surprise_factor(found, MatchSettings(surprise=0.25), np.array([0.5, 0.25, 0.25])).tolist()
    [1.0, 0.25]
    """
    floored = np.maximum(found.factors[Factor.UNEXPECTEDNESS], settings.unexpectedness_floor)
    usual = np.asarray(floored ** (GREATEST_EXPONENT * settings.surprise), dtype=np.float64)
    if dials is None:
        return usual
    best = np.zeros(len(dials))
    np.maximum.at(best, found.rows, floored)
    top = best[found.rows]
    own = top ** (GREATEST_EXPONENT * settings.surprise) * (floored / top) ** (GREATEST_EXPONENT * dials[found.rows])
    return np.where(dials[found.rows] == settings.surprise, usual, own)


def ranks(rows: Integers, columns: Integers, scores: Floats) -> Integers:
    """Return the rank of each entry within its row, from 1, ties by column.

    >>> ranks(np.array([0, 0, 1]), np.array([1, 2, 0]), np.array([0.1, 0.2, 0.3])).tolist()
    [2, 1, 1]
    """
    result = np.empty(len(rows), dtype=np.int64)

    def rank(part: slice) -> bool:
        return ranks_in_order(rows[part], columns[part], scores[part], result[part])

    if all(in_threads(rank, parts_by_row(rows))):
        return result
    order = np.lexsort((columns, -scores, rows))
    sorted_rows = rows[order]
    starts = np.searchsorted(sorted_rows, sorted_rows, side="left")
    result[order] = np.arange(len(rows)) - starts + 1
    return result


def shortlist(found: Candidates, settings: MatchSettings, dials: Floats | None = None) -> Candidates:
    """Keep the best of each row by relevance × unexpectedness."""
    return found.where(is_in_shortlist(found, settings, dials))


def is_in_shortlist(found: Candidates, settings: MatchSettings, dials: Floats | None = None) -> NDArray[np.bool_]:
    """Say which candidates are among the best of their row by relevance × unexpectedness."""
    scores, kept = found.relevance * surprise_factor(found, settings, dials), np.empty(len(found), dtype=np.bool_)
    if among_best(found.rows, found.columns, scores, settings.shortlist, kept):
        return kept
    return ranks(found.rows, found.columns, scores) <= settings.shortlist


def reciprocal(found: Candidates, others: Candidates, settings: MatchSettings) -> Floats:
    """Return the relevance of pairs seen from both sides; `others` holds the lists of the candidates."""
    lists = others if _in_order(others) else others.where(np.lexsort((others.columns, others.rows)))
    starts, result = np.concatenate([[0], np.cumsum(np.bincount(lists.rows))]), np.empty(len(found))

    def weigh(part: slice) -> None:
        relevance = found.relevance[part]
        back = find(starts, lists.columns, lists.relevance, found.columns[part], found.rows[part])
        harmonic = 2.0 * relevance * back / (relevance + back)
        result[part] = (1.0 - settings.reciprocity) * relevance + settings.reciprocity * harmonic

    in_threads(weigh, parts_of(len(found)))
    return result


def _in_order(found: Candidates) -> bool:
    def ordered(part: slice) -> bool:
        rows, columns = (each[part.start : part.stop + 1] for each in (found.rows, found.columns))
        same = rows[1:] == rows[:-1]
        return bool((same | (rows[1:] > rows[:-1])).all() and (~same | (columns[1:] > columns[:-1])).all())

    return all(in_threads(ordered, parts_of(len(found))))


def exposures(rows: Integers, columns: Integers, scores: Floats, depth: float, size: int) -> Floats:
    """Return each member's expected exposure relative to the mean: Σ 2^(−(rank−1)/depth) over the lists they are in."""
    places = ranks(rows, columns, scores) - 1
    seen = np.bincount(columns, weights=np.exp2(-np.arange(places.max(initial=0) + 1) / depth)[places], minlength=size)
    return seen / max(float(seen[seen > 0].mean()) if (seen > 0).any() else 0.0, 1e-12)


def apply_exposure_fairness(
    found: Candidates, priced: Callable[[Floats], Floats], depth: float, settings: MatchSettings
) -> tuple[Floats, Floats]:
    """Return the scores at the price of each candidate's exposure, and the price (1 and more) of each entry.

    `priced` says what scores are at prices. The price is found by sweeps over averaged exposures: lists change with
    prices, and prices with lists.
    """
    size = int(found.columns.max()) + 1 if len(found) else 0
    average, price = np.zeros(size), np.ones(size)
    for sweep in range(settings.exposure_sweeps if settings.exposure > 0 else 0):
        current = exposures(found.rows, found.columns, priced(price[found.columns]), depth, size)
        average = (average * sweep + current) / (sweep + 1)
        price = (1.0 + average) ** settings.exposure
    return priced(price[found.columns]), price[found.columns]
