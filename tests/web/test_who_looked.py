"""Members see by name who looked at what is private to them, by whichever door."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose, Member
from serendipity.usecases.audit import READ, audit_views
from serendipity.usecases.upkeep.worker_turns import deliver
from serendipity.web.app import create_app
from tests.web.conftest import Community, form_token, words
from tests.web.introduced import asked, first_asked, link, proposed
from tests.web.test_odd_requests import routes_of

Browsers = Callable[[], TestClient]


def seen_by(community: Community, browser: TestClient, member: str) -> list[str]:
    """Who stands on a member's page, with what they did."""
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member)}"
    browser.post(mine, data={"csrf": form_token(browser.get(mine).text)})
    section = browser.get("/me").text.partition('id="seen"')[2].partition("</section>")[0]
    return [unescape(words(each)) for each in re.findall(r"<span>(.*?)</span>", section)]


def test_a_manager_s_doors_are_told_with_the_manager_s_name(
    community: Community, manager: TestClient, browser_of: Browsers
) -> None:
    """Their page, a link made to it and opened, an introduction looked at, a profile changed."""
    member, other = community.member("Nora Visser"), community.member("Bram de Wit")
    introduction = proposed(community, member, other)
    path = f"/manage/members/{member.id}"
    csrf = form_token(manager.get(path).text)
    made = manager.post(f"{path}/link", data={"csrf": csrf}).text
    entered = re.findall(r"/me/[\w-]{20,}", made)[0]
    stranger = browser_of()
    stranger.post(entered, data={"csrf": form_token(stranger.get(entered).text)})
    manager.get(f"/manage/introductions/{introduction.id}")
    manager.post(path, data={"csrf": csrf, "name": "Nora de Visser", "email": "nora@example.org"})

    told = seen_by(community, browser_of(), member.id)

    assert all(each.startswith("Ann:") for each in told)
    assert len(told) == len(set(told)) == 5


def test_no_number_of_views_hides_another(community: Community, manager: TestClient, browser_of: Browsers) -> None:
    """A program that reads daily for a year is one line, beside the manager who looked before it."""
    member = community.member("Nora Visser")
    manager.get(f"/manage/members/{member.id}")
    for _ in range(365):
        community.clock.forward(days=1)
        with community.services.ledger.write() as uow:
            audit_views(uow, READ, [member.id], by="key:k-1", now=community.clock.now())
    browser = browser_of()

    told = seen_by(community, browser, member.id)
    exported = browser.get("/me/export").json()["seen_by"]
    assert [each.partition(":")[0] for each in told] == ["a program", "Ann"]
    assert "365 times, last" in browser.get("/me").text
    assert len(exported) == 366
    assert {(each["who"], each["what"]) for each in exported} == {("key:k-1", READ), ("Ann", "member.opened")}


def test_looking_often_is_told_once_a_day(community: Community, manager: TestClient, browser_of: Browsers) -> None:
    """A list of the same line says nothing more."""
    member = community.member("Nora Visser")
    for _ in range(3):
        manager.get(f"/manage/members/{member.id}")
    community.clock.forward(days=1)
    manager.get("/manage/login")
    assert len(seen_by(community, browser_of(), member.id)) == 1


@pytest.mark.parametrize("path", ["/v1/members", "/v1/members/{id}", "/v1/check-ins?member={id}"])
def test_a_program_that_reads_is_told_by_its_label(
    community: Community, client: TestClient, browser_of: Browsers, path: str
) -> None:
    """Each list and each single one; once a day."""
    member, auth = community.member("Nora Visser"), community.key()
    said = {"member": member.id, "text": "Big data"}
    assert client.post("/v1/check-ins", json=said, auth=auth).status_code == 201
    for _ in range(2):
        assert client.get(path.format(id=member.id), auth=auth).status_code == 200

    [told] = seen_by(community, browser_of(), member.id)
    assert "the program “t”" in told


# Words that stand in no text of ours: what the member's profile and their check-in say.
PRIVATE = ("zanzibar", "quixotic")
MANAGERS_DOORS = [
    "/manage",
    "/manage/introductions/{id}",
    "/manage/mail/{name}",
    "/manage/mail/{name}/html",
    "/manage/members/{id}",
    "/manage/messages/{id}",
]
PROGRAMS_DOORS = ["/v1/check-ins", "/v1/check-ins/{id:path}", "/v1/members", "/v1/members/{id}"]
# What shows no text of a member, and what is understood of them.
DERIVED = ["/manage/introductions/{id}/why", "/manage/topics/{id}", "/v1/members/{id}/matches"]


@dataclass(frozen=True)
class Written:
    """A member who wrote something about themselves, which a mail tells another, and all ids that stand for it."""

    member: Member
    ids: list[str]


@pytest.fixture
def written(community: Community, client: TestClient) -> Written:
    """What a member says in their profile, in a check-in, and in the mail that asks another to meet them."""
    one, other = (community.member(name, about="The zanzibar archive") for name in ("Nora Visser", "Bram de Wit"))
    community.catch_up()
    introduction = asked(community, one, other)
    told = one if first_asked(introduction) == other.id else other
    said = {"id": "said-1", "member": told.id, "text": "A quixotic loom with big data"}
    assert client.post("/v1/check-ins", json=said, auth=community.key()).status_code == 201
    deliver(community.services)
    community.catch_up()
    with community.services.ledger.read() as uow:
        messages = [each.id for each in uow.outbox.search(member=first_asked(introduction))]
    assert community.services.mails
    mails = [each.id for each in community.services.mails.all()]
    topic = community.services.reader.vocabulary.find("big data")
    return Written(member=told, ids=[told.id, introduction.id, "said-1", str(topic), *messages, *mails])


