"""What a member sees behind a link in a mail: in their language, what they tapped at hand, and nothing done yet."""

import re
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import Answer, LinkPurpose, Member
from tests.web.conftest import Community, form_token
from tests.web.introduced import asked, first_asked, introduced, link


@pytest.fixture
def dutch(community: Community) -> Member:
    """A member who speaks Dutch."""
    member = community.member("Nora Visser")
    with community.services.ledger.write() as uow:
        uow.members.put(replace(member, locale="nl"))
    return member


def _answer_page(community: Community) -> str:
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram Peeters"))
    return f"/answer/{link(community, LinkPurpose.ANSWER, first_asked(introduction), introduction.id)}"


def test_a_mails_pages_speak_its_readers_language(community: Community, client: TestClient, dutch: Member) -> None:
    """The reader's own language counts more than the browser's."""
    pages = [
        client.get(f"{path}{link(community, purpose, dutch.id)}", headers={"accept-language": "en"}).text
        for path, purpose in (("/me/", LinkPurpose.PROFILE), ("/unsubscribe/", LinkPurpose.UNSUBSCRIBE))
    ]

    assert all('<html lang="nl">' in page for page in pages)


def test_the_switch_on_the_page_is_stronger_than_the_members_language(
    community: Community, client: TestClient, dutch: Member
) -> None:
    """Who chose English on the page keeps it, also on the next page."""
    first = client.get(f"/me/{link(community, LinkPurpose.PROFILE, dutch.id)}?lang=en").text
    then = client.get(f"/unsubscribe/{link(community, LinkPurpose.UNSUBSCRIBE, dutch.id)}").text

    assert '<html lang="en">' in first
    assert '<html lang="en">' in then


def test_the_language_switch_keeps_what_was_tapped_in_the_mail(community: Community, client: TestClient) -> None:
    """Changing the language of a no does not make it a yes."""
    page = client.get(f"{_answer_page(community)}?answer=declined").text

    assert 'href="?answer=declined&amp;lang=nl"' in page


def test_a_no_tapped_in_the_mail_opens_the_reasons_and_decides_nothing(
    community: Community, client: TestClient
) -> None:
    """The reasons are open at once; the introduction still waits for an answer."""
    path = _answer_page(community)

    plain, tapped = client.get(path).text, client.get(f"{path}?answer=declined").text

    assert '<details class="card">' in plain
    assert '<details class="card" open>' in tapped
    with community.services.ledger.read() as uow:
        [introduction] = uow.introductions.search()
    assert [party.answer for party in introduction.parties].count(Answer.ASKED) == 1


def test_a_yes_takes_one_tap_in_the_mail_and_one_on_the_page(community: Community, client: TestClient) -> None:
    """The page's first button sends the yes."""
    path = _answer_page(community)
    page = client.get(f"{path}?answer=accepted").text

    answered = client.post(path, data={"csrf": form_token(page), "answer": "yes"}).text

    assert page.index('value="yes"') < page.index('value="no"')
    assert "You said yes" in answered


@pytest.mark.parametrize("said", ["yes", "no"])
def test_what_was_tapped_about_meeting_is_chosen_already(community: Community, client: TestClient, said: str) -> None:
    """Only sending is left to do."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram Peeters"))
    token = link(community, LinkPurpose.FOLLOW_UP, first_asked(introduction), introduction.id)

    page = client.get(f"/met/{token}?met={said}").text

    assert re.findall(r'name="met" value="(\w+)" checked', page) == [said]


def test_the_feedback_page_takes_an_answer_and_shows_it_again(community: Community, client: TestClient) -> None:
    """Whether they met, with the stars, is there when the link is opened once more; nothing chosen is told."""
    introduction = introduced(community, community.member("Nora Visser"), community.member("Bram Peeters"))
    path = f"/met/{link(community, LinkPurpose.FOLLOW_UP, first_asked(introduction), introduction.id)}"
    token = form_token(client.get(path).text)

    missing = client.post(path, data={"csrf": token})
    client.post(path, data={"csrf": token, "met": "yes", "relevance": "4", "surprise": "5", "known_before": "1"})

    again = client.get(path).text
    assert missing.status_code == 422
    assert 'id="met-error"' in missing.text
    assert re.findall(r'name="(\w+)" value="(\w+)" checked', again) == [
        ("met", "yes"),
        ("relevance", "4"),
        ("surprise", "5"),
        ("known_before", "1"),
    ]


def test_times_are_those_of_the_community(community: Community, browser_of: Callable[[], TestClient]) -> None:
    """A moment stored in UTC is shown in the community's zone."""
    settings = replace(community.services.settings, zone="Asia/Tokyo")
    community.services = replace(community.services, settings=settings)
    member = community.member("Nora Visser")
    browser = browser_of()
    path = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    browser.post(path, data={"csrf": form_token(browser.get(path).text)})
    page = browser.get("/check-in").text
    browser.post("/check-in", data={"csrf": form_token(page), "text": "Big data", "visibility": "members"})

    local = community.clock.now().astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{local:%H:%M}" in browser.get("/me").text
