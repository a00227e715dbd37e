"""Introductions and messages on their way."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from serendipity.domain.model import (
    Answer,
    Attempt,
    AttemptOutcome,
    Funnel,
    Introduction,
    IntroductionState,
    Message,
    MessageState,
    TrialArm,
)


class Introductions(Protocol):
    """The workflow of introductions."""

    def add(self, introduction: Introduction) -> None:
        """Insert; the same id twice is a Conflict."""
        ...

    def get(self, id: str) -> Introduction:
        """Return one."""
        ...

    def save(self, introduction: Introduction) -> None:
        """Replace if `introduction.version` is the stored one (it is counted up), else Conflict."""
        ...

    def search(
        self, *, states: Collection[IntroductionState] | None = None, member: str | None = None, limit: int = 100
    ) -> list[Introduction]:
        """Return introductions, best score first for PROPOSED only, else newest change first."""
        ...

    def due(self, now: datetime, *, limit: int = 100) -> list[Introduction]:
        """Return open ones (PROPOSED, APPROVED, ASKED) whose deadline has passed."""
        ...

    def to_follow_up(self, introduced_before: datetime, *, limit: int = 100) -> list[Introduction]:
        """Return INTRODUCED ones from before a time that were not followed up."""
        ...

    def pairs_since(self, since: datetime) -> dict[tuple[str, str], datetime]:
        """Return each pair (smaller id first) with an introduction changed since, and when."""
        ...

    def on_their_way(self, member: str) -> set[tuple[str, str]]:
        """Return each pair (smaller id first) of a member with another party of an open introduction."""
        ...

    def counts_since(self, since: datetime) -> dict[str, int]:
        """Count, per member, introductions proposed since (declined by a manager or expired unreviewed left out)."""
        ...

    def funnels(self, since: datetime, until: datetime) -> dict[TrialArm, Funnel]:
        """Count how far introductions of a time of proposal came, by the arm of the trial."""
        ...

    def answered(self, member: str, answer: Answer, since: datetime) -> int:
        """Count a member's answers of a kind since a time."""
        ...

    def erase(self, member: str) -> None:
        """Cancel the open ones, and blank texts and reasons of all that name the member."""
        ...


class Outbox(Protocol):
    """Messages on their way."""

    def add(self, message: Message) -> bool:
        """Queue; False when the id is known already (nothing changes)."""
        ...

    def claim(self, now: datetime, *, holder: str, lease_seconds: float, limit: int) -> list[Message]:
        """Lease due messages, oldest first, and count the attempt: queued, next_at ≤ now, no lease that still runs."""
        ...

    def mark(
        self,
        id: str,
        state: MessageState,
        *,
        holder: str | None = None,
        at: datetime,
        error: str | None = None,
        next_at: datetime | None = None,
        outcome: AttemptOutcome | None = None,
    ) -> None:
        """Set the state of one message and end its lease. Raises LeaseLost when `holder` no longer has it.

        With an outcome, the attempt under way has ended so, for the reason in `error`.
        """
        ...

    def get(self, id: str) -> Message:
        """Return one."""
        ...

    def search(
        self, *, states: Collection[MessageState] | None = None, member: str | None = None, limit: int = 100
    ) -> list[Message]:
        """Return messages, newest first."""
        ...

    def counts(self) -> dict[MessageState, int]:
        """Return how many messages there are in each state."""
        ...

    def concerning(self, member: str) -> list[str]:
        """Return the ids of all messages to a member, about them, or of an introduction that names them."""
        ...

    def sent_since(self, member: str, since: datetime, *, kinds: Collection[str] | None = None) -> int:
        """Count what was sent to a member since a time."""
        ...

    def cancel(self, *, introduction: str | None = None, member: str | None = None, at: datetime, why: str) -> int:
        """Cancel queued messages of an introduction or a member."""
        ...

    def attempts(self, id: str) -> list[Attempt]:
        """Return the attempts of a message, in order."""
        ...

    def retry(self, id: str, at: datetime) -> None:
        """Queue a parked message again."""
        ...

    def erase(self, member: str) -> None:
        """Cancel what is queued and blank subject and bodies of all messages to or about the member."""
        ...
