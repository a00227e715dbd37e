"""What an earlier release left on disk is taken over: nothing is lost, and everything goes on working."""

import json
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from serendipity.domain.graph import EdgeKind
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import seed_vocabulary
from serendipity.usecases.upkeep.graph import catch_up, publish, rebuild
from tests.releases.make import END, FACTS, FOLDER, SetClock, facts, opened, weights_of

RELEASES = sorted(FOLDER.glob("*.tar.gz"))
CLOSE = 1e-9


@pytest.fixture(params=RELEASES, ids=lambda path: path.name.removesuffix(".tar.gz"))
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The data folder that a release left."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


@pytest.fixture
def told(release: Path) -> dict[str, Any]:
    """What the release said of it."""
    found: dict[str, Any] = json.loads((release / FACTS).read_text())
    return found


@pytest.fixture
def services(release: Path) -> Iterator[Services]:
    """The current version, at work on that folder."""
    services = opened(release, SetClock())
    with closing(services.graph), closing(services.ledger):
        services.graph.migrate()
        catch_up(services)
        publish(services)
        yield services


def test_nothing_that_a_release_kept_is_lost(services: Services, told: dict[str, Any]) -> None:
    """Records, members and introductions are there, and the graph weighs as it did."""
    now = facts(services, publish(services))

    assert now["head"] >= told["head"]
    assert (now["members"], now["introductions"]) == (told["members"], told["introductions"])
    assert "introduced" in now["introductions"].values()
    for kind, weights in told["weights"].items():
        assert now["weights"][kind] == pytest.approx(weights, rel=CLOSE)


def test_the_words_that_are_sensitive_by_now_come_with_the_upgrade(services: Services) -> None:
    """What a member tells from then on is theirs alone; the next start adds nothing."""
    said = {"chemo": "cancer", "lost my job": "job-loss", "werkloos": "job-loss"}
    vocabulary = services.reader.refresh()

    assert {phrase: vocabulary.find(phrase) for phrase in said} == said
    assert all(map(vocabulary.is_sensitive, said.values()))
    assert seed_vocabulary(services.ledger, services.reader, now=services.clock.now()) == 0


def test_the_graph_of_a_release_is_the_one_that_its_records_make(services: Services) -> None:
    """Emptied and folded again by this version, it is the same."""
    kinds = (EdgeKind.INTERESTED_IN, EdgeKind.KNOWS)
    taken_over = [weights_of(publish(services), kind) for kind in kinds]

    rebuild(services)

    assert [weights_of(publish(services), kind) for kind in kinds] == [
        pytest.approx(weights, rel=CLOSE) for weights in taken_over
    ]


def test_work_goes_on_where_a_release_left_off(services: Services, told: dict[str, Any]) -> None:
    """A member of then checks in, is understood, and the next run matches."""
    with services.ledger.read() as uow:
        member = uow.members.page(limit=1)[0]
    item = CheckInInput(id="after-the-upgrade", member=member.id, text="Marketing and big data", at=END)

    answer = check_in(services, item, source="test")

    assert {"Marketing", "Big Data"} <= {topic.label for topic in answer.topics}
    assert catch_up(services) > 0
    publish(services)
    report = run_matching(services, RunRequest(kind="by_hand", as_of=END), dry_run=True)
    assert report.matches
