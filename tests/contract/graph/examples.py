"""A small graph that the tests write to."""

from datetime import UTC, datetime, timedelta

from serendipity.domain.decay import Weight
from serendipity.domain.graph import (
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    Head,
    MemberNode,
    Node,
    NodeKind,
    TopicNode,
    pair,
)
from serendipity.ports import GraphStore

START = datetime(2026, 1, 5, 9, 30, 0, 123457, tzinfo=UTC)

ANNA = MemberNode(id="m-anna", organisation="Acme")
BO = MemberNode(id="m-bo")
DATA = TopicNode(id="t-big-data", label="Big Data")
MARKETING = TopicNode(id="t-marketing", label="Marketing")
MEETUP = EventNode(
    id="e-meetup", title="Data & coffee", starts_at=START, ends_at=START + timedelta(hours=2), place="p-hall"
)
NODES: list[Node] = [ANNA, BO, DATA, MARKETING, MEETUP]

ANNA_DATA = EdgeKey(EdgeKind.INTERESTED_IN, ANNA.id, DATA.id)
ANNA_BO = pair(EdgeKind.KNOWS, ANNA.id, BO.id)
DATA_MARKETING = pair(EdgeKind.RELATED_TO, DATA.id, MARKETING.id)
DATA_MENTIONED = EdgeKey(EdgeKind.MENTIONED, DATA.id, DATA.id)
ANNA_MEETUP = EdgeKey(EdgeKind.ATTENDED, ANNA.id, MEETUP.id)
MEETUP_DATA = EdgeKey(EdgeKind.ABOUT, MEETUP.id, DATA.id)

NO_MORE = Weight(weight=0.0, updated_at=START, count=0)


def weight(value: float = 1.0, *, days: float = 0, count: int = 1, why: str | None = None) -> Weight:
    """A weight some days after the start."""
    return Weight(weight=value, updated_at=START + timedelta(days=days), count=count, why=why)


WEIGHTS = {
    ANNA_DATA: weight(0.1 + 0.2),
    ANNA_BO: weight(0.8, why="met after an introduction"),
    DATA_MARKETING: weight(-1 / 3, days=1, count=3),
    DATA_MENTIONED: weight(7.25, count=9),
}
FACTS = {
    ANNA_MEETUP: Fact(at=START + timedelta(microseconds=1), role="speaker"),
    MEETUP_DATA: Fact(weight=0.7),
    EdgeKey(EdgeKind.PINNED, ANNA.id, DATA.id): Fact(),
    EdgeKey(EdgeKind.REGISTERED, BO.id, MEETUP.id): Fact(at=START, role="attendee"),
    EdgeKey(EdgeKind.NARROWER_THAN, MARKETING.id, DATA.id): Fact(),
    pair(EdgeKind.INTRODUCED_TO, ANNA.id, BO.id): Fact(at=START, outcome="met"),
}


def fill(graph: GraphStore, *, offset: int = 10) -> None:
    """Write the whole example in one transaction."""
    with graph.write() as transaction:
        transaction.put_nodes(NODES)
        transaction.put_weights(WEIGHTS)
        transaction.put_facts(FACTS)
        transaction.advance(Head(offset=offset))


def drop(graph: GraphStore, kind: NodeKind, id: str, *, offset: int) -> None:
    """Drop a node in a transaction of its own."""
    with graph.write() as transaction:
        transaction.drop_node(kind, id)
        transaction.advance(Head(offset=offset))
