"""Every graph store keeps what is written, whole or not at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from serendipity.domain.decay import Weight
from serendipity.domain.graph import COMMUNITY, EdgeKey, EdgeKind, EventNode, HalfLives, Head, Node, NodeKind, TopicNode
from serendipity.ports import GraphStore
from tests.contract.graph.conftest import HALF_LIVES, OpenGraph
from tests.contract.graph.examples import (
    ANNA,
    ANNA_BO,
    ANNA_DATA,
    BO,
    DATA,
    DATA_MARKETING,
    DATA_MENTIONED,
    FACTS,
    MARKETING,
    MEETUP,
    NO_MORE,
    NODES,
    START,
    WEIGHTS,
    drop,
    fill,
    weight,
)

TOTAL = EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY)


class Stopped(Exception):
    """What ends a block early in these tests."""


def test_a_new_graph_is_empty_and_knows_its_half_lives(graph: GraphStore) -> None:
    """The head starts at offset 0 with the half-lives given at opening."""
    assert graph.head() == Head(half_lives=HALF_LIVES)
    assert set(graph.counts().values()) == {0}


def test_everything_written_is_read_back_bit_by_bit(graph: GraphStore) -> None:
    """Floats, microseconds, counts, causes and every field of nodes and facts survive."""
    fill(graph)

    changes = graph.changes_since(0)

    assert changes.weights == WEIGHTS
    assert changes.facts == FACTS
    assert {node.id: node for node in changes.nodes} == {node.id: node for node in NODES}


def test_another_handle_sees_what_was_committed(open_graph: OpenGraph) -> None:
    """The graph outlives whoever wrote it."""
    fill(open_graph())

    assert open_graph().changes_since(0) == open_graph().changes_since(0)
    assert open_graph().changes_since(0).weights == WEIGHTS


def test_the_head_is_set_whole_and_half_lives_stay_when_not_named(graph: GraphStore) -> None:
    """Offset, standing and fence are stored; a head without half-lives leaves them."""
    with graph.write() as transaction:
        transaction.advance(Head(offset=2**40, standing=7, fence=3))

    assert graph.head() == Head(offset=2**40, standing=7, fence=3, half_lives=HALF_LIVES)


def test_an_error_in_the_block_leaves_nothing(graph: GraphStore) -> None:
    """Nodes, edges, drops and the head of a failed block are gone, and the lock is free again."""
    fill(graph)
    before = graph.changes_since(0)

    def write_and_stop() -> None:
        with graph.write() as transaction:
            transaction.put_nodes([TopicNode(id="t-new", label="New")])
            transaction.put_weights({ANNA_DATA: weight(99.0)})
            transaction.drop_node(NodeKind.MEMBER, BO.id)
            transaction.advance(Head(offset=11))
            raise Stopped

    with pytest.raises(Stopped):
        write_and_stop()

    assert graph.changes_since(0) == before
    with graph.write() as transaction:
        assert transaction.head().offset == 10


def test_a_weight_is_replaced_whole(graph: GraphStore) -> None:
    """Writing again leaves no trace of the earlier value, its cause included."""
    fill(graph)

    with graph.write() as transaction:
        transaction.put_weights({ANNA_BO: weight(0.25, days=3, count=2)})
        transaction.advance(Head(offset=11))

    with graph.write() as transaction:
        assert transaction.weights([ANNA_BO]) == {ANNA_BO: weight(0.25, days=3, count=2)}


def test_a_node_is_replaced_and_keeps_its_edges_and_count(graph: GraphStore) -> None:
    """A new label, an organisation left, an event without an end: edges and the decayed count stay."""
    fill(graph)
    later: list[Node] = [
        replace(DATA, label="Data"),
        replace(ANNA, organisation=None),
        replace(MEETUP, ends_at=None, place=None),
    ]

    with graph.write() as transaction:
        transaction.put_nodes(later)
        transaction.advance(Head(offset=11))

    found = {**graph.nodes(NodeKind.TOPIC, [DATA.id]), **graph.nodes(NodeKind.MEMBER, [ANNA.id])}
    assert {**found, **graph.nodes(NodeKind.EVENT, [MEETUP.id])} == {node.id: node for node in later}
    assert graph.changes_since(0).weights == WEIGHTS


def test_weights_answers_only_what_exists(graph: GraphStore) -> None:
    """Unknown keys are left out, and so is a key whose ends exist without an edge."""
    fill(graph)
    unknown = EdgeKey(EdgeKind.SEEKS, ANNA.id, DATA.id)

    with graph.write() as transaction:
        found = transaction.weights([*WEIGHTS, unknown, EdgeKey(EdgeKind.OFFERS, "nobody", "nothing")])

    assert found == WEIGHTS


def test_a_transaction_sees_its_own_writes(graph: GraphStore) -> None:
    """Weights put, dropped or lost with their node in the block read so in the block."""
    fill(graph)

    with graph.write() as transaction:
        transaction.put_weights({ANNA_DATA: weight(5.0), DATA_MARKETING: NO_MORE})
        assert transaction.weights([ANNA_DATA, DATA_MARKETING]) == {ANNA_DATA: weight(5.0)}
        transaction.drop_node(NodeKind.MEMBER, ANNA.id)
        assert transaction.weights(list(WEIGHTS)) == {DATA_MENTIONED: WEIGHTS[DATA_MENTIONED]}
        transaction.advance(Head(offset=11))

    assert graph.changes_since(0).weights == {DATA_MENTIONED: WEIGHTS[DATA_MENTIONED]}


def test_the_community_keeps_a_decayed_total(graph: GraphStore) -> None:
    """It is a weight like others, can be dropped, and needs no topic."""
    with graph.write() as transaction:
        transaction.put_weights({TOTAL: weight(41.5, count=12)})
        transaction.advance(Head(offset=1))
    with graph.write() as transaction:
        assert transaction.weights([TOTAL]) == {TOTAL: weight(41.5, count=12)}
        transaction.put_weights({TOTAL: NO_MORE})
        transaction.advance(Head(offset=2))

    assert graph.changes_since(1).dropped_edges == [TOTAL]
    assert graph.head() == Head(offset=2, half_lives=HALF_LIVES)


@pytest.mark.parametrize("text", ["coördinatie", "数据", '🦑 O\'Brien "x"', "a\nb", "`{}$id`"])
def test_ids_and_labels_may_be_any_text(graph: GraphStore, text: str) -> None:
    """Accents, other scripts, emoji, quotes and line breaks are data, never syntax."""
    topic = TopicNode(id=text, label=text)
    count = EdgeKey(EdgeKind.MENTIONED, text, text)

    with graph.write() as transaction:
        transaction.put_nodes([topic])
        transaction.put_weights({count: weight(why=text)})
        transaction.advance(Head(offset=1))

    assert graph.nodes(NodeKind.TOPIC, [text]) == {text: topic}
    assert graph.changes_since(0).weights == {count: weight(why=text)}


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2261, 1, 1, 0, 0, 0, 999999, tzinfo=UTC),
        datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_times_keep_their_microseconds(graph: GraphStore, moment: datetime) -> None:
    """Before 1970, far ahead and in another zone: the same instant comes back, in UTC."""
    event = EventNode(id="e", title="", starts_at=moment)
    count = EdgeKey(EdgeKind.MENTIONED, DATA.id, DATA.id)

    with graph.write() as transaction:
        transaction.put_nodes([event, DATA])
        transaction.put_weights({count: Weight(weight=1.0, updated_at=moment)})
        transaction.advance(Head(offset=1))

    assert graph.changes_since(0).weights[count].updated_at == moment
    assert graph.nodes(NodeKind.EVENT, ["e"]) == {"e": event}


@pytest.mark.parametrize("value", [5e-324, 1.7976931348623157e308, -0.1, 1 / 3, 2.0**53 + 2])
def test_weights_are_bit_equal(graph: GraphStore, value: float) -> None:
    """The smallest, the largest and the odd floats come back as they were."""
    with graph.write() as transaction:
        transaction.put_nodes([DATA])
        transaction.put_weights({DATA_MENTIONED: weight(value, count=2**40)})
        transaction.advance(Head(offset=1))

    assert graph.changes_since(0).weights[DATA_MENTIONED] == weight(value, count=2**40)


def test_around_answers_the_edges_of_the_named_kinds_in_either_direction(graph: GraphStore) -> None:
    """Weights and facts at a node; nothing for a node that is not there."""
    fill(graph)

    at_topic = graph.around(NodeKind.TOPIC, DATA.id, [EdgeKind.INTERESTED_IN, EdgeKind.RELATED_TO, EdgeKind.MENTIONED])
    at_member = graph.around(NodeKind.MEMBER, BO.id, [EdgeKind.KNOWS, EdgeKind.REGISTERED, EdgeKind.ABOUT])

    assert at_topic == {key: WEIGHTS[key] for key in (ANNA_DATA, DATA_MARKETING, DATA_MENTIONED)}
    registered = EdgeKey(EdgeKind.REGISTERED, BO.id, MEETUP.id)
    assert at_member == {ANNA_BO: WEIGHTS[ANNA_BO], registered: FACTS[registered]}
    assert graph.around(NodeKind.MEMBER, "nobody", list(EdgeKind)) == {}


def test_around_stays_right_while_the_graph_changes(graph: GraphStore) -> None:
    """Edges that come and go after the first look are seen and gone at the next."""
    fill(graph)
    assert ANNA_DATA in graph.around(NodeKind.MEMBER, ANNA.id, [EdgeKind.INTERESTED_IN])
    new = EdgeKey(EdgeKind.INTERESTED_IN, ANNA.id, MARKETING.id)

    with graph.write() as transaction:
        transaction.put_weights({ANNA_DATA: NO_MORE, new: weight(2.0)})
        transaction.advance(Head(offset=11))

    assert graph.around(NodeKind.MEMBER, ANNA.id, [EdgeKind.INTERESTED_IN]) == {new: weight(2.0)}


def test_counts_say_how_many_of_each_kind(graph: GraphStore) -> None:
    """Nodes and edges by kind."""
    fill(graph)

    counts = graph.counts()

    assert (counts["Member"], counts["Topic"], counts["Event"]) == (2, 2, 1)
    assert sum(counts[kind] for kind in EdgeKind) == len(WEIGHTS) + len(FACTS)


def test_clearing_starts_again_with_other_half_lives(graph: GraphStore) -> None:
    """Nodes, edges, tombstones, remaps and the offset are gone."""
    fill(graph)
    drop(graph, NodeKind.MEMBER, BO.id, offset=11)

    graph.clear(HalfLives(interests=10))

    assert graph.head() == Head(half_lives=HalfLives(interests=10))
    assert set(graph.counts().values()) == {0}
    assert graph.changes_since(-1).dropped_nodes == []


def test_five_thousand_edges_go_into_one_transaction(graph: GraphStore) -> None:
    """They are written, read back and replaced at once."""
    topics = [TopicNode(id=f"t{number:03}", label=str(number)) for number in range(101)]
    pairs = [(one.id, other.id) for one in topics for other in topics if one.id < other.id][:5000]
    weights = {EdgeKey(EdgeKind.RELATED_TO, *ids): weight(number / 7) for number, ids in enumerate(pairs)}

    with graph.write() as transaction:
        transaction.put_nodes(topics)
        transaction.put_weights(weights)
        transaction.advance(Head(offset=1))
    with graph.write() as transaction:
        found = transaction.weights(list(weights))
        transaction.put_weights({key: replace(old, count=old.count + 1) for key, old in found.items()})
        transaction.advance(Head(offset=2))

    assert found == weights
    assert graph.changes_since(1).weights == {key: replace(old, count=2) for key, old in weights.items()}


def test_migrating_again_changes_nothing(graph: GraphStore) -> None:
    """Every start of the service migrates."""
    fill(graph)

    graph.migrate()

    assert graph.changes_since(0).weights == WEIGHTS
    assert graph.head().offset == 10


def test_check_names_the_store_in_one_line(graph: GraphStore) -> None:
    """For `serendipity doctor`."""
    assert "graph in" in graph.check()
    assert "\n" not in graph.check()


def test_the_start_is_as_exact_as_the_tests_need() -> None:
    """The example's time has microseconds that milliseconds would lose."""
    assert START.microsecond % 1000
