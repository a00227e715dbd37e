"""What became of earlier attempts of a message, kept as one readable line beside it.

The line names the attempt that it tells of: when a message is claimed and the line is not about the attempt before,
that attempt began and its outcome was lost with its process. Then the message may have gone out twice.
"""

import random
import re
from dataclasses import dataclass
from datetime import timedelta

from serendipity.domain.model import Message
from serendipity.outreach.settings import OutreachSettings

_LINE = re.compile(r"attempt (\d+), failed (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempts:
    """How many attempts had an outcome that is known, how many of them failed, and the last outcome."""

    known: int = 0
    failed: int = 0
    outcome: str = ""

    def line(self) -> str:
        """Return the line to store.

        >>> Attempts(known=3, failed=2, outcome="SMTP 421").line()
        'attempt 3, failed 2: SMTP 421'
        """
        return f"attempt {self.known}, failed {self.failed}: {self.outcome}"


def attempts_of(message: Message) -> Attempts:
    """Read the line beside a message; without one there was no attempt with an outcome."""
    found = _LINE.fullmatch(message.error or "")
    if not found:
        return Attempts()
    return Attempts(known=int(found[1]), failed=int(found[2]), outcome=found[3])


def outcome_was_lost(message: Message) -> bool:
    """Tell whether the attempt before the one just claimed ended without an outcome."""
    return message.attempts > attempts_of(message).known + 1


def after_failure(message: Message, outcome: str) -> Attempts:
    """Return the attempts after this one failed."""
    return Attempts(known=message.attempts, failed=attempts_of(message).failed + 1, outcome=outcome)


def after_postponement(message: Message, why: str) -> Attempts:
    """Return the attempts after this one was put off, which is no failure."""
    return Attempts(known=message.attempts, failed=attempts_of(message).failed, outcome=f"postponed: {why}")


def retry_pause(failures: int, settings: OutreachSettings, rng: random.Random) -> timedelta | None:
    """Return how long to wait after so many failures, jittered so that a crowd spreads; None when it is enough.

    >>> retry_pause(2, OutreachSettings(jitter=0), random.Random(1))
    datetime.timedelta(seconds=300)
    """
    if failures > len(settings.retries):
        return None
    return settings.retries[failures - 1] * (1 + settings.jitter * rng.random())
