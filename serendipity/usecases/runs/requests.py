"""Runs that somebody asks for: accepted at once, carried out after the answer, and how far each is."""

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from serendipity.domain.errors import Conflict, SerendipityError
from serendipity.domain.model import Run, RunPart, RunState
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import audit_action
from serendipity.usecases.runs.execution import BY_HAND, EMERGENCY, RunRequest, resume, run_matching
from serendipity.usecases.runs.lease import LEASE, runs_now
from serendipity.usecases.runs.queue_proposals import find_run
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up

_log = logging.getLogger(__name__)
# So long an accepted run may take to get the lease: the graph first catches up with the ledger.
STARTING = timedelta(minutes=2)


class RunPhase(StrEnum):
    """Phase of a run as others see it: from its state, and whether its process lives."""

    STARTING = "starting"
    UNDER_WAY = "under_way"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    CUT_OFF = "cut_off"  # its process is gone


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """Progress of a run: `done` of `total` in this stage ("matching" members, "delivering" introductions).

    The pace is that of the process that works on it, and there while one does. `resumable`: something is left.
    """

    state: RunPhase
    stage: str
    done: int = 0
    total: int = 0
    per_minute: int | None = None
    seconds_left: int | None = None
    resumable: bool = False

    @property
    def ended(self) -> bool:
        """Tell whether nothing will change by itself any more."""
        return self.state not in (RunPhase.STARTING, RunPhase.UNDER_WAY)


def accept(
    services: Services,
    *,
    id: str | None = None,
    members: Collection[str] | None = None,
    among_themselves: bool = False,
    group_size: int | None = None,
    seed: int | None = None,
    by: str | None = None,
) -> tuple[Run, bool]:
    """Store a run that shall start now; returns it, and whether it is new: the same id again is the same run.

    A manager who asks for it (`by`) is named in the audit. Raises Conflict while another run is under way, and when the
    id is that of a run that was asked for otherwise.
    """
    asked: dict[str, Any] = {"group_size": group_size, "seed": seed}
    if members is not None:
        asked |= {"members": sorted(members), "among_themselves": among_themselves}
    now = services.clock.now()
    run = Run(
        id=id or f"run-{uuid.uuid4()}",
        kind=BY_HAND if members is None else EMERGENCY,
        as_of=now,
        started_at=now,
        seed=seed or 0,
        position=0,
        settings={},
        state=RunState.ACCEPTED,
    )
    with services.ledger.write() as uow:
        known = find_run(uow, run.id)
        if known is not None:
            if uow.operations.part(run.id, RunPart.REQUEST) != asked:
                raise Conflict("A run with this id was asked for with other members or options; take a new id.")
            return known, False
        if uow.operations.lease_holder(LEASE) is not None:
            raise Conflict("A run is under way; wait until it is finished.")
        uow.operations.put_run(run)
        uow.operations.put_part(run.id, RunPart.REQUEST, asked)
        if by is not None:
            audit_action(uow, "run.started", f"run:{run.id}", by=by, now=now, members=len(members or ()) or None)
    return run, True


def execute(services: Services, id: str) -> None:
    """Do what was accepted, on a graph that knows the latest; what goes wrong stands in the run's own line."""
    with services.ledger.read() as uow:
        run, asked = uow.operations.run(id), dict(uow.operations.part(id, RunPart.REQUEST) or {})
    try:
        catch_up(services)
        run_matching(
            services,
            RunRequest(
                id=id,
                kind=run.kind,
                members=asked.get("members"),
                among_themselves=asked.get("among_themselves", False),
                group_size=asked.get("group_size"),
                seed=asked.get("seed"),
            ),
        )
    except SerendipityError as error:
        _log.warning("a run did not finish", extra={"error": type(error).__name__, "detail": str(error)})
        _note_failure(services, id, error)


def resume_quietly(services: Services, id: str) -> None:
    """Go on with a run that was stopped or killed; what goes wrong is logged, and it can be tried again."""
    try:
        resume(services, id)
    except SerendipityError as error:
        _log.warning("a run was not resumed", extra={"error": type(error).__name__, "detail": str(error)})


def progress_of(uow: UnitOfWork, run: Run, now: datetime) -> RunProgress:
    """Return how far a run is, from its record and the lease: who has it is at work."""
    delivering = "delivered" in run.counts
    done, total = ("delivered", "chosen") if delivering else ("matched", "members")
    state = _state(uow, run, now)
    at = RunProgress(
        state=state,
        stage="delivering" if delivering else "matching",
        done=run.counts.get(done, 0),
        total=run.counts.get(total, 0),
        resumable=run.state is not RunState.FINISHED and delivering and uow.operations.next_batch(run.id) is not None,
    )
    pace = run.counts.get("pace", 0)
    if state is not RunPhase.UNDER_WAY or not pace:
        return at
    return replace(at, per_minute=pace, seconds_left=round(60.0 * max(at.total - at.done, 0) / pace))


def _state(uow: UnitOfWork, run: Run, now: datetime) -> RunPhase:
    at_work = runs_now(uow.operations.lease_holder(LEASE), run.id)
    match run.state:
        case RunState.FINISHED:
            return RunPhase.FINISHED
        case RunState.STOPPED:  # it still ends the batch that it is at
            return RunPhase.STOPPED
        case _ if at_work:
            return RunPhase.UNDER_WAY
        case RunState.FAILED:
            return RunPhase.FAILED
        case RunState.ACCEPTED if now - run.started_at < STARTING:
            return RunPhase.STARTING
        case _:
            return RunPhase.CUT_OFF


def _note_failure(services: Services, id: str, error: SerendipityError) -> None:
    with services.ledger.write() as uow:
        run = uow.operations.run(id)
        if run.state in (RunState.ACCEPTED, RunState.RUNNING):
            uow.operations.put_run(replace(run, error=type(error).__name__, state=RunState.FAILED))
