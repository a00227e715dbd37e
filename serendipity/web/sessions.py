"""Sessions of the browser that sends a request: its cookies, and the manager, member or kiosk behind them."""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from serendipity.domain.model import Kiosk, Manager, Member, MemberStatus, Session
from serendipity.ports import UnitOfWork
from serendipity.usecases.access.sessions import SessionKind
from serendipity.usecases.access.tokens import digest

COOKIES: dict[SessionKind, str] = {
    "manager": "serendipity_manager",
    "member": "serendipity_member",
    "check_in": "serendipity_here",
    "known_browser": "serendipity_known",
}
KIOSK_COOKIE = "serendipity_kiosk"
FORM_COOKIE = "serendipity_form"
LANGUAGE_COOKIE = "serendipity_language"
GONE = (MemberStatus.MERGED, MemberStatus.ERASED)


def manager_of(uow: UnitOfWork, request: Request, now: datetime) -> tuple[Manager, Session] | None:
    """Return the manager who is logged in on this browser."""
    session = _session(uow, request, "manager", now)
    return (uow.access.manager(_id(session)), session) if session else None


def member_of(uow: UnitOfWork, request: Request, kind: SessionKind, now: datetime) -> tuple[Member, Session] | None:
    """Return the member who opened this browser's session, unless they are gone."""
    session = _session(uow, request, kind, now)
    member = uow.members.many([_id(session)]).get(_id(session)) if session else None
    return (member, session) if member and session and member.status not in GONE else None


def known_browser_of(uow: UnitOfWork, request: Request, now: datetime) -> str | None:
    """Return the id of the manager who logged in on this browser before, as it remembers."""
    session = _session(uow, request, "known_browser", now)
    return _id(session) if session else None


def kiosk_of(uow: UnitOfWork, request: Request) -> Kiosk | None:
    """Return the kiosk that this browser was paired as, unless it was revoked."""
    token = request.cookies.get(KIOSK_COOKIE)
    return uow.access.kiosk_by_token(digest(token)) if token else None


def token_hash_of(request: Request, kind: SessionKind) -> str | None:
    """Return under which hash this browser's session is stored."""
    token = request.cookies.get(COOKIES[kind])
    return digest(token) if token else None


def set_cookie(response: Response, name: str, value: str, *, lasts: timedelta, secure: bool) -> None:
    """Give the browser a cookie that scripts and other sites do not get."""
    seconds = int(lasts.total_seconds())
    response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=secure)


def drop_cookie(response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax")


def _session(uow: UnitOfWork, request: Request, kind: SessionKind, now: datetime) -> Session | None:
    token = request.cookies.get(COOKIES[kind])
    session = uow.access.session(digest(token), now=now) if token else None
    return session if session and session.subject.startswith(f"{kind}:") else None


def _id(session: Session) -> str:
    return session.subject.partition(":")[2]
