"""A snapshot brought up to what changed since: it costs what changed, and one copy of the arrays that it touches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from serendipity.domain.decay import DAY, Weight, factor
from serendipity.domain.errors import InvalidInput
from serendipity.domain.graph import (
    COMMUNITY,
    ENDS,
    WEIGHTED,
    Changes,
    EdgeKey,
    EdgeKind,
    EventNode,
    Fact,
    MemberNode,
    Node,
    NodeKind,
    TopicNode,
)
from serendipity.matching.snapshot.csr_update import update_csr
from serendipity.matching.snapshot.edges import Edges, Floats, Triples
from serendipity.matching.snapshot.index_map import IndexMap, IndexMaps, place
from serendipity.matching.snapshot.snapshot import Snapshot

KIND_OF = {MemberNode: NodeKind.MEMBER, TopicNode: NodeKind.TOPIC, EventNode: NodeKind.EVENT}
INDEXES = {NodeKind.MEMBER: "member_index", NodeKind.TOPIC: "topic_index", NodeKind.EVENT: "event_index"}
WORKED_OUT = {
    "interests": (EdgeKind.INTERESTED_IN, EdgeKind.PINNED),
    "seeks": (EdgeKind.SEEKS,),
    "offers": (EdgeKind.OFFERS,),
    "knows": (EdgeKind.KNOWS,),
    "introduced_at": (EdgeKind.INTRODUCED_TO,),
    "related": (EdgeKind.RELATED_TO,),
    "topic_counts": (EdgeKind.MENTIONED,),
    "sizes": (EdgeKind.ATTENDED,),
    "last_active": (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS, EdgeKind.ATTENDED),
}
FEW = 8  # one in so many

Entry = tuple[int, int, float, float]


class Refresh:
    """One application of changes to a snapshot."""

    def __init__(self, old: Snapshot, changes: Changes) -> None:
        self.old, self.changes = old, changes
        self.nodes: dict[NodeKind, dict[str, Node]] = {kind: {} for kind in NodeKind}
        for node in changes.nodes:
            self.nodes[KIND_OF[type(node)]][node.id] = node
        gone = self._gone()
        self.numbering = {
            kind: IndexMap.of(old.ids(kind), gone=gone[kind], there=self.nodes[kind]) for kind in NodeKind
        }
        self.numbers = {kind: self._numbers(kind) for kind in NodeKind}

    def _gone(self) -> dict[NodeKind, set[str]]:
        """Nodes whose edges are gone; one that came back is among the upserts as well."""
        gone: dict[NodeKind, set[str]] = {kind: set() for kind in NodeKind}
        for kind, id in self.changes.dropped_nodes:
            gone[kind].add(id)
        for remap in self.changes.remaps:
            if remap.old not in self.nodes[remap.kind]:
                gone[remap.kind].add(remap.old)
        return gone

    def _numbers(self, kind: NodeKind) -> Mapping[str, int]:
        """Return the number of each id: of few, they are looked up; for many, a table is made."""
        ids = self.numbering[kind].ids
        if (len(self.changes.weights) + len(self.changes.facts)) * FEW < len(ids):
            return IndexMaps(ids)
        return {id: number for number, id in enumerate(ids)}

    def snapshot(self) -> Snapshot:
        """Return the new snapshot; what did not change is the old one's, tables of ids included."""
        members, topics, events = (
            self.numbering[kind].ids for kind in (NodeKind.MEMBER, NodeKind.TOPIC, NodeKind.EVENT)
        )
        new = replace(
            self.old,
            head=replace(self.changes.head, half_lives=self.old.half_lives),
            members=members,
            topics=topics,
            events=events,
            organisations=self._attributes(NodeKind.MEMBER, "organisation", self.old.organisations),
            labels=self._attributes(NodeKind.TOPIC, "label", self.old.labels),
            titles=self._attributes(NodeKind.EVENT, "title", self.old.titles),
            starts=self._starts(),
            edges=self._edges(),
            total=self._total(),
        )
        hand_on(self.old, new)
        return new

    def _attributes(self, kind: NodeKind, name: str, old: Sequence[Any]) -> Sequence[Any]:
        return self.numbering[kind].carried(old, self._changed(kind, name, old))

    def _changed(self, kind: NodeKind, name: str, old: Sequence[Any]) -> dict[str, Any]:
        """Return what a node upserted has of an attribute, unless it had it before."""
        before = self.old.ids(kind)
        found = {}
        for id, node in self.nodes[kind].items():
            number, value = place(before, id), getattr(node, name)
            if number is None or old[number] != value or len(self.numbering[kind].gone):
                found[id] = value
        return found

    def _starts(self) -> Floats:
        changed = {
            node.id: node.starts_at.timestamp()
            for node in self.nodes[NodeKind.EVENT].values()
            if isinstance(node, EventNode)
        }
        if not changed and self.numbering[NodeKind.EVENT].unchanged:
            return self.old.starts
        starts = self.numbering[NodeKind.EVENT].carried(self.old.starts.tolist(), changed)
        return np.array(starts, dtype=np.float64)

    def _total(self) -> float:
        key = EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY)
        if key in self.changes.dropped_edges:
            return 0.0
        if (weight := self.changes.weights.get(key)) is None:
            return self.old.total
        elapsed = self.old.landmark - weight.updated_at
        return weight.weight * factor(elapsed, self.old.half_lives.of(EdgeKind.MENTIONED))

    def _edges(self) -> dict[EdgeKind, Edges]:
        upserts, dropped = self._upserts(), self._dropped()
        result = {}
        for kind in EdgeKind:
            rows, columns = (self.numbering[end] for end in ENDS[kind])
            new, gone = self._scaled(kind, Triples.of(upserts[kind])), Triples.of(dropped[kind])
            result[kind] = update_csr(self.old.edges[kind], rows, columns, new, gone)
        return result

    def _scaled(self, kind: EdgeKind, triples: Triples) -> Triples:
        if kind not in WEIGHTED:
            return triples
        days = (triples.at - self.old.landmark.timestamp()) / DAY.total_seconds()
        return replace(triples, weights=triples.weights * np.exp2(days / self.old.half_lives.of(kind)))

    def _upserts(self) -> dict[EdgeKind, list[Entry]]:
        found: dict[EdgeKind, list[Entry]] = defaultdict(list)
        edges: Iterable[tuple[EdgeKey, Weight | Fact]] = chain(self.changes.weights.items(), self.changes.facts.items())
        for key, edge in edges:
            if key.source != COMMUNITY and not (isinstance(edge, Weight) and edge.count == 0):
                row, column = self._ends(key)
                if row is None or column is None:
                    raise InvalidInput(f"the edge {key} names a node that the graph does not have; rebuild the graph")
                found[key.kind].append((row, column, *_entry(edge)))
        return found

    def _dropped(self) -> dict[EdgeKind, list[Entry]]:
        found: dict[EdgeKind, list[Entry]] = defaultdict(list)
        ended = [key for key, weight in self.changes.weights.items() if weight.count == 0]
        for key in chain(self.changes.dropped_edges, ended):
            row, column = self._ends(key)
            if row is not None and column is not None:
                found[key.kind].append((row, column, 0.0, 0.0))
        return found

    def _ends(self, key: EdgeKey) -> tuple[int | None, int | None]:
        source, target = ENDS[key.kind]
        return self.numbers[source].get(key.source), self.numbers[target].get(key.target)


def hand_on(old: Snapshot, new: Snapshot) -> None:
    """Let a snapshot have what another has worked out already from the very same ids and edges."""
    there = vars(old)
    for kind, name in INDEXES.items():
        if name in there and new.ids(kind) is old.ids(kind):
            vars(new)[name] = there[name]
    for name, kinds in WORKED_OUT.items():
        if name in there and all(new.edges[kind] is old.edges[kind] for kind in kinds):
            vars(new)[name] = there[name]
    if "organisation_codes" in there and new.organisations is old.organisations:
        vars(new)["organisation_codes"] = old.organisation_codes


def _entry(edge: Weight | Fact) -> tuple[float, float]:
    """Weight and time (seconds since 1970; NaN where the kind of edge has none)."""
    if isinstance(edge, Weight):
        return edge.weight, edge.updated_at.timestamp()
    return (1.0 if edge.weight is None else edge.weight), (np.nan if edge.at is None else edge.at.timestamp())
