"""Kiosk, forms and log-ins: who may do what, and what a page may not give away."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from serendipity.domain.model import LinkPurpose, Purpose, RecordKind
from serendipity.intake import members
from serendipity.outreach.links import issue_link
from serendipity.usecases.access.kiosks import revoke_kiosk
from serendipity.usecases.access.passes import make_pass
from tests.web.conftest import PASSWORD, Community, form_token


@pytest.fixture
def kiosk(community: Community, browser_of: Callable[[], TestClient]) -> TestClient:
    """A paired tablet."""
    tablet, code = browser_of(), community.kiosk_code()
    token = form_token(tablet.get("/kiosk/pair").text)
    assert "Who are you?" in tablet.post("/kiosk/pair", data={"code": code, "csrf": token}).text
    return tablet


def _hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found, f"no {name} on the page"
    return found[1]


def find(kiosk: TestClient, typed: str) -> Response:
    """Type a name or a code, or hold a pass in front of the scanner."""
    return kiosk.post("/kiosk/find", data={"q": typed, "csrf": form_token(kiosk.get("/kiosk").text)})


def _by_code(kiosk: TestClient, code: str, **fields: str) -> str:
    asked = find(kiosk, code).text
    data = {name: _hidden(asked, name) for name in ("csrf", "who", "id")} | fields
    return kiosk.post("/kiosk/check-in", data=data).text


def _check_ins(community: Community) -> int:
    with community.services.ledger.read() as uow:
        return uow.records.count(kinds={RecordKind.CHECK_IN})


def test_an_unpaired_browser_sees_no_names(community: Community, client: TestClient) -> None:
    """Without the token of a kiosk the name search leads to the pairing."""
    community.member("Nora Visser")

    answer = client.post("/kiosk/names", data={"q": "nora", "csrf": form_token(client.get("/kiosk").text)})

    assert "Nora" not in answer.text
    assert str(answer.url).endswith("/kiosk/pair")


def test_a_pairing_code_works_once(community: Community, browser_of: Callable[[], TestClient]) -> None:
    """A second tablet cannot use the code of the first."""
    first, second, code = browser_of(), browser_of(), community.kiosk_code()
    forms = [{"code": code, "csrf": form_token(each.get("/kiosk/pair").text)} for each in (first, second)]

    assert first.post("/kiosk/pair", data=forms[0]).status_code == 200
    assert second.post("/kiosk/pair", data=forms[1]).status_code == 422


def test_only_names_whose_owners_agreed_appear_and_only_after_three_letters(
    community: Community, kiosk: TestClient
) -> None:
    """Two letters show nothing; three show those who agreed to be found by name."""
    community.member("Nora Visser")
    community.member("Norbert Peeters", purposes=frozenset({Purpose.MATCHING}))

    token = form_token(kiosk.get("/kiosk").text)
    assert "Nora" not in kiosk.post("/kiosk/names", data={"q": "no", "csrf": token}).text
    found = kiosk.post("/kiosk/names", data={"q": "nor", "csrf": token}).text
    assert "Nora Visser" in found
    assert "Norbert" not in found


def test_a_check_in_at_the_kiosk_shows_its_topics_to_strike_out(community: Community, kiosk: TestClient) -> None:
    """The green tick names the topics; striking one out shows it struck, and leaves the others."""
    community.member("Nora Visser", code="ABCD-2345")
    shown = _by_code(kiosk, "abcd 2345", text="Marketing with big data")
    form = re.search(r'<form method="post" action="/kiosk/strike">(.*?)</form>', shown, re.DOTALL)
    assert form, "nothing to strike out"
    data = {name: _hidden(form[1], name) for name in ("csrf", "who", "answered", "topic")}

    struck = kiosk.post("/kiosk/strike", data=data).text

    assert 'class="struck"' in struck
    assert "Thank you, Nora!" in struck
    with community.services.ledger.read() as uow:
        assert uow.records.count(kinds={RecordKind.TOPIC_STRUCK}) == 1


def test_what_is_not_understood_is_kept_and_told(community: Community, kiosk: TestClient) -> None:
    """A text without a topic is recorded all the same: who is checked in sees no cross."""
    community.member("Nora Visser", code="ABCD-2345")

    shown = _by_code(kiosk, "ABCD-2345", text="qwxz")

    assert "no-mark" not in shown
    assert "We did not understand the subject yet" in shown
    assert _check_ins(community) == 1


def test_a_text_that_is_too_long_comes_back_with_its_error(community: Community, kiosk: TestClient) -> None:
    """The error stands beside the field, and nothing typed is lost."""
    community.member("Nora Visser", code="ABCD-2345")

    shown = _by_code(kiosk, "ABCD-2345", text="big data " * 400, seeks="a designer")

    assert 'id="text-error"' in shown
    assert 'value="a designer"' in shown
    assert _check_ins(community) == 0


def test_a_name_alone_does_not_show_what_was_said_last_time(community: Community, kiosk: TestClient) -> None:
    """Who taps a name may repeat a public check-in without seeing it, and a private one not at all."""
    community.member("Nora Visser", code="ABCD-2345")
    _by_code(kiosk, "ABCD-2345", text="Marketing, and my divorce", visibility="private")
    named = find(kiosk, "nora").text
    data = {"csrf": form_token(named), "who": _hidden(named, "who")}

    asked = kiosk.post("/kiosk/who", data=data).text

    assert "divorce" not in asked
    assert "Same as last time" not in asked


def test_a_revoked_kiosk_can_do_nothing(community: Community, kiosk: TestClient) -> None:
    """Revoking takes effect at the next tap."""
    community.member("Nora Visser")
    sent = {"q": "nora", "csrf": form_token(kiosk.get("/kiosk").text)}
    before = kiosk.post("/kiosk/names", data=sent).text
    with community.services.ledger.read() as uow:
        (paired,) = uow.access.kiosks()
    revoke_kiosk(community.services.ledger, paired.id, by="manager:mila", now=community.clock.now())

    assert "Nora" in before
    assert "Nora" not in kiosk.post("/kiosk/names", data=sent).text


def test_another_members_seal_is_worth_nothing_on_another_kiosk(community: Community, kiosk: TestClient) -> None:
    """Who somebody is cannot be made up: it is signed with the kiosk's own token."""
    member = community.member("Nora Visser")
    forged = f"{member.id} proven 9999999999 {'0' * 64}"
    data = {"csrf": kiosk.cookies["serendipity_form"], "who": forged, "text": "Big data"}

    assert kiosk.post("/kiosk/check-in", data=data).status_code == 410
    assert _check_ins(community) == 0


