"""Runs, their decisions, and the audit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """Where a run stands, as stored; whether a process is at it is told by the lease."""

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
    """What a run decided for one member, kept so that "why did I (not) get this?" has an answer."""

    run: str
    member: str
    outcome: str  # proposed, nobody_good_enough, paused, no_consent, quota_reached, …
    detail: str = ""
    introduction: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """Who did what to what, when."""

    at: datetime
    who: str  # "manager:ID", "member:ID", "key:ID", "kiosk:ID", "service"
    what: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)
