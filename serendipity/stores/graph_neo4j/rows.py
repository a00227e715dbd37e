"""The one place where what travels to and from Neo4j becomes terms of the graph.

A time goes in as whole seconds since 1970 and nanoseconds, and comes out as milliseconds since 1970, rounded down, and
the microseconds of its second.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

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
)

Row = Sequence[Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def seconds_and_nanos(at: datetime | None) -> tuple[int | None, int | None]:
    """Return whole seconds since 1970 and the nanoseconds after them, without loss.

    >>> seconds_and_nanos(datetime(1970, 1, 1, 0, 0, 2, 5, tzinfo=UTC))
    (2, 5000)
    """
    if at is None:
        return None, None
    seconds, rest = divmod(at - EPOCH, SECOND)
    return seconds, rest.microseconds * 1000


def moment(millis: int, micros: int) -> datetime:
    """Return the time so many milliseconds after 1970, with the microseconds of its second.

    >>> moment(-1, 999_007) == EPOCH - timedelta(microseconds=993)
    True
    """
    return EPOCH + timedelta(milliseconds=millis, microseconds=micros % 1000)


def _moment_or_none(millis: int | None, micros: int | None) -> datetime | None:
    return None if millis is None or micros is None else moment(millis, micros)


def weight_row(weight: Weight) -> list[Any]:
    """Return the whole weight."""
    return [weight.weight, *seconds_and_nanos(weight.updated_at), weight.count, weight.why]


def weight(weight: float, millis: int, micros: int, count: int, why: str | None) -> Weight:
    """Read a weight."""
    return Weight(weight=weight, updated_at=moment(millis, micros), count=count, why=why)


def read_weighted_edge(row: Row) -> tuple[EdgeKey, Weight]:
    """Read a weighted edge: kind, source, target, weight."""
    return edge_key(row[:3]), weight(*row[3:])


def edge_key(row: Row) -> EdgeKey:
    """Read what identifies an edge."""
    kind, source, target = row
    return EdgeKey(EdgeKind(kind), source, target)


def fact_row(key: EdgeKey, fact: Fact) -> list[Any]:
    """Return source, target and the whole fact."""
    return [key.source, key.target, *seconds_and_nanos(fact.at), fact.role, fact.weight, fact.outcome]


def read_stated_edge(row: Row) -> tuple[EdgeKey, Fact]:
    """Read a fact: kind, source, target, what it states."""
    millis, micros, role, weight, outcome = row[3:]
    return edge_key(row[:3]), Fact(at=_moment_or_none(millis, micros), role=role, weight=weight, outcome=outcome)


def node_row(node: Node) -> list[Any]:
    """Return the id and what the label of the node carries."""
    match node:
        case MemberNode():
            return [node.id, node.organisation]
        case TopicNode():
            return [node.id, node.label]
        case EventNode():
            times = *seconds_and_nanos(node.starts_at), *seconds_and_nanos(node.ends_at)
            return [node.id, node.title, *times, node.place]


def node(row: Row) -> Node:
    """Read a node: kind, id, text, start, end, place."""
    kind, id, text, *event = row
    match NodeKind(kind):
        case NodeKind.MEMBER:
            return MemberNode(id=id, organisation=text)
        case NodeKind.TOPIC:
            return TopicNode(id=id, label=text)
        case NodeKind.EVENT:
            starts_at, ends_at = moment(*event[:2]), _moment_or_none(*event[2:4])
            return EventNode(id=id, title=text, starts_at=starts_at, ends_at=ends_at, place=event[4])


def head_properties(head: Head) -> dict[str, Any]:
    """Return the community node's properties; half-lives in days."""
    properties: dict[str, Any] = {"offset": head.offset, "standing": head.standing, "fence": head.fence}
    if head.half_lives is not None:
        properties |= {
            "half_life_interests": head.half_lives.interests,
            "half_life_wants": head.half_lives.wants,
            "half_life_affinity": head.half_lives.affinity,
            "half_life_ties": head.half_lives.ties,
        }
    return properties
