"""A request for a page: who asks, in which language, and how the answer is rendered."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Kiosk, Manager, Member
from serendipity.ports import UnitOfWork
from serendipity.usecases.access.tokens import new_token, same
from serendipity.usecases.services import Services
from serendipity.web import notices, sessions
from serendipity.web.forms import FORM, Form, SentForm, plain_text
from serendipity.web.locale import choose, texts
from serendipity.web.rendering import render

LANGUAGES = {"en": "English", "nl": "Nederlands"}
YEAR = timedelta(days=365)


def path_to(folder: str, id: str) -> str:
    """Return the path of a thing by its id, which may hold any signs.

    >>> path_to("/manage/events/", "a/b?c")
    '/manage/events/a%2Fb%3Fc'
    """
    return folder + quote(id, safe="")


NOT_KEPT = frozenset({"lang", "q", "code"})  # said once, or a secret


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRequest:
    """One request for a page; `csrf` is what its forms must send back."""

    request: Request
    services: Services
    locale: str
    csrf: str
    manager: Manager | None = None
    member: Member | None = None
    here: Member | None = None  # may check in on this browser, and nothing else
    kiosk: Kiosk | None = None
    session_csrf: str | None = None
    member_csrf: str | None = None

    @property
    def now(self) -> datetime:
        """Return the time."""
        return self.services.clock.now()

    @property
    def secure(self) -> bool:
        """Tell whether cookies travel over HTTPS only."""
        return self.services.settings.secure_cookies or self.services.settings.base_url.startswith("https:")

    def say(self, text: str, **values: Any) -> str:
        """Return a text in the page's language."""
        said = texts(self.locale).gettext(text)
        return said % values if values else said

    def called(self, topic: str, label: str) -> str:
        """Return what a topic is called in the page's language; its label where it has no name there."""
        known = self.services.reader.vocabulary.topic(topic)
        return known.called(self.locale) if known is not None else label

    def language(self, locale: str) -> str:
        """Return what a language calls itself."""
        return LANGUAGES.get(locale, locale)

    def spoken_by(self, owner: Member) -> "PageRequest":
        """Return the page for the owner of a link: in their language, unless another was chosen on our pages."""
        return replace(self, locale=_locale(self, owner.locale))

    def in_language(self, locale: str) -> str:
        """Return the address of this page in another language."""
        kept = [pair for pair in self.request.query_params.multi_items() if pair[0] not in NOT_KEPT]
        return "?" + urlencode([*kept, ("lang", locale)])

    def query(self, name: str) -> str:
        """Return one parameter of the address."""
        return plain_text(self.request.query_params.get(name, "")).strip()

    def show(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Render a template; the form cookie and a chosen language go with it, and what was done is said once."""
        flash = notices.read(self.request.cookies.get(notices.COOKIE), self.locale)
        shared = {
            "page": self,
            "csrf": self.csrf,
            "now": self.now,
            "settings": self.services.settings,
            "path": self.request.url.path,
            "notice": flash.text if flash else "",
            "undo": flash.undo if flash else "",
            "idle": None,
            "errors": {},
        }
        answer = HTMLResponse(render(template, self.locale, shared | context), status_code=status)
        if flash:
            sessions.drop_cookie(answer, notices.COOKIE)
        return self._with_cookies(answer)

    def _with_cookies(self, answer: HTMLResponse) -> HTMLResponse:
        if sessions.FORM_COOKIE not in self.request.cookies:
            self.set_cookie(answer, sessions.FORM_COOKIE, self.csrf, timedelta(days=1))
        if self.query("lang") == self.locale:
            self.set_cookie(answer, sessions.LANGUAGE_COOKIE, self.locale, YEAR)
        return answer

    def set_cookie(self, answer: Response, name: str, value: str, lasts: timedelta) -> None:
        """Give the browser a cookie with this answer."""
        sessions.set_cookie(answer, name, value, lasts=lasts, secure=self.secure)

    def go(self, path: str, *, done: str = "", about: str = "", undo: str = "") -> RedirectResponse:
        """Send the browser to a page of ours after a form; the next page says once what was done.

        `about` names to whom, `undo` is the path to post to where it can be taken back.
        """
        answer = RedirectResponse(path, status_code=303)
        if done:
            self.set_cookie(answer, notices.COOKIE, notices.write(done, about=about, undo=undo), notices.LASTS)
        return answer


def page_request(request: Request) -> PageRequest:
    """Find out who asks for a page and in which language."""
    services: Services = request.app.state.services
    token = request.cookies.get(sessions.FORM_COOKIE) or new_token()
    page = PageRequest(request=request, services=services, locale="en", csrf=token)
    if any(name.startswith("serendipity_") for name in request.cookies):
        with services.ledger.read() as uow:
            page = _with_people(uow, page)
    return replace(page, locale=_locale(page))


def _with_people(uow: UnitOfWork, page: PageRequest) -> PageRequest:
    manager = sessions.manager_of(uow, page.request, page.now)
    member = sessions.member_of(uow, page.request, "member", page.now)
    here = sessions.member_of(uow, page.request, "check_in", page.now)
    return replace(
        page,
        manager=manager[0] if manager else None,
        session_csrf=manager[1].csrf if manager else None,
        member=member[0] if member else None,
        member_csrf=member[1].csrf if member else None,
        here=here[0] if here else None,
        kiosk=sessions.kiosk_of(uow, page.request),
    )


def choose_locale(request: Request) -> str:
    """Return the language of a page that is made without the ledger: chosen by the switch, else the browser's."""
    chosen = request.cookies.get(sessions.LANGUAGE_COOKIE)
    known = request.app.state.services.settings.languages
    return choose([chosen], request.headers.get("accept-language", ""), known)


def _locale(page: PageRequest, owner: str | None = None) -> str:
    """Say which language it is: chosen by the switch, else that of the link's owner, of the session, of the browser."""
    person = page.manager if page.request.url.path.startswith("/manage") else page.member or page.here
    chosen = [page.query("lang"), page.request.cookies.get(sessions.LANGUAGE_COOKIE)]
    wanted = [*chosen, owner, person.locale if person else None]
    return choose(wanted, page.request.headers.get("accept-language", ""), page.services.settings.languages)


Page = Annotated[PageRequest, Depends(page_request)]


def manager_page(page: Page) -> PageRequest:
    """Let managers in, and send others to the log-in."""
    if page.manager is None or page.session_csrf is None:
        wanted = page.request.url.path if page.request.method == "GET" else "/manage"
        raise HTTPException(303, headers={"Location": f"/manage/login?next={quote(wanted)}"})
    return replace(page, csrf=page.session_csrf)


def member_page(page: Page) -> PageRequest:
    """Let members in who came by their link, and tell others how to get one."""
    if page.member is None or page.member_csrf is None:
        raise HTTPException(303, headers={"Location": "/me/link"})
    return replace(page, csrf=page.member_csrf)


def kiosk_page(page: Page) -> PageRequest:
    """Let paired kiosks in, and send other browsers to the pairing."""
    if page.kiosk is None:
        raise HTTPException(303, headers={"Location": "/kiosk/pair"})
    return page


ManagerPage = Annotated[PageRequest, Depends(manager_page)]
MemberPage = Annotated[PageRequest, Depends(member_page)]
KioskPage = Annotated[PageRequest, Depends(kiosk_page)]


def checked(page: PageRequest, form: Form) -> Form:
    """Return the form if it came from a page of ours. Raises Conflict when it did not, or is too old."""
    if sessions.FORM_COOKIE not in page.request.cookies and page.csrf not in (page.session_csrf, page.member_csrf):
        raise Conflict(
            "This page was open too long, or your browser keeps no cookies; go back, reload it and try again."
        )
    if not same(form.text(FORM), page.csrf):
        raise Conflict(
            "This page was open too long, or your browser keeps no cookies; go back, reload it and try again."
        )
    return form


def public_form(page: Page, form: SentForm) -> Form:
    """Return a form that anybody may send."""
    return checked(page, form)


def manager_form(page: ManagerPage, form: SentForm) -> Form:
    """Return a form that a manager sent."""
    return checked(page, form)


def member_form(page: MemberPage, form: SentForm) -> Form:
    """Return a form that a member sent."""
    return checked(page, form)


def kiosk_form(page: KioskPage, form: SentForm) -> Form:
    """Return a form that a kiosk sent."""
    return checked(page, form)


PublicForm = Annotated[Form, Depends(public_form)]
ManagerForm = Annotated[Form, Depends(manager_form)]
MemberForm = Annotated[Form, Depends(member_form)]
KioskForm = Annotated[Form, Depends(kiosk_form)]
