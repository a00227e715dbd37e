"""Months of rounds over a planted community: the real round decides, outcomes are drawn from the truth, and taught.

Policies are compared on the same community: none learns nothing, `learning` is what the service does, `greedy` learns
without exploring (no lots, no drawn weights), `oracle` knows the truth.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Match, Party, TrialArm
from serendipity.lab.planted import START, Planted
from serendipity.matching.assignment.rounds import RoundTerms
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.learning.member_effects import LATELY, training_sides
from serendipity.matching.learning.outcome_model import OutcomeModel, ScoreMultiplier
from serendipity.matching.learning.propensity import Propensity
from serendipity.matching.learning.training import train
from serendipity.matching.learning.training_examples import TrainingExample, training_example_of
from serendipity.matching.matcher import MatchInputs, match_all
from serendipity.matching.scoring.exposure_fairness import gini
from serendipity.matching.scoring.scoring import prepare
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot

Policy = Literal["none", "learning", "greedy", "oracle"]
POLICIES: tuple[Policy, ...] = ("none", "learning", "greedy", "oracle")
WEEK, MONTH, ANSWERED = timedelta(days=7), timedelta(days=30), timedelta(days=10)
EVERY = 2  # rounds from one learning to the next
BOTH_MEET, RATING = 0.7, (3, 4, 5)
SETTINGS = MatchSettings(surprise=0.3, held_back=0.05, by_lot=0.03)


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """One introduction of the simulation, and what the truth said of it when it was proposed."""

    round: int
    introduction: Introduction
    chance: float

    @property
    def good(self) -> bool:
        """Tell whether both said yes."""
        return self.introduction.introduced_at is not None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Result of simulating a policy: all its proposals, by members (ids), and the model versions that it learned."""

    policy: Policy
    members: Sequence[str]
    rounds: int
    proposed: Sequence[Proposed]
    versions: int
    propensity: Propensity | None = None

    def since(self, share: float) -> "Report":
        """Return the later rounds only, from a share of them on."""
        first = round(self.rounds * share)
        return replace(self, proposed=[one for one in self.proposed if one.round >= first])

    @property
    def accepted(self) -> float:
        """Return the share of proposed pairs that both accept."""
        return float(np.mean([one.good for one in self.proposed])) if self.proposed else 0.0

    @property
    def expected(self) -> float:
        """Return the mean of the true chances that both accept."""
        return float(np.mean([one.chance for one in self.proposed])) if self.proposed else 0.0

    @property
    def exposure(self) -> float:
        """Return the Gini coefficient of how often members are proposed."""
        return gini(self._times())

    @property
    def coverage(self) -> float:
        """Return the share of members proposed at least once."""
        return float((self._times() > 0).mean())

    def _times(self) -> Floats:
        counts = Counter(party.member for one in self.proposed for party in one.introduction.parties)
        return np.array([counts[id] for id in self.members], dtype=np.float64)


