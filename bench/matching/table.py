"""The figures of a split: the frontier over the dial, each source left out, and intervals by bootstrap."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.matching.peers import fused_by_rank, popular
from bench.matching.remembered import TRAITS_OF, Remembered
from bench.matching.splits import Where
from bench.matching.truth import Score, Truth
from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.matching.candidates.fusion import CandidateSource
from serendipity.matching.learning.backtest import rank_for_backtest, rankable_members
from serendipity.matching.scoring.pair_features import APART, OF_MEMBERS
from serendipity.matching.scoring.re_ranker import ReRanker, settings_for_re_ranking
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Sparse
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.usecases.learning.backtest import read_pack
from serendipity.usecases.learning.history_queries import active_between, near_pairs, ties_before, word_profiles_before
from serendipity.usecases.learning.tie_model import TieModelFit, fit_at
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import snapshot_as_of

USUAL_DIAL = MatchSettings().surprise
DIAL = (0.0, 0.1, USUAL_DIAL, 0.5, 0.75, 1.0)
PEERS = {"popularity": popular, "RRF 1:3:1": fused_by_rank}
DRAWS = 2000
MEMBERS = (*OF_MEMBERS, *APART)


@dataclass(kw_only=True, eq=False)
class Measured:
    """A split with all that lists of ten are made of, and the scores so far by name."""

    where: Where
    truth: Truth
    lesson: TieModelFit
    snapshot: Snapshot
    active: set[str]
    excluded: Sparse
    proposed: Remembered
    scores: dict[str, Score] = field(default_factory=dict)

    def fused(self) -> str:
        """Match as without any history to learn from, by ranks, keep the score, and return it as a CSV line."""
        return self._keep("fused, nothing learned", None, self.settings(0.0))

    def judged(self, what: str, surprise: float, *, without: str | None = None, silent: Sequence[str] = ()) -> str:
        """Match, score, keep the score, and return it as a CSV line."""
        settings = settings_for_re_ranking(self.settings(surprise))
        judged = self.proposed.under(self.lesson.tie_model, settings, without=without, silent=silent)
        return self._keep(what, judged, settings)

    def settings(self, surprise: float) -> MatchSettings:
        """Return the settings with another dial."""
        return MatchSettings(surprise=surprise, event_half_life_days=self.lesson.event_half_life_days)

    def _keep(self, what: str, re_ranker: CandidateSource | None, settings: MatchSettings) -> str:
        rng = np.random.default_rng(0)
        return self.keep(what, rank_for_backtest(
            self.snapshot, self.active, excluded=self.excluded, settings=settings, rng=rng, re_ranker=re_ranker
        ))  # fmt: skip

    def keep(self, what: str, lists: Mapping[str, Sequence[str]]) -> str:
        """Score lists, keep the score, and return it as a CSV line."""
        self.scores[what] = self.truth.score(lists)
        return f"{self.where.name},{what},{self.scores[what].told()}"


@contextmanager
def reading(pack: Path) -> Iterator[Callable[[Where], Measured]]:
    """Hand over what measures the splits of a pack, earliest first: each reads on from where the one before stopped."""
    with tempfile.TemporaryDirectory(prefix="serendipity-") as data:
        services = build_services(Settings(data_dir=Path(data), graph="embedded", ledger_url=""))
        try:
            yield lambda where: _measured(services, where, pack.parent)
        finally:
            services.graph.close()
            services.ledger.close()


def _measured(services: Services, where: Where, here: Path) -> Measured:
    read_pack(services, here / where.pack, where.at, None)
    lesson = fit_at(services, where.at, span=where.span, settings=MatchSettings())
    snapshot = snapshot_as_of(services, where.at, half_lives=lesson.half_lives)
    wording = word_profiles_before(services.ledger, snapshot, where.at)
    active = active_between(services.ledger, where.at - timedelta(days=where.span.active_days), where.at)
    since = where.at - timedelta(days=where.span.tie_days) if where.span.tie_days else None
    excluded = near_pairs(snapshot, ties_before(services.ledger, where.at), before=where.at, since=since)
    settings = settings_for_re_ranking(MatchSettings(event_half_life_days=lesson.event_half_life_days))
    allowed, rows = rankable_members(snapshot, active, excluded)
    return Measured(
        where=where,
        truth=Truth(here, where),
        lesson=lesson,
        snapshot=snapshot,
        active=active,
        excluded=excluded,
        proposed=Remembered.of(ReRanker.of(snapshot, wording, settings, lesson.tie_model), rows, allowed),
    )


def frontier(one: Measured) -> Iterator[str]:
    """Yield the baselines, and what was learned with the dial turned from safe to surprising."""
    for name, peer in PEERS.items():
        yield one.keep(name, peer(one.truth))
    yield one.fused()
    for surprise in DIAL:
        yield one.judged(at_dial(surprise), surprise)


def ablations(one: Measured) -> Iterator[str]:
    """Yield what is left without each source, and without what is known of single members.

    The weights of the others stay as they were learned, so that a loss is the most that a source can account for.
    """
    for source in TRAITS_OF:
        yield one.judged(f"without {source}", USUAL_DIAL, without=source)
    yield one.judged("without members", USUAL_DIAL, silent=MEMBERS)


def at_dial(surprise: float) -> str:
    """Name the scores of a dial."""
    return f"learned, surprise {surprise:g}"


def pooled(pack: str, those: Sequence[Mapping[str, Score]]) -> Iterator[str]:
    """Yield, over all members of all splits, figures with their 95 % intervals, and paired differences."""
    rng, usual = np.random.default_rng(0), at_dial(USUAL_DIAL)
    for kind in ("hits", "surprises"):
        of = {what: np.concatenate([getattr(one[what], kind) for one in those]) for what in those[0]}
        for what, values in of.items():
            yield f"{pack},{kind},{what},{_told(values, rng)}"
        for what in (name for name in of if name in PEERS or name.startswith("without")):
            yield f"{pack},{kind},{usual} less {what},{_told(of[usual] - of[what], rng)}"


def _told(values: NDArray[np.float64], rng: np.random.Generator) -> str:
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{values.mean():.4f} [{low:.4f}; {high:.4f}]"
