"""Communities made up for measuring: members with eight interests, most of them out of a neighbourhood of topics."""

from datetime import UTC, datetime, timedelta

import numpy as np
from scipy import sparse

from serendipity.domain.decay import Weight
from serendipity.domain.graph import ENDS, Changes, EdgeKey, EdgeKind, HalfLives, Head, MemberNode, TopicNode
from serendipity.matching.edges import Edges, Floats, Sparse, scaled_columns, unit_rows
from serendipity.matching.snapshot import Snapshot
from serendipity.matching.sources.interests import idf

INTERESTS = 8
NEIGHBOURHOOD = 200
OWN = 0.7
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HALF_LIVES = HalfLives()


def interests(members: int, topics: int, seed: int = 1) -> Sparse:
    """Draw 70 % of each member's interests from a block of 200 topics (Zipf .8), the rest from all (Zipf 1)."""
    rng = np.random.default_rng(seed)
    shape = members, INTERESTS
    home = rng.integers(topics // NEIGHBOURHOOD, size=members)
    local = home[:, None] * NEIGHBOURHOOD + rng.choice(NEIGHBOURHOOD, size=shape, p=zipf(NEIGHBOURHOOD, 0.8))
    anywhere = rng.permutation(topics)[rng.choice(topics, size=shape, p=zipf(topics, 1.0))]
    chosen = np.where(rng.random(shape) < OWN, local, anywhere)
    rows = np.repeat(np.arange(members), INTERESTS)
    matrix = sparse.csr_array((np.ones(members * INTERESTS), (rows, chosen.ravel())), shape=(members, topics))
    matrix.sum_duplicates()
    matrix.data[:] = rng.random(matrix.nnz) * 0.9 + 0.1
    return matrix


def profiles(matrix: Sparse) -> Sparse:
    """Return unit rows of weight × idf."""
    rows = unit_rows(scaled_columns(matrix, idf(matrix)))
    rows.sort_indices()
    return rows


def zipf(size: int, exponent: float) -> Floats:
    """Return how likely each rank is."""
    shares = np.arange(1, size + 1, dtype=np.float64) ** -exponent
    likely: Floats = shares / shares.sum()
    return likely


def snapshot(matrix: Sparse, seed: int = 2) -> Snapshot:
    """Return a snapshot of members with these interests, and of which topics are mentioned together."""
    members, topics = matrix.shape
    rng = np.random.default_rng(seed)
    edges = dict(Snapshot.empty(HALF_LIVES, NOW).edges)
    at = NOW.timestamp() - rng.random(matrix.nnz) * timedelta(days=90).total_seconds()
    shapes = {kind: _shape(kind, members, topics) for kind in EdgeKind}
    for kind, shape in shapes.items():
        edges[kind] = Edges(matrix=sparse.csr_array(shape, dtype=np.float64), at=np.zeros(0))
    edges[EdgeKind.INTERESTED_IN] = Edges(matrix=matrix, at=at)
    edges[EdgeKind.MENTIONED] = _mentions(matrix)
    edges[EdgeKind.RELATED_TO] = _related(matrix, rng)
    edges[EdgeKind.KNOWS] = _ties(members, rng)
    return Snapshot(
        head=Head(offset=members, half_lives=HALF_LIVES),
        landmark=NOW,
        half_lives=HALF_LIVES,
        members=[f"m{number:08d}" for number in range(members)],
        topics=[f"t{number:06d}" for number in range(topics)],
        events=[],
        labels=[f"topic {number}" for number in range(topics)],
        titles=[],
        organisations=[None] * members,
        starts=np.zeros(0),
        edges=edges,
        total=float(matrix.sum()),
    )


def check_ins(community: Snapshot, count: int, seed: int = 3) -> Changes:
    """Return what so many check-ins of three topics change; one in ten is of a member who is new."""
    rng = np.random.default_rng(seed)
    who = rng.choice(len(community.members), size=count, replace=False)
    names = [f"m{number:08d}x" if n % 10 == 0 else community.members[number] for n, number in enumerate(who)]
    said = rng.integers(len(community.topics), size=(count, 3))
    changes = Changes(head=Head(offset=community.head.offset + count, half_lives=HALF_LIVES))
    for name, numbers in zip(names, said.tolist(), strict=True):
        topics = sorted({community.topics[number] for number in numbers})
        changes.nodes.append(MemberNode(id=name))
        changes.nodes.extend(TopicNode(id=topic, label=f"topic {int(topic[1:])}") for topic in topics)
        heard = Weight(weight=1.0, updated_at=NOW)
        changes.weights.update({EdgeKey(EdgeKind.INTERESTED_IN, name, topic): heard for topic in topics})
        changes.weights.update({EdgeKey(EdgeKind.MENTIONED, topic, topic): heard for topic in topics})
        pairs = [(one, other) for one in topics for other in topics if one < other]
        changes.weights.update({EdgeKey(EdgeKind.RELATED_TO, *pair): heard for pair in pairs})
    return changes


def _shape(kind: EdgeKind, members: int, topics: int) -> tuple[int, int]:
    sizes = {"Member": members, "Topic": topics, "Event": 0}
    source, target = (sizes[end.value] for end in ENDS[kind])
    return source, target


def _mentions(matrix: Sparse) -> Edges:
    counts: Floats = np.asarray(matrix.sum(axis=0)).ravel()
    return _timed(sparse.csr_array(sparse.diags_array(counts)))


def _related(matrix: Sparse, rng: np.random.Generator) -> Edges:
    """Count how often neighbours in a sample of members' interests come together."""
    sample = matrix[rng.choice(matrix.shape[0], size=min(matrix.shape[0], 20_000), replace=False)]
    return _timed(sparse.csr_array(sparse.triu(sample.T @ sample, k=1)))


def _ties(members: int, rng: np.random.Generator) -> Edges:
    """Let each member know two others on average."""
    one, other = rng.integers(members, size=(2, members))
    kept = one < other
    matrix = sparse.csr_array((np.ones(kept.sum()), (one[kept], other[kept])), shape=(members, members))
    return _timed(matrix)


def _timed(matrix: Sparse) -> Edges:
    matrix.sum_duplicates()
    matrix.sort_indices()
    return Edges(matrix=matrix, at=np.full(matrix.nnz, NOW.timestamp()))
