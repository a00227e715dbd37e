"""Doors that anybody may try: they tell nobody who is a member, and one stranger shuts them for nobody else."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose, MessageState, Purpose, RecordKind
from serendipity.usecases.upkeep.worker_turns import deliver
from serendipity.web.app import create_app
from serendipity.web.public_limits import EVEN_SECONDS
from serendipity.web.request_limits import Tries
from tests.web.conftest import PASSWORD, Community, form_token
from tests.web.introduced import asked, first_asked, link

Browsers = Callable[[], TestClient]


@dataclass
class Stopwatch:
    """Tells seconds that pass by as much as a test says, and keeps the pauses it is asked for."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 6))

    def clock(self) -> float:
        self.seconds += 0.013
        return self.seconds


def from_address(community: Community, address: str, **doors: Any) -> TestClient:
    """A browser at an address of the network."""
    app = create_app(community.services)
    app.state.doors = replace(app.state.doors, **doors)
    return TestClient(app, client=(address, 5000))


def join(client: TestClient, **fields: str) -> int:
    token = form_token(client.get("/join").text)
    return client.post("/join", data={"csrf": token, "name": "Kim Bos"} | fields).status_code


def log_in(client: TestClient, password: str, email: str = "ann@example.org") -> int:
    token = form_token(client.get("/manage/login").text)
    data = {"csrf": token, "email": email, "password": password}
    return client.post("/manage/login", data=data, follow_redirects=False).status_code


def test_sign_ups_of_one_sender_have_a_limit_that_others_do_not_feel(community: Community) -> None:
    """A hundred within an hour, whatever the addresses; then it is somebody else's turn."""
    stranger, other = (from_address(community, ip, pause=lambda _: None) for ip in ("198.51.100.7", "198.51.100.8"))
    answers = [join(stranger, email=f"kim{number}@example.org") for number in range(102)]

    assert (answers.count(200), answers.count(429)) == (100, 2)
    assert join(other, email="somebody@example.org") == 200


def test_one_site_of_ipv6_is_one_sender(community: Community) -> None:
    """A new address out of the same block gives no new tries."""
    few = Tries(community.services.settings.data_dir / "tries.db", "few", most=3, minutes=60)
    places = [from_address(community, f"2001:db8:7:{n}::1", pause=lambda _: None, mail_by=few) for n in range(4)]
    statuses = [join(place, email=f"kim{number}@example.org") for number, place in enumerate(places)]

    assert statuses == [200, 200, 200, 429]


def test_an_address_gets_few_mails_an_hour_whoever_asks_and_however_it_is_written(community: Community) -> None:
    """Nobody's mailbox is filled by others."""
    writings = ["kim@example.org", "KIM@example.org", "kim@example.org.", " kim@EXAMPLE.org", "Kim <kim@example.org>"]
    clients = [from_address(community, f"198.51.100.{number}", pause=lambda _: None) for number in range(6)]
    answers = [join(client, email=email) for client, email in zip(clients, [*writings, writings[0]], strict=True)]

    assert answers == [200] * 5 + [429]
    with community.services.ledger.read() as uow:
        assert uow.members.count() == 1


def test_a_known_and_a_new_address_are_answered_after_the_same_time(community: Community) -> None:
    """The answer comes as long after the question as for any address, whatever there was to do."""
    community.member("Nora Visser")
    watch = Stopwatch()
    client = from_address(community, "198.51.100.7", pause=watch.pause, clock=watch.clock)
    for email in ("nora@example.org", "new@example.org"):
        join(client, email=email)
        client.post("/me/link", data={"csrf": form_token(client.get("/me/link").text), "email": email})

    assert watch.pauses == [round(EVEN_SECONDS - 0.013, 6)] * 4


def test_a_member_and_their_welcome_are_written_together(community: Community) -> None:
    """A service that breaks down while it queues the welcome has not taken the member in either."""

    class Broken:
        def compose(self, *_: object, **__: object) -> None:
            raise RuntimeError("the process ends here")

    community.services = replace(community.services, composer=Broken())  # type: ignore[arg-type]
    app = create_app(community.services)
    client = TestClient(app, raise_server_exceptions=False)

    assert join(client, email="kim@example.org") == 500
    with community.services.ledger.read() as uow:
        assert uow.members.count() == 0


