"""What others would have said: everybody's most tied, and the reciprocal-rank fusion of texts, ties and events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from bench.matching.truth import Truth
from serendipity.matching.snapshot.edges import Floats, Sparse

TEN = 10
POOL = 300  # of each list that is fused
CONSTANT = 60.0  # Cormack et al. 2009
HALF_LIFE_DAYS = 1460.0
RESTART, STEPS = 0.15, 12
WEIGHTS = (1.0, 3.0, 1.0)  # texts, ties, events
AT_ONCE = 400


def popular(truth: Truth) -> dict[str, list[str]]:
    """Return everybody's ten most tied members who are not near to them."""
    split = truth.split
    order = np.argsort(-np.asarray(split.A.sum(axis=1)).ravel()[: split.n], kind="stable")
    lists = {}
    for row, member in enumerate(split.members):
        near = set(split.near[row].indices.tolist())
        ten = [other for other in order[: len(near) + TEN].tolist() if other not in near][:TEN]
        lists[member] = [split.members[other] for other in ten]
    return lists


def fused_by_rank(truth: Truth) -> dict[str, list[str]]:
    """Return everybody's ten best by TF-IDF, personalised PageRank and Adamic–Adar over events, weighed 1:3:1."""
    split, peers = truth.split, _Peers.of(truth)
    lists = {}
    for start in range(0, split.n, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, split.n))
        closed = np.asarray(split.near[rows].todense()) > 0
        gains = [weight * _gains(scores, closed) for weight, scores in zip(WEIGHTS, peers.scores(rows), strict=True)]
        total: Floats = np.sum(gains, axis=0)
        best = np.argsort(-total, axis=1, kind="stable")[:, :TEN]
        for row, ten in zip(rows, best, strict=True):
            lists[split.members[row]] = [split.members[other] for other in ten if total[row - start, other] > 0]
    return lists


@dataclass(frozen=True, kw_only=True, eq=False)
class _Peers:
    split: Any
    steps: Sparse  # everyone × everyone, each row adding up to 1
    attendance: Sparse  # members × events

    @classmethod
    def of(cls, truth: Truth) -> "_Peers":
        steps, attendance = _ties(truth), _attendance(truth)
        return cls(split=truth.split, steps=steps, attendance=attendance)

    def scores(self, rows: np.ndarray[Any, Any]) -> Iterator[Floats]:
        split = self.split
        yield np.asarray((split.X[rows] @ split.X.T).todense(), dtype=np.float64)
        start = np.zeros((self.steps.shape[0], len(rows)))
        start[rows, np.arange(len(rows))] = RESTART
        walk = start.copy()
        for _ in range(STEPS):
            walk = start + (1.0 - RESTART) * (self.steps.T @ walk)
        yield walk[: split.n].T
        yield np.asarray((self.attendance[rows] @ self.attendance.T).todense(), dtype=np.float64)


def _gains(scores: Floats, closed: np.ndarray[Any, Any]) -> Floats:
    """Return 1/(60 + rank) of the best of each row, 0 of the others."""
    scores = np.where(closed, 0.0, scores)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :POOL]
    gains = np.zeros_like(scores)
    np.put_along_axis(gains, best, 1.0 / (CONSTANT + np.arange(1, best.shape[1] + 1))[None, :], axis=1)
    return np.where(scores > 0, gains, 0.0)


def _ties(truth: Truth) -> Sparse:
    people: dict[str, int] = dict(truth.split.index)
    ends = []
    for tie in truth.rows("ties"):
        one, other = (people.setdefault(tie[end], len(people)) for end in "ab")
        ends.append((one, other, truth.fresh(tie["at"], HALF_LIFE_DAYS)))
    half = _matrix(ends, (len(people), len(people)))
    ties = sparse.csr_array(half + half.T)
    sums = np.maximum(np.asarray(ties.sum(axis=1)).ravel(), 1e-12)
    return sparse.csr_array(sparse.diags_array(1.0 / sums) @ ties)


def _attendance(truth: Truth) -> Sparse:
    events: dict[str, int] = {}
    came = []
    for row in truth.rows("attendance"):
        if (who := truth.split.index.get(row["person"])) is not None:
            event = events.setdefault(row["event"], len(events))
            came.append((who, event, truth.fresh(row["at"], HALF_LIFE_DAYS) ** 0.5))
    there = _matrix(came, (truth.split.n, max(len(events), 1)))
    sizes = np.bincount(there.indices, minlength=there.shape[1])
    return sparse.csr_array(there @ sparse.diags_array(1.0 / np.sqrt(np.log1p(np.maximum(sizes, 1)))))


def _matrix(entries: Sequence[tuple[int, int, float]], shape: tuple[int, int]) -> Sparse:
    rows, columns, values = np.array(entries, dtype=np.float64).reshape(-1, 3).T
    return sparse.csr_array((values, (rows.astype(np.int64), columns.astype(np.int64))), shape=shape)
