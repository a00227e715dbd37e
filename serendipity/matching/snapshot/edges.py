"""Edges of one kind as a sparse matrix with a time beside each weight."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from serendipity.matching.kernels.blocks import Rows, add_up
from serendipity.matching.kernels.pairs import products
from serendipity.matching.kernels.scratch_buffers import zeroed_buffer

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Sparse: TypeAlias = sparse.csr_array[np.float64, tuple[int, int]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Edges:
    """Edges of one kind: `matrix` (sources × targets, canonical CSR) and `at`, seconds since 1970, one per entry."""

    matrix: Sparse
    at: Floats

    def triples(self) -> "Triples":
        """Return rows, columns, weights and times, in the order of the matrix."""
        lengths = np.diff(self.matrix.indptr)
        rows = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
        return Triples(
            rows=rows, columns=self.matrix.indices.astype(np.int64), weights=self.matrix.data, at=np.asarray(self.at)
        )

    def position(self, row: int, column: int) -> int | None:
        """Return where the entry lies in `matrix.data` and `at`; None when there is no such edge."""
        start, end = int(self.matrix.indptr[row]), int(self.matrix.indptr[row + 1])
        place = start + int(np.searchsorted(self.matrix.indices[start:end], column))
        return place if place < end and self.matrix.indices[place] == column else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Triples:
    """Edges of one kind as four parallel arrays."""

    rows: Integers
    columns: Integers
    weights: Floats
    at: Floats

    @classmethod
    def of(cls, entries: Iterable[tuple[int, int, float, float]]) -> "Triples":
        """Take (row, column, weight, at) apart."""
        table = np.array(list(entries), dtype=np.float64).reshape(-1, 4)
        rows, columns = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
        return cls(rows=rows, columns=columns, weights=table[:, 2].copy(), at=table[:, 3].copy())

    def where(self, kept: NDArray[np.bool_]) -> "Triples":
        """Keep some."""
        return Triples(rows=self.rows[kept], columns=self.columns[kept], weights=self.weights[kept], at=self.at[kept])

    def moved(self, rows: Integers, columns: Integers) -> "Triples":
        """Renumber both ends by old → new; an end that became -1 takes its edges away."""
        new = Triples(rows=rows[self.rows], columns=columns[self.columns], weights=self.weights, at=self.at)
        return new.where((new.rows >= 0) & (new.columns >= 0))

    def replaced(self, others: "Triples", dropped: "Triples", width: int) -> "Triples":
        """Take `dropped` and all that `others` have away, and add `others`."""
        keys = self.rows * width + self.columns
        stale = np.concatenate([part.rows * width + part.columns for part in (others, dropped)])
        kept = self.where(~np.isin(keys, stale)) if len(stale) else self
        return Triples(
            rows=np.concatenate([kept.rows, others.rows]),
            columns=np.concatenate([kept.columns, others.columns]),
            weights=np.concatenate([kept.weights, others.weights]),
            at=np.concatenate([kept.at, others.at]),
        )

    def edges(self, shape: tuple[int, int]) -> Edges:
        """Sort by row and column into a canonical matrix; each edge comes once."""
        order = np.lexsort((self.columns, self.rows))
        indptr = np.zeros(shape[0] + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.rows, minlength=shape[0]), out=indptr[1:])
        parts = (self.weights[order], self.columns[order].astype(np.int32), indptr.astype(np.int32))
        return Edges(matrix=sparse.csr_array(parts, shape=shape), at=self.at[order])


def values_at(matrix: Sparse, rows: Integers, columns: Integers) -> Floats:
    """Return the entries at (row, column), 0 where there is none; sorts the indices of `matrix` where they are not.

    >>> small = sparse.csr_array(np.array([[0.0, 2.0], [3.0, 0.0]]))
    >>> values_at(small, np.array([0, 1, 1]), np.array([1, 1, 0])).tolist()
    [2.0, 0.0, 3.0]
    """
    if matrix.nnz == 0 or len(rows) == 0:
        return np.zeros(len(rows))
    matrix.sort_indices()
    width = matrix.shape[1]
    lengths = np.diff(matrix.indptr)
    keys = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths) * width + matrix.indices
    wanted = rows * width + columns
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, matrix.data[place], 0.0)


def scale_rows(matrix: Sparse, by: Floats) -> Sparse:
    """Multiply each row by a number."""
    return _with_weights(matrix, matrix.data * np.repeat(by, np.diff(matrix.indptr)))


def scale_columns(matrix: Sparse, by: Floats) -> Sparse:
    """Multiply each column by a number."""
    return _with_weights(matrix, matrix.data * by[matrix.indices])


def _with_weights(matrix: Sparse, weights: Floats) -> Sparse:
    """Return other weights at the same places, which are copied, as those of a file cannot be written."""
    starts, columns = (np.array(part, dtype=np.int32) for part in (matrix.indptr, matrix.indices))
    return sparse.csr_array((np.asarray(weights), columns, starts), shape=matrix.shape)


def row_sums(matrix: Sparse) -> Floats:
    """Add up each row."""
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def exact(matrix: Sparse) -> Rows:
    """Return a matrix for compiled loops, without a copy of it."""
    starts, columns = (part.astype(np.int32, copy=False) for part in (matrix.indptr, matrix.indices))
    return Rows(starts, columns, matrix.data.astype(np.float64, copy=False))


def of_pairs(matrix: Sparse, rows: Integers, columns: Integers) -> Floats:
    """Return the inner products of pairs of rows; quickest where those of one row follow each other."""
    with zeroed_buffer(matrix.shape[1]) as spread:
        return products(exact(matrix), exact(matrix), rows, columns, spread)


def entries_of(matrix: Sparse, rows: Integers) -> tuple[Integers, Integers]:
    """Return where the entries of a few rows are, and which of the rows (by its number here) each belongs to.

    >>> [each.tolist() for each in entries_of(sparse.csr_array(np.array([[1, 0], [0, 0], [2, 3]])), np.array([2, 0]))]
    [[1, 2, 0], [0, 0, 1]]
    """
    starts, lengths = matrix.indptr[rows], matrix.indptr[rows + 1] - matrix.indptr[rows]
    of_row = np.repeat(np.arange(len(rows)), lengths)
    return np.arange(len(of_row)) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths), of_row


def with_one(matrix: Sparse, own: int, rows: Integers, *, by: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the inner products of one row with a few, and of each of the few with itself; columns scaled with `by`.

    It takes no compiled code, which takes longer to load than this does for the people in a house.

    >>> [each.tolist() for each in with_one(sparse.csr_array(np.array([[1, 2], [0, 3]])), 0, np.array([0, 1]))]
    [[5.0, 6.0], [5.0, 9.0]]
    """
    spread, mine = np.zeros(matrix.shape[1]), slice(matrix.indptr[own], matrix.indptr[own + 1])
    entries, of_row = entries_of(matrix, rows)
    columns, weights = matrix.indices[entries], np.asarray(matrix.data[entries], dtype=np.float64)
    spread[matrix.indices[mine]] = matrix.data[mine]
    if by is not None:
        spread, weights = spread * by, weights * by[columns]
    products, squares = (np.bincount(of_row, each, len(rows)) for each in (weights * spread[columns], weights**2))
    return np.asarray(products, dtype=np.float64), np.asarray(squares, dtype=np.float64)


