"""A service over a SQLite ledger and an embedded graph, with a reader that finds what it is told, and its pages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree
from typing import Protocol

import pytest
from fastapi.testclient import TestClient

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import ApiKey, Manager, Member, Mention, Purpose, Stance, Understanding
from serendipity.intake import events, members
from serendipity.intake.inputs import MemberInput, PlaceInput
from serendipity.topics.phrases import normalise
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.access.kiosks import add_kiosk
from serendipity.usecases.access.tokens import code_digest, digest
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.graph import catch_up
from serendipity.web.api.scopes import SCOPES
from serendipity.web.app import create_app
from serendipity.web.passwords import hash_password
from tests.fakes import FakeClock

PASSWORD = "correct horse battery"
EVERYTHING = frozenset(Purpose)


@dataclass
class PhraseReader:
    """Finds the vocabulary's phrases in a text by looking for them, without spaCy."""

    vocabulary: Vocabulary
    version: str = "phrases"

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Return each known phrase of one to three words, the longest first."""
        words = [normalise(word) for word in re.findall(r"\w+", text)]
        spans = [" ".join(words[i : i + n]) for n in (3, 2, 1) for i in range(len(words) - n + 1)]
        found = [(span, self.vocabulary.find(span)) for span in dict.fromkeys(spans)]
        mentions = tuple(Mention(phrase=span, topic=topic, stance=stance) for span, topic in found if topic)
        return Understanding(mentions=mentions, extractor=self.version)

    def refresh(self, vocabulary: Vocabulary) -> None:
        """Look in the vocabulary as it is now."""
        self.vocabulary = vocabulary


@dataclass
class CuriousReader(PhraseReader):
    """Takes the first word of a text for a new phrase where it knows nothing in it."""

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Return the known phrases, else the text's first word."""
        found = super().understand(text, stance=stance)
        if found.mentions or not text.strip():
            return found
        return Understanding(mentions=(Mention(phrase=normalise(text).split()[0]),), extractor=self.version)


@dataclass
class Community:
    """The service under test with its clock, and shortcuts for what a test starts from."""

    services: Services
    clock: FakeClock

    def member(
        self, name: str, *, purposes: frozenset[Purpose] = EVERYTHING, code: str = "", about: str = ""
    ) -> Member:
        """Add a member."""
        item = MemberInput(name=name, email=f"{name.split()[0].lower()}@example.org", about=about, purposes=purposes)
        with self.services.ledger.write() as uow:
            member = members.join(uow, item, source="test", now=self.clock.now(), scrub=self.services.scrub)
            if code:
                uow.members.set_code(member.id, code_digest(code))
        return member

    def place(self, id: str = "main") -> None:
        """Open a place."""
        with self.services.ledger.write() as uow:
            events.open_place(uow, PlaceInput(id=id, name="The house"))

    def kiosk_code(self) -> str:
        """Add a kiosk that waits for its tablet."""
        self.place()
        now = self.clock.now()
        return add_kiosk(self.services.ledger, label="Entrance", place="main", by="manager:mila", now=now)

    def key(self, *scopes: str, id: str = "key-1") -> tuple[str, str]:
        """Add an API key and return id and key."""
        chosen = frozenset(scopes or SCOPES)
        key = ApiKey(id=id, key_hash=digest("secret"), label="t", scopes=chosen, created_at=self.clock.now())
        with self.services.ledger.write() as uow:
            uow.access.add_key(key)
        return id, "secret"

    def catch_up(self) -> None:
        """Fold everything into the graph and publish a snapshot."""
        catch_up(self.services)


def settings_in(folder: Path) -> Settings:
    """Settings without quiet hours and without time to undo, so that every answer takes effect at once."""
    return Settings.model_validate(
        {
            "data_dir": folder,
            "undo_minutes": 0,
            "match_held_back": 0,
            "match_by_lot": 0,
            "quiet_from": 0,
            "quiet_until": 0,
            "base_url": "http://testserver",
        }
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and seeded community with one manager, to copy from: making it takes a while."""
    folder = tmp_path_factory.mktemp("prepared")
    services = build_services(settings_in(folder), clock=FakeClock())
    services.graph.migrate()
    manager = Manager(id="mgr", email="ann@example.org", name="Ann", password_hash=hash_password(PASSWORD))
    with services.ledger.write() as uow:
        uow.access.put_manager(manager)
    services.graph.close()
    services.ledger.close()
    return folder


@pytest.fixture
def community(prepared: Path, tmp_path: Path) -> Iterator[Community]:
    """A fresh community with one manager."""
    folder = tmp_path / "data"
    copytree(prepared, folder)
    clock = FakeClock()
    services = build_services(settings_in(folder), clock=clock, prepare=False)
    services = replace(services, reader=Reader(services.ledger, PhraseReader))
    services.reader.refresh()
    yield Community(services=services, clock=clock)
    services.graph.close()
    services.ledger.close()


@pytest.fixture
def curious(community: Community) -> Community:
    """The community with a reader that proposes phrases."""
    services = community.services
    community.services = replace(services, reader=Reader(services.ledger, CuriousReader))
    community.services.reader.refresh()
    return community


@pytest.fixture
def browser_of(community: Community) -> Iterator[Callable[[], TestClient]]:
    """Opens browsers, each with cookies of its own."""
    opened: list[TestClient] = []

    def open_one() -> TestClient:
        opened.append(TestClient(create_app(community.services), follow_redirects=True))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


@pytest.fixture
def client(browser_of: Callable[[], TestClient]) -> TestClient:
    """One browser."""
    return browser_of()


def words(html: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def form_token(html: str) -> str:
    """Return what the forms of a page must send back."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, "the page has no form"
    return found[1]


@pytest.fixture
def manager(client: TestClient) -> TestClient:
    """A browser on which the manager is logged in."""
    page = client.get("/manage/login").text
    data = {"email": "ann@example.org", "password": PASSWORD, "csrf": form_token(page)}
    assert client.post("/manage/login", data=data).status_code == 200
    return client


Files = dict[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Answer:
    """What the form led to."""

    status_code: int
    text: str


class Send(Protocol):
    """Sends a form as the manager, and returns what came back."""

    def __call__(
        self, path: str, files: dict[str, tuple[str, bytes]] | None = None, **fields: str | list[str]
    ) -> Answer: ...


@pytest.fixture
def send(manager: TestClient) -> Send:
    """Sends a form as the manager."""
    token = form_token(manager.get("/manage/account").text)

    def post(path: str, files: Files | None = None, **fields: str | list[str]) -> Answer:
        answer = manager.post(path, data={"csrf": token} | fields, files=files)
        return Answer(status_code=answer.status_code, text=answer.text)

    return post
