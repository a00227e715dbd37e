"""The exact k best members for each query among unit rows: x · vᵀ over topics, by a compiled kernel."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from serendipity.domain.errors import InvalidInput
from serendipity.matching.kernels import nearest
from serendipity.matching.kernels.identity_cache import IdentityCache
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse

USUAL_COUNT = 200
AT_ONCE = 2048  # queries that a thread takes at a time
LONGEST = 1.0 + 1e-6

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class NearestFound:
    """The best of each query (queries × count): members' rows (-1: nobody) and products, best first, ties by row."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]

    def pairs(self) -> tuple[Integers, Integers, Floats]:
        """Return the number of the query, the member's row and the product of all who were found."""
        queries, places = np.nonzero(self.rows >= 0)
        return queries, self.rows[queries, places].astype(np.int64), self.scores[queries, places].astype(np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class NotFindable:
    """Members that queries may not find.

    `own` is the row that each query is of (-1: none), `pairs` names others (queries × members, any entry), and
    `groups` gives a code per member (-1: none): a query of a member does not find their group. Members that are not
    `eligible` are found by nobody. What is made of `groups` and `eligible` is kept for searches with the same arrays.
    """

    own: Integers | None = None
    pairs: Sparse | None = None
    groups: Integers | None = None
    eligible: NDArray[np.bool_] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _EligibleSet:
    """Members that are shut out, by place, and the buffers of searches among the others."""

    shut: NDArray[np.bool_]
    desks: deque[nearest.SearchBuffers] = field(default_factory=deque)


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """Unit rows (members × topics) made ready to be searched, in float32; numbered anew by their heaviest topic.

    So those who are read together lie together in memory. `places` is where each member went.
    """

    members: nearest.Rows
    lists: nearest.Lists
    names: NDArray[np.int32]
    places: NDArray[np.int32]
    topics: int
    count: int
    _circles: IdentityCache[NDArray[np.bool_], _EligibleSet]
    _groups: IdentityCache[Integers, tuple[Integers, NDArray[np.uint32]]]
    _everybody: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Sparse, *, count: int = USUAL_COUNT) -> "Nearest":
        """Prepare rows of length 1 at most, without negative entries; searches of up to `count` are the fastest.

        Raises InvalidInput for longer rows or negative entries.
        """
        _require_unit(vectors)
        names = np.argsort(_heaviest(vectors), kind="stable").astype(np.int32)
        places = np.empty_like(names)
        places[names] = np.arange(len(names), dtype=np.int32)
        moved = vectors[names]
        lists = _lists(sparse.csr_array(moved.T), count)
        return cls(
            members=_rows(moved),
            lists=lists,
            names=names,
            places=places,
            topics=vectors.shape[1],
            count=count,
            _circles=IdentityCache(lambda eligible: _EligibleSet(shut=~eligible[names])),
            _groups=IdentityCache(lambda codes: _grouped(codes, places)),
            _everybody=np.ones(len(names), dtype=np.bool_),
        )

    def best(
        self,
        queries: Sparse,
        count: int,
        *,
        apart: NotFindable | None = None,
        threads: int = 1,
        progress: Progress | None = None,
    ) -> NearestFound:
        """Return up to `count` members with the greatest positive products for each query (queries × topics).

        Queries may be of any length, without negative entries. More than one `threads` is for the worker's rounds.
        """
        if queries.shape[1] != self.topics:
            raise InvalidInput(f"queries have {queries.shape[1]} topics, the members {self.topics}")
        asked = _rows(queries)
        size = queries.shape[0]
        found = NearestFound(
            rows=np.empty((size, count), dtype=np.int32), scores=np.empty((size, count), dtype=np.float32)
        )
        apart = apart or NotFindable()
        circle = self._circles.of(self._everybody if apart.eligible is None else apart.eligible)
        closed, lists = self._closed(apart, size), self._lists_for(count, apart)
        order = np.argsort(_heaviest(queries), kind="stable") if size > 1 else np.zeros(size, dtype=np.int64)
        parts = [order[start : start + AT_ONCE] for start in range(0, size, AT_ONCE)]
        work = partial(self._search, circle, asked, closed, lists, count, found)
        _in_threads(work, parts, threads, size, progress)
        return found

    def _search(
        self,
        circle: _EligibleSet,
        asked: nearest.Rows,
        closed: nearest.Excluded,
        lists: nearest.Lists,
        count: int,
        found: NearestFound,
        part: Integers,
    ) -> None:
        desk = self._desk(circle, count, int(np.diff(asked.starts).max(initial=0)))
        results = nearest.Results(found.rows, found.scores)
        nearest.search(part, asked, closed, self.members, lists, self.names, desk, results)
        circle.desks.append(desk)

    def _desk(self, circle: _EligibleSet, count: int, longest: int) -> nearest.SearchBuffers:
        """Take a desk that is free, or a new one: clearing a million sums takes longer than most searches."""
        try:
            desk = circle.desks.pop()
        except IndexError:
            desk = _new_desk(circle.shut, self.topics)
        return desk._replace(
            best=np.zeros(count, dtype=np.float32),
            best_names=np.zeros(count, dtype=np.int32),
            topics=np.empty(longest, dtype=np.int64),
            weights=np.empty(longest, dtype=np.float32),
            lengths=np.empty(longest + 1, dtype=np.float32),
            bounds=np.empty(longest + 1, dtype=np.float32),
        )

    def _lists_for(self, count: int, apart: NotFindable) -> nearest.Lists:
        if count <= self.count and apart.eligible is None:
            return self.lists
        return self.lists._replace(reached=np.zeros_like(self.lists.reached))

    def _closed(self, apart: NotFindable, size: int) -> nearest.Excluded:
        own, groups = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
        group_starts, group_rows = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint32)
        starts, rows = np.zeros(size + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32)
        if apart.own is not None:
            own = np.where(apart.own >= 0, self.places[apart.own], -1).astype(np.int64)
            if apart.groups is not None:
                groups = np.where(apart.own >= 0, apart.groups[apart.own], -1).astype(np.int64)
                group_starts, group_rows = self._groups.of(apart.groups)
        if apart.pairs is not None:
            starts = apart.pairs.indptr.astype(np.int64)
            rows = self.places[apart.pairs.indices].astype(np.uint32)
        return nearest.Excluded(own, starts, rows, groups, group_starts, group_rows)


