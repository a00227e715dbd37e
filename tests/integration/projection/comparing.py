"""Whether two graphs are the same: nodes, facts and edges alike, counts equal, sums as near as rounding allows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from serendipity.domain.decay import value
from serendipity.domain.effects import Batch
from serendipity.domain.graph import Changes, EdgeKey, HalfLives
from serendipity.ports import GraphStore, Ledger
from serendipity.projection import fold
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.graph_transaction import node_key
from serendipity.usecases.services import new_standing
from tests.integration.projection.histories import LATER

HALF_LIVES = HalfLives()
TOLERANCE = 1e-9


class _Absolute(Batch):
    """Sums what each edge was given, without signs."""

    def add(self, key: EdgeKey, amount: float, at: datetime, why: str | None = None) -> None:
        super().add(key, abs(amount), at, why)


def absolute_contributions(ledger: Ledger) -> dict[EdgeKey, float]:
    """The sum of absolute contributions to each edge at LATER, as the records stand now."""
    standing, batch = new_standing(), _Absolute(HALF_LIVES)
    with ledger.read() as uow:
        records = uow.records.after(0, limit=1_000_000)
    for record in records:
        standing.apply(record)
    fold(records, standing, batch)
    return {key: value(weight, LATER, HALF_LIVES.of(key.kind)) for key, weight in batch.weights.items()}


def differences(graph: GraphStore, other: GraphStore, scale: dict[EdgeKey, float]) -> list[str]:
    """Everything that tells one graph from another; `scale` holds the sum of absolute contributions to each edge."""
    one, two = graph.changes_since(0), other.changes_since(0)
    found = [f"node {key}" for key in _unlike({node_key(n): n for n in one.nodes}, {node_key(n): n for n in two.nodes})]
    found += [f"fact {key}" for key in _unlike(one.facts, two.facts)]
    found += [f"edge {key}" for key in one.weights.keys() ^ two.weights.keys()]
    return found + _unlike_sums(one, two, scale)


def assert_same(graph: GraphStore, other: GraphStore, ledger: Ledger) -> None:
    """Fail with what differs."""
    assert differences(graph, other, absolute_contributions(ledger)) == []


def copy_in_memory(graph: GraphStore) -> MemoryGraph:
    """Keep a graph as it is now, to compare with later."""
    kept, whole = MemoryGraph(HALF_LIVES), graph.changes_since(0)
    with kept.write() as transaction:
        transaction.put_nodes(whole.nodes)
        transaction.put_weights(whole.weights)
        transaction.put_facts(whole.facts)
        transaction.advance(whole.head)
    return kept


def _unlike(one: Mapping[Any, Any], two: Mapping[Any, Any]) -> list[Any]:
    return [key for key in one.keys() | two.keys() if key not in one or key not in two or one[key] != two[key]]


def _unlike_sums(one: Changes, two: Changes, scale: dict[EdgeKey, float]) -> list[str]:
    found = []
    for key in one.weights.keys() & two.weights.keys():
        a, b = one.weights[key], two.weights[key]
        half_life = HALF_LIVES.of(key.kind)
        apart = abs(value(a, LATER, half_life) - value(b, LATER, half_life))
        if (a.count, a.why) != (b.count, b.why) or apart > TOLERANCE * scale.get(key, 0.0):
            found.append(f"weight {key}: {a} and {b}")
    return found