def test_a_form_without_its_token_changes_nothing(community: Community, manager: TestClient) -> None:
    """A forged form is refused although the browser is logged in."""
    answer = manager.post("/manage/settings/places", data={"id": "evil", "name": "Evil"})

    assert answer.status_code == 409
    with community.services.ledger.read() as uow:
        assert uow.places.places() == []


def test_a_form_from_another_site_is_refused(manager: TestClient) -> None:
    """A form whose origin is another site does not reach a page, right token or not."""
    answer = manager.post("/manage/logout", data={}, headers={"origin": "https://evil.example"})

    assert answer.status_code == 403


def test_too_many_wrong_passwords_close_the_door_for_a_while(community: Community, client: TestClient) -> None:
    """After eight tries even the right password has to wait; a quarter of an hour later it works."""
    token = form_token(client.get("/manage/login").text)
    data = {"email": "ann@example.org", "password": "wrong", "csrf": token}
    statuses = [client.post("/manage/login", data=data).status_code for _ in range(9)]

    right = client.post("/manage/login", data=data | {"password": PASSWORD})
    community.clock.forward(minutes=16)
    later = client.post("/manage/login", data=data | {"password": PASSWORD})

    assert statuses == [401] * 8 + [429]
    assert (right.status_code, later.status_code) == (429, 200)


def test_the_way_on_after_the_log_in_never_leaves_our_pages(client: TestClient) -> None:
    """A forged `next` leads to the queue."""
    token = form_token(client.get("/manage/login").text)
    data = {"email": "ann@example.org", "password": PASSWORD, "csrf": token, "next": "//evil.example/manage"}

    answer = client.post("/manage/login", data=data, follow_redirects=False)

    assert answer.headers["location"] == "/manage"


