"""Repositories of the consumer engine: checkpoints, dead letters and the last runs of ticks."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from serendipity.domain.model import Checkpoint, DeadLetter, TickRun


class Consumers(Protocol):
    """Checkpoints of consumers; a consumer that is unknown stands at position 0."""

    def checkpoint(self, consumer: str, *, partition: int = 0) -> Checkpoint:
        """Return how far a partition is."""
        ...

    def checkpoints(self) -> list[Checkpoint]:
        """Return all, by consumer and partition."""
        ...

    def advance(self, consumer: str, *, since: int, to: int, at: datetime, partition: int = 0) -> None:
        """Move from one position to another in the transaction of the effects, and forget failures.

        Raises OffsetMoved when it does not stand at `since` any more: another worker was first.
        """
        ...

    def note_failure(self, checkpoint: Checkpoint) -> None:
        """Store attempts and pause. Raises OffsetMoved as `advance` does."""
        ...

    def position(self, consumer: str) -> int:
        """Return the position of partition 0."""
        ...

    def set_position(self, consumer: str, position: int) -> None:
        """Store the position of a consumer that keeps its checkpoint elsewhere, or of one that starts again."""
        ...

    def ticks(self) -> list[TickRun]:
        """Return the last noted run of each tick, by name."""
        ...

    def note_tick(self, run: TickRun) -> None:
        """Insert or replace."""
        ...


class DeadLetters(Protocol):
    """Work that failed for good."""

    def add(self, letter: DeadLetter) -> None:
        """Insert or replace."""
        ...

    def list(self, *, limit: int = 100) -> list[DeadLetter]:
        """Return dead letters, newest first."""
        ...

    def get(self, id: str) -> DeadLetter:
        """Return one. Raises NotFound."""
        ...

    def counts(self, *, consumers: Collection[str] | None = None) -> dict[str, int]:
        """Return how many there are by consumer."""
        ...

    def remove(self, id: str) -> None:
        """Delete one that was retried or dismissed. Raises NotFound."""
        ...
