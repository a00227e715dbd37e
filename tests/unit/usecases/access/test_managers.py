"""Managers: adding, changing, logging in."""

from datetime import timedelta

from serendipity.domain.model import Manager, Session
from serendipity.ports import Ledger
from serendipity.usecases.access.managers import (
    add_manager,
    change_manager,
    change_password,
    log_in,
    put_manager,
)
from serendipity.usecases.access.tokens import digest
from tests.fakes import FakeClock

LASTS = timedelta(hours=12)
MILA = Manager(id="mila", email="mila@example.org", name="Mila", password_hash="old", locale="nl")


def add_mila(ledger: Ledger, clock: FakeClock) -> None:
    add_manager(ledger, MILA, by="manager:jan", now=clock.now())


def session_of(ledger: Ledger, clock: FakeClock, token: str) -> Session | None:
    with ledger.read() as uow:
        return uow.access.session(digest(token), now=clock.now())


def audit_entries(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.read() as uow:
        return [(entry.who, entry.what) for entry in uow.operations.audit_entries(subject="manager:mila")]


def test_an_added_manager_is_stored_and_audited_under_who_added_them(ledger: Ledger, clock: FakeClock) -> None:
    """The audit names the other manager."""
    add_mila(ledger, clock)

    with ledger.read() as uow:
        assert uow.access.manager("mila") == MILA
    assert audit_entries(ledger) == [("manager:jan", "manager.added")]


def test_logging_in_opens_a_session_and_remembers_the_browser_for_longer(ledger: Ledger, clock: FakeClock) -> None:
    """After the session ended, the browser is still known."""
    add_mila(ledger, clock)
    tokens = log_in(ledger, "mila", now=clock.now(), lasts=LASTS)
    opened = session_of(ledger, clock, tokens.session)
    clock.forward(days=1)

    assert opened is not None
    assert opened.subject == "manager:mila"
    assert session_of(ledger, clock, tokens.session) is None
    remembered = session_of(ledger, clock, tokens.browser)
    assert remembered is not None
    assert remembered.subject == "known_browser:mila"
    assert audit_entries(ledger)[0] == ("manager:mila", "manager.logged_in")


def test_a_new_password_logs_out_all_browsers_but_the_one_it_was_changed_on(ledger: Ledger, clock: FakeClock) -> None:
    """Another browser's session ends, and no browser is remembered."""
    add_mila(ledger, clock)
    here = log_in(ledger, "mila", now=clock.now(), lasts=LASTS)
    elsewhere = log_in(ledger, "mila", now=clock.now(), lasts=LASTS)
    change_password(ledger, MILA, "new", session=digest(here.session), now=clock.now())

    assert session_of(ledger, clock, here.session) is not None
    assert session_of(ledger, clock, elsewhere.session) is None
    assert session_of(ledger, clock, here.browser) is None
    with ledger.read() as uow:
        assert uow.access.manager("mila").password_hash == "new"
    assert audit_entries(ledger)[0] == ("manager:mila", "manager.password_changed")


def test_a_changed_name_keeps_the_password(ledger: Ledger, clock: FakeClock) -> None:
    """Name and language are replaced alone."""
    add_mila(ledger, clock)
    change_manager(ledger, MILA, name="Mila B", locale="en")

    with ledger.read() as uow:
        changed = uow.access.manager("mila")
    assert (changed.name, changed.locale, changed.password_hash) == ("Mila B", "en", "old")


def test_putting_a_manager_with_a_known_address_renews_the_password_and_logs_out(
    ledger: Ledger, clock: FakeClock
) -> None:
    """The id stays, and every session of the manager ends."""
    add_mila(ledger, clock)
    tokens = log_in(ledger, "mila", now=clock.now(), lasts=LASTS)
    known = put_manager(ledger, email="mila@example.org", name="Mila", password_hash="new")
    fresh = put_manager(ledger, email="jan@example.org", name="Jan", password_hash="new")

    assert known == "mila"
    assert fresh.startswith("manager-")
    assert session_of(ledger, clock, tokens.session) is None
