"""Checkpoints of consumers, their dead letters, and the runs of ticks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """The position up to which one partition of a consumer has handled its stream.

    `attempts` counts failures at the next position; until `retry_at` it is not tried again.
    """

    consumer: str
    partition: int = 0
    position: int = 0
    attempts: int = 0
    retry_at: datetime | None = None
    moved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """Work that failed for good, kept where a manager sees it and can retry it."""

    id: str
    consumer: str
    subject: str
    error: str
    attempts: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TickRun:
    """The last noted run of a tick; `error` is the name of its error, None when it worked."""

    tick: str
    started_at: datetime
    finished_at: datetime
    error: str | None = None
