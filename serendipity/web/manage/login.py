"""Managers log in and out."""

from fastapi import APIRouter
from starlette.responses import Response

from serendipity.domain.addresses import address_key
from serendipity.domain.errors import TooMany
from serendipity.domain.model import AuditEntry
from serendipity.web import sessions
from serendipity.web.pages import YEAR, ManagerForm, ManagerPage, Page, PageRequest, PublicForm
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
        counted = _count(page, email)
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
    return _logged_in(page, manager.id, _own(form.text("next")))


def _count(page: PageRequest, email: str) -> str:
    """Count a try, and return under which key: by its sender for the account, by its sender for all. Raises TooMany.

    All tries at one account count too, so that guessing from many places stays slow. A browser on which its manager
    logged in before is counted for itself alone, so that nobody can lock them out, from the same network neither.
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
    with page.services.ledger.write() as uow:
        sessions.end(uow, page.request, "manager")
    answer = page.go("/manage/login", done="logged_out")
    sessions.drop_cookie(answer, sessions.COOKIES["manager"])
    return answer


def _logged_in(page: PageRequest, manager: str, path: str) -> Response:
    lasts = page.services.settings.session_lasts
    with page.services.ledger.write() as uow:
        token = sessions.start(uow, "manager", manager, now=page.now, lasts=lasts)
        entry = AuditEntry(
            at=page.now, who=f"manager:{manager}", what="manager.logged_in", subject=f"manager:{manager}"
        )
        uow.operations.audit(entry)
        known = sessions.start(uow, "known_browser", manager, now=page.now, lasts=YEAR)
    answer = page.go(path)
    page.set_cookie(answer, sessions.COOKIES["manager"], token, lasts)
    page.set_cookie(answer, sessions.COOKIES["known_browser"], known, YEAR)
    return answer


def _own(path: str) -> str:
    """Return a path of ours to go on to, whatever a forged link asked for."""
    return path if path.startswith("/manage") and "//" not in path and "\\" not in path else "/manage"
