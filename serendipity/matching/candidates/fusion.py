"""Several sources, one list: weighted reciprocal-rank fusion.

relevance(u, v) = Σ_s w_s·g_s(v)/(c + rank_s(v)) / Σ_s w_s/(c + 1), over the sources s that gave u anything (Cormack et
al. 2009). Ranks, as scores of different sources do not compare: adding normalised scores did worse than either part.
g = (score_s(v)/best score_s of u)^η lets a rank count less where the scores fall off, as in small communities, where
everybody has some rank.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from serendipity.matching.kernels import pairs
from serendipity.matching.kernels.blocks import Rows
from serendipity.matching.kernels.scratch_buffers import zeroed_buffer
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse, exact


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Pairs as parallel arrays: `rows` and `columns` are members' rows; `factors` says what is known of each pair."""

    rows: Integers
    columns: Integers
    relevance: Floats
    factors: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, kept: NDArray[np.bool_] | Integers) -> "Candidates":
        """Keep some."""
        return Candidates(
            rows=self.rows[kept],
            columns=self.columns[kept],
            relevance=self.relevance[kept],
            factors={name: factor[kept] for name, factor in self.factors.items()},
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Allowed:
    """Pairs that may be matched: `eligible` members (by row) less `excluded` pairs (members × members).

    With `organisations` (a code per member, -1 for none) also less their colleagues. `dials` is how surprising each
    wants it (by row); without it all want it as the settings say.
    """

    eligible: NDArray[np.bool_]
    excluded: Sparse
    organisations: Integers | None = None
    dials: Floats | None = None

    def open(self) -> pairs.Open:
        """Return it for compiled loops."""
        excluded = exact(self.excluded)
        groups = np.zeros(0, dtype=np.int64) if self.organisations is None else self.organisations
        return pairs.Open(self.eligible, excluded.starts, excluded.columns, groups)

    def closed_to(self, row: int) -> Integers:
        """Return the rows of those whom this member may not be matched with, themselves among them."""
        known = self.excluded.indices[self.excluded.indptr[row] : self.excluded.indptr[row + 1]]
        closed = [known.astype(np.int64), np.array([row], dtype=np.int64)]
        if self.organisations is not None and self.organisations[row] >= 0:
            closed.append(np.flatnonzero(self.organisations == self.organisations[row]))
        return np.concatenate(closed)


class CandidateSource(Protocol):
    """A source of candidates: a prepared snapshot, or a re-ranker."""

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return the shortlist of each row."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class RankedLists:
    """The best of each row, best first (rows × count): `lists` (-1: nobody), and scores relative to the row's best."""

    lists: NDArray[np.int32]
    relative: Floats

    @classmethod
    def of(cls, lists: NDArray[np.int32], scores: Floats) -> "RankedLists":
        """Take lists with their scores."""
        top = scores[:, :1]
        relative = np.divide(scores, top, out=np.zeros_like(scores), where=(lists >= 0) & (top > 0))
        return cls(lists=lists, relative=relative)

    @property
    def where(self) -> Integers:
        """The place of the row of each who is in a list, list by list."""
        return np.nonzero(self.lists >= 0)[0]

    @property
    def columns(self) -> Integers:
        """The columns of all who are in a list, list by list."""
        return self.lists[self.lists >= 0].astype(np.int64)


class SourceScores(Protocol):
    """A source that was asked about a block of rows."""

    def best(self, allowed: Allowed, count: int) -> RankedLists:
        """Return the best candidates of each row among those allowed."""
        ...

    def of_pairs(self, where: Integers, columns: Integers) -> Floats:
        """Return the score of pairs: `where` in the rows asked about (those of one follow each other), and columns."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class AllPairs:
    """A source that gives a score for everybody: `block` holds those of `rows`."""

    rows: Integers
    block: Rows
    width: int

    def best(self, allowed: Allowed, count: int) -> RankedLists:
        """Return the greatest positive entries of each row, ties by column."""
        return _best(self.block, self.rows, allowed, count)

    def of_pairs(self, where: Integers, columns: Integers) -> Floats:
        """Look the entries up."""
        with zeroed_buffer(self.width) as spread:
            return pairs.look_up(self.block, where, columns, spread)


def fuse(blocks: Mapping[str, Sparse], rows: Integers, allowed: Allowed, settings: MatchSettings) -> Candidates:
    """Fuse what the sources give for `rows` (each block: rows × members) among those `allowed`.

    A source without a weight proposes nobody; its own score is a factor of those whom others propose.
    """
    asked = {name: AllPairs(rows=rows, block=exact(block), width=block.shape[1]) for name, block in blocks.items()}
    where, found = fuse_lists(asked, rows, allowed, settings)
    return replace(found, factors={name: each.of_pairs(where, found.columns) for name, each in asked.items()})


def fuse_lists(
    asked: Mapping[str, SourceScores], rows: Integers, allowed: Allowed, settings: MatchSettings
) -> tuple[Integers, Candidates]:
    """Fuse what sources answer that were asked about `rows`, without factors; also returns where in `rows` each is."""
    voices = [name for name in asked if settings.weights.get(name, 0.0) > 0]
    tops = {name: asked[name].best(allowed, settings.candidates) for name in voices}
    shape = len(voices), len(rows), settings.candidates
    columns, shares, most = np.full(shape, -1, dtype=np.int32), np.zeros(shape), np.zeros(len(rows))
    for number, (name, top) in enumerate(tops.items()):
        columns[number], shares[number] = top.lists, _shares(top, name, settings)
        most += (top.lists >= 0).any(axis=1) * settings.weights[name] / (settings.rank_constant + 1.0)
    with zeroed_buffer(len(allowed.eligible)) as total:
        starts, found, sums = pairs.unite(columns, shares, total)
    union = sparse.csr_array((sums, found, starts), shape=(len(rows), len(allowed.eligible)))
    union.sort_indices()
    where = np.repeat(np.arange(len(rows), dtype=np.int64), np.diff(starts))
    return where, Candidates(
        rows=rows[where], columns=union.indices.astype(np.int64), relevance=union.data / most[where], factors={}
    )


def _shares(top: RankedLists, name: str, settings: MatchSettings) -> Floats:
    gains: Floats = top.relative**settings.score_share
    ranks = np.arange(1, settings.candidates + 1, dtype=np.float64)
    return gains * settings.weights[name] / (settings.rank_constant + ranks)


def best(block: Sparse, rows: Integers, allowed: Allowed, count: int) -> RankedLists:
    """Return the greatest positive entries of each row of the block, ties by column.

    Oneself and those not allowed are left out.

    >>> from scipy import sparse
    >>> nobody = sparse.csr_array((3, 3))
    >>> scores = sparse.csr_array(np.array([[0.9, 0.5, 0.8]]))
    >>> best(scores, np.array([0]), Allowed(eligible=np.ones(3, dtype=np.bool_), excluded=nobody), 2).columns.tolist()
    [2, 1]
    """
    return _best(exact(block), rows, allowed, count)


def _best(block: Rows, rows: Integers, allowed: Allowed, count: int) -> RankedLists:
    columns, scores = np.empty((len(rows), count), dtype=np.int32), np.empty((len(rows), count))
    with zeroed_buffer(len(allowed.eligible), np.bool_) as shut:
        pairs.greatest(rows, block, allowed.open(), shut, columns, scores)
    return RankedLists.of(columns, scores)
