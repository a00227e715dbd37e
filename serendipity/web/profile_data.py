"""A member's link to their page, their data to take away, and its erasure."""

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from serendipity.usecases.access.sessions import end_session, start_session
from serendipity.usecases.access.tokens import looks_like_code
from serendipity.usecases.members import signing_up
from serendipity.usecases.members.personal_data import erase, export
from serendipity.web import sessions
from serendipity.web.pages import MemberForm, MemberPage, Page, PageRequest, PublicForm
from serendipity.web.public_limits import Doors

router = APIRouter(prefix="/me", include_in_schema=False)
farewell = APIRouter(include_in_schema=False)


@router.get("/link")
def ask_link(page: Page) -> Response:
    """Ask for the address to send a link to."""
    return page.show("link.html")


@router.post("/link")
def send_link(page: Page, form: PublicForm) -> Response:
    """Send a link to the member of an address; the answer says nothing about who is a member."""
    if looks_like_code(form.text("email")):
        return _enter_by_code(page, form.text("email"))
    with page.request.app.state.doors.mail(page, form.text("email")):
        signing_up.send_link(page.services, form.text("email"))
    return page.go("/me/link", done="link_sent")


def _enter_by_code(page: PageRequest, code: str) -> Response:
    """Log in who has no address to send a link to; whoever has one gets the link."""
    doors: Doors = page.request.app.state.doors
    member = doors.member_of_code(page, code)
    if member is None:
        errors = {"email": page.say("We do not know this code.")}
        return page.show("link.html", status=422, errors=errors)
    if member.email:
        with doors.mail(page, member.email):
            signing_up.send_link(page.services, member.email)
        return page.go("/me/link", done="link_sent")
    lasts = page.services.settings.session_lasts
    token = start_session(page.services.ledger, "member", member.id, now=page.now, lasts=lasts)
    answer = page.go("/me")
    page.set_cookie(answer, sessions.COOKIES["member"], token, lasts)
    return answer


@router.get("/export")
def take_away(page: MemberPage) -> Response:
    """Hand out everything about the member as JSON."""
    assert page.member is not None
    content = orjson.dumps(export(page.services, page.member.id), option=orjson.OPT_INDENT_2, default=str)
    headers = {"Content-Disposition": 'attachment; filename="what-we-know-about-me.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.get("/erase")
def ask_erase(page: MemberPage) -> Response:
    """Say what erasing means, and ask to type it."""
    return page.show("erase.html", person=page.member, word=page.say("erase"))


@router.post("/erase")
def erase_me(page: MemberPage, form: MemberForm) -> Response:
    """Erase the member everywhere."""
    assert page.member is not None
    word = page.say("erase")
    if form.text("word").casefold() != word:
        errors = {"word": page.say("Type the word exactly as it stands there.")}
        return page.show("erase.html", status=422, person=page.member, word=word, errors=errors)
    erase(page.services, page.member.id, by=f"member:{page.member.id}")
    answer = page.go("/erased")
    sessions.drop_cookie(answer, sessions.COOKIES["member"])
    return answer


@farewell.get("/erased")
def say_erased(page: Page) -> Response:
    """Say that everything is erased; there is nothing to fill in."""
    return page.show("erased.html")


@router.post("/leave")
def log_out(page: MemberPage, form: MemberForm) -> Response:
    """Log out on this browser."""
    end_session(page.services.ledger, sessions.token_hash_of(page.request, "member"))
    answer = page.go("/check-in", done="logged_out")
    sessions.drop_cookie(answer, sessions.COOKIES["member"])
    return answer
