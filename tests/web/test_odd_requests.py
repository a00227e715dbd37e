"""Whatever is sent to whatever door: an answer that says what to do, and never a fault of ours."""

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.responses import PlainTextResponse

from serendipity.domain.model import LinkPurpose
from serendipity.intake.inputs import MemberInput
from serendipity.web.app import create_app
from serendipity.web.patience import PatientProtocol
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


def test_a_page_that_came_too_late_offers_the_way_back(community: Community, client: TestClient) -> None:
    """To the page that the form was on."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    path = f"/answer/{link(community, LinkPurpose.ANSWER, first_asked(introduction), introduction.id)}"
    page = client.post(path, data={"csrf": "old"}, headers={"Referer": f"http://testserver{path}?answer=accepted"})

    assert page.status_code == 409
    assert f'href="{path}?answer=accepted"' in page.text
    foreign = client.post(path, data={"csrf": "old"}, headers={"Referer": "http://evil.example/x"})
    assert "evil.example" not in foreign.text


class Hasty(PatientProtocol):
    """Gives up as soon as it can."""

    idle, whole = 0.02, 30.0


@pytest.mark.parametrize("sent", [b"", b"GET /", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_request_that_does_not_arrive_is_closed(sent: bytes) -> None:
    """Nothing at all, half a head, half a body."""

    async def app(scope: object, receive: object, send: object) -> None:
        while (await receive())["type"] == "http.request":  # type: ignore[operator]
            pass

    async def play() -> bytes:
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            config = uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[door]))
            reader, writer = await asyncio.open_connection(*door.getsockname())
            writer.write(sent)
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()
                server.should_exit = True
                await serving

    assert asyncio.run(play()) == b""


def test_a_whole_request_is_answered_however_long_that_takes() -> None:
    """Patience ends where the request does."""

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        await asyncio.sleep(Hasty.idle * 3)
        await PlainTextResponse("done")(scope, receive, send)  # type: ignore[arg-type]

    async def play() -> bytes:
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            config = uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[door]))
            reader, writer = await asyncio.open_connection(*door.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            server.should_exit = True
            await serving
            return answer

    assert b"done" in asyncio.run(play())
