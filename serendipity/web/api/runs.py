"""/v1/runs: look what a run would propose, start one, follow it, and read what it decided and why."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Match, Run, RunState, Verdict
from serendipity.introductions.match_summary import drop_sensitive_reasons
from serendipity.usecases.audit import record_action
from serendipity.usecases.runs.execution import BY_HAND, EMERGENCY, RunReport, RunRequest, run_matching, stop
from serendipity.usecases.runs.member_selection import SEGMENTS, MemberSelection, select_members
from serendipity.usecases.runs.queue_proposals import matches_of
from serendipity.usecases.runs.replay import replay
from serendipity.usecases.runs.requests import accept, execute, progress_of, resume_quietly
from serendipity.usecases.services import Services
from serendipity.web.api.json_route import JsonRoute
from serendipity.web.api.keys import Client, require_scope
from serendipity.web.api.matches import with_explanations, with_reasons
from serendipity.web.run_progress import as_data

router = APIRouter(route_class=JsonRoute, prefix="/v1/runs", tags=["runs"])
Reader = Annotated[Client, Depends(require_scope("runs:read"))]
Starter = Annotated[Client, Depends(require_scope("runs:write"))]
Limit = Annotated[int, Query(ge=1, le=1000)]
OF_MANY = ("scheduled", "by_hand", "emergency")
PROGRESS = {
    "state": "under_way",
    "stage": "matching",
    "done": 1200,
    "total": 3000,
    "per_minute": 900,
    "seconds_left": 120,
    "resumable": False,
    "ended": False,
}
RUN = {
    "id": "run-2026-w02",
    "kind": "emergency",
    "as_of": "2026-01-05T10:00:00+00:00",
    "started_at": "2026-01-05T10:00:00+00:00",
    "finished_at": None,
    "error": None,
    "seed": 7,
    "position": 4211,
    "counts": {"matched": 1200, "members": 3000},
    "settings": {"surprise": 0.3, "group_size": 2},
    "progress": PROGRESS,
}


def _example(value: Any, description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"example": value}}}


class Asked(BaseModel):
    """A requested run: its members and options; without members, segments or search it is for everybody."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"segments": ["waiting"], "dry_run": True},
                {"id": "run-2026-w02", "members": ["m-1", "nora@example.org"], "among_themselves": True},
                {"segments": ["topic:big data"], "search": "Studio", "group_size": 4},
            ]
        },
    )
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = Field(
        default=None, description="Your id for the run: asked for again with it, it is the same run."
    )
    members: Annotated[tuple[str, ...], Field(max_length=10_000)] = Field(
        default=(), description="Ids or e-mail addresses."
    )
    segments: Annotated[tuple[str, ...], Field(max_length=10)] = Field(
        default=(), description=f"Those in all of these: {', '.join(SEGMENTS)}."
    )
    search: str = Field(default="", max_length=200, description="Only those whose name or organisation has this text.")
    among_themselves: bool = Field(default=False, description="Match those chosen with each other only.")
    group_size: int | None = Field(
        default=None, ge=2, le=5, description="2 for pairs; 3 to 5 for groups of at most so many."
    )
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="Draws the lots; the same seed, the same round.")
    dry_run: bool = Field(default=False, description="Introduce nobody; the answer says what would be proposed.")


@router.post(
    "",
    status_code=202,
    responses={
        200: _example({"dry_run": True, "outcomes": {"m-1": "proposed"}, "matches": []}, "A dry run, or a known id."),
        202: _example(RUN, "Accepted; follow it under `/v1/runs/{id}/progress`."),
        409: {"description": "A run is under way (problem+json)."},
    },
)
def start(client: Starter, asked: Asked, response: Response, tasks: BackgroundTasks) -> dict[str, Any]:
    """Start a run now, for everybody or for members chosen by list, filter or segment; or look what it would do.

    It goes on after the answer. One run goes on at a time.
    """
    services, members = client.services, _select_members(client.services, asked)
    options: dict[str, Any] = {
        "members": members,
        "among_themselves": asked.among_themselves,
        "group_size": asked.group_size,
        "seed": asked.seed,
    }
    if asked.dry_run:
        response.status_code = 200
        kind = BY_HAND if members is None else EMERGENCY
        return _dry(client, run_matching(services, RunRequest(kind=kind, **options), dry_run=True))
    run, fresh = accept(services, id=asked.id, **options)
    response.status_code = 202 if fresh else 200
    response.headers["Location"] = f"/v1/runs/{run.id}"
    if fresh:
        _note(client, "run.started", run.id)
        tasks.add_task(execute, services, run.id)
    return _one(client, run.id)


@router.get("", responses={200: _example({"runs": [RUN]}, "Newest first.")})
def page(client: Reader, limit: Limit = 20) -> dict[str, Any]:
    """List runs, newest first, without those that a check-in triggers."""
    with client.services.ledger.read() as uow:
        now = client.services.clock.now()
        runs = [(run, progress_of(uow, run, now)) for run in uow.operations.runs(kinds=OF_MANY, limit=limit)]
    return {"runs": [_run(run, as_data(at)) for run, at in runs]}


