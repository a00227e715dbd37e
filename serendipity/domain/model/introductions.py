"""Matches, their reasons, and introductions on their way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One piece of evidence of a match; every sentence of an introduction traces to one.

    `kind` is one of: shared_topic, adjacent_topics, seek_offer, path, shared_event, bridge, distance, difference.
    `topics`, `events`, `members` are ids on the path, in order from A to B; `data` holds figures and dates (JSON).
    `weight` is the share of the score that it explains.
    """

    kind: str
    weight: float
    topics: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


CONTROL_ARM = "by_lot"  # the factor of a match that was drawn by chance (matching/factors.py)


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A scored pair with its reasons; `member` is for whom it was found. Score and its factors lie in [0, 1].

    A group of up to five has `more` members; its score is the mean of its pairs'.
    """

    member: str
    other: str
    score: float
    relevance: float
    unexpectedness: float
    reasons: tuple[Reason, ...]
    factors: Mapping[str, float] = field(default_factory=dict)
    more: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """Return all of them."""
        return self.member, self.other, *self.more

    @property
    def arm(self) -> "TrialArm":
        """Return the arm of the trial that it is in; a factor says so."""
        return TrialArm.CONTROL if CONTROL_ARM in self.factors else TrialArm.TREATMENT


class IntroductionState(StrEnum):
    """States of an introduction."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"  # by a manager, or by a member: see `reason`
    EXPIRED = "expired"
    ASKED = "asked"
    INTRODUCED = "introduced"
    FOLLOWED_UP = "followed_up"
    CANCELLED = "cancelled"  # erasure, consent withdrawn, a tie said so meanwhile


class Answer(StrEnum):
    """Answers of a member to an introduction."""

    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Why a member declines; each acts on graph and scorer."""

    NOT_NOW = "not_now"
    NOT_RELEVANT = "not_relevant"
    KNOW_ALREADY = "know_already"
    NEVER_THIS_PERSON = "never_this_person"


class TrialArm(StrEnum):
    """The arm of the trial that tells what matching adds: chosen by the matcher, or drawn by chance."""

    TREATMENT = "treatment"
    CONTROL = "control"


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """One member of an introduction and what they answered; ratings are 1 to 5."""

    member: str
    answer: Answer = Answer.WAITING
    reason: DeclineReason | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    met: bool | None = None
    relevance: int | None = None
    surprise: int | None = None
    known_before: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Introduction:
    """A match on its way to both members."""

    id: str
    parties: tuple[Party, ...]
    state: IntroductionState
    score: float
    reasons: tuple[Reason, ...]
    factors: Mapping[str, float]
    run: str | None
    proposed_at: datetime
    changed_at: datetime
    deadline: datetime | None = None
    texts: Mapping[str, str] = field(default_factory=dict)  # a manager's edit, by locale
    reader_texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # as approved, by member
    reason: str | None = None
    by: str | None = None  # the manager (or "policy") who decided
    introduced_at: datetime | None = None
    followed_up_at: datetime | None = None
    arm: TrialArm = TrialArm.TREATMENT
    version: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Funnel:
    """Conversion counts of introductions: proposed, still on their way (`open`), asked, introduced, met.

    `ratings` counts members who rated relevance and surprise; `serendipitous` those of them with both at least 4 who
    did not know the other before.
    """

    proposed: int = 0
    open: int = 0
    asked: int = 0
    introduced: int = 0
    met: int = 0
    ratings: int = 0
    serendipitous: int = 0

    @property
    def settled(self) -> int:
        """Return how many are at their end; of those that are, a silence is a failure."""
        return self.proposed - self.open
