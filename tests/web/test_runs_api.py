"""Runs and rules for programs: look first, start once, follow, read what was decided and why."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.runs.lease import LEASE
from tests.web.conftest import Community

WORK = {"Nora": "big data and urban farming", "Bram": "big data and podcasts", "Elif": "urban farming and podcasts"}


@pytest.fixture
def api(community: Community, client: TestClient) -> TestClient:
    """A program that may do everything, in a community of three who could meet."""
    community.place()
    people = {name: community.member(f"{name} {name}son") for name in WORK}
    at = community.clock.now() - timedelta(days=1)
    said = [CheckInInput(member=people[name].id, text=text, place="main", at=at) for name, text in WORK.items()]
    with community.services.ledger.write() as uow:
        record_check_ins(uow, said, source="test", now=community.clock.now(), scrub=community.services.scrub)
    community.catch_up()
    client.auth = community.key()
    return client


def ids(community: Community) -> dict[str, str]:
    """The members' ids by first name."""
    with community.services.ledger.read() as uow:
        return {each.first_name: each.id for each in uow.members.page()}


def test_a_dry_run_says_what_would_be_proposed_and_proposes_nothing(community: Community, api: TestClient) -> None:
    """With the account, every factor, and what either side would read, in both languages."""
    answer = api.post("/v1/runs", json={"dry_run": True, "seed": 3})

    found = answer.json()
    assert answer.status_code == 200
    assert set(found["outcomes"]) == set(ids(community).values())
    [match] = found["matches"]
    assert {"relevance", "reciprocal", "surprise", "exposure", "evidence"} <= match["factors"].keys()
    assert match["explanation"]["shared"]["topics"]
    assert set(match["sentences"]) == {"en", "nl"}
    assert api.get("/v1/runs").json() == {"runs": []}


def test_a_run_is_started_once_followed_and_read(community: Community, api: TestClient) -> None:
    """The same id again is the same run; its verdicts and matches are there, and it replays."""
    asked = {"id": "mine-1", "seed": 3}
    first = api.post("/v1/runs", json=asked)
    again = api.post("/v1/runs", json=asked)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.headers["location"] == "/v1/runs/mine-1"
    progress = api.get("/v1/runs/mine-1/progress").json()
    assert (progress["state"], progress["ended"], progress["done"], progress["total"]) == ("finished", True, 1, 1)
    verdicts = api.get("/v1/runs/mine-1/verdicts").json()["verdicts"]
    assert {each["member"] for each in verdicts} == set(ids(community).values())
    assert sorted(each["outcome"] for each in verdicts) == ["all_taken", "proposed", "proposed"]
    [match] = api.get("/v1/runs/mine-1/matches").json()["matches"]
    assert match["reasons"]
    assert api.post("/v1/runs/mine-1/replay").json()["same"] is True
    assert [run["id"] for run in api.get("/v1/runs").json()["runs"]] == ["mine-1"]


def test_verdicts_come_in_pages_and_by_outcome(community: Community, api: TestClient) -> None:
    """`next` goes into `after` until there is none, and nobody comes twice."""
    api.post("/v1/runs", json={"id": "mine-1", "seed": 3})
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page: dict[str, Any] = api.get("/v1/runs/mine-1/verdicts", params={"limit": 2, "after": after}).json()
        seen += [each["member"] for each in page["verdicts"]]
        after = page["next"]

    taken = api.get("/v1/runs/mine-1/verdicts", params={"outcome": "all_taken"}).json()["verdicts"]
    assert sorted(seen) == sorted(ids(community).values())
    assert len(taken) == 1


def test_a_run_for_those_chosen_is_for_them(community: Community, api: TestClient) -> None:
    """By list, by segment and text; nobody chosen, or somebody unknown, is told as a problem."""
    nora = ids(community)["Nora"]

    dry = api.post("/v1/runs", json={"members": ["nora@example.org"], "dry_run": True}).json()
    nobody = api.post("/v1/runs", json={"search": "Zzz", "dry_run": True})
    unknown = api.post("/v1/runs", json={"members": ["ghost"], "dry_run": True})
    wrong = api.post("/v1/runs", json={"group_size": 9})

    assert all(nora in (match["member"], match["other"]) for match in dry["matches"])
    assert list(dry["outcomes"]) == [nora]
    assert [each.status_code for each in (nobody, unknown, wrong)] == [422, 404, 422]
    assert {each.headers["content-type"] for each in (nobody, unknown, wrong)} == {"application/problem+json"}
    assert wrong.json()["errors"][0]["field"] == "group_size"


