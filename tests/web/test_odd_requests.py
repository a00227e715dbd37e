"""Whatever is sent to whatever door: an answer that says what to do, and never a fault of ours."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from serendipity.domain.model import LinkPurpose
from serendipity.intake.inputs import MemberInput
from serendipity.stores.ledger_sql import open_ledger
from serendipity.web.app import create_app
from tests.web.conftest import Community, form_token
from tests.web.introduced import asked, first_asked, link

ODD = [
    "x",
    "0",
    "-1",
    "%00",
    "y" * 4400,
    "🦀",
    "..%2f..%2fetc%2fpasswd",
    "9" * 40,
    "9" * 4400,  # more digits than Python turns into a number
    "a%2Fb",
    "%E2%80%A8",
    "null",
    "x y z",
]
SKIPPED = {"/static", "/v1/openapi.json"}


def routes_of(app: FastAPI | APIRouter) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers, those of its routers too."""
    for route in app.routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from routes_of(router)
        if isinstance(route, APIRoute) and route.path not in SKIPPED:
            for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, route.path


@pytest.fixture
def everybody(community: Community, manager: TestClient) -> TestClient:
    """A browser that is manager and member at once, so that every door opens."""
    member = community.member("Nora Visser")
    community.catch_up()
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member.id)}"
    manager.post(mine, data={"csrf": form_token(manager.get(mine).text)})
    return manager


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_id_is_not_found_or_refused_at_every_door(community: Community, everybody: TestClient, odd: str) -> None:
    """Pages and API, in paths, queries and forms; a fault of ours would be raised here."""
    key = {"Authorization": "Bearer " + ".".join(community.key())}
    csrf = form_token(everybody.get("/manage/account").text)
    value = "0" if odd == "%00" else odd
    fields = dict.fromkeys(("id", "version", "position", "topic", "into", "member", "find"), value)
    fields |= {"ids": f"x {value}", "do": "back" if odd.isdecimal() else value}
    routes = list(routes_of(create_app(community.services)))
    assert len(routes) > 150
    for method, path in routes:
        if path in ("/manage/logout", "/me/leave"):
            continue
        address = re.sub(r"\{[^}]+\}", odd, path)
        names = ("after", "search", "limit", "before", "state", "subject", "done", "from", "ended", "outcome")
        query = "?" + "&".join(f"{name}={odd}" for name in names)
        for send in (address, address + query):
            answer = everybody.request(
                method,
                send,
                headers=key if path.startswith("/v1") else {},
                data=None if path.startswith("/v1") or method == "GET" else {"csrf": csrf} | fields,
                json=fields if path.startswith("/v1") and method != "GET" else None,
                follow_redirects=False,
            )
            assert answer.status_code < 500, (method, send[:80], answer.status_code)


@pytest.mark.parametrize("id", ["team/7", "what?", "a#b", "50%", "..%2f", "köln", "a b".replace(" ", "\u00b7"), "%2F"])
def test_a_member_s_id_with_any_sign_is_read_changed_and_erased(
    community: Community, manager: TestClient, id: str
) -> None:
    """By programs with the id percent-encoded, and by managers through the links of their pages."""
    auth = community.key()
    made = manager.post("/v1/members", json={"id": id, "name": "Nora Visser"}, auth=auth)
    listed = manager.get("/manage/members", params={"search": "Nora"}).text
    [address] = re.findall(r'href="(/manage/members/(?!new|import)[^"]+)"', listed)
    path = f"/v1/members/{quote(id, safe='')}"
    assert made.status_code == 201
    assert "Nora Visser" in manager.get(address).text
    assert manager.get(path, auth=auth).json()["id"] == id
    assert manager.put(f"{path}/consents/matching", json={"given": True}, auth=auth).status_code == 200
    assert manager.delete(path, auth=auth).status_code == 204


