"""Learning from the community's own history what makes a tie, and how long what it knows keeps counting."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from serendipity.domain.graph import HalfLives
from serendipity.matching.candidates.exclusions import Pair
from serendipity.matching.learning.backtest import open_to
from serendipity.matching.learning.tie_model import Judgement
from serendipity.matching.learning.time_split import Split
from serendipity.matching.scoring.re_ranker import for_judging
from serendipity.matching.settings import MatchSettings
from serendipity.usecases.learning.history_queries import (
    Tied,
    active_between,
    first_ties,
    near,
    ties_before,
    wording_before,
)
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import snapshot_as_of

Progress = Callable[[int, int, str], None]
LIVES = (90.0, 365.0, 1460.0)
FEWEST_TIES = 20  # below, no half-life is chosen: the usual ones stay


@dataclass(frozen=True, kw_only=True)
class Span:
    """How a history is looked at: who is active, what makes friends of friends, how long outcomes are awaited."""

    active_days: int = 1095
    tie_days: int | None = None
    outcome_days: int = 730


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What was learned at a moment, from what was known `outcome_days` before it and the ties made since.

    `tried` holds, by source and half-life (days), the share of those ties that the source had among its best fifty.
    """

    at: datetime
    first_ties: int
    half_lives: HalfLives
    event_half_life_days: float
    judgement: Judgement
    tried: Mapping[str, Mapping[float, float]]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "at": self.at.isoformat(), "judgement": self.judgement.as_data()}

    def in_words(self) -> str:
        """Return the report in a few lines."""
        told = ", ".join(f"{name} {weight:+.2f}" for name, weight in self.judgement.strongest())
        lives = ", ".join(f"{name} {days:g}" for name, days in asdict(self.half_lives).items())
        return (
            f"Learned from {self.first_ties:,} first ties.\n"
            f"Half-lives in days: {lives}, events {self.event_half_life_days:g}.\n"
            f"What speaks for a tie, strongest first: {told}."
        )


def learn_at(
    services: Services,
    at: datetime,
    *,
    span: Span,
    settings: MatchSettings,
    half_lives: HalfLives | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Lesson:
    """Learn from what happened strictly before `at`; `half_lives` are learned too where they are not given."""
    before = at - timedelta(days=span.outcome_days)
    ties = ties_before(services.ledger, at)
    active = active_between(services.ledger, before - timedelta(days=span.active_days), before)
    past = _Past(services=services, at=before, ties=ties, active=active, span=span)
    lives, event_days, tried = (half_lives, settings.event_half_life_days, {}) if half_lives else _lives(past, settings)
    lives = lives or services.half_lives
    chosen = for_judging(replace(settings, event_half_life_days=event_days))
    split = past.split(lives)
    wording = wording_before(services.ledger, split.snapshot, before)
    tell = (lambda done, total: progress(done, total, "learned")) if progress else (lambda done, total: None)
    return Lesson(
        at=at,
        first_ties=len(split.tied) // 2,
        half_lives=lives,
        event_half_life_days=event_days,
        judgement=split.learn(wording, chosen, np.random.default_rng(seed), tell),
        tried=tried,
    )


@dataclass(frozen=True, kw_only=True)
class _Past:
    """What there is to learn from, under any half-lives."""

    services: Services
    at: datetime
    ties: dict[Pair, Tied]
    active: set[str]
    span: Span

    def split(self, lives: HalfLives) -> Split:
        snapshot = snapshot_as_of(self.services, self.at, half_lives=lives)
        since = self.at - timedelta(days=self.span.tie_days) if self.span.tie_days else None
        allowed, rows = open_to(snapshot, self.active, near(snapshot, self.ties, before=self.at, since=since))
        return Split.of(snapshot, rows, allowed, first_ties(self.ties, self.at))


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
