"""Two processes that answer pages over one ledger: whichever answers, it is one service."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from serendipity.bootstrap import build_services
from serendipity.usecases.services import Services
from serendipity.usecases.topics.curation import add
from serendipity.usecases.topics.reading import Reader
from serendipity.web.app import create_app
from tests.web.conftest import PASSWORD, Community, PhraseReader, form_token, settings_in


@pytest.fixture
def elsewhere(community: Community) -> Iterator[Services]:
    """What another process holds: its own connections, vocabulary and memory."""
    folder = community.services.settings.data_dir
    services = build_services(settings_in(folder), clock=community.clock, prepare=False)
    yield replace(services, reader=Reader(services.ledger, PhraseReader))
    services.graph.close()
    services.ledger.close()


@pytest.fixture
def other(elsewhere: Services) -> Iterator[TestClient]:
    """A browser at the other process."""
    with TestClient(create_app(elsewhere)) as client:
        yield client


def _log_in(browser: TestClient, password: str) -> int:
    form = {"email": "ann@example.org", "password": password, "csrf": form_token(browser.get("/manage/login").text)}
    return browser.post("/manage/login", data=form).status_code


def test_a_log_in_at_one_process_holds_at_the_other(manager: TestClient, other: TestClient) -> None:
    """Sessions and the tokens of forms are in the ledger."""
    other.cookies = manager.cookies
    assert "Ann" in other.get("/manage/account").text
    token = form_token(manager.get("/manage/account").text)
    assert other.post("/manage/logout", data={"csrf": token}).status_code == 200
    assert "/manage/login" in str(manager.get("/manage/account").url)


def test_tries_at_both_processes_count_together(client: TestClient, other: TestClient) -> None:
    """Eight wrong passwords are too many, at whichever process; and the window ends for both."""
    wrong = [_log_in(browser, "wrong") for browser in (client, other) * 4]
    assert wrong == [401] * 8
    assert _log_in(client, PASSWORD) == _log_in(other, PASSWORD) == 429


def test_a_log_in_that_succeeds_ends_the_count_at_both(client: TestClient, other: TestClient) -> None:
    """Who remembers the password after all starts afresh."""
    assert [_log_in(other, "wrong") for _ in range(7)] == [401] * 7
    assert _log_in(client, PASSWORD) == 200
    assert _log_in(other, "wrong") == 401


def test_a_pairing_code_works_at_the_other_process_and_once(
    community: Community, client: TestClient, other: TestClient
) -> None:
    """A tablet that was paired at one process checks in at the other."""
    code = community.kiosk_code()
    form = {"code": code, "csrf": form_token(other.get("/kiosk/pair").text)}
    assert "Who are you?" in other.post("/kiosk/pair", data=form).text
    client.cookies = other.cookies
    assert "Who are you?" in client.get("/kiosk").text
    assert client.post("/kiosk/pair", data=form).status_code == 422


def test_a_key_revoked_at_one_process_is_refused_by_the_other_within_seconds(
    community: Community, manager: TestClient, other: TestClient
) -> None:
    """A process remembers a key for five seconds and no longer."""
    assert other.get("/v1/members", auth=community.key()).status_code == 200
    token = form_token(manager.get("/manage/settings/keys").text)
    assert manager.post("/manage/settings/keys/key-1/revoke", data={"csrf": token}).status_code == 200
    community.clock.forward(seconds=5)
    assert other.get("/v1/members", auth=("key-1", "secret")).status_code == 401


def test_a_topic_curated_at_one_process_is_understood_by_the_other_within_seconds(
    community: Community, other: TestClient
) -> None:
    """Phrases follow the ledger, not the process that added them."""
    member, auth = community.member("Nora Visser"), community.key()
    said = {"member": member.id, "text": "Stilt walking"}
    assert other.post("/v1/check-ins", json=said, auth=auth).json()["topics"] == []
    topic = add(community.services, "Stilt walking", by="mgr")
    community.clock.forward(seconds=5)
    [found] = other.post("/v1/check-ins", json=said, auth=auth).json()["topics"]
    assert found["topic"] == topic


def test_the_same_check_in_sent_to_both_processes_is_kept_once(
    community: Community, client: TestClient, other: TestClient
) -> None:
    """Who got no answer sends it again, and whichever process takes it answers as the first did."""
    member, auth = community.member("Nora Visser"), community.key()
    said = {"id": "twice", "member": member.id, "text": "Marketing"}
    first, second = (browser.post("/v1/check-ins", json=said, auth=auth) for browser in (client, other))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["position"] == second.json()["position"]


def test_a_snapshot_published_by_one_process_is_read_by_the_other(community: Community, elsewhere: Services) -> None:
    """The file that names the newest is looked at, and read only when it is another one."""
    assert elsewhere.snapshots.latest() is None
    community.catch_up()
    first = elsewhere.snapshots.latest()
    assert first is not None
    assert elsewhere.snapshots.latest() is first
    community.member("Nora Visser")
    community.catch_up()
    second = elsewhere.snapshots.latest()
    assert second is not None
    assert second.head.offset > first.head.offset
