"""The kiosk: a paired tablet at which members check in, one after the other."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Member
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.access.kiosks import pair_kiosk
from serendipity.usecases.access.passes import looks_like_pass, member_of_pass
from serendipity.usecases.access.tokens import looks_like_code
from serendipity.usecases.check_in.check_in import CheckInAnswer, strike
from serendipity.web import check_in_form, sessions
from serendipity.web.forms import Form, errors_of
from serendipity.web.kiosk_turns import (
    IDLE_SECONDS,
    READ_SECONDS,
    answered_position,
    seal_answer,
    turn_of,
    whose_turn,
)
from serendipity.web.pages import KioskForm, KioskPage, Page, PageRequest, PublicForm
from serendipity.web.public_limits import sender_of
from serendipity.web.qr import qr_picture

router = APIRouter(prefix="/kiosk", include_in_schema=False)
LETTERS = 3


@router.get("/pair")
def ask_pairing(page: Page) -> Response:
    """Show where a pairing code goes."""
    return page.show("kiosk_pair.html", code=page.query("code"))


@router.post("/pair")
def pair_tablet(page: Page, form: PublicForm) -> Response:
    """Pair this browser: it gets a token that can only check in."""
    page.request.app.state.doors.codes.check(f"pair:{sender_of(page.request)}", page.now)
    token = pair_kiosk(page.services.ledger, form.text("code"), now=page.now)
    if token is None:
        errors = {"code": page.say("This code is wrong or too old; ask a manager for a new one.")}
        return page.show("kiosk_pair.html", status=422, code=form.text("code"), errors=errors)
    answer = page.go("/kiosk", done="paired")
    page.set_cookie(answer, sessions.KIOSK_COOKIE, token, timedelta(days=365))
    return answer


@router.get("")
def start(page: KioskPage) -> Response:
    """Ask who is there."""
    return _start(page, names=None)


@router.post("/find")
def find(page: KioskPage, form: KioskForm) -> Response:
    """Find a member by a personal code or pass, which no address may hold, or list names that start so."""
    typed = form.text("q")
    if looks_like_pass(typed):
        return _by_pass(page, typed)
    if looks_like_code(typed):
        return _by_code(page, typed)
    return _by_letters(page, typed)


@router.get("/find")
def list_names(page: KioskPage, q: str = "") -> Response:
    """List names that start so."""
    return _start(page, names=None) if _secret(q) else _by_letters(page, q)


def _by_letters(page: PageRequest, q: str) -> Response:
    if len(q.strip()) < LETTERS:
        errors = {"q": page.say("Type at least three letters.")}
        return _start(page, names=None, typed=q, errors=errors, status=422)
    return _start(page, names=_names(page, q), typed=q)


@router.post("/names")
def names(page: KioskPage, form: KioskForm) -> Response:
    """List names that start so, as a piece of the page."""
    typed = form.text("q")
    found = _names(page, typed) if len(typed) >= LETTERS and not _secret(typed) else None
    return page.show("kiosk_names.html", names=found)


@router.post("/who")
def who(page: KioskPage, form: KioskForm) -> Response:
    """Go on as the member whose name was tapped."""
    member, proven = whose_turn(page, form)
    return _ask(page, member, proven=proven)


@router.post("/check-in")
def take(page: KioskPage, form: KioskForm) -> Response:
    """Take the check-in and show what was understood."""
    member, proven = whose_turn(page, form)
    try:
        item = check_in_form.parse_check_in(form, member.id, _place(page))
    except ValidationError as error:
        return _ask(page, member, proven=proven, values=form.values, errors=errors_of(error, page.say), status=422)
    return _answer(page, form, member, item)


@router.post("/same")
def same(page: KioskPage, form: KioskForm) -> Response:
    """Check in with what was said last time."""
    member, proven = whose_turn(page, form)
    item = check_in_form.repeat_check_in(page, form, member.id, _place(page))
    if item is None or check_in_form.last_time(page, member, proven=proven) is None:
        raise Conflict("There is nothing to repeat; say what you are working on.")
    return _answer(page, form, member, item)


@router.post("/strike")
def strike_out(page: KioskPage, form: KioskForm) -> Response:
    """Strike out a topic that was understood wrongly, and show the answer again."""
    member, _ = whose_turn(page, form)
    position = answered_position(page, form, member)
    strike(page.services, member.id, position, form.text("topic"))
    struck = check_in_form.struck_labels(page, form)
    return _show(page, form, member, check_in_form.answer_again(page, member.id, position), struck=struck)


def _start(page: PageRequest, *, names: Any, typed: str = "", **more: Any) -> Response:
    place = _place(page)
    address = f"{page.services.settings.base_url}/check-in" + (f"?place={place}" if place else "")
    qr = qr_picture(address, page.say("Check in on your own phone"))
    return page.show("kiosk_start.html", names=names, q=typed, qr=qr, idle=IDLE_SECONDS, **more)


def _names(page: PageRequest, letters: str) -> list[dict[str, str]]:
    with page.services.ledger.read() as uow:
        found = uow.members.find_by_prefix(letters.strip())
    return [
        {"name": each.name, "organisation": each.organisation or "", "sealed": turn_of(page, each, proven=False)}
        for each in found
    ]


def _secret(typed: str) -> bool:
    return looks_like_code(typed) or looks_like_pass(typed)


def _by_pass(page: PageRequest, scanned: str) -> Response:
    id = member_of_pass(page.services.ledger, scanned, now=page.now)
    with page.services.ledger.read() as uow:
        member = uow.members.many([id or ""]).get(id or "")
    if member is None or member.status in sessions.GONE:
        errors = {"q": page.say("This QR code is too old; open your page again, or type your name.")}
        return _start(page, names=None, errors=errors, status=422)
    return _ask(page, member, proven=True)


def _by_code(page: PageRequest, code: str) -> Response:
    member = page.request.app.state.doors.member_of_code(page, code)
    if member is None:
        errors = {"q": page.say("We do not know this code; type your name instead.")}
        return _start(page, names=None, errors=errors, status=422)
    return _ask(page, member, proven=True)


def _ask(page: PageRequest, member: Member, *, proven: bool, status: int = 200, **more: Any) -> Response:
    context = {
        "person": member,
        "who": turn_of(page, member, proven=proven),
        "id": check_in_form.new_id(),
        "same": check_in_form.last_time(page, member, proven=proven, at_kiosk=True),
        "visibilities": check_in_form.visibilities(page),
        "values": {},
        "idle": IDLE_SECONDS,
    }
    return page.show("kiosk_check_in.html", status=status, **(context | more))


def _answer(page: PageRequest, form: Form, member: Member, item: CheckInInput) -> Response:
    return _show(page, form, member, check_in_form.send(page, item, source="kiosk"), struck={})


def _show(page: PageRequest, form: Form, member: Member, answer: CheckInAnswer, *, struck: dict[str, str]) -> Response:
    carried = {"who": form.text("who"), "answered": seal_answer(page, member, answer.position)}
    context: dict[str, Any] = {
        "person": member,
        "answer": answer.for_others(),
        "struck": struck,
        "carried": carried,
        "strike_to": "/kiosk/strike",
        "tap_to": "/kiosk/check-in",
        "tapped": {
            "who": form.text("who"),
            "id": check_in_form.new_id(),
            "visibility": form.text("visibility") or "members",
        },
        "qr": qr_picture(f"{page.services.settings.base_url}/me", page.say("Your own page")),
        "idle": READ_SECONDS,
    }
    return page.show("kiosk_done.html", **context)


def _place(page: PageRequest) -> str | None:
    return page.kiosk.place if page.kiosk else None
