"""Pages of runs of the matcher: start, try, stop, resume or replay one, and read what it decided for each member."""

from typing import Any

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from serendipity.domain.model import Run
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import TEXTS
from serendipity.usecases.members.match_preferences import in_force
from serendipity.usecases.runs.execution import BY_HAND, RunReport, RunRequest, run_matching, stop
from serendipity.usecases.runs.manager_actions import audit_resumption, replay_by_manager
from serendipity.usecases.runs.presenter import report_of
from serendipity.usecases.runs.replay import Replay
from serendipity.usecases.runs.requests import accept, execute, progress_of, resume_quietly
from serendipity.web.audit import by_manager, record_views
from serendipity.web.forms import Form
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest
from serendipity.web.run_progress import as_data, in_words

router = APIRouter(prefix="/manage/runs", include_in_schema=False)
SHOWN, TOLD = 500, 60
OF_MANY = ("scheduled", "by_hand", "emergency")  # the others ran for one member, within a check-in
# A run of more members is replayed from the command line: it takes longer than a page waits.
MOST_REPLAYED_HERE = 20_000
INNER_COUNTS = {"pace", "matched", "members"}


@router.get("")
def show(page: ManagerPage) -> Response:
    """List runs, newest first."""
    with page.services.ledger.read() as uow:
        runs = [(run, progress_of(uow, run, page.now)) for run in uow.operations.runs(kinds=OF_MANY)]
        sizes = list_group_sizes(page, uow)
    going = next(((run, read_progress_bar(page, run, at)) for run, at in runs if not at.ended), None)
    return page.show("manage/runs.html", runs=runs, going=going, sizes=sizes)


@router.post("")
def start(page: ManagerPage, form: ManagerForm) -> Response:
    """Start a run in the background, or try one and show what it would propose."""
    size = parse_group_size(form)
    if form.text("do") == "try":
        report = run_matching(page.services, RunRequest(kind=BY_HAND, group_size=size), dry_run=True)
        return page.show("manage/run_tried.html", report=report, **read_proposals(page, report))
    return start_run(page, group_size=size)


@router.get("/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show what a run decided for each member, and its progress."""
    return _show_one(page, id)


@router.get("/{id}/progress")
def progress(page: ManagerPage, id: str) -> Response:
    """Return the progress of a run as JSON, for the bar on its page."""
    with page.services.ledger.read() as uow:
        at = progress_of(uow, uow.operations.run(id), page.now)
    return JSONResponse({**as_data(at), "said": in_words(page, at)})


@router.post("/{id}")
def stop_or_resume(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Stop a run after its current batch, resume one that was stopped or killed, or replay one."""
    match form.text("do"):
        case "replay":
            again = replay_by_manager(page.services, id, by=by_manager(page))
            return _show_one(page, id, again=_name_groups(page, again))
        case "resume":
            audit_resumption(page.services.ledger, id, by=by_manager(page), now=page.now)
            answer = page.go(f"/manage/runs/{id}", done="started")
            answer.background = BackgroundTask(resume_quietly, page.services, id)
            return answer
        case _:
            stop(page.services, id, by=by_manager(page))
            return page.go(f"/manage/runs/{id}", done="stopped")


def start_run(page: PageRequest, **asked: Any) -> Response:
    """Accept a run and go to its page, while it runs in the background."""
    run, _ = accept(page.services, by=by_manager(page), **asked)
    answer = page.go(f"/manage/runs/{run.id}", done="started")
    answer.background = BackgroundTask(execute, page.services, run.id)
    return answer


def parse_group_size(form: Form) -> int | None:
    """Return the group size chosen in a form, None for the community's own."""
    chosen = form.text("group_size")
    return int(chosen) if chosen in ("2", "3", "4", "5") else None


def list_group_sizes(page: PageRequest, uow: UnitOfWork) -> list[tuple[str, str]]:
    """Return the group sizes to choose from, as value and label; the community's own first."""
    usual = in_force(page.services, uow).group_size
    named = {"2": page.say("Pairs")} | {str(n): page.say("Groups of up to %(size)s", size=n) for n in (3, 4, 5)}
    return [("", f"{page.say('As the community')} ({named[str(usual)]})"), *named.items()]


def read_progress_bar(page: PageRequest, run: Run, at: Any) -> dict[str, Any]:
    """Return the context of a run's progress bar."""
    return {"id": run.id, "at": at, "said": in_words(page, at)}


def read_proposals(page: PageRequest, report: RunReport) -> dict[str, Any]:
    """Return the template context of a report: its best matches with their sentences, and the members in them."""
    best = report.matches[:TOLD]
    parties = {id for match in best for id in match.members}
    record_views(page, TEXTS, parties)
    with page.services.ledger.read() as uow:
        people = uow.members.many(parties | report.outcomes.keys())
    return {
        "tried": [(match, report_of(page.services, match, locale=page.locale)[1]) for match in best],
        "people": people,
    }


def _show_one(page: PageRequest, id: str, **more: Any) -> Response:
    outcome = page.query("outcome") or None
    with page.services.ledger.read() as uow:
        run = uow.operations.run(id)
        verdicts = uow.operations.verdicts(run=id, outcome=outcome, limit=SHOWN)
        chosen = uow.members.many(run.settings.get("members", ())[:SHOWN])
        people = uow.members.many({each.member for each in verdicts}) | chosen
        at = progress_of(uow, run, page.now)
    counts = {name: count for name, count in run.counts.items() if name not in INNER_COUNTS}
    outcomes = {name.removeprefix("told."): count for name, count in counts.items() if name.startswith("told.")}
    shown: dict[str, Any] = {
        "run": run,
        "figures": {name: count for name, count in counts.items() if not name.startswith("told.")},
        "outcomes": outcomes,
        "outcome": outcome,
        "verdicts": verdicts,
        "people": people,
        "chosen": chosen,
        "bar": read_progress_bar(page, run, at),
        "again": None,
        "replays": run.finished_at is not None and run.counts.get("eligible", 0) <= MOST_REPLAYED_HERE,
    }
    return page.show("manage/run.html", **(shown | more))


def _name_groups(page: PageRequest, again: Replay) -> dict[str, Any]:
    """Return the differences of a replay, with names in place of ids of members who are still known."""
    with page.services.ledger.read() as uow:
        people = uow.members.many({id for group in (*again.only_then, *again.only_again) for id in group})

    def named(groups: tuple[tuple[str, ...], ...]) -> list[str]:
        return [" – ".join(people[id].name if id in people else id for id in group) for group in groups[:SHOWN]]

    return {"replay": again, "only_then": named(again.only_then), "only_again": named(again.only_again)}