@router.get("/{id}", responses={200: _example(RUN, "The run.")})
def one(client: Reader, id: str) -> dict[str, Any]:
    """Return a run with the settings that it was made with, its counts, and how far it is."""
    return _one(client, id)


@router.get("/{id}/progress", responses={200: _example(PROGRESS, "How far it is, how fast, how long still.")})
def progress(client: Reader, id: str) -> dict[str, Any]:
    """Say how far a run is: a small answer, made to be asked for again and again."""
    with client.services.ledger.read() as uow:
        return as_data(progress_of(uow, uow.operations.run(id), client.services.clock.now()))


@router.get("/{id}/verdicts")
def verdicts(
    client: Reader, id: str, outcome: str | None = None, after: str = "", limit: Limit = 100
) -> dict[str, Any]:
    """Say what came of each member, by id, also of those left out; `next` goes into `after` for the following ones."""
    with client.services.ledger.read() as uow:
        uow.operations.run(id)
        found = uow.operations.verdicts(run=id, outcome=outcome, after=after, limit=limit)
    # A member with several introductions is not cut in two: who ends the page comes whole on the next one.
    whole = found if len(found) < limit else [each for each in found if each.member != found[-1].member] or found
    following = whole[-1].member if len(found) == limit else None
    return {"verdicts": [_verdict(each) for each in whole], "next": following}


@router.get("/{id}/matches")
def matches(client: Reader, id: str, offset: Annotated[int, Query(ge=0)] = 0, limit: Limit = 100) -> dict[str, Any]:
    """Return what a run chose, best first, each with every factor, its account, and what is said to either side.

    `next` goes into `offset` for the following ones.
    """
    services = client.services
    with services.ledger.read() as uow:
        run = uow.operations.run(id)
    chosen = matches_of(services, id)
    told = _describe(client, with_reasons(services, chosen[offset : offset + limit], run.as_of))
    return {"matches": told, "next": offset + limit if len(chosen) > offset + limit else None}


@router.post("/{id}/stop")
def stop_one(client: Starter, id: str) -> dict[str, Any]:
    """Let a run end after the batch that it is at; what is proposed by then stays."""
    stop(client.services, id)
    _note(client, "run.stopped", id)
    return _one(client, id)


@router.post("/{id}/resume", status_code=202)
def resume_one(client: Starter, id: str, tasks: BackgroundTasks) -> dict[str, Any]:
    """Go on with a run that was stopped, or whose process was killed."""
    answer = _one(client, id)
    _note(client, "run.resumed", id)
    tasks.add_task(resume_quietly, client.services, id)
    return answer


@router.post("/{id}/replay")
def replay_one(client: Starter, id: str) -> dict[str, Any]:
    """Run a run again from its record, propose nothing, and tell whether it comes to the same."""
    again = replay(client.services, id)
    return {
        "same": again.same,
        "chosen": again.chosen,
        "only_then": again.only_then,
        "only_again": again.only_again,
        "scores_moved": again.scores_moved,
    }


def _select_members(services: Services, asked: Asked) -> list[str] | None:
    choice = MemberSelection(named=asked.members, segments=asked.segments, search=asked.search)
    if choice == MemberSelection():
        return None
    found = [each.id for each in select_members(services, choice)]
    if not found:
        raise InvalidInput("Nobody is chosen by this; choose other members, segments or a text.")
    return found


def _dry(client: Client, report: RunReport) -> dict[str, Any]:
    return {
        "dry_run": True,
        "seed": report.run.seed,
        "counts": dict(report.run.counts),
        "outcomes": dict(report.outcomes),
        "matches": _describe(client, report.matches[:1000]),
    }


def _describe(client: Client, matches: Sequence[Match]) -> list[dict[str, Any]]:
    client.note_read({member for match in matches for member in match.members})
    topics = client.services.topics()
    return with_explanations(client.services, [drop_sensitive_reasons(match, topics) for match in matches])


def _one(client: Client, id: str) -> dict[str, Any]:
    with client.services.ledger.read() as uow:
        run = uow.operations.run(id)
        return _run(run, as_data(progress_of(uow, run, client.services.clock.now())))


def _run(run: Run, progress: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "as_of": run.as_of.isoformat(),
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "error": RunState.STOPPED.value if run.state is RunState.STOPPED else run.error,
        "seed": run.seed,
        "position": run.position,
        "counts": dict(run.counts),
        "settings": dict(run.settings),
        "progress": dict(progress),
    }


def _verdict(each: Verdict) -> dict[str, Any]:
    return {"member": each.member, "outcome": each.outcome, "introduction": each.introduction}


def _note(client: Client, what: str, id: str) -> None:
    services, by = client.services, f"key:{client.key.id}"
    record_action(services.ledger, what, f"run:{id}", by=by, now=services.clock.now())
