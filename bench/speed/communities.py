"""Communities made up for measuring: members with eight interests, most of them out of a neighbourhood of topics.

A whole one also has ties (six a member, most within the neighbourhood), events (three a member: many small, few
large), wants (four in ten seek two topics and offer two) and organisations (half the members, in sizes by Zipf).
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy import sparse

from serendipity.domain.decay import Weight
from serendipity.domain.graph import ENDS, Changes, EdgeKey, EdgeKind, HalfLives, Head, MemberNode, TopicNode
from serendipity.matching.candidates.sources.interests import idf
from serendipity.matching.snapshot.edges import Edges, Floats, Integers, Sparse, scale_columns, unit_rows
from serendipity.matching.snapshot.snapshot import Snapshot

INTERESTS = 8
NEIGHBOURHOOD = 200
OWN = 0.7
TOPICS = {10_000: 4_000, 30_000: 8_000, 100_000: 20_000, 300_000: 30_000, 1_000_000: 50_000}
TIES, NEAR = 6, 0.8  # of a member, and the share of them within the neighbourhood
ATTENDED, MEMBERS_AN_EVENT, LARGEST = 3, 10, 0.01  # events of a member; the largest has one in a hundred members
WANTING, WANTS = 0.4, 2
EMPLOYED, MEMBERS_AN_ORGANISATION = 0.5, 20
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HALF_LIVES = HalfLives()


def interests(members: int, topics: int, seed: int = 1) -> Sparse:
    """Draw 70 % of each member's interests from a block of 200 topics (Zipf .8), the rest from all (Zipf 1)."""
    rng = np.random.default_rng(seed)
    shape = members, INTERESTS
    home = homes(members, topics, rng)
    local = home[:, None] * NEIGHBOURHOOD + rng.choice(NEIGHBOURHOOD, size=shape, p=zipf(NEIGHBOURHOOD, 0.8))
    anywhere = rng.permutation(topics)[rng.choice(topics, size=shape, p=zipf(topics, 1.0))]
    chosen = np.where(rng.random(shape) < OWN, local, anywhere)
    rows = np.repeat(np.arange(members), INTERESTS)
    matrix = sparse.csr_array((np.ones(members * INTERESTS), (rows, chosen.ravel())), shape=(members, topics))
    matrix.sum_duplicates()
    matrix.data[:] = rng.random(matrix.nnz) * 0.9 + 0.1
    return matrix


