"""A drawn community whose members' tastes are known: what a learner should find out, and how good it could get.

P(u says yes to v) = σ(g_u + k·(x − ½) + q − f_u·n), where g_u is how easily u says yes, k·(x − ½) is u's taste (of
some for the unexpected, of some for the familiar, of some for who has what they seek), q how good the topics are that
the two share (some are duds), and f_u·n how tired u is of being asked, n times lately: the well-connected most.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from serendipity.domain.decay import Weight
from serendipity.domain.graph import Changes, EdgeKey, EdgeKind, HalfLives, Head, MemberNode, TopicNode, pair
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.factors import Factor
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse, row_sums, scale_columns
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.numerics.logistic import sigmoid

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
TOPICS_A_BLOCK, INTERESTS, OWN_BLOCK = 15, 5, 0.7
DUDS, DUD = 0.25, -2.5
TASTES = (
    Factor.UNEXPECTEDNESS,
    Factor.FAMILIARITY,
    Factor.WANTS,
)  # what a member's taste is for; a third of the members each
STRENGTHS = (5.0, 5.0, 2.5)
TIRED, TIRED_HUB = 0.1, 0.6
HUBS = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Planted:
    """A community as the graph knows it, and the truth: by row each member's ease, taste and tiredness; by topic q."""

    snapshot: Snapshot
    ease: Floats
    taste: Integers
    tired: Floats
    quality: Floats

    def yes(self, rows: Integers, columns: Integers, found: Candidates, profiles: Sparse, asked: Floats) -> Floats:
        """Return P(the member in `rows` says yes to the one in `columns`), asked so often lately (by row)."""
        liked = np.zeros(len(rows))
        for number, (trait, strength) in enumerate(zip(TASTES, STRENGTHS, strict=True)):
            liked += np.where(self.taste[rows] == number, strength * (found.factors[trait] - 0.5), 0.0)
        tired = self.tired[rows] * asked[rows]
        return sigmoid(self.ease[rows] + liked + self._topics(rows, columns, profiles) - tired)

    def both(self, found: Candidates, profiles: Sparse, asked: Floats) -> Floats:
        """Return P(both say yes) of candidates."""
        one = self.yes(found.rows, found.columns, found, profiles, asked)
        return one * self.yes(found.columns, found.rows, found, profiles, asked)

    def _topics(self, rows: Integers, columns: Integers, profiles: Sparse) -> Floats:
        shared = profiles[rows].multiply(profiles[columns]).tocsr()
        total = row_sums(shared)
        return np.divide(row_sums(scale_columns(shared, self.quality)), total, out=np.zeros(len(rows)), where=total > 0)


def plant_truth(members: int, *, seed: int) -> Planted:
    """Draw a community of blocks of topics, with ties within blocks, some hubs, and hidden tastes."""
    rng = np.random.default_rng(seed)
    blocks = max(members // 25, 2)
    snapshot = Snapshot.build(_graph(members, blocks, rng), HalfLives(), START)
    hub = snapshot.knows.indptr[1:] - snapshot.knows.indptr[:-1]
    most = np.argsort(-hub, kind="stable")[: max(int(members * HUBS), 1)]
    tired = np.full(members, TIRED)
    tired[most] = TIRED_HUB
    return Planted(
        snapshot=snapshot,
        ease=rng.normal(0.3, 0.7, members),
        taste=rng.integers(0, len(TASTES), members),
        tired=tired,
        quality=np.where(rng.random(len(snapshot.topics)) < DUDS, DUD, 0.0),
    )


def _graph(members: int, blocks: int, rng: np.random.Generator) -> Changes:
    ids, block = [f"m{n:05}" for n in range(members)], rng.integers(0, blocks, members)
    topics = blocks * TOPICS_A_BLOCK
    shares = 1.0 / np.arange(1, TOPICS_A_BLOCK + 1) ** 0.8
    weights: dict[EdgeKey, Weight] = {}

    def add(key: EdgeKey) -> None:
        weights[key] = Weight(weight=1.0 + (weights[key].weight if key in weights else 0.0), updated_at=START)

    for n, id in enumerate(ids):
        own = block[n] * TOPICS_A_BLOCK + rng.choice(TOPICS_A_BLOCK, INTERESTS, replace=False, p=shares / shares.sum())
        said = np.where(rng.random(INTERESTS) < OWN_BLOCK, own, rng.integers(0, topics, INTERESTS))
        for topic in np.unique(said).tolist():
            add(EdgeKey(EdgeKind.INTERESTED_IN, id, f"t{topic:04}"))
        add(EdgeKey(EdgeKind.SEEKS, id, f"t{rng.choice(own):04}"))
        add(EdgeKey(EdgeKind.OFFERS, id, f"t{rng.choice(own):04}"))
        for other in _acquaintances(n, block, rng):
            add(pair(EdgeKind.KNOWS, id, ids[other]))
    nodes = [MemberNode(id=id) for id in ids]
    named = [TopicNode(id=f"t{topic:04}", label=f"topic {topic}") for topic in range(topics)]
    head = Head(offset=1, half_lives=HalfLives())
    return Changes(head=head, nodes=[*nodes, *named], weights=weights, facts={})


def _acquaintances(n: int, block: Integers, rng: np.random.Generator) -> list[int]:
    """Return two of the own block, the first of each block being in everybody's reach, and now and then a stranger."""
    near = np.flatnonzero(block == block[n])
    near = near[near != n]
    found = rng.choice(near, min(2, len(near)), replace=False, p=_reach(len(near))).tolist() if len(near) else []
    return [*found, int(rng.integers(0, len(block)))] if rng.random() < 0.2 else found


def _reach(count: int) -> Floats:
    reach = 1.0 / np.arange(1, count + 1)
    return np.asarray(reach / reach.sum(), dtype=np.float64)
