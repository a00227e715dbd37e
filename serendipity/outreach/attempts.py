"""Consequences of earlier attempts to deliver a message for the next one."""

import random
from collections.abc import Sequence
from datetime import timedelta

from serendipity.domain.model import Attempt, AttemptOutcome
from serendipity.outreach.settings import OutreachSettings


def is_outcome_lost(attempts: Sequence[Attempt]) -> bool:
    """Return whether the attempt before the one under way never ended: the message may have gone out.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> first, second = (Attempt(message="m", number=number, at=at) for number in (1, 2))
    >>> is_outcome_lost([first]), is_outcome_lost([first, second])
    (False, True)
    """
    return len(attempts) > 1 and attempts[-2].outcome is AttemptOutcome.BEGUN


def count_failures(attempts: Sequence[Attempt]) -> int:
    """Return how many attempts failed since the message was last parked: a manager's retry starts afresh."""
    failed = 0
    for attempt in attempts:
        match attempt.outcome:
            case AttemptOutcome.FAILED:
                failed += 1
            case AttemptOutcome.PARKED:
                failed = 0
    return failed


def retry_pause(failures: int, settings: OutreachSettings, rng: random.Random) -> timedelta | None:
    """Return how long to wait after so many failures, jittered so that a crowd spreads; None when it is enough.

    >>> retry_pause(2, OutreachSettings(jitter=0), random.Random(1))
    datetime.timedelta(seconds=300)
    """
    if failures > len(settings.retries):
        return None
    return settings.retries[failures - 1] * (1 + settings.jitter * rng.random())
