"""The second step of an erasure: what the graph has let go of leaves the ledger too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serendipity.domain.graph import Changes, HalfLives, NodeKind
from serendipity.domain.model import Mention, NewRecord, Purpose, Record, RecordKind, Understanding
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.events import tie
from serendipity.intake.inputs import CheckInInput, MemberInput, TieInput
from serendipity.intake.members import join_all, merge
from serendipity.ports import Ledger
from serendipity.projection import Projector
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.topics.understandings import understanding_data
from serendipity.upkeep.erasure import erase_again, finish_erasures
from serendipity.usecases.services import new_standing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIVES = HalfLives()
BIG_DATA = NewRecord(
    kind=RecordKind.TOPIC_ADDED,
    source="tests",
    id="big-data",
    at=NOW,
    data={"topic": "big-data", "label": "Big Data", "aliases": [], "parent": None, "sensitive": False},
    refs=("topic:big-data", "phrase:big data"),
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in which Ada and Bob, who know each other, have checked in and were understood."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.migrate()
    joining = [MemberInput(id=id, name=id, purposes=frozenset({Purpose.MATCHING})) for id in ("ada", "bob", "bobby")]
    with opened.write() as uow:
        uow.records.append([BIG_DATA])
        join_all(uow, joining, source="tests", now=NOW, scrub=scrub_for_ledger)
    for member in ("ada", "bob", "bobby"):
        understand(opened, check_in(opened, member))
    with opened.write() as uow:
        tie(uow, [TieInput(id="t-1", member="ada", other="bob")], source="tests", now=NOW)
    yield opened
    opened.close()


def check_in(ledger: Ledger, member: str) -> Record:
    """A member says that they work on big data."""
    item = CheckInInput(id=f"c-{member}", member=member, text="Big data")
    with ledger.write() as uow:
        return record_check_ins(uow, [item], source="tests", now=NOW, scrub=scrub_for_ledger)[0].record


def understand(ledger: Ledger, said: Record) -> None:
    """A reader writes down what was made of a check-in."""
    understood = Understanding(mentions=(Mention(phrase="big data", topic="big-data"),))
    record = NewRecord(
        kind=RecordKind.UNDERSTOOD,
        source="understanding",
        id=str(said.position),
        at=said.at,
        member=said.member,
        data=understanding_data(understood) | {"of": "check_in", "use": True},
        refs=("topic:big-data", "phrase:big data", f"record:{said.position}"),
        about=said.position,
    )
    with ledger.write() as uow:
        uow.records.append([record])


def fold(ledger: Ledger, graph: MemoryGraph) -> MemoryGraph:
    """Bring a graph up to the ledger."""
    Projector(ledger, graph, LIVES, new_standing).catch_up(holder="tests")
    return graph


def told_of(ledger: Ledger, member: str) -> set[RecordKind]:
    """The kinds of records that still say something about a member."""
    with ledger.read() as uow:
        records = uow.records.touching({f"member:{member}"}, upto=uow.records.head())
    return {record.kind for record in records if record.data}


def whole(graph: MemoryGraph) -> Changes:
    """What is in a graph, whenever it came there."""
    found = graph.changes_since(0)
    bare: Changes = replace(found, dropped_nodes=[], dropped_edges=[], remaps=[])
    return bare


def test_nothing_is_blanked_before_the_graph_has_let_go(ledger: Ledger) -> None:
    """What was folded has to be taken back first."""
    graph = fold(ledger, MemoryGraph(LIVES))
    erase_again(ledger, "bob", NOW)
    assert finish_erasures(ledger, graph) == 0
    assert RecordKind.UNDERSTOOD in told_of(ledger, "bob")


def test_once_it_has_nothing_says_anything_about_them(ledger: Ledger) -> None:
    """Understandings, ties of others, consents and profile are blank; the others' own words stay."""
    graph = fold(ledger, MemoryGraph(LIVES))
    erase_again(ledger, "bob", NOW)
    fold(ledger, graph)
    assert finish_erasures(ledger, graph) == 5
    assert told_of(ledger, "bob") == set()
    assert RecordKind.UNDERSTOOD in told_of(ledger, "ada")
    with ledger.read() as uow:
        assert uow.records.members_mentioning(["phrase:big data"]) == {"phrase:big data": 2}


def test_a_second_time_there_is_nothing_left_to_do(ledger: Ledger) -> None:
    """The consumer remembers how far it was."""
    graph = fold(ledger, MemoryGraph(LIVES))
    erase_again(ledger, "bob", NOW)
    fold(ledger, graph)
    finish_erasures(ledger, graph)
    assert finish_erasures(ledger, graph) == 0


def test_the_live_graph_equals_one_built_anew_afterwards(ledger: Ledger) -> None:
    """As if they had never been there."""
    graph = fold(ledger, MemoryGraph(LIVES))
    erase_again(ledger, "bob", NOW)
    fold(ledger, graph)
    finish_erasures(ledger, graph)
    anew = fold(ledger, MemoryGraph(LIVES))
    assert graph.nodes(NodeKind.MEMBER, {"ada", "bob", "bobby"}).keys() == {"ada", "bobby"}
    assert whole(graph).nodes == whole(anew).nodes
    assert whole(graph).facts == whole(anew).facts
    assert whole(graph).weights.keys() == whole(anew).weights.keys()
    for key, weight in whole(anew).weights.items():
        assert whole(graph).weights[key].weight == pytest.approx(weight.weight, abs=1e-9)


def test_a_duplicate_goes_with_who_stayed(ledger: Ledger) -> None:
    """What was said under the other id is theirs as well."""
    with ledger.write() as uow:
        merge(uow, "bobby", "bob", now=NOW)
    graph = fold(ledger, MemoryGraph(LIVES))
    erase_again(ledger, "bob", NOW)
    fold(ledger, graph)
    finish_erasures(ledger, graph)
    assert told_of(ledger, "bobby") == told_of(ledger, "bob") == {RecordKind.MEMBER_MERGED}


def test_what_a_slow_reader_still_writes_is_blanked_too(ledger: Ledger) -> None:
    """An understanding of a text that was read before the erasure, and appended after it."""
    said = check_in(ledger, "ada")
    graph = fold(ledger, MemoryGraph(LIVES))
    erase_again(ledger, "ada", NOW)
    fold(ledger, graph)
    finish_erasures(ledger, graph)
    late = read_slowly(ledger, said)
    fold(ledger, graph)
    assert finish_erasures(ledger, graph) == 1
    with ledger.read() as uow:
        assert uow.records.get(late).data is None


def read_slowly(ledger: Ledger, said: Record) -> int:
    """A second reading of a text, as a slow process would append it."""
    record = NewRecord(
        kind=RecordKind.REREAD,
        source="understanding",
        id=f"slow:{said.position}",
        at=said.at,
        member=said.member,
        data=understanding_data(Understanding(mentions=(Mention(phrase="secrets"),))) | {"of": "check_in"},
        refs=("phrase:secrets",),
        about=said.position,
    )
    with ledger.write() as uow:
        return uow.records.append([record])[0].record.position
