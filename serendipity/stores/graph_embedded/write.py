"""Writes what a transaction gathered into the embedded graph."""

import sqlite3
from collections.abc import Iterable, Mapping
from operator import itemgetter

from serendipity.domain.decay import Weight
from serendipity.domain.graph import ENDS, WEIGHTED, EdgeKey, Fact, NodeKind
from serendipity.stores.graph_embedded import rows
from serendipity.stores.graph_embedded.rows import TEXT
from serendipity.stores.graph_transaction import Gathered, NodeKey, missing_end

Queries = Mapping[str, str]


def write_gathered(connection: sqlite3.Connection, queries: Queries, gathered: Gathered) -> None:
    """Write everything with the head's offset as its position. Raises NotFound when an end of an edge is missing."""
    position = gathered.head.offset
    for kind, id in gathered.dropped:
        _drop_node(connection, queries, kind, id, position)
    connection.executemany(queries["put_node"], (rows.node_row(node, position) for node in gathered.nodes.values()))
    connection.executemany(queries["forget_remap"], ((TEXT[kind], id) for kind, id in gathered.nodes))
    _check_ends(connection, queries, gathered.ends_to_check())
    _write_weights(connection, queries, gathered.weights, position)
    _write_facts(connection, queries, gathered.facts, position)
    remaps = [(TEXT[remap.kind], remap.old, remap.new, position) for remap in gathered.remaps.values()]
    connection.executemany(queries["put_remap"], remaps)
    connection.execute(queries["advance"], rows.head_row(gathered.head))


def _drop_node(connection: sqlite3.Connection, queries: Queries, kind: NodeKind, id: str, position: int) -> None:
    key = TEXT[kind], id
    if not connection.execute(queries["bury_node"], (*key, position)).rowcount:
        return
    connection.execute(queries["drop_node"], key)
    for edge_kind, ends in ENDS.items():
        table = "weights" if edge_kind in WEIGHTED else "facts"
        for side, end in zip(("from", "to"), ends, strict=True):
            if end is kind:
                connection.execute(queries[f"drop_{table}_{side}"], (TEXT[edge_kind], id))


def _check_ends(connection: sqlite3.Connection, queries: Queries, ends: Iterable[NodeKey]) -> None:
    for kind, id in sorted(ends):
        if connection.execute(queries["node"], (TEXT[kind], id)).fetchone() is None:
            raise missing_end((kind, id))


def _write_weights(
    connection: sqlite3.Connection, queries: Queries, weights: Mapping[EdgeKey, Weight], position: int
) -> None:
    # In the order of the tree, so that each page is found and changed once.
    in_order = sorted(weights.items(), key=itemgetter(0))
    put = (rows.weight_row(key, weight, position) for key, weight in in_order if weight.count)
    dropped = [rows.key_row(key) for key, weight in weights.items() if not weight.count]
    connection.executemany(queries["put_weight"], put)
    connection.executemany(queries["bury_weight"], [(*key, position) for key in dropped])
    connection.executemany(queries["drop_weight"], dropped)


def _write_facts(
    connection: sqlite3.Connection, queries: Queries, facts: Mapping[EdgeKey, Fact | None], position: int
) -> None:
    put = (rows.fact_row(key, fact, position) for key, fact in facts.items() if fact is not None)
    dropped = [rows.key_row(key) for key, fact in facts.items() if fact is None]
    connection.executemany(queries["put_fact"], put)
    connection.executemany(queries["bury_fact"], [(*key, position) for key in dropped])
    connection.executemany(queries["drop_fact"], dropped)