@pytest.mark.parametrize("address", ["kim@example..org", "]@ex.org", "kim@-.example"])
def test_an_address_that_no_mail_reaches_is_refused_at_the_door(community: Community, address: str) -> None:
    """Beside its field, in words; nothing is written."""
    client = from_address(community, "198.51.100.7", pause=lambda _: None)
    assert join(client, email=address) == 422
    with community.services.ledger.read() as uow:
        assert uow.members.count() == 0


def test_wrong_passwords_of_a_stranger_lock_only_the_stranger_out(community: Community) -> None:
    """The manager logs in from elsewhere at the same moment."""
    stranger, manager = from_address(community, "198.51.100.7"), from_address(community, "203.0.113.5")
    tries = [log_in(stranger, "wrong") for _ in range(10)]

    assert tries == [401] * 8 + [429] * 2
    assert log_in(stranger, PASSWORD) == 429
    assert log_in(manager, PASSWORD) == 303


def test_guessing_from_many_places_ends_and_the_manager_s_own_browser_still_gets_in(community: Community) -> None:
    """Here five tries at one account in a quarter of an hour, and no more; known and unknown accounts alike."""
    few = Tries(community.services.settings.data_dir / "tries.db", "few", most=5, minutes=15)
    own = from_address(community, "203.0.113.5", log_ins_to=few)
    assert log_in(own, PASSWORD) == 303
    for email in ("ann@example.org", "nobody@example.org"):
        places = [from_address(community, f"198.51.100.{number}", log_ins_to=few) for number in range(7)]
        tries = [log_in(each, "wrong", email) for each in places]
        assert tries[-2:] == [429] * 2, email
        assert tries[:4] == [401] * 4, email

    assert log_in(own, PASSWORD) == 303


def test_a_browser_that_its_manager_knows_is_let_in_beside_a_stranger_at_the_same_address(
    community: Community,
) -> None:
    """One network, or a proxy that is not trusted yet: the stranger's tries are not the manager's."""
    own, stranger = (from_address(community, "198.51.100.7") for _ in range(2))
    assert log_in(own, PASSWORD) == 303
    tries = [log_in(stranger, "wrong") for _ in range(10)]

    assert tries == [401] * 8 + [429] * 2
    assert log_in(own, PASSWORD) == 303


def test_a_browser_that_its_manager_knows_guesses_no_more_often_than_another(community: Community) -> None:
    """Whoever finds it has eight tries in a quarter of an hour as well, from wherever."""
    own = from_address(community, "198.51.100.7")
    assert log_in(own, PASSWORD) == 303
    assert [log_in(own, "wrong") for _ in range(10)] == [401] * 8 + [429] * 2


def enter_code(client: TestClient, code: str) -> int:
    token = form_token(client.get("/me/link").text)
    return client.post("/me/link", data={"csrf": token, "email": code}, follow_redirects=False).status_code


def test_a_code_of_one_s_own_buys_no_more_guesses_at_others(community: Community) -> None:
    """A right one is not counted, and the wrong ones before it still are."""
    community.member("Nora Visser", code="7KQF-29XM")
    client = from_address(community, "198.51.100.7", pause=lambda _: None)
    answers = [enter_code(client, "7KQF-29XM" if number % 10 == 9 else f"AAAA-{number:04}") for number in range(24)]

    assert answers == [*[*[422] * 9, 303] * 2, 422, 422, 429, 429]


def test_guesses_beside_a_kiosk_do_not_lock_the_kiosk(community: Community) -> None:
    """They share the network's address; the tablet is counted for itself."""
    community.member("Nora Visser", code="7KQF-29XM")
    kiosk, stranger = (from_address(community, "198.51.100.7", pause=lambda _: None) for _ in range(2))
    pairing = {"csrf": form_token(kiosk.get("/kiosk/pair").text), "code": community.kiosk_code()}
    kiosk.post("/kiosk/pair", data=pairing)
    guesses = [enter_code(stranger, f"AAAA-{number:04}") for number in range(21)]

    assert guesses[-1] == 429
    entered = {"csrf": form_token(kiosk.get("/kiosk").text), "q": "7KQF-29XM"}
    assert "Hello Nora" in kiosk.post("/kiosk/find", data=entered).text


