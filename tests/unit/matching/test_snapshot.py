"""The snapshot: decay by a landmark, refreshing by what changed, and the folder it lives in."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serendipity.domain.decay import Weight
from serendipity.domain.errors import HalfLivesDiffer, InvalidInput, NoSnapshot
from serendipity.domain.graph import (
    ENDS,
    Changes,
    EdgeKey,
    EdgeKind,
    Fact,
    HalfLives,
    Head,
    MemberNode,
    NodeKind,
    Remap,
    TopicNode,
    pair,
)
from serendipity.matching.snapshot.files import load, save
from serendipity.matching.snapshot.snapshot import Snapshot
from tests.unit.matching.worlds import HALF_LIVES, NOW, World

HEAD = Head(offset=2, half_lives=HALF_LIVES)


def assert_equal(one: Snapshot, other: Snapshot) -> None:
    """Compare two snapshots, array by array."""
    for name in ("landmark", "half_lives", "total"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("members", "topics", "events", "labels", "titles", "organisations"):
        assert list(getattr(one, name)) == list(getattr(other, name)), name
    np.testing.assert_array_equal(one.starts, other.starts)
    for kind in EdgeKind:
        for part in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(
                getattr(one.edges[kind].matrix, part), getattr(other.edges[kind].matrix, part), err_msg=kind
            )
        np.testing.assert_array_equal(one.edges[kind].at, other.edges[kind].at)


def test_a_matrix_is_read_at_any_moment_by_one_factor() -> None:
    """An interest said 45 days ago has halved; 45 days later it has halved once more."""
    snapshot = World().works_on("ann", "tea", days_ago=45).snapshot()

    now = snapshot.interests[0, 0] * snapshot.decayed_by(EdgeKind.INTERESTED_IN, NOW)
    later = snapshot.interests[0, 0] * snapshot.decayed_by(EdgeKind.INTERESTED_IN, NOW + timedelta(days=45))

    assert now == pytest.approx(0.5)
    assert later == pytest.approx(0.25)


def test_a_negation_is_read_as_no_interest_but_kept() -> None:
    """Weights below 0 are clamped when they are read, not when they are stored."""
    world = World().works_on("ann", "tea")
    world.weights[EdgeKey(EdgeKind.INTERESTED_IN, "ann", "tea")] = Weight(weight=-1.0, updated_at=NOW)

    snapshot = world.snapshot()

    assert snapshot.interests.nnz == 0
    assert snapshot.edges[EdgeKind.INTERESTED_IN].matrix.data.tolist() == [-1.0]


def test_ties_read_both_ways() -> None:
    """The graph keeps a tie once."""
    snapshot = World().know("bob", "ann").snapshot()

    assert snapshot.knows.toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_a_snapshot_knows_sizes_of_events_and_when_members_were_last_active() -> None:
    """Attendance counts as activity; a member who said nothing never was."""
    snapshot = World().meet_at("dinner", "ann bob", days_ago=3).works_on("ann", "tea").members("cas").snapshot()

    assert snapshot.sizes.tolist() == [2.0]
    assert snapshot.last_active[0] == NOW.timestamp()
    assert snapshot.last_active[1] == (NOW - timedelta(days=3)).timestamp()
    assert snapshot.last_active[2] == -np.inf


def test_a_dropped_member_takes_their_edges_along() -> None:
    """Edges of a dropped node are not listed one by one."""
    snapshot = World().works_on("ann", "tea").works_on("bob", "tea").know("ann", "bob").snapshot()

    left = snapshot.refreshed(Changes(head=HEAD, dropped_nodes=[(NodeKind.MEMBER, "ann")]))

    assert list(left.members) == ["bob"]
    assert left.knows.nnz == 0
    assert left.interests.toarray().tolist() == [[1.0]]


def test_a_merged_topic_is_gone_and_its_successor_has_the_moved_edges() -> None:
    """The fold moves edges; the remap says which node is gone."""
    snapshot = World().works_on("ann", "tea").works_on("bob", "chai").snapshot()
    moved = Weight(weight=3.0, updated_at=NOW)
    changes = Changes(
        head=HEAD,
        weights={EdgeKey(EdgeKind.INTERESTED_IN, "bob", "tea"): moved},
        remaps=[Remap(kind=NodeKind.TOPIC, old="chai", new="tea")],
    )

    after = snapshot.refreshed(changes)

    assert list(after.topics) == ["tea"]
    assert after.interests.toarray().tolist() == [[1.0], [3.0]]


def test_a_weight_of_no_observations_is_no_edge() -> None:
    """Count 0 is how the fold says that an edge went away."""
    world = World().works_on("ann", "tea")
    key = EdgeKey(EdgeKind.INTERESTED_IN, "ann", "tea")

    after = world.snapshot().refreshed(Changes(head=HEAD, weights={key: Weight(weight=0.0, updated_at=NOW, count=0)}))

    assert after.edges[EdgeKind.INTERESTED_IN].matrix.nnz == 0


def test_an_edge_to_nowhere_is_refused() -> None:
    """Both ends of an edge exist in the graph; anything else is a broken graph, and said so."""
    snapshot = World().members("ann").snapshot()

    with pytest.raises(InvalidInput):
        snapshot.refreshed(Changes(head=HEAD, facts={pair(EdgeKind.INTRODUCED_TO, "ann", "zoe"): Fact(at=NOW)}))


def test_other_half_lives_ask_for_a_rebuild() -> None:
    """Weights folded with other half-lives cannot be mixed."""
    with pytest.raises(HalfLivesDiffer):
        World().snapshot().refreshed(Changes(head=Head(half_lives=HalfLives(ties=1.0))))


def test_a_saved_snapshot_opens_as_it_was(tmp_path: Path) -> None:
    """Arrays are mapped from disk."""
    world = World().works_on("ann", "tea ink").meet_at("dinner", "ann bob").know("ann", "bob").seeks("bob", "ink")
    snapshot = world.snapshot()

    save(snapshot, tmp_path / "one")
    opened = load(tmp_path / "one")

    assert_equal(opened, snapshot)
    assert opened.head == snapshot.head
    assert isinstance(opened.edges[EdgeKind.INTERESTED_IN].at, np.memmap)


def test_no_snapshot_is_said_so(tmp_path: Path) -> None:
    """An empty folder is no snapshot, and neither is one of another version."""
    with pytest.raises(NoSnapshot):
        load(tmp_path)
    (tmp_path / "snapshot.json").write_text('{"version": 0}')
    with pytest.raises(NoSnapshot):
        load(tmp_path)


MEMBERS = st.sampled_from(["a", "b", "c", "d"])
TOPICS = st.sampled_from(["s", "t", "u"])
STEP = st.one_of(
    st.tuples(st.just("interest"), MEMBERS, TOPICS, st.integers(0, 400)),
    st.tuples(st.just("tie"), MEMBERS, MEMBERS, st.integers(0, 400)),
    st.tuples(st.just("untie"), MEMBERS, MEMBERS, st.just(0)),
    st.tuples(st.just("drop_member"), MEMBERS, TOPICS, st.just(0)),
    st.tuples(st.just("drop_topic"), MEMBERS, TOPICS, st.just(0)),
)


class Graph:
    """A graph that says what changed, as a store does."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[NodeKind, str], MemberNode | TopicNode] = {}
        self.weights: dict[EdgeKey, Weight] = {}

    def apply(self, what: str, one: str, other: str, days: int) -> Changes:
        """Take one step, and return it."""
        weight = Weight(weight=days / 7, updated_at=NOW - timedelta(days=days))
        match what:
            case "interest":
                return self._put(EdgeKey(EdgeKind.INTERESTED_IN, one, other), weight)
            case "tie":
                return self._put(pair(EdgeKind.KNOWS, one, other), weight) if one != other else Changes(head=HEAD)
            case "untie":
                key = pair(EdgeKind.KNOWS, one, other)
                self.weights.pop(key, None)
                return Changes(head=HEAD, dropped_edges=[key])
            case "drop_member":
                return self._drop(NodeKind.MEMBER, one)
            case _:
                return self._drop(NodeKind.TOPIC, other)

    def whole(self) -> Changes:
        """Return everything."""
        return Changes(head=HEAD, nodes=list(self.nodes.values()), weights=dict(self.weights))

    def _put(self, key: EdgeKey, weight: Weight) -> Changes:
        new = []
        for kind, id in zip(ENDS[key.kind], (key.source, key.target), strict=True):
            node = MemberNode(id=id, organisation=None) if kind is NodeKind.MEMBER else TopicNode(id=id, label=id)
            new.append(self.nodes.setdefault((kind, id), node))
        self.weights[key] = weight
        return Changes(head=HEAD, nodes=list(new), weights={key: weight})

    def _drop(self, kind: NodeKind, id: str) -> Changes:
        self.nodes.pop((kind, id), None)
        for key in list(self.weights):
            if (kind, id) in zip(ENDS[key.kind], (key.source, key.target), strict=True):
                del self.weights[key]
        return Changes(head=HEAD, dropped_nodes=[(kind, id)])


@settings(deadline=None, max_examples=50)
@given(st.lists(STEP, max_size=12))
def test_refreshing_step_by_step_equals_a_full_build(steps: list[tuple[str, str, str, int]]) -> None:
    """Whatever happened in between."""
    graph, kept = Graph(), Snapshot.empty(HALF_LIVES, NOW)

    for step in steps:
        kept = kept.refreshed(graph.apply(*step))

    assert_equal(replace(kept, head=HEAD), Snapshot.build(graph.whole(), HALF_LIVES, NOW))
