"""Learning from the community's own history what makes a tie, and how long what it knows keeps counting."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from serendipity.domain.graph import HalfLives
from serendipity.matching.candidates.exclusions import Pair
from serendipity.matching.learning.backtest import rankable_members
from serendipity.matching.learning.tie_model import TieModel
from serendipity.matching.learning.time_split import TimeSplit
from serendipity.matching.scoring.re_ranker import settings_for_re_ranking
from serendipity.matching.settings import MatchSettings
from serendipity.usecases.learning.history_queries import (
    TiedPair,
    active_between,
    first_ties,
    near_pairs,
    ties_before,
    word_profiles_before,
)
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import snapshot_as_of

Progress = Callable[[int, int, str], None]
LIVES = (90.0, 365.0, 1460.0)
FEWEST_TIES = 20  # below, no half-life is chosen: the usual ones stay


@dataclass(frozen=True, kw_only=True)
class Span:
    """Windows of a history: activity, friends of friends, and how long outcomes are awaited."""

    active_days: int = 1095
    tie_days: int | None = None
    outcome_days: int = 730


@dataclass(frozen=True, kw_only=True)
class TieModelFit:
    """A model fitted at a moment, from what was known `outcome_days` before it and the ties made since.

    `tried` holds, by source and half-life (days), the share of those ties that the source had among its best fifty.
    """

    at: datetime
    first_ties: int
    half_lives: HalfLives
    event_half_life_days: float
    tie_model: TieModel
    tried: Mapping[str, Mapping[float, float]]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        known = {name: value for name, value in asdict(self).items() if name != "tie_model"}
        return {**known, "at": self.at.isoformat(), "judgement": self.tie_model.as_data()}

    def in_words(self) -> str:
        """Return the report in a few lines."""
        told = ", ".join(f"{name} {weight:+.2f}" for name, weight in self.tie_model.strongest())
        lives = ", ".join(f"{name} {days:g}" for name, days in asdict(self.half_lives).items())
        return (
            f"Learned from {self.first_ties:,} first ties.\n"
            f"Half-lives in days: {lives}, events {self.event_half_life_days:g}.\n"
            f"What speaks for a tie, strongest first: {told}."
        )


def fit_at(
    services: Services,
    at: datetime,
    *,
    span: Span,
    settings: MatchSettings,
    half_lives: HalfLives | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> TieModelFit:
    """Learn from what happened strictly before `at`; `half_lives` are learned too where they are not given."""
    before = at - timedelta(days=span.outcome_days)
    ties = ties_before(services.ledger, at)
    active = active_between(services.ledger, before - timedelta(days=span.active_days), before)
    past = _Past(services=services, at=before, ties=ties, active=active, span=span)
    lives, event_days, tried = (half_lives, settings.event_half_life_days, {}) if half_lives else _lives(past, settings)
    lives = lives or services.half_lives
    chosen = settings_for_re_ranking(replace(settings, event_half_life_days=event_days))
    split = past.split(lives)
    wording = word_profiles_before(services.ledger, split.snapshot, before)
    tell = (lambda done, total: progress(done, total, "learned")) if progress else (lambda done, total: None)
    return TieModelFit(
        at=at,
        first_ties=len(split.tied) // 2,
        half_lives=lives,
        event_half_life_days=event_days,
        tie_model=split.learn(wording, chosen, np.random.default_rng(seed), tell),
        tried=tried,
    )


@dataclass(frozen=True, kw_only=True)
class _Past:
    """Training data of the past, under any half-lives."""

    services: Services
    at: datetime
    ties: dict[Pair, TiedPair]
    active: set[str]
    span: Span

    def split(self, lives: HalfLives) -> TimeSplit:
        snapshot = snapshot_as_of(self.services, self.at, half_lives=lives)
        since = self.at - timedelta(days=self.span.tie_days) if self.span.tie_days else None
        allowed, rows = rankable_members(
            snapshot, self.active, near_pairs(snapshot, self.ties, before=self.at, since=since)
        )
        return TimeSplit.of(snapshot, rows, allowed, first_ties(self.ties, self.at))


def _lives(past: _Past, settings: MatchSettings) -> tuple[HalfLives | None, float, dict[str, dict[float, float]]]:
    """Choose for each source the half-life with which it would have found most; the services' where ties are few."""
    tried: dict[str, dict[float, float]] = {"interests": {}, "paths": {}, "events": {}}
    for days in LIVES:
        split = past.split(HalfLives(interests=days, wants=days, affinity=days, ties=days))
        if len(split.tied) < 2 * FEWEST_TIES:
            return None, settings.event_half_life_days, {}
        for source, shares in tried.items():
            shares[days] = split.found_by(source, replace(settings, event_half_life_days=days))
    best = {source: max(shares, key=lambda days: (shares[days], days)) for source, shares in tried.items()}
    interests = best["interests"]
    return (
        HalfLives(interests=interests, wants=interests, affinity=interests, ties=best["paths"]),
        best["events"],
        tried,
    )
