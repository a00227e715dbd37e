"""A member with five hundred check-ins is erased: from the graph, from the ledger, and for good."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.domain.graph import EdgeKey, NodeKind
from serendipity.domain.model import Purpose
from serendipity.intake.inputs import CheckInInput, MemberInput
from serendipity.intake.members import join_all
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.upkeep.erasure import finish_erasures
from serendipity.usecases.check_in.check_in import acknowledge
from serendipity.usecases.members.personal_data import erase
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader
from serendipity.usecases.upkeep.graph import catch_up, graph_as_of, rebuild
from tests.fakes import FakeClock
from tests.faults.life import TEXTS, WordExtractor
from tests.integration.projection.community import AFTER_JANUARY, services_in
from tests.integration.projection.comparing import absolute_contributions, copy_in_memory, differences

CHECK_INS = 500
SECRET = "xylophonist"
GONE = "m-gone"
OTHERS = ("m-b", "m-c", "m-d")


@dataclass(frozen=True)
class Forgotten:
    """The services after the erasure, and the graph as it was before the member said a word."""

    services: Services
    ledger_file: Path
    before: MemoryGraph
    scale: dict[EdgeKey, float]


@pytest.fixture(scope="module")
def forgotten(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forgotten]:
    """A member says five hundred things among others, and is erased."""
    folder = tmp_path_factory.mktemp("forgotten")
    services = services_in(folder, FakeClock(AFTER_JANUARY))
    services = replace(services, reader=Reader(services.ledger, WordExtractor))
    _join(services)
    acknowledge(services, [_said(number, OTHERS[number % 3]) for number in range(30)], source="test")
    catch_up(services)
    before = copy_in_memory(services.graph)
    acknowledge(services, [_said(number, GONE, SECRET) for number in range(CHECK_INS)], source="test")
    catch_up(services)
    scale = absolute_contributions(services.ledger)
    erase(services, GONE, by="test")
    catch_up(services)
    finish_erasures(services.ledger, services.graph)
    yield Forgotten(services, folder / "ledger.db", before, scale)
    services.graph.close()
    services.ledger.close()


def _join(services: Services) -> None:
    joining = [MemberInput(id=GONE, name=f"Ms {SECRET}", about=SECRET, purposes=frozenset(Purpose))]
    joining += [MemberInput(id=id, name=id, purposes=frozenset(Purpose)) for id in OTHERS]
    with services.ledger.write() as uow:
        join_all(uow, joining, source="test", now=AFTER_JANUARY, scrub=services.scrub)


def _said(number: int, member: str, secret: str = "") -> CheckInInput:
    text = ", ".join(filter(None, (TEXTS[number % len(TEXTS)], secret)))
    return CheckInInput(id=f"{member}-{number}", member=member, text=text, at=AFTER_JANUARY - timedelta(hours=number))


def rows_with(file: Path, words: str) -> list[str]:
    """The tables of a SQLite file with a row that holds these words in any column."""
    connection = sqlite3.connect(file)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = [name for name in tables for row in connection.execute(f'SELECT * FROM "{name}"') if words in str(row)]
    connection.close()
    return found


def test_the_graph_is_what_it_was_before_the_member_said_a_word(forgotten: Forgotten) -> None:
    """All that they brought is taken back: their edges, and their share of counts and affinities."""
    graph = forgotten.services.graph
    assert GONE not in graph.nodes(NodeKind.MEMBER, [GONE])
    assert graph.changes_since(0).weights.keys() == forgotten.before.changes_since(0).weights.keys()
    found = differences(graph, forgotten.before, forgotten.scale)
    assert [difference for difference in found if GONE not in difference] == []


def test_no_row_of_the_ledger_holds_a_word_of_theirs(forgotten: Forgotten) -> None:
    """Texts, profile, name and what was understood are gone; their records stay, without a payload."""
    assert rows_with(forgotten.ledger_file, SECRET) == []
    with forgotten.services.ledger.read() as uow:
        left = uow.records.recent(member=GONE, limit=10_000)
    assert len(left) > 2 * CHECK_INS
    assert {record.kind.value for record in left if record.data} == set()


def test_words_of_those_who_stay_are_found_in_the_ledger(forgotten: Forgotten) -> None:
    """The search itself finds what is there."""
    assert "records" in rows_with(forgotten.ledger_file, TEXTS[1])


def test_neither_an_earlier_moment_nor_a_rebuild_brings_them_back(forgotten: Forgotten) -> None:
    """The records tell nothing of them any more, at whatever moment one asks."""
    services = forgotten.services
    earlier = graph_as_of(services, AFTER_JANUARY - timedelta(days=1))
    live = copy_in_memory(services.graph)
    rebuild(services)
    for graph in (earlier, services.graph):
        whole = graph.changes_since(0)
        assert GONE not in {node.id for node in whole.nodes}
        assert GONE not in {end for key in (*whole.weights, *whole.facts) for end in key}
    assert differences(services.graph, live, forgotten.scale) == []