@pytest.mark.parametrize("id", ["team/7", "a/b/c", "what?", "a#b", "50%", "..%2f", "köln", "%2F", "🦀"])
@pytest.mark.parametrize(
    ("resource", "item"),
    [
        ("places", {"name": "The house"}),
        ("events", {"title": "An evening", "starts_at": "2026-01-05T10:00:00Z"}),
        ("check-ins", {"member": "m-1", "text": "Big data"}),
        ("attendance", {"member": "m-1", "event": "e-1"}),
    ],
)
def test_whatever_a_program_calls_a_thing_it_can_be_read_by_that_id(
    community: Community, client: TestClient, resource: str, item: dict[str, str], id: str
) -> None:
    """Percent-encoded, as any id in an address is."""
    auth = community.key()
    client.post("/v1/members", json={"id": "m-1", "name": "Nora Visser"}, auth=auth)
    client.post("/v1/events", json={"id": "e-1", "title": "Lunch", "starts_at": "2026-01-05T10:00:00Z"}, auth=auth)
    made = client.post(f"/v1/{resource}", json={"id": id, **item}, auth=auth)
    found = client.get(f"/v1/{resource}/{quote(id, safe='')}", auth=auth)

    assert made.status_code in (200, 201)
    assert found.status_code == 200
    assert found.json()["id"] == id


def test_an_id_of_dots_only_is_refused() -> None:
    """Proxies take it out of addresses."""
    with pytest.raises(ValidationError):
        MemberInput(id="..", name="Nora")


@pytest.mark.parametrize("path", ["/v1/members/", "/manage/", "/join/"])
def test_a_slash_too_many_redirects_to_no_other_host(client: TestClient, path: str) -> None:
    """What the request calls its host is not where anybody is sent."""
    answer = client.get(path, headers={"Host": "evil.example"}, follow_redirects=False)

    assert "evil.example" not in str(answer.headers)


SIGNAL = '{"id": "s-%s", "name": "door.opened", "data": %s}'
BAD = [
    ("[" * 300 + "]" * 300, 422),
    ('{"text": "\\ud800"}', 422),
    ('{"n": 123456789012345678901234567}', 422),
    ('{"n": NaN}', 422),
    ('{"n": 1, "n": 2}', 422),
    ('{"n": ', 400),
]


@pytest.mark.parametrize(("data", "status"), BAD)
def test_both_doors_refuse_the_same_and_the_other_lines_stand(
    community: Community, client: TestClient, data: str, status: int
) -> None:
    """A signal alone and a line of a batch get the same answer; the good lines before and after are taken."""
    auth, bad = community.key(), SIGNAL % ("bad", data)
    alone = client.post("/v1/signals", content=bad, auth=auth, headers={"Content-Type": "application/json"})
    lines = [SIGNAL % ("1", "{}"), bad, SIGNAL % ("2", "{}")]
    batch = client.post("/v1/signals/batch", content="\n".join(lines), auth=auth)
    answers = [line["status"] for line in map(_json, batch.text.splitlines())]

    assert alone.status_code == status
    assert answers == [201, status, 201]
    assert _json(batch.text.splitlines()[1])["detail"] == alone.json()["detail"]


@st.composite
def json_like(draw: st.DrawFn) -> bytes:
    """A signal with data of any kind, some of it as no library would write it, or bytes that are no JSON at all."""
    leaf = st.sampled_from(
        ["NaN", "-Infinity", "1e999", "9" * 27, '"\\ud800"', '"\\u0000"', "-0", "1E400", "tru", "[" * 40]
    )
    valid = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists).map(json.dumps)
    name = draw(st.sampled_from(['"door.opened"', '"no name"', "7", "null"]))
    whole = draw(valid | leaf).replace("\n", " ")
    made = f'{{"id": "s-1", "name": {name}, "data": {{"n": {whole}}}{draw(st.sampled_from(["", ", ", "}"]))}}}'.encode()
    return draw(
        st.just(made) | st.binary().map(lambda odd: b"{" + odd.replace(b"\n", b"")) | st.just(whole.encode() or b"0")
    )


