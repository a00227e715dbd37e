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
    return _strong(snapshot.knows, snapshot, now, threshold)


def of_pairs(snapshot: Snapshot, pairs: Iterable[Pair]) -> Sparse:
    """Return 1 for the given pairs of ids, in either order; unknown members are passed over."""
    index = snapshot.member_index
    known = [(index[one], index[other]) for one, other in pairs if one in index and other in index]
    ends = np.array(known, dtype=np.int64).reshape(-1, 2)
    return _both_ways(ends[:, 0], ends[:, 1], len(snapshot.members))


def excluded_pairs(
    snapshot: Snapshot,
    now: datetime,
    blocked: Collection[Pair],
    frozen: Collection[Pair],
    settings: MatchSettings,
    *,
    of: Integers | None = None,
) -> Sparse:
    """Return 1 for every pair that may not be matched: acquainted, introduced recently, blocked or frozen.

    With `of` only the rows of those members (ascending) are filled, which costs little however large the community is.
    """
    knows, introduced = snapshot.knows, snapshot.introduced_at
    pairs: Collection[Pair] = (*blocked, *frozen)
    if of is not None:
        ids = {snapshot.members[row] for row in of.tolist()}
        knows, introduced = knows[of], introduced[of]
        pairs = [pair for pair in pairs if not ids.isdisjoint(pair)]
    since = (now - timedelta(days=settings.recent_days)).timestamp()
    closed = sparse.csr_array(_strong(knows, snapshot, now, settings.acquainted) + (introduced >= since))
    if pairs:
        named = of_pairs(snapshot, pairs)
        closed = sparse.csr_array(closed + (named if of is None else named[of]))
    return closed if of is None else _in_place(closed, of, len(snapshot.members))


def _in_place(part: Sparse, rows: Integers, size: int) -> Sparse:
    """Return a matrix in which only these rows (ascending) are filled."""
    lengths = np.zeros(size + 1, dtype=np.int32)
    lengths[rows + 1] = np.diff(part.indptr)
    return sparse.csr_array((part.data, part.indices, np.cumsum(lengths, dtype=np.int32)), shape=(size, size))


def _strong(knows: Sparse, snapshot: Snapshot, now: datetime, threshold: float) -> Sparse:
    strong = sparse.csr_array(knows * snapshot.decayed_by(EdgeKind.KNOWS, now) >= threshold - 1e-12)
    return sparse.csr_array(strong.astype(np.float64))


def _both_ways(rows: Integers, columns: Integers, size: int) -> Sparse:
    ends = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    return sparse.csr_array(sparse.coo_array((np.ones(2 * len(rows)), ends), shape=(size, size)))
