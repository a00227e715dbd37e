"""Toy worlds: graphs small enough that a reader sees the answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from serendipity.domain.decay import Weight, combine
from serendipity.domain.graph import (
    COMMUNITY,
    Changes,
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    HalfLives,
    Head,
    MemberNode,
    Node,
    TopicNode,
    pair,
)
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
HALF_LIVES = HalfLives()
PLAIN = MatchSettings(surprise=0.0, reciprocity=0.0, exposure=0.0, evidence_floor=0.0, unexpectedness_floor=0.0)


@dataclass(kw_only=True)
class World:
    """A graph that is written down line by line."""

    nodes: dict[tuple[str, str], Node] = field(default_factory=dict)
    weights: dict[EdgeKey, Weight] = field(default_factory=dict)
    facts: dict[EdgeKey, Fact] = field(default_factory=dict)

    def members(self, ids: str, organisation: str | None = None) -> "World":
        """Add members, one id a word."""
        for id in ids.split():
            self.nodes["member", id] = MemberNode(id=id, organisation=organisation)
        return self

    def works_on(self, member: str, topics: str, *, days_ago: float = 0.0) -> "World":
        """Let a member work on topics (one a word), which are mentioned together."""
        names = topics.split()
        for topic in names:
            self._mention(EdgeKind.INTERESTED_IN, member, topic, days_ago)
        for n, one in enumerate(names):
            for other in names[n + 1 :]:
                self._add(pair(EdgeKind.RELATED_TO, one, other), days_ago)
        return self

    def seeks(self, member: str, topic: str) -> "World":
        """Let a member seek a topic."""
        return self._mention(EdgeKind.SEEKS, member, topic, 0.0)

    def offers(self, member: str, topic: str) -> "World":
        """Let a member offer a topic."""
        return self._mention(EdgeKind.OFFERS, member, topic, 0.0)

    def know(self, one: str, other: str, *, days_ago: float = 0.0, strength: float = 1.0) -> "World":
        """Tie two members."""
        self.members(f"{one} {other}") if ("member", one) not in self.nodes else self._maybe(other)
        at = NOW - timedelta(days=days_ago)
        self.weights[pair(EdgeKind.KNOWS, one, other)] = Weight(weight=strength, updated_at=at)
        return self

    def meet_at(self, event: str, members: str, *, days_ago: float = 10.0) -> "World":
        """Let members attend an event."""
        at = NOW - timedelta(days=days_ago)
        self.nodes["event", event] = EventNode(id=event, title=event.title(), starts_at=at)
        for member in members.split():
            self._maybe(member)
            self.facts[EdgeKey(EdgeKind.ATTENDED, member, event)] = Fact(at=at, role="attendee")
        return self

    def introduced(self, one: str, other: str, *, days_ago: float) -> "World":
        """Note an earlier introduction."""
        at = NOW - timedelta(days=days_ago)
        self.facts[pair(EdgeKind.INTRODUCED_TO, one, other)] = Fact(at=at, outcome="introduced")
        return self

    def changes(self) -> Changes:
        """Return the whole graph."""
        return Changes(
            head=Head(offset=1, half_lives=HALF_LIVES),
            nodes=list(self.nodes.values()),
            weights=dict(self.weights),
            facts=dict(self.facts),
        )

    def snapshot(self) -> Snapshot:
        """Return the whole graph as a snapshot."""
        return Snapshot.build(self.changes(), HALF_LIVES, NOW)

    def _maybe(self, member: str) -> None:
        if ("member", member) not in self.nodes:
            self.members(member)

    def _mention(self, kind: EdgeKind, member: str, topic: str, days_ago: float) -> "World":
        self._maybe(member)
        self.nodes["topic", topic] = TopicNode(id=topic, label=topic.replace("-", " ").title())
        self._add(EdgeKey(kind, member, topic), days_ago)
        self._add(EdgeKey(EdgeKind.MENTIONED, topic, topic), days_ago)
        self._add(EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY), days_ago)
        return self

    def _add(self, key: EdgeKey, days_ago: float) -> None:
        new = Weight(weight=1.0, updated_at=NOW - timedelta(days=days_ago))
        old = self.weights.get(key)
        self.weights[key] = new if old is None else combine(old, new, HALF_LIVES.of(key.kind))


def dense(snapshot: Snapshot, block: object) -> dict[tuple[str, str], float]:
    """Return the scores of a block over all members by pairs of ids."""
    table = np.asarray(block.toarray())  # type: ignore[attr-defined]
    names = snapshot.members
    return {(one, other): float(table[r, c]) for r, one in enumerate(names) for c, other in enumerate(names)}


def everyone(snapshot: Snapshot) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return all rows."""
    return np.arange(len(snapshot.members), dtype=np.int64)


def ids(matches: Iterable[object]) -> list[str]:
    """Return whom matches name."""
    return [match.other for match in matches]  # type: ignore[attr-defined]
