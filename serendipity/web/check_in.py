"""The web check-in form: for members by their link or personal code, on our pages or embedded in another site's."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Member, Visibility
from serendipity.usecases.access.sessions import end_session, start_session
from serendipity.usecases.check_in.check_in import CheckInAnswer, strike
from serendipity.web import check_in_form, sessions
from serendipity.web.forms import Form, SentForm, errors_of
from serendipity.web.pages import Page, PageRequest, PublicForm
from serendipity.web.public_limits import Doors

router = APIRouter(include_in_schema=False)
TURN = timedelta(minutes=30)


@router.get("/check-in")
def ask(page: Page) -> Response:
    """Show the form; who is known on this browser needs no code."""
    return _form(page)


@router.post("/check-in")
def take(page: Page, form: PublicForm) -> Response:
    """Take the check-in and show what was understood."""
    return _take(page, form, member=_known_member(page))


@router.post("/check-in/same")
def same(page: Page, form: PublicForm) -> Response:
    """Check in with what was said last time."""
    member = _known_member(page)
    item = check_in_form.repeat_check_in(page, form, member.id, form.text("place") or None) if member else None
    if member is None or item is None:
        raise Conflict("There is nothing to repeat; say what you are working on.")
    return _show(page, member, check_in_form.send(page, item, source="web"), visibility=item.visibility)


@router.post("/check-in/strike")
def strike_out(page: Page, form: PublicForm) -> Response:
    """Strike out a topic that was understood wrongly, and show the answer again."""
    member = _known_member(page)
    if member is None:
        raise Conflict("Your turn is over; check in again.")
    position, topic = form.number("position"), form.text("topic")
    strike(page.services, member.id, position, topic)
    answer = check_in_form.answer_again(page, member.id, position)
    return _show(page, member, answer, struck=check_in_form.struck_labels(page, form))


@router.post("/check-in/leave")
def leave(page: Page, form: PublicForm) -> Response:
    """Forget on this browser who checked in."""
    end_session(page.services.ledger, sessions.token_hash_of(page.request, "check_in"))
    answer = page.go("/check-in")
    sessions.drop_cookie(answer, sessions.COOKIES["check_in"])
    return answer


@router.get("/embed/check-in")
def ask_embedded(page: Page) -> Response:
    """Show the form inside another site's page."""
    return _form(page, embedded=True)


@router.post("/embed/check-in")
def take_embedded(page: Page, form: SentForm) -> Response:
    """Take a check-in from an embedded form; browsers keep no cookie there, the personal code says who it is."""
    return _take(page, form, member=None, embedded=True)


def _known_member(page: PageRequest) -> Member | None:
    return page.member or page.here


def _form(page: PageRequest, *, embedded: bool = False, status: int = 200, **more: Any) -> Response:
    member = None if embedded else _known_member(page)
    with page.services.ledger.read() as uow:
        places = [(place.id, place.name) for place in uow.places.places()]
    context = {
        "person": member,
        "id": check_in_form.new_id(),
        "same": check_in_form.last_time(page, member, proven=True) if member else None,
        "visibilities": check_in_form.visibilities(page),
        "places": [("", page.say("Somewhere else")), *places],
        "values": {"place": page.query("place")},
        "embedded": embedded,
    }
    return page.show("check_in.html", status=status, **(context | more))


def _take(page: PageRequest, form: Form, *, member: Member | None, embedded: bool = False) -> Response:
    person = member or _by_code(page, form.text("code"))
    errors = {} if person else {"code": page.say("We do not know this code.")}
    try:
        item = check_in_form.parse_check_in(form, person.id if person else "nobody", form.text("place") or None)
    except ValidationError as error:
        errors |= errors_of(error, page.say)
    if errors or person is None:
        return _form(page, embedded=embedded, status=422, values=form.values, errors=errors)
    sent = check_in_form.send(page, item, source="web")
    answer = _show(page, person, sent, visibility=item.visibility, embedded=embedded)
    return answer if embedded or member else _remember(page, person, answer)


def _remember(page: PageRequest, member: Member, answer: Response) -> Response:
    token = start_session(page.services.ledger, "check_in", member.id, now=page.now, lasts=TURN)
    page.set_cookie(answer, sessions.COOKIES["check_in"], token, TURN)
    return answer


def _by_code(page: PageRequest, code: str) -> Member | None:
    doors: Doors = page.request.app.state.doors
    return doors.member_of_code(page, code) if code else None


def _show(
    page: PageRequest,
    member: Member,
    answer: CheckInAnswer,
    *,
    visibility: Visibility = Visibility.MEMBERS,
    embedded: bool = False,
    struck: dict[str, str] | None = None,
) -> Response:
    context: dict[str, Any] = {
        "person": member,
        "answer": answer,
        "struck": struck or {},
        "carried": {"position": answer.position},
        "strike_to": "" if embedded else "/check-in/strike",
        "tap_to": "" if embedded else "/check-in",
        "tapped": {"id": check_in_form.new_id(), "visibility": visibility.value},
        "embedded": embedded,
    }
    return page.show("checked_in.html", **context)
