"""What changed since a position, applied to what one had, gives what the graph is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serendipity.domain.decay import Weight
from serendipity.domain.graph import (
    ENDS,
    WEIGHTED,
    Changes,
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    Head,
    MemberNode,
    Node,
    NodeKind,
    Remap,
    TopicNode,
)
from serendipity.ports import GraphStore, GraphTransaction
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_neo4j import Neo4jGraph
from serendipity.stores.graph_transaction import node_key, overlay
from tests.contract.graph.conftest import HALF_LIVES, OpenGraph
from tests.contract.graph.examples import ANNA, ANNA_DATA, BO, DATA, NO_MORE, WEIGHTS, drop, fill, weight


def test_only_what_was_touched_after_the_position_is_listed(graph: GraphStore) -> None:
    """Everything carries the offset of the transaction that touched it last."""
    fill(graph, offset=10)
    with graph.write() as transaction:
        transaction.put_nodes([BO])
        transaction.put_weights({ANNA_DATA: weight(2.0)})
        transaction.advance(Head(offset=15))

    changes = graph.changes_since(10)

    assert changes == Changes(head=graph.head(), nodes=[BO], weights={ANNA_DATA: weight(2.0)})
    assert graph.changes_since(14) == changes
    assert graph.changes_since(15) == Changes(head=graph.head())


def test_an_edge_made_again_is_no_longer_dropped(graph: GraphStore) -> None:
    """Whoever read before the drop and asks after the second making sees an upsert only."""
    fill(graph, offset=10)
    for offset, value in ((11, NO_MORE), (12, weight(3.0))):
        with graph.write() as transaction:
            transaction.put_weights({ANNA_DATA: value})
            transaction.advance(Head(offset=offset))

    assert graph.changes_since(10) == Changes(head=graph.head(), weights={ANNA_DATA: weight(3.0)})


def test_a_node_made_again_is_listed_as_dropped_and_as_made(graph: GraphStore) -> None:
    """Its earlier edges are gone, which a reader learns from the drop."""
    fill(graph, offset=10)
    drop(graph, NodeKind.MEMBER, ANNA.id, offset=11)
    with graph.write() as transaction:
        transaction.put_nodes([ANNA])
        transaction.advance(Head(offset=12))

    changes = graph.changes_since(10)

    assert changes.dropped_nodes == [(NodeKind.MEMBER, ANNA.id)]
    assert changes.nodes == [ANNA]
    assert graph.changes_since(11).dropped_nodes == []


def test_a_node_that_is_itself_again_has_no_remap(graph: GraphStore) -> None:
    """A merge that was undone: the topic is put, and what it had become is forgotten; another's remap stays."""
    with graph.write() as transaction:
        for old in ("t-a", "t-b"):
            transaction.remap(Remap(kind=NodeKind.TOPIC, old=old, new="t-c"))
        transaction.advance(Head(offset=1))
    with graph.write() as transaction:
        transaction.put_nodes([TopicNode(id="t-a", label="A")])
        transaction.advance(Head(offset=2))

    assert graph.changes_since(0).remaps == [Remap(kind=NodeKind.TOPIC, old="t-b", new="t-c")]


def test_remaps_are_listed_and_the_last_one_counts(graph: GraphStore) -> None:
    """A topic merged twice leads to where it is now."""
    for offset, new in ((1, "t-b"), (2, "t-c")):
        with graph.write() as transaction:
            transaction.remap(Remap(kind=NodeKind.TOPIC, old="t-a", new=new))
            transaction.advance(Head(offset=offset))

    assert graph.changes_since(0).remaps == [Remap(kind=NodeKind.TOPIC, old="t-a", new="t-c")]
    assert graph.changes_since(2).remaps == []


def test_the_whole_graph_names_no_drops(graph: GraphStore) -> None:
    """Two graphs with the same content read the same, whatever was dropped on the way."""
    fill(graph, offset=10)
    drop(graph, NodeKind.TOPIC, DATA.id, offset=11)

    whole = graph.changes_since(0)

    assert whole.dropped_nodes == []
    assert whole.dropped_edges == []


def test_what_carries_position_zero_belongs_to_the_whole_graph(graph: GraphStore) -> None:
    """A transaction that does not advance leaves the graph's offset as its position."""
    with graph.write() as transaction:
        transaction.put_nodes([ANNA, BO, DATA])
        transaction.put_weights({ANNA_DATA: WEIGHTS[ANNA_DATA]})

    assert graph.changes_since(0).weights == {ANNA_DATA: WEIGHTS[ANNA_DATA]}


# --- random histories -------------------------------------------------------------------------------------------

IDS = ("a", "b", "é🦑")
MOMENTS = st.integers(-(10**15), 7 * 10**15).map(
    lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64)
TEXTS = st.none() | st.sampled_from(("speaker", "met", ""))
Operation = Callable[[GraphTransaction], None]
History = list[list[Operation]]


def _node(kind: NodeKind, id: str, text: str, at: datetime, end: datetime | None) -> Node:
    match kind:
        case NodeKind.MEMBER:
            return MemberNode(id=id, organisation=text or None)
        case NodeKind.TOPIC:
            return TopicNode(id=id, label=text)
        case NodeKind.EVENT:
            return EventNode(id=id, title=text, starts_at=at, ends_at=end, place=text or None)


EVERY_NODE = [_node(kind, id, "", datetime(2026, 1, 1, tzinfo=UTC), None) for kind in NodeKind for id in (*IDS, "kept")]
ENDPOINTS = st.sampled_from((*IDS, "kept"))


