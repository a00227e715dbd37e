"""A service with some members on a free port, for a real browser; its worker is done by the test."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import Manager, Purpose
from serendipity.intake import check_ins, events, members
from serendipity.intake.inputs import CheckInInput, MemberInput, PlaceInput
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up
from serendipity.usecases.upkeep.worker_turns import advance_introductions, deliver
from serendipity.web.app import create_app
from serendipity.web.passwords import hash_password

PASSWORD = "a long enough password"
SAID = {
    "Nora Visser": "Marketing automation with big data for a museum",
    "Bram de Wit": "Big data pipelines, and a campaign with marketing automation",
    "Elif Kaya": "Urban farming on flat roofs, with rainwater",
    "Tom Peeters": "Circular economy for furniture, and urban farming",
    "Sara Lind": "Podcasts about mental health",
    "Joris Maas": "Grant applications and accounting for small charities",
}


@dataclass(frozen=True)
class Site:
    """A running service and what it works with."""

    services: Services
    address: str

    def work(self) -> None:
        """Do what the worker does in the background."""
        catch_up(self.services)
        advance_introductions(self.services)
        deliver(self.services)

    def mails(self) -> list[EmailMessage]:
        """Return the mails sent so far."""
        folder = self.services.settings.data_dir / "mails"
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A service with some members on a free port, its worker done by the test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        services = build_services(
            Settings.model_validate(
                {
                    "data_dir": tmp_path,
                    "base_url": address,
                    "undo_minutes": 0,
                    "match_held_back": 0,
                    "match_by_lot": 0,
                    "quiet_from": 0,
                    "quiet_until": 0,
                }
            )
        )
        services.graph.migrate()
        _populate(services)
        server = uvicorn.Server(uvicorn.Config(create_app(services), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield Site(services=services, address=address)
        server.should_exit = True
        thread.join()
        services.graph.close()
        services.ledger.close()


def _populate(services: Services) -> None:
    now = services.clock.now()
    manager = Manager(id="mgr", email="ann@example.org", name="Ann", password_hash=hash_password(PASSWORD))
    with services.ledger.write() as uow:
        uow.access.put_manager(manager)
        events.open_place(uow, PlaceInput(id="main", name="The house"))
        joined = members.join_all(
            uow,
            [
                MemberInput(
                    name=name,
                    email=f"{name.split()[0].lower()}@example.org",
                    organisation=f"{name.split()[-1]} & Co",
                    purposes=frozenset(Purpose),
                    joined_at=now - timedelta(days=30),
                )
                for name in SAID
            ],
            source="test",
            now=now,
            scrub=services.scrub,
        )
        said = [
            CheckInInput(member=member.id, text=SAID[member.name], place="main", at=now - timedelta(days=days))
            for member in joined
            for days in (1, 8)
        ]
        check_ins.record_check_ins(uow, said, source="test", now=now, scrub=services.scrub)


def log_in(page: Page, site: Site) -> None:
    """Log the manager in."""
    page.goto(f"{site.address}/manage/login")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Introductions")).to_be_visible()


def pairing_code(page: Page, site: Site) -> str:
    """Make a pairing code, as the manager."""
    page.goto(f"{site.address}/manage/settings/kiosks")
    page.get_by_label("What to call it").fill("Entrance")
    page.get_by_role("button", name="Make a pairing code").click()
    return page.locator("#secret").inner_text()


def pair(kiosk: Page, site: Site, code: str) -> None:
    """Pair a tablet."""
    kiosk.goto(f"{site.address}/kiosk")
    kiosk.get_by_label("Pairing code").fill(code)
    kiosk.get_by_role("button", name="Pair").click()
    expect(kiosk.get_by_role("heading", name="Who are you?")).to_be_visible()


def stand_still(page: Page) -> None:
    """Stop the clock of a page and of those it goes to: only `run_for` moves it, however busy the machine is."""
    page.clock.install(time=0)
    page.clock.pause_at(3_600_000)
