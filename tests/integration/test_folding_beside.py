"""A long import folds in a second process: what it leaves behind is what one process would have."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench._communities import check_in, member, settle_community
from serendipity.bootstrap import build_services
from serendipity.cli.projector_process import project_in_background
from serendipity.config import Settings
from serendipity.domain.graph import Changes
from serendipity.stores.ledger_sql import open_ledger
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import project, rebuild

MEMBERS = [member(number) for number in range(10)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A folder of its own, and batches small enough that there are many."""
    return Settings(data_dir=tmp_path, projection_batch=20)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """A graph that has a community's first hundred check-ins still to fold."""
    ledger = open_ledger(settings.ledger)
    settle_community(ledger, members=len(MEMBERS))
    ledger.close()
    services = build_services(settings)
    services.graph.migrate()
    say(services, seed=1)
    yield services
    services.graph.close()
    services.ledger.close()


def say(services: Services, *, seed: int) -> None:
    """Append a hundred check-ins with what was made of them."""
    check_in(services.ledger, sorted(services.topics()), count=100, members=MEMBERS, seed=seed)


def graph_of(services: Services) -> Changes:
    """Return the whole graph."""
    return services.graph.changes_since(0)


def test_what_two_processes_folded_equals_a_rebuilt_graph(services: Services, settings: Settings) -> None:
    """One folds while the other appends and folds the rest afterwards; together they leave the graph of one."""
    with project_in_background(settings):
        say(services, seed=2)

    project(services)

    together = graph_of(services)
    assert services.projector().behind() == 0
    rebuild(services)
    rebuilt = graph_of(services)
    assert together.nodes == rebuilt.nodes
    assert together.facts == rebuilt.facts
    assert {key: weight.count for key, weight in together.weights.items()} == {
        key: weight.count for key, weight in rebuilt.weights.items()
    }
    for key, weight in together.weights.items():
        assert weight.weight == pytest.approx(rebuilt.weights[key].weight, rel=1e-9)


def test_an_interrupt_leaves_neither_a_process_nor_a_lease(services: Services, settings: Settings) -> None:
    """Who takes the work up again can fold at once, and folds what is left."""
    with pytest.raises(KeyboardInterrupt), project_in_background(settings):
        raise KeyboardInterrupt

    assert not multiprocessing.active_children()
    project(services)
    assert services.projector().behind() == 0