@pytest.mark.parametrize("door", ["own page", "manager", "api"])
def test_a_new_address_ends_the_other_sessions_and_links_of_a_member(
    community: Community, manager: TestClient, browser_of: Browsers, door: str
) -> None:
    """Whoever reads the old mailbox is out; the browser on which it was changed stays."""
    member = community.member("Nora Visser")
    here, there = browser_of(), browser_of()
    for browser in (here, there):
        mine = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
        browser.post(mine, data={"csrf": form_token(browser.get(mine).text)})
    waiting = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    profile = {"name": "Nora Visser", "email": "nora@new.example", "locale": "en"}
    match door:
        case "own page":
            here.post("/me/profile", data={"csrf": form_token(here.get("/me").text)} | profile)
        case "manager":
            path = f"/manage/members/{member.id}"
            manager.post(path, data={"csrf": form_token(manager.get(path).text)} | profile)
        case "api":
            client = browser_of()
            client.patch(f"/v1/members/{member.id}", json={"email": "nora@new.example"}, auth=community.key())

    with community.services.ledger.read() as uow:
        assert uow.members.get(member.id).email == "nora@new.example"
    assert "/me/link" in str(there.get("/me").url)
    assert browser_of().get(waiting).status_code == 410
    assert ("/me/link" in str(here.get("/me").url)) == (door != "own page")


def test_a_change_of_something_else_ends_no_session(community: Community, client: TestClient) -> None:
    """Only the address is a way in."""
    member = community.member("Nora Visser")
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    client.post(mine, data={"csrf": form_token(client.get(mine).text)})
    client.patch(f"/v1/members/{member.id}", json={"about": "Looms"}, auth=community.key())

    assert "/me/link" not in str(client.get("/me").url)


def test_a_changed_password_ends_every_other_session(community: Community, browser_of: Browsers) -> None:
    """Whoever had the old one is out at once; the browser on which it was changed stays."""
    here, there = browser_of(), browser_of()
    for browser in (here, there):
        log_in(browser, PASSWORD)
    data = {"csrf": form_token(here.get("/manage/account").text), "old": PASSWORD, "new": "another long password"}
    here.post("/manage/account/password", data=data)

    assert "/manage/login" in str(there.get("/manage/members").url)
    assert "/manage/login" not in str(here.get("/manage/members").url)


def test_a_link_in_a_mail_answers_head_and_does_nothing(community: Community, client: TestClient) -> None:
    """Who checks links asks with HEAD."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    member = first_asked(introduction)
    for purpose, path in ((LinkPurpose.ANSWER, "/answer/"), (LinkPurpose.UNSUBSCRIBE, "/unsubscribe/")):
        address = path + link(community, purpose, member, introduction.id)
        answer = client.head(address)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 1000
    with community.services.ledger.read() as uow:
        assert Purpose.INTRODUCTIONS in uow.members.get(member).purposes


@pytest.mark.parametrize("door", ["one click", "page", "own page", "api"])
def test_unsubscribing_ends_introductions_on_their_way_by_whichever_door(
    community: Community, client: TestClient, door: str
) -> None:
    """The same happens by the link, the mail program, the member's page and the API."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    member = first_asked(introduction)
    _unsubscribe(community, client, member, door)

    with community.services.ledger.read() as uow:
        assert Purpose.INTRODUCTIONS not in uow.members.get(member).purposes
        assert uow.introductions.get(introduction.id).state == "cancelled"
        withdrawn = uow.records.recent(member=member, kinds={RecordKind.CONSENT_WITHDRAWN})
        assert [(each.data or {})["purpose"] for each in withdrawn].count("introductions") == 1
        assert uow.outbox.search(states={MessageState.QUEUED}, member=member) == []


