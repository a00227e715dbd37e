"""The REST interface: keys and scopes, repeats, batches, and clear answers to what cannot be read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import RecordKind
from serendipity.usecases.upkeep.graph import note_offset
from tests.web.conftest import Community


@pytest.fixture
def api(community: Community, client: TestClient) -> TestClient:
    """A program with a key that may do everything."""
    client.auth = community.key()
    return client


def _count(community: Community, kind: RecordKind) -> int:
    with community.services.ledger.read() as uow:
        return uow.records.count(kinds={kind})


def test_without_a_key_nothing_is_told(client: TestClient) -> None:
    """A request without credentials is answered 401, as a problem that says what to do."""
    answer = client.get("/v1/members")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "API key" in answer.json()["detail"]


@pytest.mark.parametrize("credentials", [("key-1", "wrong"), ("nobody", "secret"), ("", "")])
def test_a_wrong_key_is_refused(community: Community, client: TestClient, credentials: tuple[str, str]) -> None:
    """Neither a wrong secret nor an unknown id gets in."""
    community.key()

    assert client.get("/v1/members", auth=credentials).status_code == 401


def test_a_bearer_key_works_as_well(community: Community, client: TestClient) -> None:
    """Key id and key joined by a dot are accepted as a bearer token."""
    id, secret = community.key()

    assert client.get("/v1/members", headers={"authorization": f"Bearer {id}.{secret}"}).status_code == 200


def test_a_key_does_only_what_its_scopes_say(community: Community, client: TestClient) -> None:
    """A key that may read members cannot add one."""
    client.auth = community.key("members:read")

    answer = client.post("/v1/members", json={"name": "Ann"})

    assert answer.status_code == 403
    assert answer.json()["scope"] == "members:write"


def test_a_revoked_key_is_worth_nothing(community: Community, api: TestClient) -> None:
    """Revoking it elsewhere works within seconds, even where the key proved right just before."""
    assert api.get("/v1/members").status_code == 200
    with community.services.ledger.write() as uow:
        uow.access.revoke_key("key-1", community.clock.now())

    community.clock.forward(seconds=5)

    assert api.get("/v1/members").status_code == 401


def test_a_remembered_key_still_needs_its_secret(community: Community, api: TestClient) -> None:
    """The id of a key that was used a moment ago opens nothing without the key."""
    assert api.get("/v1/members").status_code == 200

    assert api.get("/v1/members", auth=("key-1", "guessed")).status_code == 401


def test_a_check_in_is_answered_with_what_was_understood(community: Community, api: TestClient) -> None:
    """The answer to a check-in carries its topics, and it is in the ledger by then."""
    member = community.member("Nora Visser")

    answer = api.post("/v1/check-ins", json={"id": "c-1", "member": member.id, "text": "Marketing with big data"})

    assert answer.status_code == 201
    assert {"Marketing", "Big Data"} <= {topic["label"] for topic in answer.json()["topics"]}
    assert _count(community, RecordKind.CHECK_IN) == 1


def test_the_same_check_in_again_is_answered_as_the_first_time(community: Community, api: TestClient) -> None:
    """A repeat gets 200 and the first position; nothing is written twice."""
    body = {"id": "c-1", "member": community.member("Nora Visser").id, "text": "Marketing with big data"}
    first = api.post("/v1/check-ins", json=body)

    again = api.post("/v1/check-ins", json=body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["position"] == first.json()["position"]
    assert _count(community, RecordKind.CHECK_IN) == 1


def test_an_id_with_another_body_is_refused_with_the_difference(community: Community, api: TestClient) -> None:
    """A used id with another text is answered 409."""
    body = {"id": "c-1", "member": community.member("Nora Visser").id, "text": "Marketing"}
    api.post("/v1/check-ins", json=body)

    answer = api.post("/v1/check-ins", json=body | {"text": "Farming"})

    assert answer.status_code == 409
    assert answer.json()["difference"]


BAD_TEXTS = {
    "too long": "x" * 10_000,
    "null bytes": "big\x00data",
    "emoji only": "🎉🎉",
    "empty": "",
    "lone surrogate": "\ud800 data",
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_text_that_cannot_be_kept_gets_a_clear_answer(community: Community, api: TestClient, text: str) -> None:
    """What is no text of at most 2,000 characters is refused, names the field, and leaves nothing behind."""
    member = community.member("Nora Visser")
    content = json.dumps({"member": member.id, "text": text}).encode()

    answer = api.post("/v1/check-ins", content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "text"
    assert _count(community, RecordKind.CHECK_IN) == 0


BAD_BODIES = {
    "not JSON": b"{",
    "Latin-1": '{"name": "Zoë"}'.encode("latin-1"),
    "UTF-16 without a mark": b"\xd8\x00\x01",
}


@pytest.mark.parametrize("content", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_not_json_in_utf8_gets_a_clear_answer(api: TestClient, content: bytes) -> None:
    """A body in a wrong encoding, or no JSON, is answered 400 and says so."""
    answer = api.post("/v1/members", content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 400, answer.text
    assert "UTF-8" in answer.json()["detail"]


def test_an_unknown_member_is_told_what_to_do(api: TestClient) -> None:
    """A check-in of somebody unknown is answered 404 and says how to add them."""
    answer = api.post("/v1/check-ins", json={"member": "nobody", "text": "Big data"})

    assert answer.status_code == 404
    assert "POST /v1/members" in answer.json()["detail"]


def test_the_future_is_refused(community: Community, api: TestClient) -> None:
    """A check-in more than five minutes ahead is refused."""
    member = community.member("Nora Visser")

    answer = api.post("/v1/check-ins", json={"member": member.id, "text": "Big data", "at": "2027-01-01T00:00:00Z"})

    assert answer.status_code == 422
    assert "future" in answer.json()["detail"]


def test_a_batch_is_answered_line_by_line(community: Community, api: TestClient) -> None:
    """Good lines are taken though others are not; every line has its own status, in order."""
    member = community.member("Nora Visser").id
    lines: list[Any] = [
        json.dumps({"id": "c-1", "member": member, "text": "Big data"}).encode(),
        b"{no json",
        json.dumps({"id": "c-2", "member": "nobody", "text": "Big data"}).encode(),
        json.dumps({"id": "c-3", "member": member, "text": ""}).encode(),
        b"",
        json.dumps({"id": "c-4", "member": member, "text": "Marketing"}).encode(),
        '{"id": "c-5", "text": "café"}'.encode("latin-1"),
    ]

    answer = api.post("/v1/check-ins/batch", content=b"\n".join(lines))

    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [(each["line"], each["status"]) for each in told] == [
        (1, 201), (2, 400), (3, 404), (4, 422), (6, 201), (7, 400),
    ]  # fmt: skip
    assert _count(community, RecordKind.CHECK_IN) == 2


def _bodies(member: str) -> dict[str, dict[str, Any]]:
    return {
        "places": {"id": "p-1", "name": "The house", "zone": "Europe/Brussels"},
        "events": {"id": "e-1", "title": "An evening on big data", "starts_at": "2026-01-02T18:00:00Z"},
        "registrations": {"id": "r-1", "member": member, "event": "e-1"},
        "attendance": {"id": "a-1", "member": member, "event": "e-1", "role": "speaker"},
        "signals": {"id": "s-1", "name": "order.placed", "member": member, "data": {"order": [1, {"a": None}]}},
        "check-ins": {"id": "c-1", "member": member, "text": "Big data"},
    }


def test_every_resource_can_be_added_repeated_listed_and_read(community: Community, api: TestClient) -> None:
    """POST answers 201, then 200; the list and the single GET show what was sent."""
    bodies = _bodies(community.member("Nora Visser").id)

    statuses = {
        name: [api.post(f"/v1/{name}", json=body).status_code for _ in range(2)] for name, body in bodies.items()
    }
    listed = {name: len(api.get(f"/v1/{name}").json()[name]) for name in bodies}
    read = {name: api.get(f"/v1/{name}/{body['id']}").json()["id"] for name, body in bodies.items()}

    assert statuses == {name: [201, 200] for name in bodies}
    assert listed == dict.fromkeys(bodies, 1)
    assert read == {name: body["id"] for name, body in bodies.items()}


def test_a_private_text_is_not_handed_out(community: Community, api: TestClient) -> None:
    """What a member keeps for themselves is not read by programs either."""
    member = community.member("Nora Visser").id
    api.post("/v1/check-ins", json={"id": "c-1", "member": member, "text": "My own secret", "visibility": "private"})

    assert "secret" not in api.get("/v1/check-ins").text


def test_a_body_larger_than_allowed_is_refused(api: TestClient) -> None:
    """More than a megabyte in one request is answered 413 without being read whole."""
    answer = api.post("/v1/signals", content=b"x" * (2 * 1024 * 1024), headers={"content-type": "application/json"})

    assert answer.status_code == 413


def test_matches_are_told_with_their_reasons_or_not_at_all(community: Community, api: TestClient) -> None:
    """While there is no snapshot the answer says so; with one, somebody alone has no match."""
    member = community.member("Nora Visser").id

    before = api.get(f"/v1/members/{member}/matches")
    community.catch_up()

    assert before.status_code == 503
    assert api.get(f"/v1/members/{member}/matches").json() == {"member": member, "matches": []}


def test_health_says_how_far_the_graph_is_behind(community: Community, client: TestClient) -> None:
    """The number falls to nothing once the graph has caught up."""
    community.member("Nora Visser")
    operator = community.key("health:read")

    before = client.get("/health", auth=operator).json()["graph"]["behind_by"]
    community.catch_up()

    assert before > 0
    assert client.get("/health", auth=operator).json()["graph"]["behind_by"] == 0


@pytest.mark.parametrize("scope", ["health:read", "members:read"])
def test_health_tells_strangers_only_whether_all_is_well(community: Community, client: TestClient, scope: str) -> None:
    """No paths and no counts; a key without the scope is told so."""
    community.member("Nora Visser")
    community.catch_up()
    known = client.get("/health", auth=community.key(scope))

    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/health").json() == {"status": "ok"}
    assert known.status_code == (200 if scope == "health:read" else 403)
    assert str(community.services.settings.data_dir) not in known.text


def test_how_far_the_graph_is_behind_is_told_while_it_is_down(community: Community, client: TestClient) -> None:
    """By how far it was when the worker last folded."""
    community.member("Nora Visser")
    community.catch_up()
    note_offset(community.services)
    community.member("Bram de Wit")
    head = community.services.graph.head().offset
    community.services.graph.close()

    found = client.get("/health", auth=community.key("health:read")).json()["graph"]

    assert found["state"] == "down"
    assert (found["position"], found["behind_by"] > 0) == (head, True)


def test_the_interface_describes_itself(client: TestClient) -> None:
    """OpenAPI lists every resource, single and as a batch."""
    paths = client.get("/v1/openapi.json").json()["paths"]

    for name in ("members", "check-ins", "events", "attendance", "registrations", "places", "signals"):
        assert {f"/v1/{name}", f"/v1/{name}/batch"} <= set(paths)


def test_an_erased_member_is_gone(community: Community, api: TestClient, browser_of: Callable[[], TestClient]) -> None:
    """DELETE erases; the profile answers empty, and their code opens nothing."""
    member = community.member("Nora Visser", code="ABCD-2345").id

    assert api.delete(f"/v1/members/{member}").status_code == 204

    page = browser_of()
    assert "Nora" not in api.get(f"/v1/members/{member}").text
    assert page.get("/check-in").status_code == 200


def test_a_check_in_without_an_id_is_told_the_one_that_it_got(community: Community, api: TestClient) -> None:
    """By that id it can be read again."""
    answer = api.post("/v1/check-ins", json={"member": community.member("Nora Visser").id, "text": "Big data"})

    assert api.get(f"/v1/check-ins/{answer.json()['id']}").json()["position"] == answer.json()["position"]


@pytest.mark.parametrize("at", [12345, 1.5, "12345", "-1.5", " 20260105 "])
def test_a_number_is_not_a_time(community: Community, api: TestClient, at: object) -> None:
    """It would be taken for seconds since 1970."""
    said = {"member": community.member("Nora Visser").id, "text": "Big data", "at": at}
    answer = api.post("/v1/check-ins", json=said)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("at: this is a number, not a time; write it as 2026-")
    assert _count(community, RecordKind.CHECK_IN) == 0


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("[1, 2]", "send one JSON object, as application/json"),
        ("", "send one JSON object, as application/json"),
        ('{"text": "Big data"}', "member: is missing; send it"),
        (
            '{"member": "m", "text": "🎉"}',
            "text: the text has no words in it; say in a few words what you are working on",
        ),
        ('{"member": "m", "text": "Big data", "txt": 1}', "txt: is no field here; GET /v1/openapi.json names those"),
        ('{"member": "m", "text": "Big data", "at": "31/02/2026"}', "at: is not a time; write it as 2026-01-05T09"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_with_what_to_do(api: TestClient, body: str, detail: str) -> None:
    """In the words of this service, not of the library that looked at it."""
    answer = api.post("/v1/check-ins", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_a_position_that_no_ledger_has_is_refused(api: TestClient) -> None:
    """It is no fault of ours."""
    assert api.get("/v1/check-ins", params={"before": 10**20}).status_code == 422


def test_an_address_that_is_not_there_says_where_the_others_are_listed(api: TestClient) -> None:
    """For programs; people get a page."""
    assert "openapi.json" in api.get("/v1/nothing").json()["detail"]
    assert "openapi.json" in api.delete("/v1/check-ins").json()["detail"]
