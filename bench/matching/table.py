"""The figures of a split: the frontier over the dial, each source left out, and intervals by bootstrap."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.matching.splits import Where
from bench.matching.truth import Score, Truth
from serendipity.bootstrap import build_services
from serendipity.commands.backtesting import read_pack
from serendipity.commands.graph_upkeep import snapshot_as_of
from serendipity.commands.histories import active_between, near, ties_before, wording_before
from serendipity.commands.match_learning import Lesson, learn_at
from serendipity.commands.services import Services
from serendipity.config import Settings
from serendipity.matching.backtest import rank_for_backtest
from serendipity.matching.edges import Sparse
from serendipity.matching.judging import WEIGHTS, Judge, for_judging
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot
from serendipity.matching.traits import TRAITS
from serendipity.matching.wording import Wording

DIAL = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)
MIDDLE = 0.3
DRAWS = 2000
# What each source brings: it proposes nobody, and its traits count for nothing.
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "interests": ("interests",),
    "paths": ("closeness", "strangers"),
    "fresh": ("fresh_closeness",),
    "events": ("events", "fresh_events"),
    "neighbours": ("neighbours",),
    "wording": ("wording",),
    "members": ("said", "known", "tied", "attended", "silence"),
}


@dataclass(kw_only=True, eq=False)
class Measured:
    """A split with all that lists of ten are made of, and the scores so far by name."""

    where: Where
    truth: Truth
    lesson: Lesson
    snapshot: Snapshot
    wording: Wording
    active: set[str]
    excluded: Sparse
    scores: dict[str, Score] = field(default_factory=dict)

    def score(self, what: str, surprise: float, *, without: str | None = None, judged: bool = True) -> str:
        """Match, score, keep the score, and return it as a CSV line."""
        usual = MatchSettings(surprise=surprise, event_half_life_days=self.lesson.event_half_life_days)
        settings = replace(for_judging(usual), weights=_without(without)) if judged else usual
        lists = rank_for_backtest(
            self.snapshot,
            self.active,
            excluded=self.excluded,
            settings=settings,
            rng=np.random.default_rng(0),
            judge=self._judge(settings, LEFT_OUT.get(without or "", ())) if judged else None,
        )
        return self.keep(what, lists)

    def keep(self, what: str, lists: Mapping[str, Sequence[str]]) -> str:
        """Score lists, keep the score, and return it as a CSV line."""
        self.scores[what] = self.truth.score(lists)
        return f"{self.where.name},{what},{self.scores[what].told()}"

    def _judge(self, settings: MatchSettings, silent: Sequence[str]) -> Judge:
        learned = self.lesson.judgement
        weights = tuple(0.0 if name in silent else weight for name, weight in zip(TRAITS, learned.weights, strict=True))
        return Judge.of(self.snapshot, self.wording, settings, replace(learned, weights=weights))


@contextmanager
def measured(where: Where, here: Path) -> Iterator[Measured]:
    """Read a pack's history up to the split into a ledger of its own, and learn from it."""
    with tempfile.TemporaryDirectory(prefix="serendipity-") as data:
        services = build_services(Settings(data_dir=Path(data), graph="embedded", ledger_url=""))
        try:
            read_pack(services, here / where.pack, where.at, None)
            yield _measured(services, where, here)
        finally:
            services.graph.close()
            services.ledger.close()


def _measured(services: Services, where: Where, here: Path) -> Measured:
    lesson = learn_at(services, where.at, span=where.span, settings=MatchSettings())
    snapshot = snapshot_as_of(services, where.at, half_lives=lesson.half_lives)
    since = where.at - timedelta(days=where.span.tie_days) if where.span.tie_days else None
    return Measured(
        where=where,
        truth=Truth(here, where),
        lesson=lesson,
        snapshot=snapshot,
        wording=wording_before(services.ledger, snapshot, where.at),
        active=active_between(services.ledger, where.at - timedelta(days=where.span.active_days), where.at),
        excluded=near(snapshot, ties_before(services.ledger, where.at), before=where.at, since=since),
    )


def frontier(one: Measured) -> Iterator[str]:
    """Yield the baselines, and what was learned with the dial turned from safe to surprising."""
    yield one.keep("popularity", one.truth.popular())
    yield one.score("fused by rank", 0.0, judged=False)
    for surprise in DIAL:
        yield one.score(f"learned surprise {surprise:g}", surprise)


def ablations(one: Measured) -> Iterator[str]:
    """Yield what is left without each source (the others' weights stay as they were learned)."""
    for source in LEFT_OUT:
        yield one.score(f"without {source}", MIDDLE, without=source)


def pooled(pack: str, those: Sequence[Measured]) -> Iterator[str]:
    """Yield, over all members of all splits, the figures with their 95 % intervals, and paired differences."""
    middle = f"learned surprise {MIDDLE:g}"
    rng = np.random.default_rng(0)
    for kind in ("hits", "surprises"):
        own = np.concatenate([getattr(one.scores[middle], kind) for one in those])
        yield f"{pack},{middle},{kind},{_told(own, rng)}"
        for other in ("popularity", "fused by rank"):
            peer = np.concatenate([getattr(one.scores[other], kind) for one in those])
            yield f"{pack},{middle} less {other},{kind},{_told(own - peer, rng)}"


def _told(values: NDArray[np.float64], rng: np.random.Generator) -> str:
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{values.mean():.4f} [{low:.4f}; {high:.4f}]"


def _without(source: str | None) -> dict[str, float]:
    return {name: 0.0 if name == source else weight for name, weight in WEIGHTS.items()}
