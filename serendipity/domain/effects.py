"""The graph effect of every observation: one pure function per kind of record, all of them sums that decay."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import combinations

from serendipity.domain.decay import Weight, combine
from serendipity.domain.graph import COMMUNITY, EdgeKey, EdgeKind, Fact, HalfLives, Node, NodeKind, pair
from serendipity.domain.model import Record, Role, Stance
from serendipity.domain.projection_state import Standing

ATTENDED_WEIGHT = {Role.SPEAKER.value: 1.0, Role.HOST.value: 0.8, Role.ATTENDEE.value: 0.4}
REGISTERED_WEIGHT = 0.15
TIE_STRENGTH = {"said_so": 1.0, "worked_together": 1.0, "met_after_introduction": 0.8, "introduced": 0.2}


class Batch:
    """Effects of a sequence of observations on the graph, summed per edge before any store is touched."""

    def __init__(self, half_lives: HalfLives) -> None:
        """Start empty."""
        self.half_lives = half_lives
        self._half_life = {kind: half_lives.of(kind) for kind in EdgeKind}
        self.weights: dict[EdgeKey, Weight] = {}
        self.facts: dict[EdgeKey, Fact | None] = {}
        self.nodes: dict[tuple[NodeKind, str], Node] = {}
        self._sign = 1

    @contextmanager
    def taking_away(self) -> Iterator[None]:
        """Within the block, effects are taken back: sums are counted off, facts and nodes are left alone."""
        self._sign = -1
        try:
            yield
        finally:
            self._sign = 1

    def add(self, key: EdgeKey, amount: float, at: datetime, why: str | None = None) -> None:
        """Add one observation to an edge."""
        new = Weight(weight=self._sign * amount, updated_at=at, count=self._sign, why=why)
        old = self.weights.get(key)
        self.weights[key] = new if old is None else combine(old, new, self._half_life[key.kind])

    def state(self, key: EdgeKey, fact: Fact) -> None:
        """State a fact; the later statement of a batch stands."""
        if self._sign > 0:
            self.facts[key] = fact

    def node(self, kind: NodeKind, node: Node) -> None:
        """Make sure a node is there."""
        if self._sign > 0:
            self.nodes[kind, node.id] = node


Effect = Callable[[Record, Standing, Batch], None]


def apply_understanding(record: Record, standing: Standing, batch: Batch) -> None:
    """A text understood: interests, seeks and offers; its topics' counts and, of a check-in, their affinity."""
    member = standing.member(record.member)
    topics = standing.topics(record) if member else []
    if member is None or not topics:
        return
    batch.node(NodeKind.MEMBER, standing.member_node(member))
    for topic, stance, weight in topics:
        _put_topic(topic, standing, batch)
        for kind in _kinds_of(stance):
            batch.add(EdgeKey(kind, member, topic), weight, record.at)
    if (record.data or {}).get("of") != "profile":
        _relate(sorted({topic for topic, _, weight in topics if weight > 0}), record.at, batch)


def apply_attendance(record: Record, standing: Standing, batch: Batch) -> None:
    """An attendance: the fact, and by role an interest in the event's topics."""
    role = (record.data or {}).get("role", Role.ATTENDEE.value)
    _took_part(record, standing, batch, EdgeKind.ATTENDED, ATTENDED_WEIGHT[role])


def apply_registration(record: Record, standing: Standing, batch: Batch) -> None:
    """A registration: the fact, and a slight interest in the event's topics."""
    _took_part(record, standing, batch, EdgeKind.REGISTERED, REGISTERED_WEIGHT)


def apply_tie(record: Record, standing: Standing, batch: Batch) -> None:
    """Direct evidence that two members know each other: a tie, stronger the more direct the evidence."""
    if (both := _two(record, standing, batch)) is not None:
        why = (record.data or {})["why"]
        batch.add(pair(EdgeKind.KNOWS, *both), TIE_STRENGTH[why], record.at, why)


def apply_introduction(record: Record, standing: Standing, batch: Batch) -> None:
    """An introduction's outcome: the fact that these two were introduced, and how it went."""
    if (both := _two(record, standing, batch)) is not None:
        outcome = (record.data or {})["outcome"]
        batch.state(pair(EdgeKind.INTRODUCED_TO, *both), Fact(at=record.at, outcome=outcome))


def _two(record: Record, standing: Standing, batch: Batch) -> tuple[str, str] | None:
    """Make sure that both members of a record are there; None when one of them takes no part, or both are one."""
    member, other = standing.member(record.member), standing.member((record.data or {}).get("other"))
    if member is None or other is None or member == other:
        return None
    for id in (member, other):
        batch.node(NodeKind.MEMBER, standing.member_node(id))
    return member, other


def _kinds_of(stance: Stance) -> tuple[EdgeKind, ...]:
    match stance:
        case Stance.SEEK:
            return (EdgeKind.SEEKS,)
        case Stance.OFFER:
            return (EdgeKind.OFFERS, EdgeKind.INTERESTED_IN)
        case _:
            return (EdgeKind.INTERESTED_IN,)


def _relate(topics: list[str], at: datetime, batch: Batch) -> None:
    """Count topics and their pairs (at most ten for five topics), so that affinity and NPMI can be computed."""
    if not topics:
        return
    batch.add(EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY), 1.0, at)
    for topic in topics:
        batch.add(EdgeKey(EdgeKind.MENTIONED, topic, topic), 1.0, at)
    for one, other in combinations(topics, 2):
        batch.add(EdgeKey(EdgeKind.RELATED_TO, one, other), 1.0, at)


def _took_part(record: Record, standing: Standing, batch: Batch, kind: EdgeKind, share: float) -> None:
    data = record.data or {}
    member, event = standing.member(record.member), standing.events.get(data.get("event", ""))
    if member is None or event is None:
        return
    batch.node(NodeKind.MEMBER, standing.member_node(member))
    batch.node(NodeKind.EVENT, event)
    batch.state(EdgeKey(kind, member, event.id), Fact(at=record.at, role=data.get("role")))
    hidden = standing.hidden(member)
    for topic, weight in standing.event_topics(event.id):
        if topic in hidden:
            continue
        _put_topic(topic, standing, batch)
        batch.add(EdgeKey(EdgeKind.INTERESTED_IN, member, topic), share * weight, record.at)


def _put_topic(id: str, standing: Standing, batch: Batch) -> None:
    if (NodeKind.TOPIC, id) not in batch.nodes and (node := standing.topic(id)) is not None:
        batch.node(NodeKind.TOPIC, node)
