"""Pages of events: list, add, view and cancel; record attendance."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.errors import GraphUnavailable, NotFound
from serendipity.domain.graph import EdgeKind, NodeKind
from serendipity.domain.model import Role
from serendipity.intake.inputs import AttendanceInput, EventInput
from serendipity.usecases.events.manager_actions import cancel_event, publish_event, record_attendance
from serendipity.web.audit import by_manager
from serendipity.web.check_in_form import new_id
from serendipity.web.forms import Form, errors_of
from serendipity.web.manage.member_search import search_members
from serendipity.web.pages import ManagerForm, ManagerPage, PageRequest, path_to
from serendipity.web.vocabulary import vocabulary

router = APIRouter(prefix="/manage/events", include_in_schema=False)


@router.get("")
def show(page: ManagerPage) -> Response:
    """List events and offer to add one."""
    return _show_list(page)


@router.post("")
def add(page: ManagerPage, form: ManagerForm) -> Response:
    """Add an event; its topics are read from its title and description."""
    try:
        item = EventInput.model_validate(
            {
                "id": form.text("id") or f"e-{new_id()}",
                "title": form.text("title"),
                "starts_at": _parse_time(page, form, "starts_at"),
                "ends_at": _parse_time(page, form, "ends_at") or None,
                "description": form.text("description"),
                "place": form.text("place") or None,
            }
        )
    except ValidationError as error:
        return _show_list(page, status=422, errors=errors_of(error, page.say), values=form.values)
    publish_event(page.services.ledger, item, scrub=page.services.scrub, by=by_manager(page), now=page.now)
    return page.go(path_to("/manage/events/", item.id), done="saved")


@router.get("/{id}")
def show_one(page: ManagerPage, id: str) -> Response:
    """Show an event with its topics and participants."""
    return _show_one(page, id)


@router.post("/{id}/attendance")
def attend(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Record that a member took part."""
    if not form.text("member"):
        return _show_one(page, id, status=422, errors={"member": page.say("Please choose one.")})
    try:
        item = AttendanceInput.model_validate(
            {"member": form.text("member"), "event": id, "role": form.text("role") or "attendee"}
        )
        record_attendance(page.services.ledger, item, by=by_manager(page), now=page.now)
    except ValidationError as error:
        return _show_one(page, id, status=422, errors=errors_of(error, page.say))
    except NotFound as error:
        return _show_one(page, id, status=422, errors={"member": page.say(str(error))})
    return page.go(path_to("/manage/events/", id), done="added")


@router.post("/{id}/cancel")
def cancel(page: ManagerPage, form: ManagerForm, id: str) -> Response:
    """Cancel an event."""
    cancel_event(page.services.ledger, id, by=by_manager(page), now=page.now)
    return page.go(path_to("/manage/events/", id), done="cancelled")


def _parse_time(page: PageRequest, form: Form, name: str) -> str:
    """Return a time as it was typed; without a place, with the offset of the community's zone."""
    typed = form.text(name)
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    if form.text("place") or moment.tzinfo is not None:
        return typed
    return moment.replace(tzinfo=ZoneInfo(page.services.settings.zone)).isoformat()


def _show_list(page: PageRequest, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        found = uow.places.events(latest=True, limit=500)
        places = uow.places.places()
    zones: dict[str | None, str] = {None: page.services.settings.zone, **{each.id: each.zone for each in places}}
    names: dict[str | None, str] = {None: "", **{each.id: each.name for each in places}}
    context = {
        "zones": zones,
        "names": names,
        "coming": [each for each in found if each.starts_at >= page.now],
        "past": [each for each in reversed(found) if each.starts_at < page.now],
        "places": [("", page.say("Elsewhere")), *((each.id, each.name) for each in places)],
        "values": {},
    }
    return page.show("manage/events.html", status=status, **(context | more))


def _show_one(page: PageRequest, id: str, *, status: int = 200, **more: Any) -> Response:
    with page.services.ledger.read() as uow:
        event = uow.places.event(id)
        about, taking_part = _read_graph(page, id)
        people = uow.members.many([member for member, _ in taking_part])
        candidates = search_members(uow, page.query("find"))
        place = uow.places.place(event.place) if event.place else None
    context = {
        "event": event,
        "zone": place.zone if place else page.services.settings.zone,
        "place": place.name if place else "",
        "find": page.query("find"),
        "candidates": candidates,
        "about": about,
        "people": [(people[member], how) for member, how in taking_part if member in people],
        "roles": [(role.value, page.say(role.value)) for role in Role],
    }
    return page.show("manage/event.html", status=status, **(context | more))


def _read_graph(page: PageRequest, id: str) -> tuple[list[str], list[tuple[str, str]]]:
    known = vocabulary(page.services)
    kinds = {EdgeKind.ABOUT, EdgeKind.ATTENDED, EdgeKind.REGISTERED}
    try:
        edges = page.services.graph.around(NodeKind.EVENT, id, kinds)
    except GraphUnavailable:
        return [], []
    topics = [known.topic(key.target) for key in edges if key.kind is EdgeKind.ABOUT]
    taking_part = {
        key.source: key.kind.value.lower() for key in sorted(edges, reverse=True) if key.kind is not EdgeKind.ABOUT
    }
    return [topic.label for topic in topics if topic], sorted(taking_part.items())
