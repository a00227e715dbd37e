"""Runs, their decisions, and the audit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """Stored states of a run; whether a process works on it is known from the lease."""

    ACCEPTED = "accepted"  # asked for, and not begun
    RUNNING = "running"
    STOPPED = "stopped"  # by a manager; it can be resumed
    FAILED = "failed"
    FINISHED = "finished"


class RunPart(StrEnum):
    """Kinds of parts that a run writes down."""

    REQUEST = "request"  # what was asked for
    START = "start"  # what the round started from
    BATCH = "batch"  # matches to bring into the queue


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One execution of the matcher, as recorded; `counts` and `settings` are JSON."""

    id: str
    kind: str  # scheduled, triggered, emergency, by_hand
    as_of: datetime
    started_at: datetime
    seed: int
    position: int
    settings: Mapping[str, Any]
    counts: Mapping[str, int] = field(default_factory=dict)
    finished_at: datetime | None = None
    error: str | None = None  # the name of the error of one that failed
    state: RunState = RunState.RUNNING


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Outcome of a run for one member, kept to answer "why did I (not) get this?"."""

    run: str
    member: str
    outcome: str  # proposed, nobody_good_enough, paused, no_consent, quota_reached, …
    detail: str = ""
    introduction: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """One line of the audit: actor, action, subject and time."""

    at: datetime
    who: str  # "manager:ID", "member:ID", "key:ID", "kiosk:ID", "service"
    what: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)
