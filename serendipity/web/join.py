"""Signing up, as a guest or a member, with a plain consent per purpose."""

from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from serendipity.domain.model import Member, Purpose
from serendipity.intake.inputs import MemberInput
from serendipity.usecases.access.sessions import start_session
from serendipity.usecases.access.tokens import code_digest, new_code
from serendipity.usecases.members import signing_up
from serendipity.usecases.members.signing_up import PersonalCode
from serendipity.web import sessions
from serendipity.web.forms import Form, errors_of
from serendipity.web.kiosk_turns import CODE_SECONDS, IDLE_SECONDS, READ_SECONDS, turn_of
from serendipity.web.labels import _
from serendipity.web.pages import KioskForm, KioskPage, Page, PageRequest, PublicForm
from serendipity.web.qr import qr_picture

router = APIRouter(include_in_schema=False)

CONSENTS = (
    (
        Purpose.MATCHING,
        _("Find people for me"),
        _("Use what I say at check-ins, my profile and the events I attend to find people I should meet."),
    ),
    (Purpose.INTRODUCTIONS, _("Introduce me by e-mail"), _("Ask me by e-mail; nothing is shared unless both say yes.")),
    (
        Purpose.SHOWN_HERE,
        _("Show me to people who are here"),
        _("While I am here, others who check in may see my name, my organisation and why we should meet."),
    ),
    (
        Purpose.NAME_LOOKUP,
        _("Find me by name at the kiosk"),
        _("Three letters of my name are enough to check in; without this I use my personal code."),
    ),
    (
        Purpose.NAMED_BETWEEN,
        _("Name me as somebody both know"),
        _("When two people whom I know are introduced to each other, they may read that they both know me."),
    ),
)


@router.get("/join")
def ask(page: Page) -> Response:
    """Show the sign-up form."""
    return _form(page, "/join")


@router.post("/join")
def sign_up(page: Page, form: PublicForm) -> Response:
    """Add the member, log this browser in, and show the personal code."""
    return _sign_up(page, form, "/join", source="web")


@router.get("/kiosk/guest")
def ask_at_kiosk(page: KioskPage) -> Response:
    """Show the sign-up form at a kiosk."""
    return _form(page, "/kiosk/guest", at_kiosk=True)


@router.post("/kiosk/guest")
def sign_up_at_kiosk(page: KioskPage, form: KioskForm) -> Response:
    """Add the member; the kiosk remembers nobody, it shows the personal code to go on with."""
    return _sign_up(page, form, "/kiosk/guest", source="kiosk", at_kiosk=True)


def joining(form: Form, locale: str) -> MemberInput:
    """Return what a sign-up form says. Raises ValidationError."""
    return MemberInput(
        name=form.text("name"),
        email=form.text("email") or None,
        organisation=form.text("organisation") or None,
        about=form.text("about"),
        skills=form.lines("skills"),
        seeks=form.lines("seeks"),
        offers=form.lines("offers"),
        locale="nl" if locale == "nl" else "en",
        guest=form.text("kind") == "guest",
        purposes=frozenset(Purpose(each) for each in form.all("purposes") if each in tuple(Purpose)),
    )


def personal_code() -> PersonalCode:
    """Make a new personal code; it is stored as its digest only."""
    code = new_code()
    return PersonalCode(code=code, digest=code_digest(code))


def _form(page: PageRequest, action: str, *, at_kiosk: bool = False, status: int = 200, **more: object) -> Response:
    context = {"consents": CONSENTS, "values": {}, "given": [], "action": action, "at_kiosk": at_kiosk}
    idle = IDLE_SECONDS if at_kiosk else None
    return page.show("join.html", status=status, **(context | {"idle": idle} | more))


def _sign_up(page: PageRequest, form: Form, action: str, *, source: str, at_kiosk: bool = False) -> Response:
    try:
        item = joining(form, page.locale)
    except ValidationError as error:
        context = {"values": form.values, "given": form.all("purposes"), "errors": errors_of(error, page.say)}
        return _form(page, action, at_kiosk=at_kiosk, status=422, **context)
    code = personal_code()
    with page.request.app.state.doors.mail(page, item.email or ""):
        member = signing_up.sign_up(page.services, item, code, source=source)
    if member is None:
        return _look_in_the_mail(page, item, at_kiosk=at_kiosk)
    if item.email and not at_kiosk:
        return _look_in_the_mail(page, item, at_kiosk=False)
    shown: dict[str, Any] = {"idle": CODE_SECONDS, "who": turn_of(page, member, proven=True)} if at_kiosk else {}
    qr = qr_picture(code.code, page.say("Your personal code"))
    answer = page.show("joined.html", name=member.first_name, code=code.code, qr=qr, at_kiosk=at_kiosk, **shown)
    return answer if at_kiosk else _log_in(page, member, answer)


def _look_in_the_mail(page: PageRequest, item: MemberInput, *, at_kiosk: bool) -> Response:
    """Answer a new and a known address alike: who may read its mail gets on, and others learn nothing."""
    context: dict[str, Any] = {"name": item.name.split()[0], "code": "", "email": item.email, "at_kiosk": at_kiosk}
    return page.show("joined.html", idle=READ_SECONDS if at_kiosk else None, **context)


def _log_in(page: PageRequest, member: Member, answer: Response) -> Response:
    lasts = page.services.settings.session_lasts
    token = start_session(page.services.ledger, "member", member.id, now=page.now, lasts=lasts)
    page.set_cookie(answer, sessions.COOKIES["member"], token, lasts)
    return answer
