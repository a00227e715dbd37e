"""Managers: adding them, their profile and password, logging in."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serendipity.domain.model import Manager
from serendipity.ports import Ledger, UnitOfWork
from serendipity.usecases.access.sessions import add_session
from serendipity.usecases.audit import audit_action

BROWSER_REMEMBERED = timedelta(days=365)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogIn:
    """Tokens of a log-in: `session` opens the pages, `browser` marks a browser that the manager used before."""

    session: str
    browser: str


def add_manager(ledger: Ledger, manager: Manager, *, by: str, now: datetime) -> None:
    """Add a manager; `by` is the manager who adds them."""
    with ledger.write() as uow:
        uow.access.put_manager(manager)
        audit_action(uow, "manager.added", f"manager:{manager.id}", by=by, now=now)


def put_manager(ledger: Ledger, *, email: str, name: str, password_hash: str) -> str:
    """Add a manager, or replace the name and password of the one with this address; returns the id.

    Browsers that are logged in with the earlier password are logged out.
    """
    with ledger.write() as uow:
        before = uow.access.manager_by_email(email)
        id = before.id if before else f"manager-{uuid.uuid4()}"
        uow.access.put_manager(Manager(id=id, email=email, name=name, password_hash=password_hash))
        _end_sessions(uow, id, but=None)
    return id


def change_manager(ledger: Ledger, manager: Manager, *, name: str, locale: str) -> None:
    """Change a manager's name and language."""
    with ledger.write() as uow:
        uow.access.put_manager(replace(manager, name=name, locale=locale))


def change_password(
    ledger: Ledger, manager: Manager, password_hash: str, *, session: str | None, now: datetime
) -> None:
    """Change a manager's password; all their browsers are logged out but the one whose session hash is `session`."""
    with ledger.write() as uow:
        uow.access.put_manager(replace(manager, password_hash=password_hash))
        _end_sessions(uow, manager.id, but=session)
        subject = f"manager:{manager.id}"
        audit_action(uow, "manager.password_changed", subject, by=subject, now=now)


def log_in(ledger: Ledger, manager: str, *, now: datetime, lasts: timedelta) -> LogIn:
    """Open a session of a manager, and remember the browser."""
    with ledger.write() as uow:
        session = add_session(uow, "manager", manager, now=now, lasts=lasts)
        audit_action(uow, "manager.logged_in", f"manager:{manager}", by=f"manager:{manager}", now=now)
        browser = add_session(uow, "known_browser", manager, now=now, lasts=BROWSER_REMEMBERED)
    return LogIn(session=session, browser=browser)


def _end_sessions(uow: UnitOfWork, id: str, *, but: str | None) -> None:
    uow.access.end_sessions(f"manager:{id}", but=but)
    uow.access.end_sessions(f"known_browser:{id}")
