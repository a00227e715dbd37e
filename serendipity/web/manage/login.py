"""The log-in and log-out of managers."""

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.addresses import address_key
from serendipity.domain.errors import TooMany
from serendipity.usecases.access import managers
from serendipity.usecases.access.sessions import end_session
from serendipity.web import sessions
from serendipity.web.pages import ManagerForm, ManagerPage, Page, PageRequest, PublicForm
from serendipity.web.passwords import password_fits
from serendipity.web.public_limits import Doors, sender_of

router = APIRouter(prefix="/manage", include_in_schema=False)


@router.get("/login")
def ask(page: Page) -> Response:
    """Show the log-in."""
    return page.show("manage/login.html", values={"next": page.query("next")})


@router.post("/login")
def log_in(page: Page, form: PublicForm) -> Response:
    """Log a manager in; a wrong address takes as long as a wrong password."""
    email = address_key(form.text("email"))
    try:
        counted = _count_attempt(page, email)
    except TooMany:
        message = page.say("Too many attempts; wait a quarter of an hour and try again.")
        return page.show("manage/login.html", status=429, values=form.values, errors={"": message})
    with page.services.ledger.read() as uow:
        manager = uow.access.manager_by_email(email)
    password = (form.fields.get("password") or [""])[-1]
    if not password_fits(manager.password_hash if manager else None, password) or manager is None:
        message = page.say("The address or the password is wrong.")
        values = {name: value for name, value in form.values.items() if name != "password"}
        return page.show("manage/login.html", status=401, values=values, errors={"": message})
    page.request.app.state.doors.log_ins.succeeded(counted)
    return _open_session(page, manager.id, _own_path(form.text("next")))


def _count_attempt(page: PageRequest, email: str) -> str:
    """Count an attempt, and return the key that it was counted under. Raises TooMany.

    Attempts are counted by sender and account, by sender, and by account, so that guessing from many places stays slow.
    A browser on which the manager logged in before is counted alone, so that nobody on its network can lock them out.
    """
    doors: Doors = page.request.app.state.doors
    with page.services.ledger.read() as uow:
        known = sessions.known_browser_of(uow, page.request, page.now)
        manager = uow.access.manager_by_email(email)
    if manager is not None and manager.id == known:
        own = f"browser:{sessions.token_hash_of(page.request, 'known_browser')}"
        doors.log_ins.check(own, page.now)
        return own
    pair = f"{sender_of(page.request)}:{email}"
    doors.log_ins.check(pair, page.now)
    doors.log_ins_by.check(sender_of(page.request), page.now)
    doors.log_ins_to.check(email, page.now)
    return pair


@router.post("/logout")
def log_out(page: ManagerPage, form: ManagerForm) -> Response:
    """Log the manager out on this browser."""
    end_session(page.services.ledger, sessions.token_hash_of(page.request, "manager"))
    answer = page.go("/manage/login", done="logged_out")
    sessions.drop_cookie(answer, sessions.COOKIES["manager"])
    return answer


def _open_session(page: PageRequest, manager: str, path: str) -> Response:
    lasts = page.services.settings.session_lasts
    tokens = managers.log_in(page.services.ledger, manager, now=page.now, lasts=lasts)
    answer = page.go(path)
    page.set_cookie(answer, sessions.COOKIES["manager"], tokens.session, lasts)
    page.set_cookie(answer, sessions.COOKIES["known_browser"], tokens.browser, managers.BROWSER_REMEMBERED)
    return answer


def _own_path(path: str) -> str:
    """Return the path of a managers' page, the first of them for any other path: a forged link leads nowhere else."""
    return path if path.startswith("/manage") and "//" not in path and "\\" not in path else "/manage"
