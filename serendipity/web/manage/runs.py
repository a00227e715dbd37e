"""Runs of the matcher: start one, look what it would do, and what each decided for whom."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import Response

from serendipity.commands.graph_upkeep import catch_up
from serendipity.commands.matching_run import RunReport, run_matching
from serendipity.commands.services import Services
from serendipity.domain.errors import SerendipityError
from serendipity.domain.model import Run
from serendipity.web.audit import note
from serendipity.web.pages import ManagerForm, ManagerPage

router = APIRouter(prefix="/manage/runs", include_in_schema=False)
_log = logging.getLogger(__name__)
SHOWN = 500
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
    return page.show("manage/runs.html", runs=runs, under_way=under_way, refresh=refresh)


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


@router.get("/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show what a run decided, member by member."""
    with page.services.ledger.read() as uow:
        run = uow.operations.run(id)
        verdicts = uow.operations.verdicts(run=id, limit=SHOWN)
        people = uow.members.many({each.member for each in verdicts})
    return page.show("manage/run.html", run=run, verdicts=verdicts, people=people)


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
    with page.services.ledger.read() as uow:
        people = uow.members.many({id for match in report.matches for id in (match.member, match.other)})
    labels = {id: topic.label for id, topic in page.services.topics().items()}
    return page.show("manage/run_tried.html", report=report, people=people, labels=labels)


def _run(services: Services) -> None:
    """Run the matcher on a graph that knows the latest; what goes wrong stands in the run's own line."""
    try:
        catch_up(services)
        run_matching(services, kind="by_hand")
    except SerendipityError as error:
        _log.warning("a run by hand did not finish", extra={"error": type(error).__name__, "detail": str(error)})
