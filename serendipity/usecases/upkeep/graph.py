"""Keeping the graph and its snapshot up with the ledger."""

from collections.abc import Callable
from datetime import datetime

from serendipity.domain.errors import LeaseLost, OffsetMoved
from serendipity.domain.graph import HalfLives
from serendipity.flow import GRAPH
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.ports import GraphStore
from serendipity.projection import fold_into
from serendipity.usecases.services import Services, new_standing
from serendipity.usecases.topics.reading import read_pending

Progress = Callable[[int, int, str], None]


def catch_up(services: Services, *, progress: Progress | None = None) -> int:
    """Read what is unread, fold what is unfolded, publish a fresh snapshot; returns how many records were folded.

    Raises GraphUnavailable, HalfLivesDiffer, GraphAhead; what is done by then is kept. Another process at the same
    work is fine.
    """
    folded = read_and_project(services, progress=progress)
    publish(services)
    return folded


def read_and_project(services: Services, *, progress: Progress | None = None) -> int:
    """Do as `catch_up` does, and leave the snapshot as it is."""
    read(services, progress=progress)
    return project(services, progress=progress)


def read(services: Services, *, progress: Progress | None = None) -> int:
    """Read what is unread; returns how many texts."""
    now = services.clock.now()
    return read_pending(services.ledger, services.reader, now=now, progress=_wrap_progress(progress, "read"))


def project(services: Services, *, progress: Progress | None = None) -> int:
    """Fold what is unfolded, and note how far the graph is; 0 when another process does it."""
    try:
        folded = services.keeper.catch_up(holder=services.name, progress=_wrap_progress(progress, "folded"))
    except (LeaseLost, OffsetMoved):
        return 0
    note_offset(services)
    return folded


def fold_records(services: Services) -> int:
    """Migrate the graph where it has not answered before, and do as `project` does."""
    services.migrated_graph.head()
    return project(services)


def note_offset(services: Services) -> None:
    """Write down how far the graph is, so that it can be told while the graph does not answer."""
    offset = services.graph.head().offset
    with services.ledger.read() as uow:
        noted = uow.consumers.position(GRAPH.name)
    if offset != noted:
        with services.ledger.write() as uow:
            uow.consumers.set_position(GRAPH.name, offset)


def publish(services: Services) -> Snapshot:
    """Bring the latest snapshot up to the graph and publish it where anything changed."""
    latest, offset = services.snapshots.latest(), services.graph.head().offset
    # A snapshot that is further than the graph is of another one: of before a rebuild, or of a file that was lost.
    if latest is None or latest.half_lives != services.half_lives or latest.head.offset > offset:
        latest = Snapshot.empty(services.half_lives, services.clock.now())
    elif latest.head.offset == offset:
        return latest
    fresh = latest.refreshed(services.graph.changes_since(latest.head.offset))
    services.snapshots.publish(fresh)
    return fresh


def rebuild(services: Services, *, progress: Progress | None = None) -> int:
    """Fold the whole ledger into an emptied graph, without reading any text again."""
    services.graph.start_over(services.half_lives, now=services.clock.now())
    folded = project(services, progress=progress)
    services.snapshots.publish(_whole(services.graph, services.half_lives, services.clock.now()))
    return folded


def graph_as_of(services: Services, moment: datetime, *, half_lives: HalfLives | None = None) -> GraphStore:
    """Return a graph in memory of what was observed strictly before a moment, under today's standing."""
    lives = half_lives or services.half_lives
    graph = services.new_graph(lives)
    fold_into(graph, services.ledger, new_standing(), lives, before=moment)
    return graph


def snapshot_as_of(services: Services, moment: datetime, *, half_lives: HalfLives | None = None) -> Snapshot:
    """Return the snapshot of `graph_as_of`."""
    lives = half_lives or services.half_lives
    return _whole(graph_as_of(services, moment, half_lives=lives), lives, moment)


def snapshot_at(services: Services, position: int, *, half_lives: HalfLives, landmark: datetime) -> Snapshot:
    """Return the snapshot as it was when the ledger ended at a position, curation and consent included."""
    graph = services.new_graph(half_lives)
    fold_into(graph, services.ledger, new_standing(), half_lives, upto=position)
    return _whole(graph, half_lives, landmark)


def _whole(graph: GraphStore, half_lives: HalfLives, landmark: datetime) -> Snapshot:
    return Snapshot.build(graph.changes_since(0), half_lives, landmark)


def _wrap_progress(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(done, total, what)
