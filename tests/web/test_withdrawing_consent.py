"""Consent to introductions is withdrawn by three doors and has one effect: at once, and the same."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import IntroductionState, LinkPurpose, Purpose, RecordKind
from tests.web.conftest import Community, form_token
from tests.web.introduced import asked, first_asked, link

Door = Callable[[Community, TestClient, str], None]


def by_page(community: Community, browser: TestClient, member: str) -> None:
    """On their own page, with the other purposes left as they are."""
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member)}"
    csrf = form_token(browser.get(mine).text)
    page = browser.post(mine, data={"csrf": csrf}).text
    left = [purpose.value for purpose in Purpose if purpose is not Purpose.INTRODUCTIONS]
    browser.post("/me/consents", data={"csrf": form_token(page), "purposes": left})


def by_program(community: Community, browser: TestClient, member: str) -> None:
    """Through the API."""
    path = f"/v1/members/{member}/consents/introductions"
    body = {"given": False, "wording": "as told on the phone"}
    assert browser.put(path, json=body, auth=community.key()).status_code == 200


def by_mail(community: Community, browser: TestClient, member: str) -> None:
    """One click in a mail program, which posts by itself."""
    path = f"/unsubscribe/{link(community, LinkPurpose.UNSUBSCRIBE, member)}"
    assert browser.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


@pytest.mark.parametrize("door", [by_page, by_program, by_mail])
def test_an_introduction_under_way_ends_at_once_whichever_the_door(
    community: Community, client: TestClient, door: Door
) -> None:
    """The question is over, its mail is not sent any more, and the ledger says that consent was withdrawn."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    member = first_asked(introduction)
    with community.services.ledger.read() as uow:
        before = uow.records.head()

    door(community, client, member)

    with community.services.ledger.read() as uow:
        ended = uow.introductions.get(introduction.id)
        waiting = [each for each in uow.outbox.search(member=member) if each.state.value == "queued"]
        said = [each for each in uow.records.after(before, limit=99) if each.kind is RecordKind.CONSENT_WITHDRAWN]
        purposes = uow.members.get(member).purposes
    assert (ended.state, ended.reason) == (IntroductionState.CANCELLED, "consent withdrawn")
    assert [each for each in waiting if each.introduction == introduction.id] == []
    assert [(each.member, (each.data or {})["purpose"]) for each in said] == [(member, "introductions")]
    assert purposes == frozenset(Purpose) - {Purpose.INTRODUCTIONS}
