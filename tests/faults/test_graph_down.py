"""The graph does not answer: check-ins are taken all the same, and it catches up by itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.errors import GraphUnavailable
from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Purpose, RecordKind
from serendipity.intake.inputs import CheckInInput, MemberInput
from serendipity.intake.members import join
from serendipity.stores.graph_neo4j import open_neo4j_graph
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.graph import catch_up
from tests.fakes import FakeClock
from tests.faults.life import WordExtractor
from tests.integration.projection.comparing import HALF_LIVES
from tests.integration.projection.stores import SwitchedGraph
from tests.servers.session import free_port


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A fresh installation with one member, up to date."""
    services = build_services(Settings(data_dir=tmp_path), clock=FakeClock())
    services.graph.migrate()
    services = replace(services, reader=Reader(services.ledger, WordExtractor))
    anna = MemberInput(id="m-anna", name="Anna", purposes=frozenset({Purpose.MATCHING}))
    with services.ledger.write() as uow:
        join(uow, anna, source="test", now=services.clock.now(), scrub=services.scrub)
    catch_up(services)
    yield services
    services.graph.close()
    services.ledger.close()


def check_in_once(services: Services, id: str) -> None:
    """Say something that is understood."""
    answer = check_in(services, CheckInInput(id=id, member="m-anna", text="big data, marketing"), source="kiosk")
    assert answer.fresh
    assert answer.understood


def test_check_ins_are_acknowledged_while_the_graph_is_down(services: Services) -> None:
    """They wait in the ledger, and the graph is behind by them and their understandings until it is back."""
    graph = SwitchedGraph(services.graph)
    services = replace(services, graph=graph)
    graph.down = True
    for number in range(3):
        check_in_once(services, f"c-{number}")
    with pytest.raises(GraphUnavailable):
        catch_up(services)

    graph.down = False
    behind = services.projector().behind()
    catch_up(services)

    assert behind == 6
    assert services.projector().behind() == 0
    assert {
        weight.count for key, weight in graph.changes_since(0).weights.items() if key.kind is EdgeKind.RELATED_TO
    } == {3}


def test_a_neo4j_at_a_closed_port_costs_no_check_in(services: Services) -> None:
    """Nothing that a check-in does waits for the graph; only what needs the graph says that it does not answer."""
    nowhere = open_neo4j_graph(f"bolt://127.0.0.1:{free_port()}", "neo4j", "password", HALF_LIVES)
    cut_off = replace(services, graph=nowhere)
    check_in_once(cut_off, "c-1")
    with pytest.raises(GraphUnavailable):
        catch_up(cut_off)
    with pytest.raises(GraphUnavailable):
        cut_off.projector().behind()
    nowhere.close()
    with services.ledger.read() as uow:
        assert uow.records.count(kinds={RecordKind.CHECK_IN}) == 1
    catch_up(services)
    assert services.graph.counts()[EdgeKind.RELATED_TO] == 1