def product(left: Sparse, rows: Integers, right: Sparse) -> Sparse:
    """Return left[rows] @ right, columns in no order; several threads may multiply at once, unlike scipy's.

    >>> one = sparse.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    >>> product(one, np.array([1]), one).toarray().tolist()
    [[0.0, 9.0]]
    """
    return as_matrix(products_with_all(left, rows, right), right.shape[1])


def products_with_all(left: Sparse, rows: Integers, right: Sparse) -> Rows:
    """Return left[rows] @ right for compiled loops."""
    with zeroed_buffer(right.shape[1]) as sums:
        return Rows(*add_up(rows, exact(left), exact(right), sums))


def as_matrix(rows: Rows, width: int) -> Sparse:
    """Return what compiled loops hand over as a matrix."""
    return sparse.csr_array((rows.weights, rows.columns, rows.starts), shape=(len(rows.starts) - 1, width))


def cap(matrix: Sparse) -> Sparse:
    """Let no entry pass 1."""
    return sparse.csr_array((np.minimum(matrix.data, 1.0), matrix.indices, matrix.indptr), shape=matrix.shape)


def unit_rows(matrix: Sparse) -> Sparse:
    """Scale each row to length 1 (empty rows stay empty)."""
    length = np.sqrt(row_sums(sparse.csr_array(matrix.multiply(matrix))))
    return scale_rows(matrix, np.divide(1.0, length, out=np.zeros_like(length), where=length > 0))


def clamp(matrix: Sparse) -> Sparse:
    """Read negations (weights below 0) as no edge."""
    result = sparse.csr_array(matrix.maximum(0.0))
    result.eliminate_zeros()
    return result


def lift(matrix: Sparse, chosen: Sparse, share: float) -> Sparse:
    """Let chosen entries be at least a share of the greatest of their row, or 1 where the row has none.

    >>> row, pin = sparse.csr_array(np.array([[4.0, 1.0, 0.0]])), sparse.csr_array(np.array([[0.0, 1.0, 0.0]]))
    >>> lift(row, pin, 0.5).toarray().tolist()
    [[4.0, 2.0, 0.0]]
    """
    if chosen.nnz == 0:
        return matrix
    greatest = (
        np.asarray(matrix.max(axis=1).todense(), dtype=np.float64).ravel() if matrix.nnz else np.zeros(matrix.shape[0])
    )
    floor = scale_rows(chosen, np.where(greatest > 0, share * greatest, 1.0))
    result = sparse.csr_array(matrix.maximum(floor))
    result.sort_indices()
    return result


def symmetrise(matrix: Sparse) -> Sparse:
    """Turn pairs stored once (row < column) into both directions."""
    result = sparse.csr_array(matrix + matrix.T)
    result.sort_indices()
    return result