def _key(kind: EdgeKind, one: str, other: str) -> EdgeKey:
    source, target = sorted((one, other)) if ENDS[kind][0] is ENDS[kind][1] else (one, other)
    return EdgeKey(kind, source, source if kind is EdgeKind.MENTIONED else target)


WEIGHTED_KEYS = st.builds(_key, st.sampled_from(sorted(WEIGHTED)), ENDPOINTS, ENDPOINTS)
STATED_KEYS = st.builds(_key, st.sampled_from(sorted(set(EdgeKind) - WEIGHTED)), ENDPOINTS, ENDPOINTS)
SOME_WEIGHTS = st.builds(Weight, weight=FLOATS, updated_at=MOMENTS, count=st.integers(-1, 3), why=TEXTS)
SOME_FACTS = st.none() | st.builds(Fact, at=st.none() | MOMENTS, role=TEXTS, weight=st.none() | FLOATS, outcome=TEXTS)
KINDS = st.sampled_from(list(NodeKind))
OPERATIONS = st.one_of(
    st.builds(
        lambda kind, id, text, at, end: lambda transaction: transaction.put_nodes([_node(kind, id, text, at, end)]),
        *(KINDS, st.sampled_from(IDS), st.sampled_from(("", "x")), MOMENTS, st.none() | MOMENTS),
    ),
    st.dictionaries(WEIGHTED_KEYS, SOME_WEIGHTS, max_size=6).map(
        lambda weights: lambda transaction: transaction.put_weights(weights)
    ),
    st.dictionaries(STATED_KEYS, SOME_FACTS, max_size=4).map(
        lambda facts: lambda transaction: transaction.put_facts(facts)
    ),
    st.builds(lambda kind, id: lambda transaction: _drop_and_make(transaction, kind, id), KINDS, st.sampled_from(IDS)),
    st.builds(
        lambda kind, old, new: lambda transaction: transaction.remap(Remap(kind=kind, old=old, new=new)),
        *(KINDS, st.sampled_from(IDS), ENDPOINTS),
    ),
)
HISTORIES = st.lists(st.lists(OPERATIONS, min_size=1, max_size=6), min_size=1, max_size=6)
# An example is a whole history; the store behind it is cleared, not made anew, for each.
RANDOM = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# A history is some hundred statements to a server.
FEW = settings(RANDOM, max_examples=6)


def _drop_and_make(transaction: GraphTransaction, kind: NodeKind, id: str) -> None:
    """Drop a node, and put it again, so that later edges find their ends."""
    transaction.drop_node(kind, id)
    transaction.put_nodes([_node(kind, id, "again", datetime(2026, 1, 1, tzinfo=UTC), None)])


def _play(graph: GraphStore, history: History) -> None:
    """Write each list of operations as one transaction, from offset 2 on."""
    graph.clear(HALF_LIVES)
    with graph.write() as transaction:
        transaction.put_nodes(EVERY_NODE)
        transaction.advance(Head(offset=1))
    for offset, operations in enumerate(history, start=2):
        with graph.write() as transaction:
            for operation in operations:
                operation(transaction)
            transaction.advance(Head(offset=offset))


def _reads_as_in_memory(graph: GraphStore, history: History) -> None:
    """Assert that changes since every position, counts and the edges around every node equal the plain store's."""
    plain = MemoryGraph(HALF_LIVES)
    _play(graph, history)
    _play(plain, history)

    for position in range(-1, len(history) + 2):
        assert graph.changes_since(position) == plain.changes_since(position)
    assert graph.counts() == plain.counts()
    for node in plain.changes_since(0).nodes:
        kind, id = node_key(node)
        assert graph.around(kind, id, list(EdgeKind)) == plain.around(kind, id, list(EdgeKind))


@RANDOM
@given(history=HISTORIES)
def test_a_random_history_in_a_file_reads_as_in_memory(embedded_graph: OpenGraph, history: History) -> None:
    """The whole, and what changed since each position, are equal bit by bit."""
    graph = embedded_graph()

    _reads_as_in_memory(graph, history)
    graph.close()


@pytest.mark.neo4j
@FEW
@given(history=HISTORIES)
def test_a_random_history_in_neo4j_reads_as_in_memory(neo4j_graph: Callable[[], Neo4jGraph], history: History) -> None:
    """The whole, and what changed since each position, are equal bit by bit."""
    graph = neo4j_graph()

    _reads_as_in_memory(graph, history)
    graph.close()


@RANDOM
@given(history=HISTORIES, kept=st.integers(0, 6))
def test_changes_bring_a_reader_from_any_position_to_the_present(history: History, kept: int) -> None:
    """Drops applied first, then upserts: the difference leads from what one had to what is."""
    graph = MemoryGraph(HALF_LIVES)
    _play(graph, history[:kept])
    had = graph.changes_since(0)
    _play(graph, history)

    assert overlay(had, graph.changes_since(had.head.offset)) == graph.changes_since(0)


@RANDOM
@given(history=HISTORIES)
def test_the_edges_around_a_node_are_those_of_the_whole(history: History) -> None:
    """Asked node by node, the graph gives each edge at both its ends and no other."""
    graph = MemoryGraph(HALF_LIVES)
    _play(graph, history)
    whole = graph.changes_since(0)
    edges: dict[EdgeKey, Weight | Fact] = {**whole.weights, **whole.facts}

    for node in whole.nodes:
        kind, id = node_key(node)
        at_node = {key: value for key, value in edges.items() if _touches(key, kind, id)}
        assert graph.around(kind, id, list(EdgeKind)) == at_node


def _touches(key: EdgeKey, kind: NodeKind, id: str) -> bool:
    source, target = ENDS[key.kind]
    return (kind, id) in ((source, key.source), (target, key.target))
