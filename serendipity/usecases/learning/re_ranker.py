"""Learning from first ties: what foresees the community's own later ties better than fusion ranks the rounds to come.

Two moments are looked back to. What was known at the earlier and the ties since teach a judgement, which is tried on
the ties made after the later: pairs that a round could have introduced, ranked as a round would.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from serendipity.domain.graph import HalfLives
from serendipity.domain.model import RecordKind
from serendipity.matching.candidates.exclusions import Pair, of_pairs
from serendipity.matching.candidates.fusion import Allowed
from serendipity.matching.learning.ranking_evaluation import FEWEST_MEMBERS, RankingQuality, Trial, evaluate_ranking
from serendipity.matching.learning.tie_model import TieModel
from serendipity.matching.learning.time_split import TimeSplit, TrainingSet, fit_on_splits
from serendipity.matching.matcher import MatchInputs, scored_all
from serendipity.matching.scoring.re_ranker import LARGEST_JUDGED, ReRanker, RoundReRanker, settings_for_rounds
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.matching.snapshot.word_profiles import WordProfiles
from serendipity.usecases.learning.history_queries import TiedPair, first_ties, ties_before, word_profiles_before
from serendipity.usecases.learning.model_versions import AS_IT_IS, TrainingOutcome, Version, Versions, has_erased_since
from serendipity.usecases.members.match_preferences import in_force
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import snapshot_as_of

Progress = Callable[[int, int, str], None]
FEWEST_TAUGHT = 20  # candidates, from either side, who became tied in the time that is learned from
SEED = 0  # of the lot that draws candidates to learn from: the same history teaches the same


@dataclass(frozen=True, kw_only=True)
class LearnedTieModel:
    """A judgement, and the half-lives that it was learned under: under others the traits of a pair are not the same."""

    tie_model: TieModel
    half_lives: HalfLives

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"judgement": self.tie_model.as_data(), "half_lives": asdict(self.half_lives)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "LearnedTieModel":
        """Read what `as_data` wrote."""
        return cls(tie_model=TieModel.from_data(data["judgement"]), half_lives=HalfLives(**data["half_lives"]))


VERSIONS = Versions(
    kind=RecordKind.JUDGEMENT_LEARNED, source="first ties", name="judgement", read=LearnedTieModel.from_data
)


@dataclass(frozen=True, kw_only=True)
class ReRankerReport:
    """Result of training: `trial` is None in a community too large to judge, `learned` where it is no better."""

    trial: Trial | None
    learned: LearnedTieModel | None = None
    used: Version[LearnedTieModel] | None = None
    held: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "tried": self.trial and self.trial.as_data(),
            "weights": dict(self.learned.tie_model.strongest()) if self.learned else None,
            "used": self.used.number if self.used else None,
            "held": self.held,
        }

    def in_words(self) -> str:
        """Return the report in some sentences."""
        return " ".join(part for part in (self._tried(), self._weights(), self._came()) if part)

    def _tried(self) -> str:
        if self.trial is None:
            return f"More than {LARGEST_JUDGED:,} members: rounds stay on fusion."
        if self.trial.before is None or self.trial.after is None:
            if self.trial.members >= FEWEST_MEMBERS:
                return f"{self.trial.members:,} members had a later first tie, but too few had one before that."
            return f"{self.trial.members:,} members had a later first tie; too few yet, {FEWEST_MEMBERS} are needed."
        before, after = self.trial.before, self.trial.after
        return (
            f"Of {self.trial.members:,} members with a later first tie, {after.found:.1%} find one among their ten best"
            f" as judged instead of {before.found:.1%} by fusion, and a surprising one {after.surprising:.1%} instead"
            f" of {before.surprising:.1%}."
        )

    def _weights(self) -> str:
        told = [
            f"{name} {weight:+.2f}" for name, weight in (self.learned.tie_model.strongest() if self.learned else [])
        ]
        return f"What speaks for a tie, strongest first: {', '.join(told)}." if told else ""

    def _came(self) -> str:
        if self.used is not None:
            put = "ranks the rounds to come" if self.used.learned else "puts rounds back on fusion"
            return f"Version {self.used.number} {put}."
        if self.learned is None:
            return "Nothing changes." if self.trial is None or self.trial.after is None else "That is no better."
        held = "A version was taken back, and is held until somebody learns by hand. " if self.held else ""
        return f"{held}It is not put to use."


def learn_from_first_ties(
    services: Services,
    *,
    by: str = "service",
    dry_run: bool = False,
    automatic: bool = False,
    outcome_days: float | None = None,
    progress: Progress | None = None,
) -> ReRankerReport:
    """Learn which pairs become tied; what finds more of the later ties than fusion ranks the rounds from then on.

    Ties are awaited for `outcome_days` (default: the setting). Where it is no better nothing changes, but that one in
    force that has become worse than fusion is taken out of use, as is one that erased members may have taught.
    """
    with services.ledger.read() as uow:
        head, present = uow.records.head(), VERSIONS.in_force(uow)
        settings = in_force(services, uow)
        erased = present is not None and has_erased_since(uow, present.upto)
    days = timedelta(days=outcome_days) if outcome_days else services.settings.outcome
    hindsight = _Trial(services=services, settings=settings, days=days, progress=progress)
    trial = hindsight.trial()
    learned = (
        LearnedTieModel(tie_model=hindsight.whole(), half_lives=services.half_lives) if trial and trial.better else None
    )
    finding = TrainingOutcome(
        present=present,
        learned=learned,
        upto=head,
        tried=trial.as_data() if trial else {"before": None, "after": None},
        retire=learned is None and hindsight.has_become_worse(present, trial),
        erased=erased,
        automatic=automatic,
    )
    used = None if dry_run else VERSIONS.put_to_use(services, finding, by=by)
    return ReRankerReport(trial=trial, learned=learned, used=used, held=finding.held)


def tie_model_of(services: Services, snapshot: Snapshot) -> tuple[TieModel | None, int]:
    """Return what ranks a round over all members now, and its version; None and AS_IT_IS where that is fusion."""
    with services.ledger.read() as uow:
        version = VERSIONS.in_force(uow)
    learned = version.learned if version else None
    if version is None or learned is None or learned.half_lives != services.half_lives or too_large(snapshot):
        return None, AS_IT_IS
    return learned.tie_model, version.number


def too_large(snapshot: Snapshot) -> bool:
    """Tell whether a community is too large to be judged."""
    return len(snapshot.members) > LARGEST_JUDGED


def round_re_ranker(
    snapshot: Snapshot, wording: WordProfiles, settings: MatchSettings, tie_model: TieModel, now: datetime
) -> RoundReRanker:
    """Return what judges the candidates of a round."""
    re_ranker = ReRanker.of(snapshot, wording, settings_for_rounds(settings, len(snapshot.members)), now=now)
    return RoundReRanker(re_ranker=re_ranker, tie_model=tie_model)


@dataclass(frozen=True, kw_only=True)
class _PastMoment:
    """A past moment, and the pairs that a round could have introduced then and that became tied later."""

    split: TimeSplit
    wording: WordProfiles
    re_ranker: ReRanker  # without a judgement: for candidates to learn from

    def lessons(self, tell: Callable[[int, int], None]) -> TrainingSet:
        return self.split.lessons(self.re_ranker, self.wording, np.random.default_rng(SEED), tell)

    def foreseen(self, settings: MatchSettings, tie_model: TieModel | None = None) -> RankingQuality:
        """Return whom a round would have found, by fusion or as judged."""
        re_ranker = RoundReRanker(re_ranker=self.re_ranker, tie_model=tie_model) if tie_model else None
        split = self.split
        scored = scored_all(
            split.snapshot, split.rows, split.allowed, settings=settings, inputs=MatchInputs(re_ranker=re_ranker)
        )
        return evaluate_ranking(split, self.wording, scored)


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """Looking back to two moments."""

    services: Services
    settings: MatchSettings
    days: timedelta
    progress: Progress | None

    def trial(self) -> Trial | None:
        """Try what the earlier moment teaches on the ties after the later; None in too large a community.

        Where those are too few anyway, nothing is folded or read.
        """
        latest = self.services.snapshots.latest()
        if latest is not None and too_large(latest):
            return None
        new = first_ties(self._ties, self._now - self.days)
        if len(set(chain.from_iterable(new))) < FEWEST_MEMBERS:
            return Trial(members=len(set(chain.from_iterable(new))), first_ties=len(new))
        tied = self._later.split.tied
        members, ties = len(np.unique(tied[:, 0])), len(tied) // 2
        if too_large(self._later.split.snapshot):
            return None
        if members < FEWEST_MEMBERS or np.count_nonzero(self._taught_earlier.tied) < FEWEST_TAUGHT:
            return Trial(members=members, first_ties=ties)
        tie_model = fit_on_splits([self._taught_earlier])
        before, after = self._later.foreseen(self.settings), self._later.foreseen(self.settings, tie_model)
        return Trial(members=members, first_ties=ties, before=before, after=after)

    def whole(self) -> TieModel:
        """Return what both moments teach."""
        return fit_on_splits([self._taught_earlier, self._later.lessons(self._tell("learned"))])

    def has_become_worse(self, present: Version[LearnedTieModel] | None, trial: Trial | None) -> bool:
        """Tell whether what is in force finds less than fusion by now, though it may have been taught by these ties."""
        if present is None or present.learned is None or trial is None or trial.before is None:
            return False
        if present.learned.half_lives != self.services.half_lives:
            return False  # it ranks nothing, and the traits of these pairs are not its own
        return self._later.foreseen(self.settings, present.learned.tie_model).is_worse_than(trial.before)

    @cached_property
    def _now(self) -> datetime:
        return self.services.clock.now()

    @cached_property
    def _ties(self) -> dict[Pair, TiedPair]:
        return ties_before(self.services.ledger, self._now)

    @cached_property
    def _later(self) -> _PastMoment:
        return self._at(self._now - self.days, self._now)

    @cached_property
    def _taught_earlier(self) -> TrainingSet:
        middle = self._now - self.days
        return self._at(middle - self.days, middle).lessons(self._tell("tried"))

    def _at(self, moment: datetime, until: datetime) -> _PastMoment:
        snapshot = snapshot_as_of(self.services, moment)
        ties = {pair: tied for pair, tied in self._ties.items() if tied.first < until}
        split = self._split(snapshot, moment, ties)
        wording = word_profiles_before(self.services.ledger, snapshot, moment)
        chosen = settings_for_rounds(self.settings, len(snapshot.members))
        return _PastMoment(split=split, wording=wording, re_ranker=ReRanker.of(snapshot, wording, chosen))

    def _split(self, snapshot: Snapshot, moment: datetime, ties: dict[Pair, TiedPair]) -> TimeSplit:
        """Return the members who were here lately, and the pairs that had never been tied, colleagues as set."""
        active = snapshot.last_active >= (moment - self.services.settings.active).timestamp()
        allowed = Allowed(
            eligible=np.asarray(active, dtype=np.bool_),
            excluded=of_pairs(snapshot, [pair for pair, tied in ties.items() if tied.first < moment]),
            organisations=None if self.settings.same_organisation else snapshot.organisation_codes,
        )
        return TimeSplit.of(snapshot, np.flatnonzero(active), allowed, first_ties(ties, moment))

    def _tell(self, what: str) -> Callable[[int, int], None]:
        progress = self.progress
        return (lambda done, total: progress(done, total, what)) if progress else (lambda done, total: None)