def _unsubscribe(community: Community, client: TestClient, member: str, door: str) -> None:
    path = f"/unsubscribe/{link(community, LinkPurpose.UNSUBSCRIBE, member)}"
    match door:
        case "one click":
            foreign = {"Origin": "https://mail.example.com"}
            answer = client.post(path, data={"List-Unsubscribe": "One-Click"}, headers=foreign)
            assert (answer.status_code, answer.text) == (200, "unsubscribed")
            assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        case "page":
            client.post(path, data={"csrf": form_token(client.get(path).text)})
        case "own page":
            mine = f"/me/{link(community, LinkPurpose.PROFILE, member)}"
            client.post(mine, data={"csrf": form_token(client.get(mine).text)})
            kept = [purpose.value for purpose in Purpose if purpose is not Purpose.INTRODUCTIONS]
            client.post("/me/consents", data={"csrf": form_token(client.get("/me").text), "purposes": kept})
        case "api":
            answer = client.put(
                f"/v1/members/{member}/consents/introductions", json={"given": False}, auth=community.key()
            )
            assert answer.status_code == 200


def test_the_unsubscribe_page_shows_how_things_stand(community: Community, client: TestClient) -> None:
    """One button; afterwards what happened and the way back, also when the link is opened again."""
    member = community.member("Nora Visser").id
    path = f"/unsubscribe/{link(community, LinkPurpose.UNSUBSCRIBE, member)}"
    before = client.get(path).text
    after = client.post(path, data={"csrf": form_token(before)}).text
    again = client.get(path).text
    client.post(f"{path}/again", data={"csrf": form_token(again)})

    assert before.count("<button") == 1
    assert ">Unsubscribe</button>" in before
    assert ">Unsubscribe</button>" not in after + again
    assert "You are unsubscribed" in after
    assert "You are unsubscribed" in again
    with community.services.ledger.read() as uow:
        assert Purpose.INTRODUCTIONS in uow.members.get(member).purposes


def test_who_erased_themselves_stands_on_a_page_with_nothing_to_fill_in(
    community: Community, client: TestClient
) -> None:
    """It says what was done, and no more."""
    member = community.member("Nora Visser")
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    client.post(mine, data={"csrf": form_token(client.get(mine).text)})
    page = client.post("/me/erase", data={"csrf": form_token(client.get("/me/erase").text), "word": "erase"})

    assert "Everything about you is erased" in page.text
    assert "<form" not in page.text


def test_an_address_of_an_earlier_release_does_not_hold_up_the_others(community: Community) -> None:
    """It is parked at the first attempt with a reason, and the next message leaves in the same turn."""
    broken, good = community.member("Zed Dot"), community.member("After Zed")
    with community.services.ledger.write() as uow:
        uow.members.put(replace(uow.members.get(broken.id), email="]@ex.org"))
    client = from_address(community, "198.51.100.7", pause=lambda _: None)
    for email in ("]@ex.org", "after@example.org"):
        client.post("/me/link", data={"csrf": form_token(client.get("/me/link").text), "email": email})

    report = deliver(community.services)

    assert (report.sent, report.parked, report.possibly_twice) == (1, 1, 0)
    with community.services.ledger.read() as uow:
        [parked] = uow.outbox.search(member=broken.id)
        [sent] = uow.outbox.search(member=good.id)
    assert (parked.state, sent.state) == (MessageState.PARKED, MessageState.SENT)
    assert "cannot be built" in str(parked.error)


class FullDisk(Tries):
    """Cannot count any more."""

    def _hash(self, key: str) -> str:
        raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("door", ["join", "link", "log-in"])
def test_a_full_disk_is_told_at_the_door_and_nothing_is_half_written(community: Community, door: str) -> None:
    """In words, with when to try again; and it goes on when there is room."""
    full = FullDisk(community.services.settings.data_dir / "tries.db", "full", most=9, minutes=1)
    client = from_address(community, "198.51.100.7", mail_by=full, log_ins=full, pause=lambda _: None)
    path, data = {
        "join": ("/join", {"name": "Kim Bos", "email": "kim@example.org"}),
        "link": ("/me/link", {"email": "kim@example.org"}),
        "log-in": ("/manage/login", {"email": "ann@example.org", "password": PASSWORD}),
    }[door]
    answer = client.post(path, data={"csrf": form_token(client.get(path).text)} | data)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "The disk is full" in answer.text
    with community.services.ledger.read() as uow:
        assert (uow.members.count(), uow.outbox.search()) == (0, [])
