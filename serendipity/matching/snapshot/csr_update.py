"""Edges of one kind, changed in few places: everything else is copied whole, nothing is sorted again."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from serendipity.matching.snapshot.edges import Edges, Floats, Integers, Sparse, Triples
from serendipity.matching.snapshot.index_map import IndexMap

Small = NDArray[np.int32]
FEW = 100  # one new value in so many
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Parts:
    """The arrays of `Edges`."""

    starts: Small
    columns: Small
    weights: Floats
    at: Floats

    def edges(self, width: int) -> Edges:
        matrix: Sparse = sparse.csr_array(
            (self.weights, self.columns, self.starts), shape=(len(self.starts) - 1, width)
        )
        return Edges(matrix=matrix, at=self.at)


def update_csr(edges: Edges, rows: IndexMap, columns: IndexMap, upserts: Triples, dropped: Triples) -> Edges:
    """Number both ends anew, take `dropped` away, then write `upserts`; returns `edges` itself where nothing changes.

    The old numbers of a gone end take their edges along; `upserts` (each once) and `dropped` are in the new numbers.
    """
    if rows.unchanged and columns.unchanged and not len(upserts.rows) and not len(dropped.rows):
        return edges
    parts = _Parts(
        starts=edges.matrix.indptr, columns=edges.matrix.indices, weights=edges.matrix.data, at=np.asarray(edges.at)
    )
    parts = _renumber(parts, rows, columns)
    parts = _without(parts, dropped)
    return _write(parts, upserts).edges(len(columns.ids))


def _renumber(parts: _Parts, rows: IndexMap, columns: IndexMap) -> _Parts:
    if len(rows.gone):
        parts = _left_over(parts, ~np.isin(_row_of_each(parts.starts), rows.gone))
    if len(columns.gone):
        parts = _left_over(parts, columns.moves()[parts.columns] >= 0)
    starts = _insert_rows(np.delete(parts.starts, rows.gone), rows.added)
    moved = parts.columns if columns.unchanged else columns.moves().astype(np.int32)[parts.columns]
    return _Parts(starts=starts, columns=moved, weights=parts.weights, at=parts.at)


def _insert_rows(starts: Small, added: Integers) -> Small:
    """Start an empty row where each of the added will stand."""
    places = added - np.arange(len(added))
    result: Small = np.insert(starts, places, starts[places])
    return result


def _without(parts: _Parts, dropped: Triples) -> _Parts:
    places, there = _places(parts, dropped.rows, dropped.columns)
    if not there.any():
        return parts
    stays = np.ones(len(parts.columns), dtype=np.bool_)
    stays[places[there]] = False
    return _left_over(parts, stays)


def _left_over(parts: _Parts, stays: NDArray[np.bool_]) -> _Parts:
    gone = np.concatenate([[0], np.cumsum(~stays)])
    starts = (parts.starts - gone[parts.starts]).astype(np.int32)
    return _Parts(starts=starts, columns=parts.columns[stays], weights=parts.weights[stays], at=parts.at[stays])


def _write(parts: _Parts, upserts: Triples) -> _Parts:
    """Overwrite what is there, insert what is not."""
    if not len(upserts.rows):
        return parts
    order = np.lexsort((upserts.columns, upserts.rows))
    new = Triples(
        rows=upserts.rows[order], columns=upserts.columns[order], weights=upserts.weights[order], at=upserts.at[order]
    )
    places, there = _places(parts, new.rows, new.columns)
    missing, between = new.where(~there), places[~there]
    weights = _merge(parts.weights, between, missing.weights)
    at = _merge(parts.at, between, missing.at)
    stood = places[there] + np.searchsorted(between, places[there], side="right")
    weights[stood], at[stood] = new.weights[there], new.at[there]
    if not len(between):
        return _Parts(starts=parts.starts, columns=parts.columns, weights=weights, at=at)
    grown = np.bincount(missing.rows + 1, minlength=len(parts.starts))
    return _Parts(
        starts=(parts.starts + np.cumsum(grown)).astype(np.int32),
        columns=_merge(parts.columns, between, missing.columns.astype(np.int32)),
        weights=weights,
        at=at,
    )


def _merge(values: NDArray[Scalar], places: Integers, new: NDArray[Scalar]) -> NDArray[Scalar]:
    """Insert new values (as `np.insert`, which is several times as slow for few of them among many)."""
    if len(new) * FEW > len(values):
        return np.insert(values, places, new)
    result: NDArray[Scalar] = np.empty(len(values) + len(new), dtype=values.dtype)
    result[places + np.arange(len(new))] = new
    for before, (start, end) in enumerate(pairwise([0, *places.tolist(), len(values)])):
        result[start + before : end + before] = values[start:end]
    return result


def _places(parts: _Parts, rows: Integers, columns: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """Return where each edge lies or would, and whether it is there: a bisection in all of the rows at once."""
    low, end = parts.starts[rows].astype(np.int64), parts.starts[rows + 1].astype(np.int64)
    high = end.copy()
    while (open_ := np.flatnonzero(low < high)).size:
        middle = (low[open_] + high[open_]) // 2
        below = parts.columns[middle] < columns[open_]
        low[open_] = np.where(below, middle + 1, low[open_])
        high[open_] = np.where(below, high[open_], middle)
    there = low < end
    there[there] = parts.columns[low[there]] == columns[there]
    return low, there


def _row_of_each(starts: Small) -> Integers:
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
