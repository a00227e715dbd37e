"""Writers take turns, readers see whole transactions, and a writer that dies leaves nothing."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from serendipity.domain.graph import EdgeKey, EdgeKind, Head, MemberNode, TopicNode, pair
from serendipity.ports import GraphStore
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.graph_neo4j import Neo4jGraph
from tests.contract.graph.conftest import HALF_LIVES, OpenGraph
from tests.contract.graph.examples import WEIGHTS, fill, weight
from tests.servers.neo4j_server import Neo4jServer

ROOT = Path(__file__).parents[3]


def _count_up(graph: GraphStore) -> int:
    """Advance the head by one; answer the offset that was found under the lock."""
    with graph.write() as transaction:
        head = transaction.head()
        transaction.advance(Head(offset=head.offset + 1, fence=head.fence))
        return head.offset


def test_a_second_writer_waits_and_finds_the_first_ones_head(open_graph: OpenGraph) -> None:
    """The head is read after the lock was taken: what the first committed is there."""
    first, second = open_graph(), open_graph()
    found: list[int] = []
    waiting = Thread(target=lambda: found.append(_count_up(second)))

    with first.write() as transaction:
        waiting.start()
        transaction.advance(Head(offset=41))
        assert found == []
    waiting.join()

    assert found == [41]
    assert first.head().offset == 42


def test_no_advance_is_lost_among_many_writers(open_graph: OpenGraph) -> None:
    """Eight writers at once, five times each: forty offsets, every one found once."""
    graphs = [open_graph() for _ in range(8)]
    together = Barrier(len(graphs))

    def take_turns(graph: GraphStore) -> list[int]:
        together.wait()
        return [_count_up(graph) for _ in range(5)]

    with ThreadPoolExecutor(len(graphs)) as threads:
        found = [offset for offsets in threads.map(take_turns, graphs) for offset in offsets]

    assert sorted(found) == list(range(40))


def test_a_reader_sees_whole_transactions_only(open_graph: OpenGraph) -> None:
    """While equal weights are rewritten again and again, the whole and the changes never mix two of them."""
    writer, reader = open_graph(), open_graph()
    topics = [TopicNode(id=f"t{number:02}", label="") for number in range(25)]
    keys = [pair(EdgeKind.RELATED_TO, topics[0].id, topic.id) for topic in topics[1:]]
    _rewrite(writer, keys, topics, 1)
    read_enough = Event()

    def keep_writing() -> None:
        offset = 1
        while not read_enough.is_set():
            offset += 1
            _rewrite(writer, keys, topics, offset)

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(keep_writing)
        try:
            seen = [reader.changes_since(position) for _ in range(15) for position in (0, reader.head().offset - 1)]
        finally:
            read_enough.set()
        writing.result()

    for changes in seen:
        expected = weight(float(changes.head.offset)) if changes.head.offset else None
        assert set(changes.weights.values()) <= {expected}
        assert len(changes.weights) in (0, len(keys))
    assert all(len(changes.weights) == len(keys) for changes in seen[::2])


def _rewrite(graph: GraphStore, keys: list[EdgeKey], topics: list[TopicNode], offset: int) -> None:
    with graph.write() as transaction:
        transaction.put_nodes(topics)
        transaction.put_weights({key: weight(float(offset)) for key in keys})
        transaction.advance(Head(offset=offset))


def test_many_members_written_by_threads_of_one_process_all_arrive(open_graph: OpenGraph) -> None:
    """One store object serves several threads."""
    graph = open_graph()

    def join(number: int) -> None:
        with graph.write() as transaction:
            transaction.put_nodes([MemberNode(id=f"m{number:02}")])
            transaction.advance(Head(offset=transaction.head().offset + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(join, range(20)))

    assert graph.counts()["Member"] == graph.head().offset == 20


# --- a process that dies ----------------------------------------------------------------------------------------

DYING = """
import os, sys
from pathlib import Path
from serendipity.domain.graph import Head, NodeKind
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.graph_neo4j import open_neo4j_graph
from tests.contract.graph.conftest import HALF_LIVES
from tests.contract.graph.examples import ANNA, DATA_MENTIONED

class Deadly:
    count = 1

    def __getattr__(self, name):
        os._exit(9)

where = sys.argv[1:]
if len(where) == 1:
    graph = open_embedded_graph(Path(where[0]), HALF_LIVES)
else:
    graph = open_neo4j_graph(*where, HALF_LIVES)
with graph.write() as transaction:
    transaction.drop_node(NodeKind.MEMBER, ANNA.id)
    transaction.put_weights({DATA_MENTIONED: Deadly()})
    transaction.advance(Head(offset=11))
"""


def _die_while_writing(*where: str) -> None:
    """Run a process that dies when a node was dropped already, before its weight is written."""
    died = subprocess.run([sys.executable, "-c", DYING, *where], cwd=ROOT, capture_output=True, text=True)
    assert died.returncode == 9, died.stderr


def test_a_process_killed_in_a_transaction_leaves_the_file_unchanged(tmp_path: Path) -> None:
    """A node was dropped but nothing committed; the next writer goes on at once."""
    path = tmp_path / "graph.db"
    graph = open_embedded_graph(path, HALF_LIVES)
    graph.migrate()
    fill(graph)

    _die_while_writing(str(path))

    assert graph.changes_since(0).weights == WEIGHTS
    assert _count_up(graph) == 10
    graph.close()


@pytest.mark.neo4j
def test_a_process_killed_in_a_transaction_leaves_neo4j_unchanged(
    neo4j_graph: Callable[[], Neo4jGraph], neo4j_server: Neo4jServer
) -> None:
    """The server rolls back what lost its connection, and the lock is free again."""
    graph = neo4j_graph()
    fill(graph)

    _die_while_writing(neo4j_server.uri, *neo4j_server.auth)

    assert graph.changes_since(0).weights == WEIGHTS
    assert _count_up(graph) == 10
