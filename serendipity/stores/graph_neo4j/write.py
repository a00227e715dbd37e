"""Reads weights and writes what a transaction gathered, in batches by kind."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from neo4j import Transaction

from serendipity.domain.decay import Weight
from serendipity.domain.graph import EdgeKey, NodeKind
from serendipity.stores.graph_neo4j import rows
from serendipity.stores.graph_neo4j.server import ask
from serendipity.stores.graph_transaction import TOTAL, Gathered, NodeKey, missing_end

# Larger ones gain nothing, and a server of 512 MiB has to hold a batch as parameters and as changes.
BATCH = 5_000
TOTAL_QUERY = "TOTAL"


def read_weights(transaction: Transaction, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
    """Return the weights that exist among these keys."""
    found: dict[EdgeKey, Weight] = {}
    for name, some in _by_query(keys).items():
        for batch in _batches([[key.source, key.target] for key in some]):
            record = ask(transaction, f"read_{name}", keys=batch).single(strict=True)
            for source, target, *weight in record[0]:
                found[EdgeKey(some[0].kind, source, target)] = rows.weight(*weight)
    return found


def write_gathered(transaction: Transaction, gathered: Gathered) -> None:
    """Write everything with the head's offset as its position. Raises NotFound when an end of an edge is missing."""
    position = gathered.head.offset
    _drop_nodes(transaction, gathered.dropped, position)
    _write_nodes(transaction, gathered, position)
    _check_ends(transaction, gathered.ends_to_check())
    _write_edges(transaction, gathered, position)
    _drop_edges(transaction, gathered, position)
    remaps = [[remap.kind.value, remap.old, remap.new] for remap in gathered.remaps.values()]
    _write(transaction, "write_remaps", remaps, position)
    ask(transaction, "advance", head=rows.head_properties(gathered.head)).consume()


def _by_query(keys: Iterable[EdgeKey]) -> dict[str, list[EdgeKey]]:
    """Group keys by the part of the query's name that says which kind it is for."""
    groups: dict[str, list[EdgeKey]] = defaultdict(list)
    for key in keys:
        groups[TOTAL_QUERY if key == TOTAL else key.kind.value].append(key)
    return groups


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _write(transaction: Transaction, name: str, rows: Sequence[Any], position: int) -> None:
    for batch in _batches(rows):
        ask(transaction, name, rows=batch, position=position).consume()


def _drop_nodes(transaction: Transaction, dropped: Iterable[NodeKey], position: int) -> None:
    for kind, ids in _ids_by_kind(dropped).items():
        ask(transaction, f"drop_{kind.value}", ids=ids, position=position).consume()


def _ids_by_kind(keys: Iterable[NodeKey]) -> dict[NodeKind, list[str]]:
    ids: dict[NodeKind, list[str]] = defaultdict(list)
    for kind, id in keys:
        ids[kind].append(id)
    return ids


def _write_nodes(transaction: Transaction, gathered: Gathered, position: int) -> None:
    for kind in NodeKind:
        nodes = [rows.node_row(node) for (node_kind, _), node in gathered.nodes.items() if node_kind is kind]
        _write(transaction, f"write_{kind.value}", nodes, position)


def _check_ends(transaction: Transaction, ends: Collection[NodeKey]) -> None:
    for kind, ids in _ids_by_kind(ends).items():
        record = ask(transaction, f"nodes_{kind.value}", ids=ids).single(strict=True)
        missing = sorted(set(ids) - {id for _, id, *_ in record[0]})
        if missing:
            raise missing_end((kind, missing[0]))


def _write_edges(transaction: Transaction, gathered: Gathered, position: int) -> None:
    weights = {key: rows.weight_row(key, weight) for key, weight in gathered.weights.items() if weight.count}
    facts = {key: rows.fact_row(key, fact) for key, fact in gathered.facts.items() if fact is not None}
    for edges in (weights, facts):
        for name, keys in _by_query(edges).items():
            _write(transaction, f"write_{name}", [edges[key] for key in keys], position)


def _drop_edges(transaction: Transaction, gathered: Gathered, position: int) -> None:
    dropped = [key for key, weight in gathered.weights.items() if not weight.count]
    dropped += [key for key, fact in gathered.facts.items() if fact is None]
    for name, keys in _by_query(dropped).items():
        for batch in _batches([[key.source, key.target] for key in keys]):
            ask(transaction, f"drop_{name}", keys=batch, position=position).consume()
