"""Consent to introductions is withdrawn by three doors and has one effect: at once, and the same."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import IntroductionState, LinkPurpose, Purpose, RecordKind
from tests.web.conftest import Community, form_token
from tests.web.introduced import asked, first_asked, link

Door = Callable[[Community, TestClient, str], None]
KINDS_WRITTEN = {RecordKind.CONSENT_WITHDRAWN}


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


@pytest.mark.parametrize(
    ("door", "audited_as"), [(by_page, "member:{member}"), (by_program, "key:key-1"), (by_mail, "member:{member}")]
)
def test_consent_withdrawn_has_one_effect_whichever_the_door(
    community: Community, client: TestClient, door: Door, audited_as: str
) -> None:
    """The records, the introduction, the waiting mails and the audit are the same; only the name in it differs."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    member = first_asked(introduction)
    with community.services.ledger.read() as uow:
        before = uow.records.head()

    door(community, client, member)

    with community.services.ledger.read() as uow:
        ended = uow.introductions.get(introduction.id)
        waiting = [each for each in uow.outbox.search(member=member) if each.state.value == "queued"]
        written = [(each.kind, each.member, (each.data or {})) for each in uow.records.after(before, limit=99)]
        audited = uow.operations.audit_entries(subject=f"member:{member}", what={"consent.withdrawn"})
        purposes = uow.members.get(member).purposes
    assert (ended.state, ended.reason) == (IntroductionState.CANCELLED, "consent withdrawn")
    assert [each for each in waiting if each.introduction == introduction.id] == []
    withdrawn = [(who, data["purpose"]) for kind, who, data in written if kind is RecordKind.CONSENT_WITHDRAWN]
    assert withdrawn == [(member, "introductions")]
    assert {kind for kind, _, _ in written} <= KINDS_WRITTEN
    assert [(each.who, each.data) for each in audited] == [(audited_as.format(member=member), {})]
    assert purposes == frozenset(Purpose) - {Purpose.INTRODUCTIONS}
