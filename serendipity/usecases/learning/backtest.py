"""A back-test: what the matcher would have said at an earlier time, from a pack of real history."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from serendipity.domain.graph import HalfLives
from serendipity.matching.learning.backtest import rank_for_backtest
from serendipity.matching.scoring.re_ranker import ReRanker, settings_for_re_ranking
from serendipity.usecases.imports.data_sets import import_pack
from serendipity.usecases.learning.history_queries import active_between, near_pairs, ties_before, word_profiles_before
from serendipity.usecases.learning.tie_model import Span, TieModelFit, fit_at
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import read_pending
from serendipity.usecases.upkeep.graph import snapshot_as_of

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class BacktestReport:
    """Result of a back-test: one line a member who was active, ten matches each; and the model learned before."""

    members: int
    topics: int
    out: str
    lesson: TieModelFit | None = None


@dataclass(frozen=True, kw_only=True)
class BacktestOptions:
    """Half-lives (those that are not given are learned), whether anything is learned at all, and the seed."""

    half_lives: HalfLives | None = None
    learning: bool = True
    seed: int = 0


AS_USUAL = BacktestOptions()


def backtest(
    services: Services,
    pack: Path,
    *,
    at: datetime,
    out: Path,
    span: Span,
    options: BacktestOptions = AS_USUAL,
    progress: Progress | None = None,
) -> BacktestReport:
    """Import a pack's rows before `at`, read, learn and match as live data would be, and write predictions.

    `services` stand on an empty ledger of their own. Members are those who checked in within the span's active days;
    acquainted are those ever tied, or at distance ≤ 2 over the ties of its last tie days (default: all). Half-lives
    that are not given are learned; without `learning` they are the services', and the judgement is that of day one.
    """
    read_pack(services, pack, at, progress)
    settings, lesson, half_lives, seed = services.matching, None, options.half_lives, options.seed
    if options.learning:
        lesson = fit_at(services, at, span=span, settings=settings, half_lives=half_lives, seed=seed, progress=progress)
        settings = settings_for_re_ranking(replace(settings, event_half_life_days=lesson.event_half_life_days))
    snapshot = snapshot_as_of(services, at, half_lives=lesson.half_lives if lesson else half_lives)
    active = active_between(services.ledger, at - timedelta(days=span.active_days), at)
    since = at - timedelta(days=span.tie_days) if span.tie_days else None
    re_ranker = None
    if lesson:
        wording = word_profiles_before(services.ledger, snapshot, at)
        re_ranker = ReRanker.of(snapshot, wording, settings, lesson.tie_model)
    lists = rank_for_backtest(
        snapshot,
        active,
        excluded=near_pairs(snapshot, ties_before(services.ledger, at), before=at, since=since),
        settings=settings,
        rng=np.random.default_rng(seed),
        re_ranker=re_ranker,
        progress=(lambda done, total: progress(done, total, "matched")) if progress else None,
    )
    _write(out, lists)
    return BacktestReport(members=len(lists), topics=len(snapshot.topics), out=str(out), lesson=lesson)


def read_pack(services: Services, pack: Path, at: datetime, progress: Progress | None) -> None:
    """Import a pack's rows before a moment, and understand their texts."""
    import_pack(
        services.ledger, pack, until=at.date(), now=services.clock.now(), scrub=services.scrub, progress=progress
    )
    read_pending(
        services.ledger,
        services.reader,
        now=services.clock.now(),
        progress=(lambda done, total: progress(done, total, "read")) if progress else None,
    )


def _write(out: Path, lists: dict[str, list[str]]) -> None:
    temporary = out.with_suffix(out.suffix + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        for member, matches in sorted(lists.items()):
            file.write(json.dumps({"person": member, "matches": matches}) + "\n")
    temporary.replace(out)
