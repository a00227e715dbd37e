"""The web application: routers, headers, and the one place where errors become answers."""

import errno
import logging
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.convertors import register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from serendipity import __version__
from serendipity.domain import errors
from serendipity.usecases.services import Services
from serendipity.web import (
    check_in,
    health,
    introductions,
    join,
    kiosk,
    my_preferences,
    my_topics,
    profile,
    profile_data,
)
from serendipity.web.api import records
from serendipity.web.api import routers as api_routers
from serendipity.web.api.json_route import BodyRefused, JsonRoute
from serendipity.web.api.keys import KeyRing
from serendipity.web.headers import SecureHeaders
from serendipity.web.kiosk_turns import READ_SECONDS
from serendipity.web.labels import _
from serendipity.web.locale import texts
from serendipity.web.manage import routers as manage_routers
from serendipity.web.pages import choose_locale, page_request
from serendipity.web.problems import RETRY_SECONDS, field_errors, problem, status_of, summarise_errors
from serendipity.web.public_limits import doors_of
from serendipity.web.rendering import render
from serendipity.web.request_limits import (
    BodyLimit,
    HeadAsGet,
    KeepSlashes,
    KeptSlashes,
    KeptSlashesOfPaths,
    PlainAddress,
)

_log = logging.getLogger(__name__)
BATCH_BYTES = 64 * 1024 * 1024
FILE_BYTES = 16 * 1024 * 1024
SMALL_BYTES = 1024 * 1024
DESCRIPTION = """Check-ins and attendance in, introductions out.

Authenticate with HTTP Basic (key id and key) or with `Authorization: Bearer KEY-ID.KEY`; managers make keys, each with
its scopes. Every write may carry an `id`: the same id with the same body answers as the first time, with another body
it is refused (409). Batches are NDJSON: one JSON object a line, answered line by line. Errors are
`application/problem+json`."""


def create_app(services: Services) -> FastAPI:
    """Return the application over these services."""
    from serendipity.web import metrics  # only now is it settled where several processes keep theirs

    register_url_convertor("str", KeptSlashes())
    register_url_convertor("path", KeptSlashesOfPaths())
    app = FastAPI(
        title="Serendipity",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,  # a redirect would go to whatever host the request named
    )
    app.router.route_class = JsonRoute
    app.state.services = services
    app.state.keys = KeyRing(services)
    app.state.doors = doors_of(services.settings.data_dir / "tries.db")
    app.add_middleware(SecureHeaders, services=services)
    app.add_middleware(BodyLimit, limit_of=_limit)
    app.add_middleware(HeadAsGet)
    app.add_middleware(PlainAddress, refuse=_refuse_address)
    app.add_middleware(KeepSlashes)
    app.add_middleware(metrics.CountAnswers)
    _add_handlers(app)
    records.put_first(app)
    own = [profile.router, profile_data.router, profile_data.farewell, my_topics.router, my_preferences.router]
    pages = [kiosk.router, check_in.router, join.router, *own, introductions.router]
    for router in [*api_routers, health.router, metrics.router, *pages, *manage_routers]:
        app.include_router(router)
    app.add_api_route("/", _home, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=str(files("serendipity.web") / "static")), name="static")
    return app


def _home() -> Response:
    return RedirectResponse("/check-in", status_code=303)


def _limit(path: str) -> int:
    if path.startswith("/v1/") and path.endswith("/batch"):
        return BATCH_BYTES
    return FILE_BYTES if path.startswith("/manage/") else SMALL_BYTES


