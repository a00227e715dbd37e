"""A snapshot brought up to 1,000 check-ins, published, and opened again after a restart; and what a store adds."""

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench._rows import Row, skipped, timed
from bench._servers import neo4j_graph
from bench.speed.communities import HALF_LIVES, NOW, TOPICS, check_ins, interests, snapshot
from serendipity.domain.decay import Weight
from serendipity.domain.graph import EdgeKey, EdgeKind, Head, MemberNode, TopicNode
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.ports import GraphStore
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.snapshots import SnapshotFolder
from tests.servers.session import ServerUnavailable

CHECK_INS = 1_000
IN_STORE = 10_000  # a store reads by an index of positions, whatever else it has


def keeping_rows(largest: int) -> list[Row]:
    """Measure at each size from 100,000 on."""
    with tempfile.TemporaryDirectory(prefix="serendipity-bench-") as name:
        rows = list(_from_stores(Path(name) / "graph.db"))
        for size in (size for size in TOPICS if 100_000 <= size <= max(largest, 100_000)):
            rows += _at(size, Path(name) / str(size))
    return rows


def _at(members: int, folder: Path) -> list[Row]:
    community = snapshot(interests(members, TOPICS[members]))
    kept = SnapshotFolder(folder / "snapshots")
    kept.publish(community)
    changes = check_ins(community, CHECK_INS)
    with timed() as refresh:
        fresh = community.refreshed(changes)
    with timed() as publish:
        kept.publish(fresh)
    with timed() as pickled, (folder / "whole.pickle").open("wb") as file:
        pickle.dump(fresh, file, protocol=pickle.HIGHEST_PROTOCOL)
    after = f"after {CHECK_INS:,} check-ins, {members:,} members"
    restart, peer = _opened(folder)
    return [
        Row(what=f"refresh and publish {after}", measured=refresh.wall + publish.wall, unit="s", at_most=1.0,
            peer=pickled.wall, note=f"refresh {refresh.wall:.2f} s, publish {publish.wall:.2f} s"),
        Row(what=f"open after a restart, {members:,} members", measured=restart, unit="s", at_most=10.0, peer=peer,
            note="interests, ids and ties read as well"),
    ]  # fmt: skip


def _opened(folder: Path) -> tuple[float, float]:
    """Return the seconds until what was published, and what was pickled, can be used."""
    with timed() as opened:
        _use(SnapshotFolder(folder / "snapshots").latest())
    with timed() as unpickled, (folder / "whole.pickle").open("rb") as file:
        _use(pickle.load(file))
    return opened.wall, unpickled.wall


def _use(opened: Snapshot | None) -> None:
    assert opened is not None
    assert min(opened.interests.nnz, opened.knows.nnz, len(opened.member_index)) > 0


def _from_stores(path: Path) -> Iterator[Row]:
    graph = open_embedded_graph(path, HALF_LIVES)
    graph.migrate()
    yield _from_store(graph, "the embedded store")
    graph.close()
    try:
        with neo4j_graph(HALF_LIVES) as real:
            yield _from_store(real, "Neo4j")
    except ServerUnavailable as reason:
        yield skipped("Neo4j", str(reason))


def _from_store(graph: GraphStore, name: str) -> Row:
    """Read 1,000 check-ins' changes back from a store; the peer reads it whole, as a build does."""
    community = snapshot(interests(IN_STORE, TOPICS[IN_STORE]))
    changes = check_ins(community, CHECK_INS)
    with graph.write() as transaction:
        transaction.put_nodes(MemberNode(id=id) for id in community.members)
        transaction.put_nodes(TopicNode(id=id, label=id) for id in community.topics)
        transaction.put_weights(_weights(community))
        transaction.advance(Head(offset=community.head.offset, half_lives=HALF_LIVES))
    with graph.write() as transaction:
        transaction.put_nodes(changes.nodes)
        transaction.put_weights(changes.weights)
        transaction.advance(changes.head)
    graph.changes_since(community.head.offset)  # a server that has just started plans its queries first
    with timed() as since:
        read = graph.changes_since(community.head.offset)
    assert len(read.weights) == len(changes.weights)
    with timed() as whole:
        graph.changes_since(0)
    return Row(
        what=f"read what {CHECK_INS:,} check-ins changed from {name}", measured=since.wall, unit="s",
        peer=whole.wall, note=f"{len(read.weights):,} edges; the peer reads all {IN_STORE:,} members",
    )  # fmt: skip


def _weights(community: Snapshot) -> dict[EdgeKey, Weight]:
    """Return the interests as they are written into a store."""
    rows, columns = community.interests.nonzero()
    heard = Weight(weight=1.0, updated_at=NOW)
    return {
        EdgeKey(EdgeKind.INTERESTED_IN, community.members[row], community.topics[column]): heard
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    }
