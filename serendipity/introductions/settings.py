"""Community settings of introductions."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Review(StrEnum):
    """Which matches a manager sees before anybody is asked."""

    EVERY = "every"
    SAMPLE = "sample"  # a share of them, drawn by their ids; the others go out by themselves
    ABOVE = "above"  # those below a score; the others go out by themselves


@dataclass(frozen=True, kw_only=True, slots=True)
class IntroductionSettings:
    """Settings of review, questions and follow-up; days and minutes may be fractions.

    A decision can be undone for `undo_minutes`; with 0 it takes effect at once. `patience_days` after the proposal
    an introduction that waits for somebody who is away ends.
    """

    review: Review = Review.EVERY
    review_sample: float = 0.2
    review_above: float = 0.8
    review_days: float = 7.0
    answer_days: float = 7.0
    patience_days: float = 30.0
    undo_minutes: float = 10.0
    not_now_days: float = 14.0
    follow_up_days: float = 10.0
    quote_days: float = 60.0

    @property
    def time_to_review(self) -> timedelta:
        """Return how long a proposal waits for a manager."""
        return timedelta(days=self.review_days)

    @property
    def time_to_answer(self) -> timedelta:
        """Return how long a member has to answer."""
        return timedelta(days=self.answer_days)

    @property
    def grace(self) -> timedelta:
        """Return how long a decision can be undone."""
        return timedelta(minutes=self.undo_minutes)

    @property
    def not_now(self) -> timedelta:
        """Length of the pause after a "not now"."""
        return timedelta(days=self.not_now_days)

    @property
    def patience(self) -> timedelta:
        """Return how long an introduction waits at most, from its proposal on."""
        return timedelta(days=self.patience_days)

    @property
    def time_to_meet(self) -> timedelta:
        """Return how long after an introduction both are asked whether they met."""
        return timedelta(days=self.follow_up_days)
