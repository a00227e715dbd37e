"""The graph's own terms: nodes, edges and the head, shared by the fold and every graph store."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from serendipity.domain.decay import Weight

COMMUNITY = "*"  # no topic has this id
PIN_SHARE = 0.5  # a pinned interest is read as at least this share of its member's strongest


class NodeKind(StrEnum):
    """Labels of nodes."""

    MEMBER = "Member"
    TOPIC = "Topic"
    EVENT = "Event"


class EdgeKind(StrEnum):
    """Kinds of edges; the first group decays, the second states facts."""

    INTERESTED_IN = "INTERESTED_IN"  # member → topic
    SEEKS = "SEEKS"  # member → topic
    OFFERS = "OFFERS"  # member → topic
    RELATED_TO = "RELATED_TO"  # topic → topic, the smaller id first
    KNOWS = "KNOWS"  # member → member, the smaller id first
    MENTIONED = "MENTIONED"  # topic → itself: its decayed count; COMMUNITY → itself: the decayed total
    PINNED = "PINNED"  # member → topic: an interest that its member keeps from fading
    ATTENDED = "ATTENDED"  # member → event
    REGISTERED = "REGISTERED"  # member → event
    ABOUT = "ABOUT"  # event → topic
    NARROWER_THAN = "NARROWER_THAN"  # topic → topic
    INTRODUCED_TO = "INTRODUCED_TO"  # member → member, the smaller id first


WEIGHTED = frozenset(
    {EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS, EdgeKind.RELATED_TO, EdgeKind.KNOWS, EdgeKind.MENTIONED}
)
ENDS: dict[EdgeKind, tuple[NodeKind, NodeKind]] = {
    EdgeKind.INTERESTED_IN: (NodeKind.MEMBER, NodeKind.TOPIC),
    EdgeKind.SEEKS: (NodeKind.MEMBER, NodeKind.TOPIC),
    EdgeKind.OFFERS: (NodeKind.MEMBER, NodeKind.TOPIC),
    EdgeKind.RELATED_TO: (NodeKind.TOPIC, NodeKind.TOPIC),
    EdgeKind.KNOWS: (NodeKind.MEMBER, NodeKind.MEMBER),
    EdgeKind.MENTIONED: (NodeKind.TOPIC, NodeKind.TOPIC),
    EdgeKind.PINNED: (NodeKind.MEMBER, NodeKind.TOPIC),
    EdgeKind.ATTENDED: (NodeKind.MEMBER, NodeKind.EVENT),
    EdgeKind.REGISTERED: (NodeKind.MEMBER, NodeKind.EVENT),
    EdgeKind.ABOUT: (NodeKind.EVENT, NodeKind.TOPIC),
    EdgeKind.NARROWER_THAN: (NodeKind.TOPIC, NodeKind.TOPIC),
    EdgeKind.INTRODUCED_TO: (NodeKind.MEMBER, NodeKind.MEMBER),
}


class EdgeKey(NamedTuple):
    """Identity of an edge: kind, source and target."""

    kind: EdgeKind
    source: str
    target: str


def pair(kind: EdgeKind, one: str, other: str) -> EdgeKey:
    """Return the key of an undirected edge: one direction, the smaller id first.

    >>> pair(EdgeKind.KNOWS, "m2", "m1").source
    'm1'
    """
    return EdgeKey(kind, min(one, other), max(one, other))


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberNode:
    """A member in the graph: an opaque id and an organisation, no name and no address."""

    id: str
    organisation: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicNode:
    """A topic in the graph."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EventNode:
    """An event in the graph."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    place: str | None = None


Node = MemberNode | TopicNode | EventNode


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """An edge that does not decay; only the fields that its kind names are set.

    ATTENDED, REGISTERED: at, role · ABOUT: weight · INTRODUCED_TO: at, outcome.
    """

    at: datetime | None = None
    role: str | None = None
    weight: float | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HalfLives:
    """Half-lives in days, per kind of weighted edge; the graph stores those it was built with."""

    interests: float = 45.0
    wants: float = 30.0
    affinity: float = 30.0
    ties: float = 365.0

    def of(self, kind: EdgeKind) -> float:
        """Return the half-life (days) of a weighted kind."""
        match kind:
            case EdgeKind.INTERESTED_IN:
                return self.interests
            case EdgeKind.SEEKS | EdgeKind.OFFERS:
                return self.wants
            case EdgeKind.KNOWS:
                return self.ties
            case _:
                return self.affinity


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Position of the graph: records up to `offset` are folded, under the projection state as of `standing`."""

    offset: int = 0
    standing: int = 0
    fence: int = 0
    half_lives: HalfLives | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Remap:
    """A node that became another: a merged topic or member."""

    kind: NodeKind
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes of the graph after a position, up to `head.offset`; upserts are whole, not differences.

    A dropped node has lost all of its edges as well (they are not listed one by one).
    """

    head: Head
    nodes: list[Node] = field(default_factory=list)
    weights: dict[EdgeKey, Weight] = field(default_factory=dict)
    facts: dict[EdgeKey, Fact] = field(default_factory=dict)
    dropped_nodes: list[tuple[NodeKind, str]] = field(default_factory=list)
    dropped_edges: list[EdgeKey] = field(default_factory=list)
    remaps: list[Remap] = field(default_factory=list)
