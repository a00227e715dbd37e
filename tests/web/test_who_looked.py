"""Members see by name who looked at what is private to them, by whichever door."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose
from tests.web.conftest import Community, form_token, words
from tests.web.introduced import link, proposed

Browsers = Callable[[], TestClient]


def seen_by(community: Community, browser: TestClient, member: str) -> list[str]:
    """Who stands on a member's page, with what they did."""
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member)}"
    browser.post(mine, data={"csrf": form_token(browser.get(mine).text)})
    section = browser.get("/me").text.partition('id="seen"')[2].partition("</section>")[0]
    return [words(each) for each in re.findall(r"<span>(.*?)</span>", section)]


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