def simulate(
    community: Planted,
    policy: Policy,
    *,
    rounds: int,
    seed: int,
    settings: MatchSettings = SETTINGS,
    per_month: int = 2,
) -> Report:
    """Let a policy run a round a week."""
    exploring = replace(settings, exploration=0.0, by_lot=0.0) if policy == "greedy" else settings
    months = _Months(community=community, policy=policy, settings=exploring, per_month=per_month, seed=seed)
    for number in range(rounds):
        months.go_on(number)
    return Report(
        policy=policy,
        members=community.snapshot.members,
        rounds=rounds,
        proposed=months.proposed,
        versions=months.versions,
        propensity=months.propensity,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Oracle:
    """Knows the truth."""

    community: Planted
    asked: Floats

    def relative(self, snapshot: Snapshot, profiles: Sparse, found: Candidates) -> Floats:
        """Return each candidate's true chance that both say yes, relative to the mean."""
        chances = self.community.both(found, profiles, self.asked)
        return np.asarray(chances / max(float(chances.mean()), 1e-9), dtype=np.float64)


@dataclass(kw_only=True)
class _Months:
    community: Planted
    policy: Policy
    settings: MatchSettings
    per_month: int
    seed: int
    proposed: list[Proposed] = field(default_factory=list)
    propensity: Propensity | None = None
    versions: int = 0

    def __post_init__(self) -> None:
        # What members answer is drawn apart from what rounds draw, so that policies are compared on equal terms.
        self._truth = np.random.default_rng([self.seed, 1])
        self._drawn = np.random.default_rng([self.seed, 2])

    def go_on(self, number: int) -> None:
        now = START + number * WEEK
        if self.policy in ("learning", "greedy") and number % EVERY == 0:
            self._learn(now)
        asked = self._asked(now)
        found = match_all(
            self.community.snapshot,
            now=now,
            eligible=self.community.snapshot.members,
            settings=self.settings,
            rng=np.random.default_rng([self.seed, 3, number]),
            inputs=MatchInputs(
                frozen=[_pair(one.introduction) for one in self.proposed],
                terms=self._terms(now),
                outcome_model=self._outlook(now, asked),
            ),
        )
        for match in found.chosen:
            self.proposed.append(self._answered(number, match, now, asked))

    def _learn(self, now: datetime) -> None:
        taught = train(self._lessons(now), present=self.propensity)
        if taught.propensity is not None:
            self.propensity, self.versions = taught.propensity, self.versions + 1
        elif taught.retire:
            self.propensity = None

    def _lessons(self, now: datetime) -> list[TrainingExample]:
        """Return what is known by now; of those on their way only that their members were asked."""
        lessons = [lesson for one in self.proposed if (lesson := training_example_of(one.introduction)) is not None]
        return [one if one.known_at <= now else _open(one) for one in lessons]

    def _outlook(self, now: datetime, asked: Floats) -> ScoreMultiplier | None:
        if self.policy == "oracle":
            return Oracle(community=self.community, asked=asked)
        if self.propensity is None:
            return None
        _, regards = training_sides(self._lessons(now), now=now)
        outcome_model = OutcomeModel(propensity=self.propensity, regards=regards)
        return outcome_model.drawn(self._drawn, self.settings.exploration)

    def _terms(self, now: datetime) -> RoundTerms:
        lately = [one for one in self.proposed if one.introduction.proposed_at > now - MONTH]
        counts = Counter(party.member for one in lately for party in one.introduction.parties)
        latest = {
            party.member: one.introduction.proposed_at for one in self.proposed for party in one.introduction.parties
        }
        return RoundTerms(
            capacity={id: self.per_month - count for id, count in counts.items()},
            waited_days={
                id: (now - latest.get(id, START)) / timedelta(days=1) for id in self.community.snapshot.members
            },
        )

    def _asked(self, now: datetime) -> Floats:
        """Return how often each member was asked lately, by row."""
        rows = self.community.snapshot.member_index
        times = np.zeros(len(self.community.snapshot.members))
        for one in self.proposed:
            if one.introduction.proposed_at > now - LATELY:
                for party in one.introduction.parties:
                    times[rows[party.member]] += party.asked_at is not None
        return times

    def _answered(self, number: int, match: Match, now: datetime, asked: Floats) -> Proposed:
        """Ask one, then the other, and let those who were introduced meet and rate, as the truth has it."""
        snapshot = self.community.snapshot
        profiles = prepare(snapshot, self.settings).interests.profiles
        ends = [np.array([snapshot.member_index[id]]) for id in match.members]
        factors = {name: np.array([value]) for name, value in match.factors.items()}
        pair = Candidates(rows=ends[0], columns=ends[1], relevance=np.ones(1), factors=factors)
        chances = [float(self.community.yes(one, other, pair, profiles, asked)[0]) for one, other in (ends, ends[::-1])]
        says = self._truth.random(2) < chances
        parties = [self._party(match.members[0], bool(says[0]), now)]
        parties.append(self._party(match.members[1], bool(says[1]), now) if says[0] else Party(member=match.members[1]))
        made = bool(says.all())
        if made and self._truth.random() < BOTH_MEET:
            rated = [int(rating) for rating in self._truth.choice(RATING, 2)]
            parties = [
                replace(party, met=True, relevance=rating, surprise=rating)
                for party, rating in zip(parties, rated, strict=True)
            ]
        introduction = Introduction(
            id=f"i-{number}-{len(self.proposed)}",
            parties=tuple(parties),
            state=IntroductionState.FOLLOWED_UP if made else IntroductionState.DECLINED,
            score=match.score,
            reasons=match.reasons,
            factors=match.factors,
            arm=match.arm,
            run=f"run-{number}",
            proposed_at=now,
            changed_at=now + ANSWERED,
            introduced_at=now + WEEK if made else None,
        )
        return Proposed(round=number, introduction=introduction, chance=chances[0] * chances[1])

    def _party(self, member: str, yes: bool, now: datetime) -> Party:
        answer, reason = (Answer.ACCEPTED, None) if yes else (Answer.DECLINED, DeclineReason.NOT_RELEVANT)
        return Party(member=member, answer=answer, reason=reason, asked_at=now, answered_at=now + WEEK)


def _open(lesson: TrainingExample) -> TrainingExample:
    one, other = (side._replace(grade=None) for side in lesson.sides)
    return replace(lesson, sides=(one, other))


def _pair(introduction: Introduction) -> tuple[str, str]:
    one, other = introduction.parties
    return one.member, other.member


def is_control_arm(report: Report) -> list[Proposed]:
    """Return what was found by chance."""
    return [one for one in report.proposed if one.introduction.arm is TrialArm.CONTROL]