def _add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(errors.SerendipityError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(OSError, _answer_os)
    app.add_exception_handler(Exception, _answer_unforeseen)


def _answer_error(request: Request, error: Exception) -> Response:
    if isinstance(error, errors.LedgerUnavailable):
        return _answer_unforeseen(request, error)
    status = status_of(error)
    details = dict(error.details) if isinstance(error, errors.SerendipityError) else {}
    return _answer(request, status, str(error), kind=f"urn:serendipity:{type(error).__name__}", **details)


def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return _answer(request, 400, "The body is not JSON; send one JSON object, in UTF-8.")
    wrong = field_errors(error.errors())
    return _answer(request, 422, summarise_errors(wrong), kind="urn:serendipity:InvalidInput", errors=wrong)


def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.headers and "Location" in error.headers:
        return Response(status_code=error.status_code, headers=error.headers)
    detail = str(error.detail)
    if _for_programs(request):
        detail = INSTEAD.get(error.status_code, detail)
    elif detail == HTTPStatus(error.status_code).phrase:
        detail = ON_PAGES.get(error.status_code, detail)
    details = error.details if isinstance(error, BodyRefused) else {}
    return _answer(request, error.status_code, NOT_READ if detail == UNREAD else detail, **details)


def _answer_os(request: Request, error: Exception) -> Response:
    """Say that the disk is full, where that is it: an upload, too, is put down first."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return _answer_unforeseen(request, errors.LedgerUnavailable(errors.DISK_FULL))
    raise error


def _answer_unforeseen(request: Request, error: Exception) -> Response:
    """Say that it is our fault, without asking the ledger for anything; the server logs the cause."""
    status, detail = 500, FAULT
    if isinstance(error, errors.LedgerUnavailable):
        status, detail = 503, errors.DISK_FULL if str(error) == errors.DISK_FULL else NOT_NOW
        _log.error("the ledger does not answer", extra={"error": str(error)})
    if _for_programs(request):
        return problem(status, detail)
    headers = {"Retry-After": RETRY_SECONDS} if status == 503 else None
    locale = choose_locale(request)
    context = {"detail": texts(locale).gettext(detail), "idle": READ_SECONDS if _at_kiosk(request) else None}
    return HTMLResponse(render("unforeseen.html", locale, context), status_code=status, headers=headers)


# What the database itself says names hosts, ports and paths: that is the log's and the doctor's to tell.
NOT_NOW = _("Nothing can be taken in at the moment; what was acknowledged is kept. Try again in a minute.")
FAULT = _("Something went wrong on our side; nothing half-written was kept. Try again, or tell a manager.")
UNREAD = "There was an error parsing the body"  # as the framework says it
NOT_READ = "The body cannot be read; send it complete, in UTF-8 and in the announced content type."
# In place of what the framework says by itself, which does not say what to do.
INSTEAD = {
    404: "Nothing is at this address; check it. GET /v1/openapi.json lists what programs can ask for.",
    405: "This address does not take that method; GET /v1/openapi.json says what it takes.",
}
ON_PAGES = {
    404: _("Check the address, or go on from the start page."),
    405: _("This page takes no answer of that kind; go on from the start page."),
}


def _at_kiosk(request: Request) -> bool:
    return request.url.path.startswith("/kiosk")


def _refuse_address(path: str) -> Response:
    detail = "The address holds a null byte; leave it out."
    if path.startswith(PROGRAMS):
        return problem(400, detail)
    return HTMLResponse(render("unforeseen.html", "en", {"detail": detail, "idle": None}), status_code=400)


PROGRAMS = ("/v1", "/health")


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith(PROGRAMS)


def _answer(request: Request, status: int, detail: str, *, kind: str = "about:blank", **extra: Any) -> Response:
    if _for_programs(request):
        return problem(status, detail, kind=kind, **extra)
    page = page_request(request)
    context: dict[str, Any] = {"code": status, "detail": page.say(detail), "back": _back(request)}
    return page.show("error.html", status=status, idle=READ_SECONDS if _at_kiosk(request) else None, **context)


def _back(request: Request) -> str | None:
    """Return the page of ours that a form was on, to go back to."""
    came = urlsplit(request.headers.get("referer", ""))
    if not came.path or came.netloc != request.headers.get("host") or request.method == "GET":
        return None
    return "/" + came.path.lstrip("/") + (f"?{came.query}" if came.query else "")
