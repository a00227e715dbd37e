"""Pairs that may not be matched."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import numpy as np
from scipy import sparse

from serendipity.domain.graph import EdgeKind
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Integers, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot

Pair = tuple[str, str]
ROUNDING = 1e-12


def acquainted_pairs(snapshot: Snapshot, now: datetime, threshold: float) -> Sparse:
    """Return 1 for pairs whose tie, as it stands at `now`, reaches the threshold (members × members, symmetric)."""
    strong = sparse.csr_array(snapshot.knows * snapshot.decayed_by(EdgeKind.KNOWS, now) >= threshold - ROUNDING)
    return sparse.csr_array(strong.astype(np.float64))


def of_pairs(snapshot: Snapshot, pairs: Iterable[Pair]) -> Sparse:
    """Return 1 for the given pairs of ids, in either order; unknown members are passed over."""
    index = snapshot.member_index
    known = [(index[one], index[other]) for one, other in pairs if one in index and other in index]
    ends = np.array(known, dtype=np.int64).reshape(-1, 2)
    both = np.concatenate([ends, ends[:, ::-1]])
    size = len(snapshot.members)
    return sparse.csr_array(sparse.coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(size, size)))


def exclude_pairs(
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
    since = (now - timedelta(days=settings.recent_days)).timestamp()
    if of is None:
        closed = acquainted_pairs(snapshot, now, settings.acquainted) + (snapshot.introduced_at >= since)
        return sparse.csr_array(closed + of_pairs(snapshot, (*blocked, *frozen)))
    decay = snapshot.decayed_by(EdgeKind.KNOWS, now)
    named = _named(snapshot, of, (*blocked, *frozen))
    lengths, found = np.zeros(len(snapshot.members) + 1, dtype=np.int32), [np.zeros(0, dtype=np.int32)]
    for row in of.tolist():
        strong = _at_least(snapshot.knows, row, settings.acquainted - ROUNDING, decay)
        found.append(np.unique(np.concatenate([strong, _at_least(snapshot.introduced_at, row, since), named[row]])))
        lengths[row + 1] = len(found[-1])
    columns = np.concatenate(found).astype(np.int32)
    parts = np.ones(len(columns)), columns, np.cumsum(lengths, dtype=np.int32)
    return sparse.csr_array(parts, shape=(len(snapshot.members), len(snapshot.members)))


def _at_least(matrix: Sparse, row: int, least: float, factor: float = 1.0) -> Integers:
    """Return the columns of a row whose entries, times a factor, are so great."""
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part][matrix.data[part] * factor >= least].astype(np.int64)


def _named(snapshot: Snapshot, rows: Integers, pairs: Collection[Pair]) -> dict[int, Integers]:
    """Return whom the pairs name beside each of the rows."""
    of = {snapshot.members[row]: row for row in rows.tolist()}
    others: dict[int, list[str]] = {row: [] for row in of.values()}
    for one, other in pairs:
        if one in of:
            others[of[one]].append(other)
        if other in of:
            others[of[other]].append(one)
    return {row: snapshot.rows(names) for row, names in others.items()}