def test_any_line_is_answered_alike_by_both_doors(community: Community, client: TestClient) -> None:
    """With the same status and the same words; the doors have a key each, so that none repeats the other."""
    auth, other = community.key(), community.key(id="key-2")

    @settings(max_examples=200)
    @given(json_like())
    def alike(raw: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        alone = client.post("/v1/signals", content=raw, auth=auth, headers=headers)
        [line] = client.post("/v1/signals/batch", content=raw, auth=other).text.splitlines()
        assert _json(line)["status"] == alone.status_code
        assert _json(line).get("detail") == alone.json().get("detail")

    alike()


def test_a_line_may_be_as_long_as_a_body_alone(community: Community, client: TestClient) -> None:
    """One mebibyte; the lines beside it stand."""
    auth, long = community.key(), SIGNAL % ("long", json.dumps({"text": "x" * 1024 * 1024}))
    alone = client.post("/v1/signals", content=long, auth=auth, headers={"Content-Type": "application/json"})
    batch = client.post("/v1/signals/batch", content=f"{SIGNAL % (1, '{}')}\n{long}\n", auth=auth)

    assert alone.status_code == 413
    assert [_json(line)["status"] for line in batch.text.splitlines()] == [201, 413]


def _json(line: str) -> dict[str, object]:
    return dict(json.loads(line))


@pytest.mark.parametrize("columns", [201, 20_000, 1_000_000])
def test_a_table_of_too_many_columns_is_refused_at_once(
    community: Community, manager: TestClient, columns: int
) -> None:
    """Before it is taken apart."""
    header = ",".join(f"column{number}" for number in range(columns))
    files = {"file": ("members.csv", f"{header}\nx\n".encode(), "text/csv")}
    csrf = form_token(manager.get("/manage/import").text)
    page = manager.post("/manage/import", data={"csrf": csrf, "kind": "members", "dry_run": "1"}, files=files)

    assert page.status_code in (200, 422)
    assert "200 columns" in page.text


@pytest.mark.parametrize("path", ["/manage/import", "/manage/topic-table"])
def test_a_file_of_too_many_lines_is_refused_before_it_is_read(
    community: Community, manager: TestClient, path: str
) -> None:
    """With what to do instead."""
    files = {"file": ("members.csv", b"name\n" + b"x\n" * 100_000, "text/csv")}
    csrf = form_token(manager.get("/manage/import").text)
    page = manager.post(path, data={"csrf": csrf, "kind": "members", "dry_run": "1"}, files=files)

    assert page.status_code == 422
    assert "more than 100,000 lines" in page.text


def test_a_page_that_came_too_late_offers_the_way_back(community: Community, client: TestClient) -> None:
    """To the page that the form was on."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    path = f"/answer/{link(community, LinkPurpose.ANSWER, first_asked(introduction), introduction.id)}"
    page = client.post(path, data={"csrf": "old"}, headers={"Referer": f"http://testserver{path}?answer=accepted"})

    assert page.status_code == 409
    assert f'href="{path}?answer=accepted"' in page.text
    foreign = client.post(path, data={"csrf": "old"}, headers={"Referer": "http://evil.example/x"})
    assert "evil.example" not in foreign.text
    twisted = client.post(path, data={"csrf": "old"}, headers={"Referer": "http://testserver//evil.example/x"})
    assert 'href="//' not in twisted.text


@pytest.mark.parametrize("address", ["/join?lang=%00", "/manage/members/%00"])
def test_a_page_s_address_with_a_null_byte_is_refused_on_a_page(client: TestClient, address: str) -> None:
    """With a way on, as every error."""
    page = client.get(address)

    assert page.status_code == 400
    assert '<a class="button" href="/">' in page.text
    assert "leave it out" in page.text


@pytest.mark.parametrize("path", ["/healthz", "/health", "/check-in", "/v1/members"])
def test_where_the_ledger_is_is_told_to_no_stranger_while_it_is_down(community: Community, path: str) -> None:
    """What the database's driver says names its host and port; they are for the log and the doctor."""
    nowhere = open_ledger("postgresql+psycopg://serendipity:sesame@127.0.0.1:9/community")
    client = TestClient(create_app(replace(community.services, ledger=nowhere)), raise_server_exceptions=False)

    answer = client.get(path, auth=("key-1", "secret"))

    assert answer.status_code == 503
    assert not re.search(r"127\.0\.0\.1|\b9\b|sesame|connection", answer.text)
