"""Reads weights and writes what a transaction gathered, in batches by kind."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from neo4j import Transaction

from serendipity.domain.decay import Weight
from serendipity.domain.graph import EdgeKey, NodeKind
from serendipity.stores.graph_neo4j import rows
from serendipity.stores.graph_neo4j.server import ask
from serendipity.stores.graph_transaction import TOTAL, Gathered, NodeKey, ends, missing_end

# Larger ones gain nothing, and a server of 512 MiB has to hold a batch as parameters and as changes.
BATCH = 5_000
TOTAL_QUERY = "TOTAL"


class StoredWeights:
    """The weighted edges that one transaction asked for, and where in the database those that exist lie."""

    def __init__(self, transaction: Transaction) -> None:
        """Nothing is asked yet."""
        self._transaction = transaction
        self._asked: set[EdgeKey] = set()
        self.element_ids: dict[EdgeKey, str] = {}

    def read(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Weight]:
        """Return the weights that exist among these keys."""
        self._asked.update(keys)
        found: dict[EdgeKey, Weight] = {}
        for name, some in _by_query(keys).items():
            for batch in _batches([[key.source, key.target] for key in some]):
                record = ask(self._transaction, f"read_{name}", keys=batch).single(strict=True)
                for source, target, element_id, *weight in record[0]:
                    key = EdgeKey(some[0].kind, source, target)
                    found[key] = rows.weight(*weight)
                    self.element_ids[key] = element_id
        return found

    def ask_for_the_rest(self, keys: Iterable[EdgeKey]) -> None:
        """Ask for those of these edges that were not asked for yet."""
        self.read([key for key in keys if key not in self._asked])


def write_gathered(transaction: Transaction, gathered: Gathered, stored: StoredWeights) -> None:
    """Write everything with the head's offset as its position. Raises NotFound when an end of an edge is missing."""
    position = gathered.head.offset
    stored.ask_for_the_rest(gathered.weights)
    _drop_nodes(transaction, gathered.dropped, position)
    _write_nodes(transaction, gathered, position)
    _check_ends(transaction, gathered.ends_to_check())
    _write_weights(transaction, gathered, stored.element_ids, position)
    _write_facts(transaction, gathered, position)
    _drop_edges(transaction, gathered, position)
    remaps = [[remap.kind.value, remap.old, remap.new] for remap in gathered.remaps.values()]
    _write(transaction, "write_remaps", remaps, position)
    ask(transaction, "advance", head=rows.head_properties(gathered.head)).consume()


def _by_query(keys: Iterable[EdgeKey]) -> dict[str, list[EdgeKey]]:
    groups: dict[str, list[EdgeKey]] = defaultdict(list)
    for key in keys:
        groups[_query(key)].append(key)
    return groups


def _query(key: EdgeKey) -> str:
    """Return the part of a query's name that says which kind of edge it is for."""
    return TOTAL_QUERY if key == TOTAL else key.kind.value


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _write(transaction: Transaction, name: str, rows: Sequence[Any], position: int) -> None:
    """Send rows without waiting: an error is told by the next answer or by the commit."""
    for batch in _batches(rows):
        ask(transaction, name, rows=batch, position=position)


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
    for batch in _batches([[kind.value, id] for kind, id in gathered.nodes]):
        ask(transaction, "forget_remaps", keys=batch).consume()


def _check_ends(transaction: Transaction, ends: Collection[NodeKey]) -> None:
    for kind, ids in _ids_by_kind(ends).items():
        record = ask(transaction, f"nodes_{kind.value}", ids=ids).single(strict=True)
        missing = sorted(set(ids) - {id for _, id, *_ in record[0]})
        if missing:
            raise missing_end((kind, missing[0]))


def _write_weights(
    transaction: Transaction, gathered: Gathered, element_ids: Mapping[EdgeKey, str], position: int
) -> None:
    """Update the edges that are there, and create the others: those of dropped nodes went with them."""
    created: dict[str, list[list[Any]]] = defaultdict(list)
    updated: dict[str, list[list[Any]]] = defaultdict(list)
    for key, weight in gathered.weights.items():
        if not weight.count:
            continue
        if key in element_ids and (not gathered.dropped or gathered.dropped.keys().isdisjoint(ends(key))):
            updated[_query(key)].append([*rows.weight_row(weight), element_ids[key]])
        else:
            created[_query(key)].append([*rows.weight_row(weight), key.source, key.target])
    for verb, by_query in (("create", created), ("update", updated)):
        for name, some in by_query.items():
            _write(transaction, f"{verb}_{name}", some, position)


def _write_facts(transaction: Transaction, gathered: Gathered, position: int) -> None:
    facts = {key: rows.fact_row(key, fact) for key, fact in gathered.facts.items() if fact is not None}
    for name, keys in _by_query(facts).items():
        _write(transaction, f"write_{name}", [facts[key] for key in keys], position)


def _drop_edges(transaction: Transaction, gathered: Gathered, position: int) -> None:
    dropped = [key for key, weight in gathered.weights.items() if not weight.count]
    dropped += [key for key, fact in gathered.facts.items() if fact is None]
    for name, keys in _by_query(dropped).items():
        for batch in _batches([[key.source, key.target] for key in keys]):
            ask(transaction, f"drop_{name}", keys=batch, position=position).consume()
