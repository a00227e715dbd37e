"""Runs of the matcher: start one, look what it would do, and what each decided for whom."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import Response

from serendipity.commands.choosing import Choice, choose
from serendipity.commands.graph_upkeep import catch_up
from serendipity.commands.matching_run import BY_HAND, EMERGENCY, RunReport, resume, run_matching, stop
from serendipity.commands.services import Services
from serendipity.commands.telling import told
from serendipity.domain.errors import InvalidInput, SerendipityError, UnknownMember
from serendipity.domain.model import Run
from serendipity.web.audit import note
from serendipity.web.forms import Form
from serendipity.web.pages import ManagerForm, ManagerPage

router = APIRouter(prefix="/manage/runs", include_in_schema=False)
_log = logging.getLogger(__name__)
SHOWN, TOLD = 500, 60
WITH_VALUE = ("topic", "event", "organisation")
OF_MANY = ("scheduled", "by_hand", "emergency")  # the others ran for one member, within a check-in
REFRESH_SECONDS = "3"
LONGEST_WAIT = timedelta(minutes=15)


@router.get("")
def show(page: ManagerPage) -> Response:
    """List runs, newest first."""
    with page.services.ledger.read() as uow:
        runs = uow.operations.runs(kinds=OF_MANY)
    under_way = _expected(page, runs) or any(_going_on(page, run) for run in runs)
    refresh = REFRESH_SECONDS if under_way else None
    going = next((run for run in runs if _going_on(page, run)), None)
    return page.show("manage/runs.html", runs=runs, under_way=under_way, going=going, refresh=refresh)


@router.post("")
def start(page: ManagerPage, form: ManagerForm) -> Response:
    """Start a run, which goes on after this answer; or try one and show what it would propose."""
    if form.text("do") == "try":
        return _tried(page, run_matching(page.services, kind="by_hand", dry_run=True))
    with page.services.ledger.write() as uow:
        note(page, uow, "run.started", "run:by_hand")
    answer = page.go(f"/manage/runs?since={int(page.now.timestamp())}", done="started")
    answer.background = BackgroundTask(_run, page.services)
    return answer


@router.get("/emergency")
def choose_members(page: ManagerPage) -> Response:
    """Choose for whom an emergency run is: by name, filter or segment."""
    return page.show("manage/run_emergency.html", chosen=None, values=_blank(page), segments=_segments(page))


@router.post("/emergency")
def run_for_chosen(page: ManagerPage, form: ManagerForm) -> Response:
    """Show what a run for those chosen would propose; and, from that page, run it."""
    values = form.values
    try:
        chosen = choose(page.services, _choice(form))
    except (InvalidInput, UnknownMember) as error:
        shown: dict[str, Any] = {
            "chosen": None,
            "values": values,
            "segments": _segments(page),
            "errors": {"": page.say(str(error))},
        }
        return page.show("manage/run_emergency.html", status=422, **shown)
    ids, alone = [each.id for each in chosen], form.flag("among_themselves")
    if form.text("do") == "run" and chosen:
        with page.services.ledger.write() as uow:
            note(page, uow, "run.started", "run:emergency", members=len(ids))
        answer = page.go(f"/manage/runs?since={int(page.now.timestamp())}", done="started")
        answer.background = BackgroundTask(_run, page.services, kind=EMERGENCY, members=ids, among_themselves=alone)
        return answer
    report = run_matching(page.services, kind=EMERGENCY, members=ids, among_themselves=alone, dry_run=True)
    tried = _told(page, report) if chosen else {}
    return page.show(
        "manage/run_emergency.html", chosen=chosen, values=values, segments=_segments(page), report=report, **tried
    )


@router.get("/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show what a run decided, member by member, and how far it is."""
    with page.services.ledger.read() as uow:
        run = uow.operations.run(id)
        verdicts = uow.operations.verdicts(run=id, limit=SHOWN)
        people = uow.members.many({each.member for each in verdicts})
        left = run.finished_at is None and uow.operations.next_part(id) is not None
    on = _going_on(page, run)
    shown: dict[str, Any] = {"verdicts": verdicts, "people": people, "on": on, "left": left}
    return page.show("manage/run.html", run=run, refresh=REFRESH_SECONDS if on else None, **shown)


@router.post("/{id}")
def stop_or_resume(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Stop a run after the batch that it is at, or go on with one that was stopped or killed."""
    going_on = form.text("do") == "resume"
    if not going_on:
        stop(page.services, id)
    with page.services.ledger.write() as uow:
        note(page, uow, "run.resumed" if going_on else "run.stopped", f"run:{id}")
    answer = page.go(f"/manage/runs/{id}", done="started" if going_on else "stopped")
    if going_on:
        answer.background = BackgroundTask(_resume, page.services, id)
    return answer


def _expected(page: ManagerPage, runs: Sequence[Run]) -> bool:
    """Tell whether the run that this page was left for has yet to come to its end."""
    since = page.query("since")
    if not since.isdecimal() or len(since) > 11:
        return False
    asked = datetime.fromtimestamp(int(since), UTC)
    ended = any(run.started_at >= asked and (run.finished_at or run.error) for run in runs)
    return not ended and page.now - asked < LONGEST_WAIT


def _going_on(page: ManagerPage, run: Run) -> bool:
    """Tell whether a run is on; one that was killed stands open for ever and is not waited for."""
    return run.finished_at is None and run.error is None and page.now - run.started_at < LONGEST_WAIT


def _tried(page: ManagerPage, report: RunReport) -> Response:
    return page.show("manage/run_tried.html", report=report, **_told(page, report))


def _told(page: ManagerPage, report: RunReport) -> dict[str, Any]:
    """Return who is in a report's matches, each match with its sentences, the best of them only."""
    best = report.matches[:TOLD]
    with page.services.ledger.read() as uow:
        people = uow.members.many({id for match in best for id in match.members} | report.outcomes.keys())
    return {"tried": [(match, told(page.services, match, locale=page.locale)[1]) for match in best], "people": people}


def _choice(form: Form) -> Choice:
    picked = [form.text("segment"), *(f"{kind}:{form.text(kind)}" for kind in WITH_VALUE if form.text(kind))]
    return Choice(named=form.lines("named"), segments=tuple(filter(None, picked)), search=form.text("search"))


def _blank(page: ManagerPage) -> dict[str, str]:
    return {"named": page.query("member")}


def _segments(page: ManagerPage) -> list[tuple[str, str]]:
    texts = {
        "": page.say("No segment"),
        "waiting": page.say("No introduction for 30 days"),
        "new": page.say("Joined in the last 30 days"),
        "here": page.say("Here now"),
    }
    return list(texts.items())


def _run(
    services: Services, *, kind: str = BY_HAND, members: Sequence[str] | None = None, among_themselves: bool = False
) -> None:
    """Run the matcher on a graph that knows the latest; what goes wrong stands in the run's own line."""
    try:
        catch_up(services)
        run_matching(services, kind=kind, members=members, among_themselves=among_themselves)
    except SerendipityError as error:
        _log.warning("a run by hand did not finish", extra={"error": type(error).__name__, "detail": str(error)})


def _resume(services: Services, id: str) -> None:
    try:
        resume(services, id)
    except SerendipityError as error:
        _log.warning("a run was not resumed", extra={"error": type(error).__name__, "detail": str(error)})
