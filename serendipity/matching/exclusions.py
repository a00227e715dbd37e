"""Who may not be matched with whom."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import numpy as np
from scipy import sparse

from serendipity.domain.graph import EdgeKind
from serendipity.matching.edges import Integers, Sparse
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot import Snapshot

Pair = tuple[str, str]


def acquainted(snapshot: Snapshot, now: datetime, threshold: float) -> Sparse:
    """Return 1 for pairs whose tie, as it stands at `now`, reaches the threshold (members × members, symmetric)."""
    strong = sparse.csr_array(snapshot.knows * snapshot.decayed_by(EdgeKind.KNOWS, now) >= threshold - 1e-12)
    return sparse.csr_array(strong.astype(np.float64))


def introduced_since(snapshot: Snapshot, since: datetime) -> Sparse:
    """Return 1 for pairs introduced at or after a time (members × members, symmetric)."""
    edges = snapshot.edges[EdgeKind.INTRODUCED_TO]
    triples = edges.triples().where(~(edges.at < since.timestamp()))
    return _both_ways(triples.rows, triples.columns, len(snapshot.members))


def of_pairs(snapshot: Snapshot, pairs: Iterable[Pair]) -> Sparse:
    """Return 1 for the given pairs of ids, in either order; unknown members are passed over."""
    index = snapshot.member_index
    known = [(index[one], index[other]) for one, other in pairs if one in index and other in index]
    ends = np.array(known, dtype=np.int64).reshape(-1, 2)
    return _both_ways(ends[:, 0], ends[:, 1], len(snapshot.members))


def excluded_pairs(
    snapshot: Snapshot, now: datetime, blocked: Collection[Pair], frozen: Collection[Pair], settings: MatchSettings
) -> Sparse:
    """Return 1 for every pair that may not be matched: acquainted, introduced recently, blocked or frozen."""
    since = now - timedelta(days=settings.recent_days)
    parts = (
        acquainted(snapshot, now, settings.acquainted),
        introduced_since(snapshot, since),
        of_pairs(snapshot, blocked),
        of_pairs(snapshot, frozen),
    )
    total = parts[0]
    for part in parts[1:]:
        total = sparse.csr_array(total + part)
    return total


def _both_ways(rows: Integers, columns: Integers, size: int) -> Sparse:
    ends = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    return sparse.csr_array(sparse.coo_array((np.ones(2 * len(rows)), ends), shape=(size, size)))
