"""The one place where the embedded graph's rows become terms of the graph, and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from serendipity.domain.decay import Weight
from serendipity.domain.graph import (
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    HalfLives,
    Head,
    MemberNode,
    Node,
    NodeKind,
    TopicNode,
)
from serendipity.stores.graph_transaction import KIND_OF

Row = tuple[Any, ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# sqlite3 takes a plain str three times as fast as a member of an enumeration.
TEXT: dict[NodeKind | EdgeKind, str] = {kind: str.__str__(kind.value) for kind in (*NodeKind, *EdgeKind)}
EDGE_KINDS: dict[str, EdgeKind] = {TEXT[kind]: kind for kind in EdgeKind}


def micros(at: datetime) -> int:
    """Return a time as microseconds since 1970, without loss.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (at - EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    """Return the time of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def _micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _moment_or_none(micros: int | None) -> datetime | None:
    return None if micros is None else moment(micros)


def key_row(key: EdgeKey) -> Row:
    """Return kind, source and target as plain texts."""
    return TEXT[key.kind], key.source, key.target


def weight_row(key: EdgeKey, weight: Weight, position: int) -> Row:
    """Return the row of a weighted edge."""
    kind, source, target = key
    return (
        *(TEXT[kind], source, target),
        *(weight.weight, micros(weight.updated_at), weight.count, weight.why, position),
    )


def weight(weight: float, updated_at: int, count: int, why: str | None) -> Weight:
    """Read a weight."""
    return Weight(weight=weight, updated_at=moment(updated_at), count=count, why=why)


def read_weighted_edge(row: Row) -> tuple[EdgeKey, Weight]:
    """Read a weighted edge."""
    return edge_key(row[:3]), weight(*row[3:])


def fact_row(key: EdgeKey, fact: Fact, position: int) -> Row:
    """Return the row of a fact."""
    return *key_row(key), _micros_or_none(fact.at), fact.role, fact.weight, fact.outcome, position


def read_stated_edge(row: Row) -> tuple[EdgeKey, Fact]:
    """Read a fact."""
    at, role, weight, outcome = row[3:]
    return edge_key(row[:3]), Fact(at=_moment_or_none(at), role=role, weight=weight, outcome=outcome)


def edge_key(row: Row) -> EdgeKey:
    """Read what identifies an edge."""
    kind, source, target = row
    return EdgeKey(EDGE_KINDS[kind], source, target)


def node_row(node: Node, position: int) -> Row:
    """Return the row of a node."""
    key = TEXT[KIND_OF[type(node)]], node.id
    match node:
        case MemberNode():
            return *key, node.organisation, None, None, None, None, None, position
        case TopicNode():
            return *key, None, node.label, None, None, None, None, position
        case EventNode():
            times = micros(node.starts_at), _micros_or_none(node.ends_at)
            return *key, None, None, node.title, *times, node.place, position


def node(row: Row) -> Node:
    """Read a node."""
    kind, id, organisation, label, title, starts_at, ends_at, place = row
    match NodeKind(kind):
        case NodeKind.MEMBER:
            return MemberNode(id=id, organisation=organisation)
        case NodeKind.TOPIC:
            return TopicNode(id=id, label=label)
        case NodeKind.EVENT:
            times = moment(starts_at), _moment_or_none(ends_at)
            return EventNode(id=id, title=title, starts_at=times[0], ends_at=times[1], place=place)


def half_lives_row(half_lives: HalfLives | None) -> Row:
    """Return the half-lives, as four columns."""
    if half_lives is None:
        return None, None, None, None
    return half_lives.interests, half_lives.wants, half_lives.affinity, half_lives.ties


def head_row(head: Head) -> Row:
    """Return the community's row."""
    return head.offset, head.standing, head.fence, *half_lives_row(head.half_lives)
