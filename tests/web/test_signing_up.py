"""Signing up: as member or guest, with or without an address, and without telling who is a member."""

from fastapi.testclient import TestClient

from serendipity.domain.model import MemberStatus, MessageState
from tests.web.conftest import Community, form_token


def _join(client: TestClient, **fields: str) -> str:
    token = form_token(client.get("/join").text)
    answer = client.post("/join", data={"csrf": token} | fields)
    assert answer.status_code == 200
    return answer.text.replace(token, "")


def _queued(community: Community) -> list[str]:
    with community.services.ledger.read() as uow:
        return [message.kind for message in uow.outbox.search(states={MessageState.QUEUED})]


def test_a_known_address_is_answered_as_a_new_one(community: Community, client: TestClient) -> None:
    """The two pages are the same to the letter; only the mail differs, and nobody joins twice."""
    new = _join(client, name="Kim Bos", email="kim@example.org")
    after_new = _queued(community)

    known = _join(client, name="Kim Bos", email="kim@example.org")

    assert known == new
    assert after_new == ["welcome"]
    assert sorted(_queued(community)) == ["profile.link", "welcome"]
    with community.services.ledger.read() as uow:
        assert uow.members.count() == 1


def test_an_address_alone_does_not_log_anybody_in(community: Community, client: TestClient) -> None:
    """Whoever typed the address has to read its mail first."""
    _join(client, name="Kim Bos", email="kim@example.org")

    assert str(client.get("/me").url).endswith("/me/link")


def test_without_an_address_the_personal_code_is_shown(community: Community, client: TestClient) -> None:
    """Nothing could be mailed, so the code stands on the page and this browser is logged in."""
    page = _join(client, name="Kim Bos", kind="guest")

    assert 'class="secret"' in page
    assert "What you know about me" in client.get("/me").text
    with community.services.ledger.read() as uow:
        [member] = uow.members.page(search="Kim")
    assert member.status is MemberStatus.GUEST


def test_a_purpose_that_nobody_offered_is_left_out(community: Community, client: TestClient) -> None:
    """A forged consent is no consent, and no fault of the service either."""
    _join(client, name="Kim Bos", purposes="everything")

    with community.services.ledger.read() as uow:
        [member] = uow.members.page(search="Kim")
    assert member.purposes == frozenset()