def warm_up() -> None:
    """Compile the kernel, or read it from disk, before anybody waits for it."""
    two = sparse.csr_array(np.array([[1.0, 0.0], [0.6, 0.8]]))
    Nearest.of(two, count=1).best(two, 1, apart=NotFindable(own=np.arange(2, dtype=np.int64)))


def _in_threads(
    work: Callable[[Integers], None], parts: list[Integers], threads: int, size: int, progress: Progress | None
) -> None:
    """Do the parts, several at a time; the kernel lets go of the interpreter meanwhile."""
    if threads == 1 or len(parts) == 1:
        _with_progress(parts, map(work, parts), size, progress)
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        _with_progress(parts, pool.map(work, parts), size, progress)


def _with_progress(parts: list[Integers], results: Iterator[None], size: int, progress: Progress | None) -> None:
    done = 0
    for part, _ in zip(parts, results, strict=True):
        done += len(part)
        if progress is not None:
            progress(done, size)


def _rows(matrix: Sparse) -> nearest.Rows:
    return nearest.Rows(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.uint32), matrix.data.astype(np.float32, copy=False)
    )


def _lists(by_topic: Sparse, count: int) -> nearest.Lists:
    rows = _rows(by_topic)
    greatest, reached = (np.zeros(by_topic.shape[0], dtype=np.float32) for _ in range(2))
    # One more than asked for, as a member is on their own lists too.
    best = np.zeros(count + 1, dtype=np.float32)
    nearest.greatest_of_lists(rows.starts, rows.weights, greatest, reached, best)
    return nearest.Lists(rows.starts, rows.columns, rows.weights, greatest, reached)


def _heaviest(matrix: Sparse) -> NDArray[np.int32]:
    result = np.empty(matrix.shape[0], dtype=np.int32)
    nearest.heaviest(*_rows(matrix), result)
    return result


def _grouped(codes: Integers, places: NDArray[np.int32]) -> tuple[Integers, NDArray[np.uint32]]:
    members = np.flatnonzero(codes >= 0)
    members = members[np.argsort(codes[members], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes[members]))]).astype(np.int64)
    return starts, places[members].astype(np.uint32)


def _new_desk(shut: NDArray[np.bool_], topics: int) -> nearest.SearchBuffers:
    nothing = np.zeros(0, dtype=np.float32)
    return nearest.SearchBuffers(
        query=np.zeros(topics, dtype=np.float32),
        sums=np.where(shut, nearest.CLOSED, np.float32(0.0)).astype(np.float32, copy=False),
        shut=shut,
        met=np.empty(len(shut) + 1, dtype=np.uint32),
        best=nothing,
        best_names=np.zeros(0, dtype=np.int32),
        topics=np.zeros(0, dtype=np.int64),
        weights=nothing,
        lengths=nothing,
        bounds=nothing,
    )


def _require_unit(vectors: Sparse) -> None:
    if vectors.nnz and vectors.data.min() < 0:
        raise InvalidInput("vectors to be searched have no negative entries")
    rows = np.repeat(np.arange(vectors.shape[0]), np.diff(vectors.indptr))
    if (np.bincount(rows, weights=vectors.data**2, minlength=1) > LONGEST).any():
        raise InvalidInput("vectors to be searched have length 1 at most")