def test_every_answer_says_what_a_page_may_do(client: TestClient) -> None:
    """No inline script or style, no framing; the embedded form only by those whom the settings name."""
    policy = client.get("/check-in").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_link_to_ones_page_works_once_and_looking_does_not_use_it_up(
    community: Community, browser_of: Callable[[], TestClient]
) -> None:
    """A mail scanner may open it; the first POST logs in, a second one finds it used up."""
    member = community.member("Nora Visser")
    with community.services.ledger.write() as uow:
        ttl = timedelta(hours=1)
        token = issue_link(uow, LinkPurpose.PROFILE, member.id, None, now=community.clock.now(), ttl=ttl)
    scanner, browser = browser_of(), browser_of()
    seen = scanner.get(f"/me/{token}").text
    page = browser.get(f"/me/{token}").text

    entered = browser.post(f"/me/{token}", data={"csrf": form_token(page)})
    again = scanner.post(f"/me/{token}", data={"csrf": form_token(seen)})

    assert "What you know about me" in entered.text
    assert again.status_code == 410


def test_unsubscribing_by_one_click_works_without_cookies(community: Community, client: TestClient) -> None:
    """A mail program's POST (RFC 8058) withdraws the consent at once."""
    member = community.member("Nora Visser")
    with community.services.ledger.write() as uow:
        ttl = timedelta(days=1)
        token = issue_link(uow, LinkPurpose.UNSUBSCRIBE, member.id, None, now=community.clock.now(), ttl=ttl)

    answer = client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    with community.services.ledger.read() as uow:
        assert Purpose.INTRODUCTIONS not in uow.members.get(member.id).purposes


def test_unsubscribing_in_a_mail_from_before_a_merge_stops_the_mails(community: Community, client: TestClient) -> None:
    """They go to the one who stayed."""
    twice, stays = community.member("Nora Visser"), community.member("Eleonora Visser")
    now = community.clock.now()
    with community.services.ledger.write() as uow:
        token = issue_link(uow, LinkPurpose.UNSUBSCRIBE, twice.id, None, now=now, ttl=timedelta(days=1))
        members.merge(uow, twice.id, stays.id, now=now)

    before = client.get(f"/unsubscribe/{token}").text
    answer = client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})

    assert ">Unsubscribe</button>" in before
    assert answer.status_code == 200
    with community.services.ledger.read() as uow:
        assert Purpose.INTRODUCTIONS not in uow.members.get(stays.id).purposes


def test_joining_keeps_what_was_typed_beside_an_error_and_asks_consent_by_purpose(
    community: Community, client: TestClient
) -> None:
    """A wrong address is told beside its field; the second try makes a member with just the purposes ticked."""
    token = form_token(client.get("/join").text)
    data = {"csrf": token, "name": "Kim Bos", "email": "kim", "purposes": ["matching"]}
    wrong = client.post("/join", data=data)

    right = client.post("/join", data=data | {"email": "kim@example.org"})

    assert wrong.status_code == 422
    assert 'value="Kim Bos"' in wrong.text
    assert "Welcome, Kim!" in right.text
    with community.services.ledger.read() as uow:
        [member] = uow.members.page(search="Kim")
    assert member.purposes == {Purpose.MATCHING}


def test_the_qr_code_on_ones_own_page_checks_in_at_the_kiosk(community: Community, kiosk: TestClient) -> None:
    """A scanned pass proves who it is, as the personal code does, and half a day later it is worth nothing."""
    member = community.member("Nora Visser", purposes=frozenset())
    scanned = make_pass(community.services.ledger, member.id, now=community.clock.now())

    asked = find(kiosk, scanned.lower())
    forged = find(kiosk, scanned[:-4] + "AAAA")
    community.clock.forward(minutes=13 * 60)
    late = find(kiosk, scanned)

    assert "Hello Nora" in asked.text
    assert (asked.status_code, forged.status_code, late.status_code) == (200, 422, 422)
    assert scanned not in late.text


@pytest.mark.parametrize(
    ("method", "path", "says"), [("GET", "/nowhere", "Check the address"), ("PUT", "/manage", "takes no answer")]
)
def test_a_page_that_is_not_there_says_where_to_go_on(client: TestClient, method: str, path: str, says: str) -> None:
    """Nothing at the address, or nothing that takes what was sent: a sentence, and the way to the start page."""
    answer = client.request(method, path)

    assert answer.status_code in (404, 405)
    assert says in answer.text
    assert 'href="/"' in answer.text