def test_an_id_is_not_taken_for_another_run_nor_a_second_one_begun(community: Community, api: TestClient) -> None:
    """Both are conflicts, and change nothing."""
    api.post("/v1/runs", json={"id": "mine-1"})
    other = api.post("/v1/runs", json={"id": "mine-1", "group_size": 4})
    with community.services.ledger.write() as uow:
        uow.operations.lease(LEASE, holder="another@host:1", seconds=3600)
    second = api.post("/v1/runs", json={})

    assert (other.status_code, second.status_code) == (409, 409)
    assert len(api.get("/v1/runs").json()["runs"]) == 1


def test_a_run_needs_its_scopes(community: Community, client: TestClient) -> None:
    """A key that may read runs starts none, and states no rule."""
    client.auth = community.key("runs:read", "rules:read")

    assert client.get("/v1/runs").status_code == 200
    assert client.post("/v1/runs", json={"dry_run": True}).status_code == 403
    assert client.post("/v1/rules/must-not", json={"one": ["a", "b"]}).status_code == 403
    assert client.put("/v1/rules/surprise", json={"surprise": 1}).status_code == 403


def test_a_rule_is_stated_once_holds_for_runs_and_is_taken_back(community: Community, api: TestClient) -> None:
    """What is on its way between its sides ends; a run keeps them apart, and says so to managers."""
    before = api.post("/v1/runs", json={"id": "before", "seed": 3}).json()
    [pair] = api.get(f"/v1/runs/{before['id']}/matches").json()["matches"]
    rule = {"one": [pair["member"]], "other": [pair["other"]], "why": "call 0499 12 34 56"}

    first, again = api.post("/v1/rules/must-not", json=rule), api.post("/v1/rules/must-not", json=rule)
    after = api.post("/v1/runs", json={"dry_run": True}).json()
    back = api.delete(f"/v1/rules/must-not/{first.json()['id']}")

    assert (first.status_code, first.json()["ended"], again.status_code, back.status_code) == (201, 1, 200, 204)
    assert "0499" not in first.json()["why"]
    apart = {pair["member"], pair["other"]}
    assert all({match["member"], match["other"]} != apart for match in after["matches"])
    assert api.get("/v1/rules/must-not").json() == {"rules": []}
    with community.services.ledger.read() as uow:
        audit_entries = [entry.what for entry in uow.operations.audit_entries(limit=20)]
    assert {"rule.stated", "rule.dropped"} <= set(audit_entries)


def test_the_dial_is_turned_recorded_and_counted(community: Community, api: TestClient) -> None:
    """A run keeps the value that it was made with; the audit says who turned it, from what to what."""
    api.put("/v1/rules/surprise", json={"surprise": 0.9})
    run = api.post("/v1/runs", json={"id": "bold"}).json()

    assert api.get("/v1/rules/surprise").json() == {"surprise": 0.9}
    assert api.get(f"/v1/runs/{run['id']}").json()["settings"]["surprise"] == 0.9
    assert api.put("/v1/rules/surprise", json={"surprise": None}).json() == {"surprise": 0.25}
    assert api.put("/v1/rules/surprise", json={"surprise": 2}).status_code == 422
    with community.services.ledger.read() as uow:
        turned = uow.operations.audit_entries(subject="surprise")
    assert [(each.who, each.data) for each in turned][-1] == ("key:key-1", {"from": 0.25, "to": 0.9})


def test_a_members_own_dial_and_number_are_changed_exported_and_forgotten(
    community: Community, api: TestClient
) -> None:
    """They count as part of the profile."""
    nora = ids(community)["Nora"]
    api.patch(f"/v1/members/{nora}", json={"surprise": "more", "per_month": 2})
    with community.services.ledger.read() as uow:
        assert uow.members.wishes() == {nora: ("more", 2)}
        assert uow.members.get(nora).surprise == "more"

    api.delete(f"/v1/members/{nora}")

    with community.services.ledger.read() as uow:
        assert uow.members.wishes() == {}


def test_the_description_has_an_example_for_every_run_and_rule(client: TestClient) -> None:
    """Whoever writes a program against it sees what to send and what comes back."""
    paths = client.get("/v1/openapi.json").json()["paths"]
    ours = {path: each for path, each in paths.items() if path.startswith(("/v1/runs", "/v1/rules"))}

    assert {"/v1/runs", "/v1/runs/{id}/replay", "/v1/rules/must-not", "/v1/rules/surprise"} <= ours.keys()
    assert all(operation["description"] for each in ours.values() for operation in each.values())
    assert '"example"' in json.dumps(ours["/v1/runs/{id}/progress"])
