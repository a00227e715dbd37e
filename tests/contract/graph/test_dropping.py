"""Edges and nodes go, and what went is known to have been there."""

import pytest

from serendipity.domain.errors import NotFound
from serendipity.domain.graph import EdgeKey, EdgeKind, Head, NodeKind, TopicNode
from serendipity.ports import GraphStore
from tests.contract.graph.examples import (
    ANNA,
    ANNA_BO,
    ANNA_DATA,
    ANNA_MEETUP,
    BO,
    DATA,
    DATA_MENTIONED,
    FACTS,
    MARKETING,
    MEETUP,
    MEETUP_DATA,
    NO_MORE,
    WEIGHTS,
    drop,
    fill,
    weight,
)


def test_a_count_of_zero_drops_the_edge_and_leaves_a_tombstone(graph: GraphStore) -> None:
    """What was never there leaves none; the topic of a dropped count stays."""
    fill(graph)
    never = EdgeKey(EdgeKind.SEEKS, BO.id, DATA.id)

    with graph.write() as transaction:
        transaction.put_weights({ANNA_DATA: NO_MORE, DATA_MENTIONED: NO_MORE, never: NO_MORE})
        transaction.advance(Head(offset=11))

    assert set(graph.changes_since(10).dropped_edges) == {ANNA_DATA, DATA_MENTIONED}
    assert graph.counts()["INTERESTED_IN"] == graph.counts()["MENTIONED"] == 0
    assert graph.nodes(NodeKind.TOPIC, [DATA.id]) == {DATA.id: DATA}


def test_a_fact_of_none_drops_the_edge_and_leaves_a_tombstone(graph: GraphStore) -> None:
    """An attendance that was withdrawn is gone; a fact that never was leaves no tombstone."""
    fill(graph)

    with graph.write() as transaction:
        transaction.put_facts({ANNA_MEETUP: None, EdgeKey(EdgeKind.ATTENDED, BO.id, MEETUP.id): None})
        transaction.advance(Head(offset=11))

    assert graph.changes_since(10).dropped_edges == [ANNA_MEETUP]
    assert ANNA_MEETUP not in graph.changes_since(0).facts


def test_dropping_a_node_drops_its_edges(graph: GraphStore) -> None:
    """Edges of every kind, in either direction, go with their node."""
    fill(graph)

    drop(graph, NodeKind.TOPIC, DATA.id, offset=11)

    whole = graph.changes_since(0)
    assert set(whole.weights) == {ANNA_BO}
    assert set(whole.facts) == set(FACTS) - {
        MEETUP_DATA,
        EdgeKey(EdgeKind.NARROWER_THAN, MARKETING.id, DATA.id),
        EdgeKey(EdgeKind.PINNED, ANNA.id, DATA.id),
    }
    assert graph.changes_since(10).dropped_nodes == [(NodeKind.TOPIC, DATA.id)]


def test_dropping_a_member_leaves_a_topic_of_the_same_id(graph: GraphStore) -> None:
    """Ids are unique per kind of node only."""
    twin = TopicNode(id=ANNA.id, label="Twin")
    interest = EdgeKey(EdgeKind.INTERESTED_IN, BO.id, twin.id)
    fill(graph)
    with graph.write() as transaction:
        transaction.put_nodes([twin])
        transaction.put_weights({interest: weight()})
        transaction.advance(Head(offset=11))

    drop(graph, NodeKind.MEMBER, ANNA.id, offset=12)

    assert graph.nodes(NodeKind.TOPIC, [twin.id]) == {twin.id: twin}
    assert interest in graph.changes_since(0).weights


def test_dropping_a_node_that_is_not_there_changes_nothing(graph: GraphStore) -> None:
    """No error and no tombstone, also when the node was made in the same block."""
    with graph.write() as transaction:
        transaction.put_nodes([DATA])
        transaction.drop_node(NodeKind.TOPIC, DATA.id)
        transaction.drop_node(NodeKind.MEMBER, "nobody")
        transaction.advance(Head(offset=1))

    assert graph.changes_since(0).nodes == []
    assert graph.changes_since(-1).dropped_nodes == []


@pytest.mark.parametrize(("member", "topic"), [(ANNA.id, "t-none"), ("m-none", DATA.id)])
def test_an_edge_needs_both_its_ends(graph: GraphStore, member: str, topic: str) -> None:
    """A missing end is NotFound, and nothing of the block stays."""
    fill(graph)

    def write() -> None:
        with graph.write() as transaction:
            transaction.put_weights({EdgeKey(EdgeKind.INTERESTED_IN, member, topic): weight()})
            transaction.advance(Head(offset=11))

    with pytest.raises(NotFound):
        write()

    assert graph.head().offset == 10


def test_an_edge_to_a_node_dropped_in_the_same_block_is_refused(graph: GraphStore) -> None:
    """Also when the edge was there before."""
    fill(graph)

    def write() -> None:
        with graph.write() as transaction:
            known = transaction.weights([ANNA_DATA])
            transaction.drop_node(NodeKind.TOPIC, DATA.id)
            transaction.put_weights(known)
            transaction.advance(Head(offset=11))

    with pytest.raises(NotFound):
        write()

    assert graph.changes_since(0).weights == WEIGHTS
