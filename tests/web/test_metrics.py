"""Metrics tell operators how the service does, and strangers nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import DeadLetter, LinkPurpose
from serendipity.web.app import create_app
from tests.web.conftest import Community
from tests.web.introduced import link


def values(text: str) -> dict[str, float]:
    """Each line of the exposition format: its name with labels, and the value."""
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_an_operator_reads_how_far_every_part_is(community: Community, client: TestClient) -> None:
    """Check-ins, lag by consumer, messages by state, dead letters, and answers by route."""
    member, key = community.member("Nora Visser"), community.key("check-ins:write", "health:read")
    services = community.services
    item = {"id": "c-1", "member": member.id, "text": "big data"}
    client.post("/v1/check-ins", json=item, auth=key)
    with services.ledger.write() as uow:
        letter = DeadLetter(id="x", consumer="reading", subject="1", error="E", attempts=3, at=services.clock.now())
        uow.dead_letters.add(letter)

    answer = client.get("/metrics", auth=key)
    found = values(answer.text)

    assert answer.headers["content-type"].startswith("text/plain")
    assert found["serendipity_check_ins_total"] == 1
    assert found["serendipity_members"] == 1
    assert found['serendipity_consumer_lag{name="graph"}'] > 0
    assert found['serendipity_dead_letters{consumer="reading"}'] == 1
    assert found['serendipity_messages{state="queued"}'] == 0
    assert found['serendipity_http_answers_total{method="POST",route="/v1/check-ins",status="201"}'] >= 1
    assert found['serendipity_http_request_seconds_count{method="POST",route="/v1/check-ins"}'] >= 1


@pytest.mark.parametrize("scope", ["members:read", None])
def test_strangers_and_other_keys_read_nothing(community: Community, client: TestClient, scope: str | None) -> None:
    """The counts of a community are its own."""
    auth = community.key(scope) if scope else None
    answer = client.get("/metrics", auth=auth)
    assert answer.status_code == (403 if scope else 401)
    assert "serendipity_" not in answer.text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 401),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 401),
    ],
)
def test_this_machine_may_read_them_but_not_through_a_proxy_on_it(
    community: Community, address: str, headers: dict[str, str], status: int
) -> None:
    """A proxy makes everybody look local."""
    with TestClient(create_app(community.services), client=(address, 5000)) as local:
        assert local.get("/metrics", headers=headers).status_code == status


def test_no_metric_holds_an_id_or_a_secret(community: Community, client: TestClient) -> None:
    """Answers are counted by route; odd methods and addresses make no new lines."""
    member = community.member("Nora Visser")
    token, key = link(community, LinkPurpose.PROFILE, member.id), community.key("members:read", "health:read")
    client.get(f"/me/{token}")
    client.get(f"/v1/members/{member.id}", auth=key)
    client.request("BREW", "/pot")
    client.get("/no/such/page")
    text = client.get("/metrics", auth=key).text
    assert token not in text
    assert member.id not in text
    assert "BREW" not in text
    assert "/pot" not in text
    assert 'route="/me/{token}"' in text


def test_several_processes_answer_for_all(tmp_path: Path) -> None:
    """What one of them counted is in what another tells."""
    count = (
        "import os; os.environ['PROMETHEUS_MULTIPROC_DIR'] = {folder!r}\n"
        "from serendipity.web import metrics\n"
        "metrics._ANSWERS.labels('GET', '/x', '200').inc(3)\n"
    )
    told = (
        "from prometheus_client import CollectorRegistry, generate_latest\n"
        "from prometheus_client.multiprocess import MultiProcessCollector\n"
        "registry = CollectorRegistry(); MultiProcessCollector(registry); print(generate_latest(registry).decode())"
    )
    script = count.format(folder=str(tmp_path))
    subprocess.run([sys.executable, "-c", script], check=True)
    found = subprocess.run([sys.executable, "-c", script + told], check=True, capture_output=True, text=True).stdout
    assert re.search(r'serendipity_http_answers_total\{.*route="/x".*\} 6\.0', found)
