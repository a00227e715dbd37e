"""A walk through everything that a manager or a program can open: texts that are their member's alone stand nowhere."""

import html
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose, Member, RecordKind
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges
from serendipity.usecases.topics.curation import Decision, decide
from serendipity.usecases.upkeep.worker_turns import deliver
from serendipity.web.app import create_app
from tests.web.conftest import Community, form_token
from tests.web.introduced import asked, link
from tests.web.test_odd_requests import routes_of

OWN, OPEN = "zqxown", "zqxopen"  # stand nowhere by accident
FIELDS = ("text", "seeks", "offers")


def _says(community: Community, client: TestClient, name: str, word: str, topic: str) -> Member:
    """A member whose every text names a topic and holds a word: three in a check-in, four in the profile."""
    member = community.member(name, about=f"Writing on {topic} and {word}about")
    texts = {field: (f"{topic} and {word}{field}-profile",) for field in ("skills", "seeks", "offers")}
    now, scrub = community.clock.now(), community.services.scrub
    with community.services.ledger.write() as uow:
        changes = MemberChanges.model_validate(texts)
        members.change(uow, member.id, changes, now=now, scrub=scrub)
    said = {field: f"{topic} and {word}{field}" for field in FIELDS}
    sent = client.post("/v1/check-ins", json={"member": member.id, **said}, auth=("key-1", "secret"))
    assert sent.status_code == 201
    assert "burnout" not in sent.text.casefold()
    return member


def _walk(community: Community, manager: TestClient) -> dict[str, str]:
    """Every page that links of managers' pages lead to, and every GET of the API with the ids that it names itself."""
    found: dict[str, str] = {}
    waiting = ["/manage", "/manage?state=all", *_addresses(community)]
    while waiting:
        path = waiting.pop()
        if path in found or len(found) > 600:
            continue
        auth = ("key-1", "secret") if path.startswith("/v1") else None
        found[path] = html.unescape(manager.get(path, auth=auth).text)
        links = re.findall(r'(?:href|src)="(/manage[^"#]*)', found[path])
        waiting += [html.unescape(each) for each in links if "/logout" not in each]
    return found


def _addresses(community: Community) -> Iterator[str]:
    with community.services.ledger.read() as uow:
        people = [each.id for each in uow.members.page()]
        said = [f"{each.id}?source={each.source}" for each in uow.records.recent(kinds={RecordKind.CHECK_IN})]
    for method, path in routes_of(create_app(community.services)):
        if method == "GET" and path.startswith("/v1"):
            ids = said if path.startswith("/v1/check-ins") else people
            yield from (re.sub(r"\{[^}]+\}", id, path) for id in ids) if "{" in path else [path]


@pytest.fixture
def walked(community: Community, manager: TestClient) -> tuple[Community, TestClient]:
    """One who said something of their own, two who said something open, introductions of theirs, and the mails."""
    community.key()
    own = _says(community, manager, "Nora Visser", OWN, "burnout")
    one = _says(community, manager, "Bram de Wit", OPEN, "marketing")
    other = _says(community, manager, "Cas Smit", OPEN, "marketing")
    community.catch_up()
    asked(community, own, one)
    asked(community, one, other)
    deliver(community.services)
    return community, manager


def _with(word: str, pages: dict[str, str]) -> list[str]:
    return sorted({f"{path}: {hit}" for path, text in pages.items() for hit in re.findall(rf"{word}[\w-]*", text)})


def test_no_page_and_no_answer_shows_a_text_that_mentions_something_sensitive(
    walked: tuple[Community, TestClient],
) -> None:
    """Check-in, profile, wishes or mail; what is open is shown, so that the walk sees what there is to see."""
    pages = _walk(*walked)

    assert len(pages) > 40
    assert _with(OWN, pages) == []
    hits = " ".join(_with(OPEN, pages))
    assert all(f"{OPEN}{each}" in hits for each in ("text", "about", "skills-profile", "seeks-profile"))


def test_what_becomes_sensitive_covers_profiles_and_mails_that_were_sent(walked: tuple[Community, TestClient]) -> None:
    """All that was open before is its member's alone from then on."""
    community, manager = walked
    before = _with(OPEN, _walk(community, manager))
    flagged = {"topic": community.services.reader.vocabulary.find("marketing"), "sensitive": True}
    decide(community.services, Decision(kind=RecordKind.TOPIC_FLAGGED, data=flagged), by="manager:mgr")
    community.services.reader.refresh()

    assert any("/manage/messages/" in each for each in before)
    assert any("/manage/mail/" in each for each in before)
    assert _with(OPEN, _walk(community, manager)) == []


def test_a_profile_that_was_not_read_yet_is_shown_to_nobody_else(community: Community, manager: TestClient) -> None:
    """It may mention anything; once it is read and names nothing sensitive, it is shown."""
    community.key()
    member = community.member("Nora Visser", about=f"Marketing and {OPEN}")
    paths = [f"/manage/members/{member.id}", f"/v1/members/{member.id}"]
    before = [manager.get(path, auth=("key-1", "secret")).text for path in paths]
    community.catch_up()
    after = [manager.get(path, auth=("key-1", "secret")).text for path in paths]

    assert [OPEN in text for text in before + after] == [False, False, True, True]


def test_saving_a_profile_that_is_partly_hidden_keeps_what_is_hidden(community: Community, manager: TestClient) -> None:
    """A manager changes what they see; the member's own texts stay as they are."""
    member = community.member("Nora Visser", about=f"Burnout and {OWN}")
    community.catch_up()
    page = manager.get(f"/manage/members/{member.id}").text
    fields = {"name": "Nora de Visser", "email": "nora@example.org", "locale": "nl", "csrf": form_token(page)}
    answer = manager.post(f"/manage/members/{member.id}", data=fields)

    with community.services.ledger.read() as uow:
        changed = uow.members.get(member.id)
    assert answer.status_code == 200
    assert 'name="about"' not in page
    assert (changed.name, changed.locale, changed.about) == ("Nora de Visser", "nl", f"Burnout and {OWN}")


def test_a_member_is_told_that_their_profile_is_theirs_alone(community: Community, client: TestClient) -> None:
    """Beside the profile, on their own page; nobody is told so of an open one."""
    own = community.member("Nora Visser", about=f"Burnout and {OWN}")
    open_one = community.member("Bram de Wit", about=f"Marketing and {OPEN}")
    community.catch_up()
    told = "Only you see these texts"

    assert told in _own_page(community, client, own)
    assert told not in _own_page(community, client, open_one)


def _own_page(community: Community, client: TestClient, member: Member) -> str:
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    client.post(mine, data={"csrf": form_token(client.get(mine).text)})
    return client.get("/me").text