def homes(members: int, topics: int, rng: np.random.Generator) -> Integers:
    """Draw the block of topics of each member."""
    return rng.integers(topics // NEIGHBOURHOOD, size=members)


def profiles(matrix: Sparse) -> Sparse:
    """Return unit rows of weight × idf."""
    rows = unit_rows(scale_columns(matrix, idf(matrix)))
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
    shapes = {kind: _shape(kind, members, topics, 0) for kind in EdgeKind}
    for kind, shape in shapes.items():
        edges[kind] = Edges(matrix=sparse.csr_array(shape, dtype=np.float64), at=np.zeros(0))
    edges[EdgeKind.INTERESTED_IN] = Edges(matrix=_short(matrix), at=at)
    edges[EdgeKind.MENTIONED] = _mentions(matrix)
    edges[EdgeKind.RELATED_TO] = _related(matrix, rng)
    edges[EdgeKind.KNOWS] = _few_ties(members, rng)
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


def whole(members: int, seed: int = 4) -> Snapshot:
    """Return a snapshot of a community that has everything that matching looks at."""
    rng, topics = np.random.default_rng(seed), TOPICS[members]
    community = snapshot(interests(members, topics))
    home = homes(members, topics, np.random.default_rng(1))
    events = members // MEMBERS_AN_EVENT
    edges = {
        **community.edges,
        EdgeKind.KNOWS: _ties(home, rng),
        EdgeKind.ATTENDED: _attended(home, events, rng),
        **{kind: _wanted(home, topics, rng) for kind in (EdgeKind.SEEKS, EdgeKind.OFFERS)},
    }
    edges |= {
        kind: Edges(matrix=sparse.csr_array(_shape(kind, members, topics, events), dtype=np.float64), at=np.zeros(0))
        for kind in EdgeKind
        if "Event" in (end.value for end in ENDS[kind]) and kind is not EdgeKind.ATTENDED
    }
    return replace(
        community,
        events=[f"e{number:07d}" for number in range(events)],
        titles=[f"event {number}" for number in range(events)],
        starts=NOW.timestamp() - rng.random(events) * timedelta(days=730).total_seconds(),
        organisations=_organisations(members, rng),
        edges=edges,
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


def _shape(kind: EdgeKind, members: int, topics: int, events: int) -> tuple[int, int]:
    sizes = {"Member": members, "Topic": topics, "Event": events}
    source, target = (sizes[end.value] for end in ENDS[kind])
    return source, target


def _mentions(matrix: Sparse) -> Edges:
    counts: Floats = np.asarray(matrix.sum(axis=0)).ravel()
    return _timed(sparse.csr_array(sparse.diags_array(counts)))


def _related(matrix: Sparse, rng: np.random.Generator) -> Edges:
    """Count how often neighbours in a sample of members' interests come together."""
    sample = matrix[rng.choice(matrix.shape[0], size=min(matrix.shape[0], 20_000), replace=False)]
    return _timed(sparse.csr_array(sparse.triu(sample.T @ sample, k=1)))


def _few_ties(members: int, rng: np.random.Generator) -> Edges:
    """Let each member know two others on average."""
    one, other = rng.integers(members, size=(2, members))
    kept = one < other
    matrix = sparse.csr_array((np.ones(kept.sum()), (one[kept], other[kept])), shape=(members, members))
    return _timed(matrix)


def _ties(home: Integers, rng: np.random.Generator) -> Edges:
    """Tie members; most ties are within the neighbourhood, among those of nearby rank in it."""
    members, count = len(home), len(home) * TIES // 2
    neighbours = np.argsort(home, kind="stable")
    place = rng.integers(members, size=count)
    near = np.clip(place + np.rint(rng.laplace(0.0, 8.0, size=count)).astype(np.int64), 0, members - 1)
    far = rng.choice(members, size=count)
    one, other = neighbours[place], np.where(rng.random(count) < NEAR, neighbours[near], far)
    kept = one != other
    ends = np.minimum(one, other)[kept], np.maximum(one, other)[kept]
    matrix = sparse.csr_array((rng.random(kept.sum()) * 0.8 + 0.2, ends), shape=(members, members))
    return _timed(matrix)


def _attended(home: Integers, events: int, rng: np.random.Generator) -> Edges:
    """Let members attend events of their neighbourhood, sizes by Zipf up to the largest."""
    members = len(home)
    shares = np.minimum(zipf(events, 0.9), LARGEST / ATTENDED)
    event = rng.choice(events, size=members * ATTENDED, p=shares / shares.sum())
    matrix = sparse.csr_array(
        (np.ones(len(event)), (np.repeat(np.arange(members), ATTENDED), event)), shape=(members, events)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return _timed(matrix)


def _wanted(home: Integers, topics: int, rng: np.random.Generator) -> Edges:
    """Let some members seek (or offer) topics of their block."""
    who = np.repeat(np.flatnonzero(rng.random(len(home)) < WANTING), WANTS)
    local = home[who] * NEIGHBOURHOOD + rng.choice(NEIGHBOURHOOD, size=len(who), p=zipf(NEIGHBOURHOOD, 0.8))
    anywhere = rng.permutation(topics)[rng.choice(topics, size=len(who), p=zipf(topics, 1.0))]
    topic = np.where(rng.random(len(who)) < OWN, local, anywhere)
    return _timed(sparse.csr_array((np.ones(len(who)), (who, topic)), shape=(len(home), topics)))


def _organisations(members: int, rng: np.random.Generator) -> list[str | None]:
    count = members // MEMBERS_AN_ORGANISATION
    numbers = rng.choice(count, size=members, p=zipf(count, 0.8))
    employed = rng.random(members) < EMPLOYED
    return [f"o{number}" if works else None for number, works in zip(numbers.tolist(), employed.tolist(), strict=True)]


def _timed(matrix: Sparse) -> Edges:
    matrix.sum_duplicates()
    matrix.sort_indices()
    return Edges(matrix=_short(matrix), at=np.full(matrix.nnz, NOW.timestamp()))


def _short(matrix: Sparse) -> Sparse:
    """Return it with places of 32 bits, as snapshots have them."""
    starts, columns = (part.astype(np.int32) for part in (matrix.indptr, matrix.indices))
    return sparse.csr_array((matrix.data, columns, starts), shape=matrix.shape)
