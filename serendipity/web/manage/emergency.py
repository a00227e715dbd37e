"""The page of an emergency run: choose members, preview its proposals, and run it."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.errors import InvalidInput, UnknownMember
from serendipity.usecases.runs.execution import EMERGENCY, RunRequest, run_matching
from serendipity.usecases.runs.member_selection import MemberSelection, select_members
from serendipity.web.forms import Form
from serendipity.web.manage.runs import list_group_sizes, parse_group_size, read_proposals, start_run
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest

router = APIRouter(prefix="/manage/runs/emergency", include_in_schema=False)
EVENTS, LATELY = 500, timedelta(days=365)
WITH_VALUE = ("topic", "event", "organisation")


@router.get("")
def choose_members(page: ManagerPage) -> Response:
    """Show the form that chooses the members of an emergency run: by name, filter or segment."""
    return _show(page, chosen=None, values={"named": page.query("member")})


@router.post("")
def run_for_chosen(page: ManagerPage, form: ManagerForm) -> Response:
    """Preview a run for the chosen members; from the preview, start it with the same seed."""
    try:
        chosen = select_members(page.services, _parse_choice(form))
    except (InvalidInput, UnknownMember) as error:
        return _show(page, status=422, chosen=None, values=form.values, errors={"": page.say(str(error))})
    if not chosen:
        return _show(page, chosen=chosen, values=form.values)
    asked: dict[str, Any] = {
        "members": [each.id for each in chosen],
        "among_themselves": form.flag("among_themselves"),
        "group_size": parse_group_size(form),
        "seed": int(form.text("seed")) if form.text("seed").isdecimal() and len(form.text("seed")) < 12 else None,
    }
    if form.text("do") == "run":
        return start_run(page, **asked)
    report = run_matching(page.services, RunRequest(kind=EMERGENCY, **(asked | {"seed": None})), dry_run=True)
    return _show(page, chosen=chosen, values=form.values, report=report, **read_proposals(page, report))


def _show(page: PageRequest, *, status: int = 200, **shown: Any) -> Response:
    with page.services.ledger.read() as uow:
        sizes = list_group_sizes(page, uow)
        latest = uow.places.events(after=page.now - LATELY, latest=True, limit=EVENTS)[::-1]
    events = [("", page.say("No event")), *((each.id, f"{each.title} ({each.starts_at:%Y-%m-%d})") for each in latest)]
    context = {"events": events, "segments": _list_segments(page), "sizes": sizes, "report": None, "tried": []} | shown
    return page.show("manage/run_emergency.html", status=status, **context)


def _parse_choice(form: Form) -> MemberSelection:
    picked = [form.text("segment"), *(f"{kind}:{form.text(kind)}" for kind in WITH_VALUE if form.text(kind))]
    return MemberSelection(named=form.lines("named"), segments=tuple(filter(None, picked)), search=form.text("search"))


def _list_segments(page: PageRequest) -> list[tuple[str, str]]:
    texts = {
        "": page.say("No segment"),
        "waiting": page.say("No introduction for 30 days"),
        "new": page.say("Joined in the last 30 days"),
        "here": page.say("Here now"),
    }
    return list(texts.items())
