"""Pages of members: search, add, view, change, pause, merge and erase, and make a link to a member's own page."""

from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import LinkPurpose, Purpose
from serendipity.introductions.disclosure import view_for_managers
from serendipity.outreach.links import PATHS
from serendipity.ports import UnitOfWork
from serendipity.usecases.audit import OPENED
from serendipity.usecases.members import manager_actions
from serendipity.usecases.members.personal_data import erase
from serendipity.usecases.members.private_texts import private_profiles
from serendipity.web.audit import by_manager, record_views
from serendipity.web.forms import errors_of
from serendipity.web.interests import check_ins, interests
from serendipity.web.join import CONSENTS, joining, personal_code
from serendipity.web.manage.member_search import search_members
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest, path_to
from serendipity.web.profile import changes_of
from serendipity.web.run_outcomes import verdicts_on

router = APIRouter(prefix="/manage/members", include_in_schema=False)
PAGE = 50


@router.get("")
def show(page: ManagerPage) -> Response:
    """List members by id, page by page, or those that a search finds."""
    with page.services.ledger.read() as uow:
        found = uow.members.page(after=page.query("after"), limit=PAGE + 1, search=page.query("search"))
        count = uow.members.count()
    following = found[PAGE - 1].id if len(found) > PAGE else ""
    return page.show(
        "manage/members.html",
        found=found[:PAGE],
        following=following,
        search=page.query("search"),
        count=count,
        purposes=len(Purpose),
    )


@router.get("/new")
def ask_new(page: ManagerPage) -> Response:
    """Show the form for a new member."""
    return page.show("manage/member_new.html", consents=CONSENTS, values={}, given=[])


@router.post("/new")
def add(page: ManagerPage, form: ManagerForm) -> Response:
    """Add a member on their behalf, and show their personal code once."""
    try:
        item, code = joining(form, form.text("locale")), personal_code()
        member = manager_actions.add_member(
            page.services.ledger, item, code, scrub=page.services.scrub, by=by_manager(page), now=page.now
        )
    except (ValidationError, Conflict) as error:
        wrong = errors_of(error, page.say) if isinstance(error, ValidationError) else {"email": page.say(str(error))}
        context = {"consents": CONSENTS, "values": form.values, "given": form.all("purposes"), "errors": wrong}
        return page.show("manage/member_new.html", status=422, **context)
    return page.show(
        "manage/secret.html",
        title=page.say("Personal code"),
        secret=code.code,
        back=path_to("/manage/members/", member.id),
    )


@router.get("/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show a member, who sees on their own page which manager looked."""
    return _show_one(page, id)


@router.post("/{id}")
def change(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Change a profile on the member's behalf."""
    try:
        changes, scrub = changes_of(form), page.services.scrub
        manager_actions.change_member(page.services.ledger, id, changes, scrub=scrub, by=by_manager(page), now=page.now)
    except ValidationError as error:
        return _show_one(page, id, status=422, errors=errors_of(error, page.say), values=form.values)
    except Conflict as error:
        return _show_one(page, id, status=409, errors={"email": page.say(str(error))}, values=form.values)
    return page.go(path_to("/manage/members/", id), done="saved")


@router.post("/{id}/link")
def make_link(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Make a one-time link to the member's page, shown once."""
    token = manager_actions.make_profile_link(page.services.ledger, id, by=by_manager(page), now=page.now)
    address = f"{page.services.settings.base_url}{PATHS[LinkPurpose.PROFILE]}{token}"
    return page.show(
        "manage/secret.html",
        title=page.say("Link to the member's page"),
        secret=address,
        back=path_to("/manage/members/", id),
    )


@router.post("/{id}/pause")
def pause(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Pause a member."""
    manager_actions.pause_member(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go(path_to("/manage/members/", id), done="saved")


@router.post("/{id}/resume")
def resume(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """End a member's pause, or make a guest a member."""
    manager_actions.resume_member(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go(path_to("/manage/members/", id), done="saved")


@router.post("/{id}/merge")
def merge(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Merge this duplicate into the member who stays."""
    if not form.text("into"):
        return _show_one(page, id, status=422, errors={"into": page.say("Please choose one.")})
    try:
        kept = manager_actions.merge_members(
            page.services.ledger,
            page.services.opt_in(),
            id,
            into=form.text("into"),
            by=by_manager(page),
            now=page.now,
        )
    except InvalidInput as error:
        return _show_one(page, id, status=422, errors={"into": page.say(str(error))})
    return page.go(path_to("/manage/members/", kept.id), done="merged")


@router.post("/{id}/erase")
def erase_member(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Erase a member who asked for it."""
    if form.text("word").casefold() != page.say("erase"):
        return _show_one(page, id, status=422, errors={"word": page.say("Type the word exactly as it stands there.")})
    erase(page.services, id, by=by_manager(page))
    return page.go("/manage/members", done="member_erased")


def _show_one(page: PageRequest, id: str, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        context = _member_context(page, uow, id)
        context |= {"candidates": search_members(uow, page.query("find"), without={id}), "find": page.query("find")}
    record_views(page, OPENED, [id])
    return page.show("manage/member.html", status=status, **(context | {"values": {}} | more))


def _member_context(page: PageRequest, uow: UnitOfWork, id: str) -> dict[str, Any]:
    """Return what a manager sees of a member: without private check-ins and sensitive topics."""
    member = uow.members.get(id)
    said = [each for each in check_ins(page.services, uow, id) if each.visibility != "private"]
    introductions = uow.introductions.search(member=id, limit=30)
    people = uow.members.many({party.member for each in introductions for party in each.parties})
    return {
        "person": member,
        "own": bool(private_profiles(page.services, uow, [member])),
        "consents": CONSENTS,
        "interests": interests(page.services, uow, id, page.now, causes=False),
        "check_ins": said,
        "introductions": [view_for_managers(each) for each in introductions],
        "people": people,
        "verdicts": verdicts_on(uow, id),
        "messages": uow.outbox.search(member=id, limit=20),
        "word": page.say("erase"),
    }