def addresses_of(path: str, written: Written) -> list[str]:
    """Return a door's path with each of the ids in it."""
    return [re.sub(r"\{[^}]+\}", quote(id, safe=""), path) for id in written.ids] if "{" in path else [path]


def opened(browser: TestClient, path: str, written: Written) -> list[str]:
    """Open a door with every id, as a manager a page and as a program a resource, and return what it shows."""
    auth = ("key-1", "secret") if path.startswith("/v1") else None
    asked_for = {"state": "all", "source": "api:key-1"}
    answers = [browser.get(each, auth=auth, params=asked_for) for each in addresses_of(path, written)]
    return [answer.text for answer in answers if answer.status_code == 200]


def test_the_doors_that_show_what_a_member_wrote_are_those_that_are_told(
    community: Community, manager: TestClient, written: Written
) -> None:
    """Every page of managers and every resource of the API is opened with every id; another one stands here first."""
    paths = sorted({path for method, path in routes_of(create_app(community.services)) if method == "GET"})
    found = [
        path
        for path in paths
        if path.startswith(("/manage", "/v1"))
        and any(word in text for text in opened(manager, path, written) for word in PRIVATE)
    ]

    assert found == sorted([*MANAGERS_DOORS, *PROGRAMS_DOORS])


@pytest.mark.parametrize("path", [*MANAGERS_DOORS, *DERIVED[:2]])
def test_what_a_manager_s_page_shows_is_told_by_name(
    community: Community, manager: TestClient, browser_of: Browsers, written: Written, path: str
) -> None:
    """Whichever page it was, and none of the others."""
    assert opened(manager, path, written)

    told = seen_by(community, browser_of(), written.member.id)
    assert told
    assert {each.partition(":")[0] for each in told} == {"Ann"}


@pytest.mark.parametrize("path", [*PROGRAMS_DOORS, *DERIVED[2:]])
def test_what_a_program_reads_is_told_by_its_label(
    community: Community, client: TestClient, browser_of: Browsers, written: Written, path: str
) -> None:
    """Whichever resource it was."""
    assert opened(client, path, written)

    [told] = seen_by(community, browser_of(), written.member.id)
    assert told.startswith("the program “t”:")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_change_that_answers_with_the_profile_is_told(
    community: Community, client: TestClient, browser_of: Browsers, written: Written, method: str
) -> None:
    """Who changes one field reads the others."""
    path = f"/v1/members/{written.member.id}" + ("/consents/matching" if method == "PUT" else "")
    body = {"given": True} if method == "PUT" else {"locale": "nl"}
    answer = client.request(method, path, json=body, auth=("key-1", "secret"))

    assert "zanzibar" in answer.text
    assert len(seen_by(community, browser_of(), written.member.id)) == 1


def test_who_read_what_does_not_bury_what_was_done(community: Community, manager: TestClient, written: Written) -> None:
    """The audit leaves it out until it is asked for; the member's own entries are whole."""
    manager.get("/manage?state=all")
    done, all_of_it = (manager.get(f"/manage/settings/audit{more}").text for more in ("", "?reading=yes"))
    own = manager.get(f"/manage/settings/audit?subject=member:{written.member.id}").text

    said = "texts of the profile or of check-ins read"
    assert [said in page for page in (done, all_of_it, own)] == [False, True, True]
    assert "introduction proposed" in done


def test_a_run_that_is_tried_is_told_to_those_in_its_matches(
    community: Community, manager: TestClient, browser_of: Browsers
) -> None:
    """By the page and by the API; to nobody else."""
    nora, bram = (community.member(name, about="Big data and open data") for name in ("Nora Visser", "Bram de Wit"))
    auth = community.key()
    for member in (nora, bram):
        manager.post("/v1/check-ins", json={"member": member.id, "text": "Big data and open data"}, auth=auth)
    community.catch_up()
    csrf = form_token(manager.get("/manage/account").text)
    page = manager.post("/manage/runs", data={"csrf": csrf, "do": "try"})
    tried = manager.post("/v1/runs", json={"dry_run": True}, auth=auth)

    assert "Nora" in page.text
    assert tried.json()["matches"]
    assert {each.partition(":")[0] for each in seen_by(community, browser_of(), nora.id)} == {"Ann", "the program “t”"}


def test_what_was_seen_is_said_in_words_of_the_member_s_language(
    community: Community, manager: TestClient, browser_of: Browsers, written: Written
) -> None:
    """No name of ours for it stands there; and the manager's page says that the member sees it."""
    page = manager.get(f"/manage/members/{written.member.id}").text
    english = seen_by(community, browser_of(), written.member.id)
    dutch = browser_of()
    dutch.headers["accept-language"] = "nl"
    dutch.cookies.set("serendipity_language", "nl")

    assert english == ["Ann: member's page opened"]
    assert seen_by(community, dutch, written.member.id) == ["Ann: pagina van het lid geopend"]
    assert f"{written.member.first_name} sees on their page that you looked" in words(page)


def test_many_looks_of_others_do_not_make_it_told_twice_a_day(
    community: Community, manager: TestClient, browser_of: Browsers, written: Written
) -> None:
    """Once a day holds, whatever else happened to the member meanwhile."""
    path = f"/manage/members/{written.member.id}"
    manager.get(path)
    csrf = form_token(manager.get(path).text)
    for _ in range(30):
        manager.post(f"{path}/pause", data={"csrf": csrf})
        manager.post(f"{path}/resume", data={"csrf": csrf})

    assert len(seen_by(community, browser_of(), written.member.id)) == 1
