"""Several sources, one list: weighted reciprocal-rank fusion.

relevance(u, v) = Σ_s w_s·g_s(v)/(c + rank_s(v)) / Σ_s w_s/(c + 1), over the sources s that gave u anything (Cormack et
al. 2009). Ranks, as scores of different sources do not compare: adding normalised scores did worse than either part.
g = (score_s(v)/best score_s of u)^η lets a rank count less where the scores fall off, as in small communities, where
everybody has some rank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.edges import Floats, Integers, Sparse, values_at
from serendipity.matching.settings import MatchSettings


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
    """Whom a member may be matched with: `eligible` members (by row) less `excluded` pairs (members × members).

    With `organisations` (a code per member, -1 for none) also less their colleagues. `dials` is how surprising each
    wants it (by row); without it all want it as the settings say.
    """

    eligible: NDArray[np.bool_]
    excluded: Sparse
    organisations: Integers | None = None
    dials: Floats | None = None

    def closed_to(self, row: int) -> Integers:
        """Return the rows of those whom this member may not be matched with, themselves among them."""
        known = self.excluded.indices[self.excluded.indptr[row] : self.excluded.indptr[row + 1]]
        closed = [known.astype(np.int64), np.array([row], dtype=np.int64)]
        if self.organisations is not None and self.organisations[row] >= 0:
            closed.append(np.flatnonzero(self.organisations == self.organisations[row]))
        return np.concatenate(closed)


class Proposing(Protocol):
    """What finds candidates: a prepared snapshot, or a judge."""

    def candidates(self, rows: Integers, allowed: Allowed) -> Candidates:
        """Return the shortlist of each row."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranked:
    """The best of each row: `where` in the block, `columns`, `ranks` from 1, and scores relative to the row's best."""

    where: Integers
    columns: Integers
    ranks: Integers
    relative: Floats

    def keys(self, width: int) -> Integers:
        """Number the pairs."""
        return self.where * width + self.columns


def fused(blocks: Mapping[str, Sparse], rows: Integers, allowed: Allowed, settings: MatchSettings) -> Candidates:
    """Fuse what the sources give for `rows` (each block: rows × members) among those `allowed`.

    A source without a weight proposes nobody; its own score is a factor of those whom others propose.
    """
    width = len(allowed.eligible)
    voices = [name for name in blocks if settings.weights.get(name, 0.0) > 0]
    tops = {name: best(blocks[name], rows, allowed, settings.candidates) for name in voices}
    proposed = _concatenated([top.keys(width) for top in tops.values()])
    keys, inverse = np.unique(proposed, return_inverse=True)
    shares = [_shares(top, name, settings) for name, top in tops.items()]
    total = np.bincount(inverse, weights=np.concatenate([np.zeros(0), *shares]), minlength=len(keys))
    most = np.zeros(len(rows))
    for name, top in tops.items():
        most[np.unique(top.where)] += settings.weights[name] / (settings.rank_constant + 1.0)
    where, columns = np.divmod(keys, width)
    return Candidates(
        rows=rows[where],
        columns=columns,
        relevance=total / most[where],
        factors={name: values_at(block, where, columns) for name, block in blocks.items()},
    )


def _shares(top: Ranked, name: str, settings: MatchSettings) -> Floats:
    gains: Floats = top.relative**settings.score_share
    return gains * settings.weights[name] / (settings.rank_constant + top.ranks)


def best(block: Sparse, rows: Integers, allowed: Allowed, count: int) -> Ranked:
    """Return the greatest positive entries of each row of the block, ties by column.

    Oneself and those not allowed are left out.

    >>> from scipy import sparse
    >>> nobody = sparse.csr_array((3, 3))
    >>> scores = sparse.csr_array(np.array([[0.9, 0.5, 0.8]]))
    >>> top = best(scores, np.array([0]), Allowed(eligible=np.ones(3, dtype=np.bool_), excluded=nobody), 2)
    >>> top.columns.tolist(), top.ranks.tolist()
    ([2, 1], [1, 2])
    """
    open_to, columns, relative = allowed.eligible.copy(), [], []
    for where, row in enumerate(rows):
        closed = allowed.closed_to(int(row))
        open_to[closed] = False
        found, scores = _greatest(block, where, open_to, count)
        columns.append(found)
        relative.append(scores / scores[:1])
        open_to[closed] = allowed.eligible[closed]
    lengths = np.array([len(found) for found in columns], dtype=np.int64)
    return Ranked(
        where=np.repeat(np.arange(len(rows), dtype=np.int64), lengths),
        columns=_concatenated(columns),
        ranks=_concatenated([np.arange(1, length + 1) for length in lengths]),
        relative=np.concatenate([np.zeros(0), *relative]),
    )


def _concatenated(parts: Sequence[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _greatest(block: Sparse, row: int, open_to: NDArray[np.bool_], count: int) -> tuple[Integers, Floats]:
    entries = slice(block.indptr[row], block.indptr[row + 1])
    columns, values = block.indices[entries], block.data[entries]
    kept = open_to[columns] & (values > 0)
    columns, values = columns[kept], values[kept]
    if len(values) > count:
        # Everything that ties with the last one taken stays in, so that the columns alone decide between equals.
        kept = values >= np.partition(values, len(values) - count)[len(values) - count]
        columns, values = columns[kept], values[kept]
    order = np.lexsort((columns, -values))[:count]
    return columns[order].astype(np.int64), values[order]
