"""A text that mentions something sensitive is its member's alone: no manager, program or tablet shows it."""

from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose, RecordKind
from serendipity.usecases.topics.curation import Decision, decide
from tests.web.conftest import Community, form_token
from tests.web.introduced import link, proposed
from tests.web.test_kiosk_and_sessions import _by_code, find, kiosk  # noqa: F401 - a paired tablet

SAID, TOPIC = "Back at work after a burnout, with big data", "burnout"


def test_a_sensitive_text_is_read_by_no_manager_and_no_program(
    community: Community,
    manager: TestClient,
    kiosk: TestClient,  # noqa: F811
) -> None:
    """Though its member let members read it; every page of theirs and every answer of the API is looked at."""
    member = community.member("Nora Visser", code="ABCD-2345")
    introduction = proposed(community, member, community.member("Bram de Wit"))
    _by_code(kiosk, "ABCD-2345", text=SAID)
    community.catch_up()

    key = community.key()
    pages = ["/manage", f"/manage/introductions/{introduction.id}", "/manage/topics", "/manage/topics/proposals"]
    pages += [
        f"/manage/members/{member.id}",
        "/manage/settings/audit",
        "/manage/topics/big-data",
        "/manage/topic-trends",
    ]
    texts = {path: manager.get(path).text for path in pages}
    texts |= {path: manager.get(path, auth=key).text for path in ("/v1/check-ins", f"/v1/members/{member.id}/matches")}
    position = manager.get("/v1/check-ins", auth=key).json()["check-ins"][0]
    texts["one"] = manager.get(f"/v1/check-ins/{position['id']}?source={position['source']}", auth=key).text

    assert [path for path, text in texts.items() if "back at work" in text.casefold()] == []
    assert "its member's alone" in texts[f"/manage/members/{member.id}"]


def test_a_tablet_shows_nothing_sensitive(community: Community, kiosk: TestClient) -> None:  # noqa: F811
    """Neither at once, nor after striking out, nor as what was said last time."""
    community.member("Nora Visser", code="ABCD-2345")
    answer = _by_code(kiosk, "ABCD-2345", text=SAID)
    again = find(kiosk, "ABCD-2345").text

    assert "Same as last time" in again
    assert "big data" in answer.casefold()
    assert "burnout" not in (answer + again).casefold()


def test_its_member_is_told_so(community: Community, kiosk: TestClient, client: TestClient) -> None:  # noqa: F811
    """Beside the text, on their own page."""
    member = community.member("Nora Visser", code="ABCD-2345")
    _by_code(kiosk, "ABCD-2345", text=SAID)
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    client.post(mine, data={"csrf": form_token(client.get(mine).text)})

    page = client.get("/me").text
    assert SAID in page
    assert "Only you see this text" in page


def test_what_becomes_sensitive_covers_what_was_said_before(community: Community, manager: TestClient) -> None:
    """And what was not read yet is shown to nobody else either."""
    member = community.member("Nora Visser")
    auth = community.key()
    manager.post("/v1/check-ins", json={"member": member.id, "text": "Photography for a fair"}, auth=auth)
    before = manager.get(f"/manage/members/{member.id}").text
    flagged = {"topic": "photography", "sensitive": True}
    decide(community.services, Decision(kind=RecordKind.TOPIC_FLAGGED, data=flagged), by="manager:mgr")
    manager.post("/v1/check-ins?answer=false", json={"member": member.id, "text": "Unread as yet"}, auth=auth)
    community.services.reader.refresh()
    after = manager.get(f"/manage/members/{member.id}").text

    assert "Photography for a fair" in before
    assert "Photography for a fair" not in after
    assert "Unread as yet" not in after
