"""Projection: check-ins a second folded into the embedded graph and into Neo4j, understandings made beforehand."""

import sqlite3
import tempfile
from pathlib import Path

from rich.console import Console

from bench._communities import check_in, member, settle_community
from bench._rows import Row, Stopwatch, show, skipped, timed
from bench._servers import neo4j_graph
from serendipity.domain.decay import Weight
from serendipity.domain.effects import Batch
from serendipity.domain.graph import HalfLives
from serendipity.domain.projection_state import STANDING_KINDS
from serendipity.ports import GraphStore, Ledger
from serendipity.projection import Projector, fold
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.usecases.services import new_standing
from tests.servers.session import ServerUnavailable

CHECK_INS, MEMBERS = 10_000, 1_000
RECORDS_A_TRANSACTION = 2000
LIVES = HalfLives()
Edge = tuple[str, str, str, float, float, int]


def run(console: Console) -> list[Row]:
    """Fold the same ledger into both stores, and put the same rows into a bare table."""
    with tempfile.TemporaryDirectory(prefix="serendipity-bench-") as name:
        folder = Path(name)
        ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}")
        topics = settle_community(ledger, members=MEMBERS)
        check_in(ledger, topics, count=CHECK_INS, members=[member(number) for number in range(MEMBERS)])
        bare = CHECK_INS / _bare(folder / "bare.db", _batches(ledger)).wall
        rows = [_embedded(folder, ledger, bare), *_neo4j(ledger, bare)]
        ledger.close()
    show(console, f"Projection of {CHECK_INS:,} check-ins (peer: executemany upserts of the same rows)", rows)
    return rows


def _embedded(folder: Path, ledger: Ledger, bare: float) -> Row:
    graph = open_embedded_graph(folder / "graph.db", LIVES)
    graph.migrate()
    row = _row("embedded graph", _folded(ledger, graph), at_least=1000, peer=bare)
    graph.close()
    return row


def _neo4j(ledger: Ledger, bare: float) -> list[Row]:
    """Fold twice: into a server that has just started and has yet to compile itself, then into one that has run."""
    try:
        with neo4j_graph(LIVES) as graph:
            started = _row("Neo4j, just started", _folded(ledger, graph), peer=bare)
            graph.clear(LIVES)
            return [started, _row("Neo4j, warm", _folded(ledger, graph), at_least=500, peer=bare)]
    except ServerUnavailable as reason:
        return [skipped("Neo4j", str(reason))]


def _row(what: str, watch: Stopwatch, *, peer: float, at_least: float | None = None) -> Row:
    note = f"this process: {1000 * watch.cpu / CHECK_INS:.2f} ms CPU each, {CHECK_INS / watch.cpu:,.0f}/s of CPU"
    return Row(what=what, measured=CHECK_INS / watch.wall, unit="/s", at_least=at_least, peer=peer, note=note)


def _folded(ledger: Ledger, graph: GraphStore) -> Stopwatch:
    """Fold everything; the standing (members, topics) comes with the first batch, as after a restart."""
    projector = Projector(ledger, graph, LIVES, new_standing, batch=RECORDS_A_TRANSACTION)
    with timed() as watch:
        projector.catch_up(holder="bench")
    return watch


def _batches(ledger: Ledger) -> list[list[Edge]]:
    """Return the rows that each batch of the projection writes, as plain tuples."""
    standing, batches = new_standing(), []
    with ledger.read() as uow:
        for record in uow.records.after(0, limit=1_000_000, kinds=STANDING_KINDS):
            standing.apply(record)
        position = 0
        while records := uow.records.after(position, limit=RECORDS_A_TRANSACTION):
            batch = Batch(LIVES)
            fold(records, standing, batch)
            batches.append(
                [(key.kind.value, key.source, key.target, *_plain(weight)) for key, weight in batch.weights.items()]
            )
            position = records[-1].position
    return batches


def _plain(weight: Weight) -> tuple[float, float, int]:
    return weight.weight, weight.updated_at.timestamp(), weight.count


def _bare(path: Path, batches: list[list[Edge]]) -> Stopwatch:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=NORMAL",
        "CREATE TABLE edges (kind, source, target, weight, at, count, PRIMARY KEY (kind, source, target))",
    ):
        connection.execute(statement)
    upsert = (
        "INSERT INTO edges VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET weight = weight + excluded.weight, at = max(at, excluded.at), count = count + excluded.count"
    )
    with timed() as watch:
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(upsert, batch)
            connection.execute("COMMIT")
    connection.close()
    return watch
