"""The kernel against sparse_dot_topn, implicit's item-item model and networkx, and as communities grow."""

import resource
import warnings
from collections.abc import Callable

import networkx as nx
import numpy as np
from scipy import sparse

from bench._rows import Row, Stopwatch, timed
from bench.speed.communities import TOPICS, interests, profiles
from serendipity.matching.candidates.nearest import Nearest, NearestFound, NotFindable, warm_up
from serendipity.matching.snapshot.edges import Integers, Sparse

COUNT, THREADS, TIMES = 20, 2, 3
CHECKED = 50
FLOORS = {100_000: 1.8, 1_000_000: 3.5}
NETWORKX_MEMBERS, NETWORKX_ASKED = 10_000, 20
LONGEST_FOR_IMPLICIT = 100_000
WHOLE_FOR_PEER = 300_000  # beyond, the peer takes a sample of the members, and its time is scaled up
SAMPLE = 20_000
TOLERANCE = 1e-6


def peer_rows(largest: int) -> list[Row]:
    """Compare at 10,000 members with all three peers, at the largest with those that can."""
    warm_up()
    rows = [_against_networkx(_profiles(NETWORKX_MEMBERS))]
    for size in sorted({NETWORKX_MEMBERS, min(largest, LONGEST_FOR_IMPLICIT)}):
        rows.append(_against(f"implicit CosineRecommender, {size:,} members", _profiles(size), _implicit))
    return rows


def growth_rows(largest: int) -> list[Row]:
    """Compare with sparse_dot_topn at every size up to the largest, and say what it took."""
    rows = []
    for size in (size for size in TOPICS if size <= largest):
        rows.append(_against(f"{size:,} members, {TOPICS[size]:,} topics", _profiles(size), _topn, FLOORS.get(size)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [*rows, Row(what="peak memory, both sides", measured=peak, unit="GiB", at_most=6.0)]


def nearest(vectors: Sparse) -> NearestFound:
    """Do what is measured: prepare, and search for everybody."""
    own = np.arange(vectors.shape[0], dtype=np.int64)
    return Nearest.of(vectors, count=COUNT).best(vectors, COUNT, apart=NotFindable(own=own), threads=THREADS)


def check(vectors: Sparse, found: NearestFound) -> float:
    """Return how far scores are from brute force on a sample of members; raises AssertionError beyond rounding."""
    rows = np.random.default_rng(0).integers(vectors.shape[0], size=CHECKED)
    products = np.asarray((vectors[rows] @ vectors.T).todense())
    products[np.arange(CHECKED), rows] = 0.0
    best = -np.sort(-products, axis=1)[:, :COUNT]
    error = float(np.abs(best - found.scores[rows]).max())
    assert error < TOLERANCE, f"the kernel is not exact: off by {error}"
    return error


def _profiles(members: int) -> Sparse:
    topics = TOPICS.get(members) or max(members // 20 // 200, 1) * 200
    return profiles(interests(members, topics))


def _against(what: str, vectors: Sparse, peer: Callable[[Sparse], Stopwatch], at_least: float | None = None) -> Row:
    """Take turns, and compare the best of each: times as fast by the clock, and by processor time."""
    ours, theirs, error = [], [], 0.0
    for _ in range(TIMES if vectors.shape[0] < WHOLE_FOR_PEER else 1):
        with timed() as watch:
            found = nearest(vectors)
        ours.append(watch)
        error = check(vectors, found)
        theirs.append(peer(vectors))
    wall, other = min(each.wall for each in ours), min(each.wall for each in theirs)
    cpu = min(each.cpu for each in theirs) / min(each.cpu for each in ours)
    note = f"{wall:.2f} s against {other:.2f} s; {cpu:.1f}× by processor time; error {error:.0e}"
    return Row(what=what, measured=other / wall, unit="× as fast", at_least=at_least, note=note)


def _topn(vectors: Sparse) -> Stopwatch:
    """Run sparse_dot_topn; only the product is scaled up from a sample."""
    from sparse_dot_topn import sp_matmul_topn

    part = _asked(vectors.shape[0])
    with timed() as ready:
        single = vectors.astype(np.float32)
        queries, by_topic = sparse.csr_matrix(single[part]), sparse.csr_matrix(single.T)
    with timed() as product:
        sp_matmul_topn(queries, by_topic, top_n=COUNT + 1, n_threads=THREADS)
    return _sum(ready, product, vectors.shape[0] / len(part))


def _sum(once: Stopwatch, repeated: Stopwatch, times: float) -> Stopwatch:
    return Stopwatch(wall=once.wall + repeated.wall * times, cpu=once.cpu + repeated.cpu * times)


def _asked(members: int) -> Integers:
    if members < WHOLE_FOR_PEER:
        return np.arange(members)
    return np.sort(np.random.default_rng(0).choice(members, size=SAMPLE, replace=False))


def _implicit(vectors: Sparse) -> Stopwatch:
    """Members are what implicit calls items."""
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=COUNT + 1, num_threads=THREADS)
    with warnings.catch_warnings(), timed() as watch:
        warnings.simplefilter("ignore")  # it complains of the form of a matrix that it made itself
        model.fit(sparse.csr_matrix(vectors.T), show_progress=False)
    return watch


def _against_networkx(vectors: Sparse) -> Row:
    return _against(
        f"networkx adamic_adar_index, {NETWORKX_MEMBERS:,} members ({NETWORKX_ASKED} asked, scaled up)",
        vectors,
        _adamic_adar,
    )


def _adamic_adar(vectors: Sparse) -> Stopwatch:
    """Score a few members with everybody over the topics they share, and keep the best."""
    members = vectors.shape[0]
    entries = sparse.coo_array(vectors)
    with timed() as ready:
        graph = nx.Graph(zip(entries.row.tolist(), (entries.col + members).tolist(), strict=True))
    with timed() as scoring:
        for asked in range(NETWORKX_ASKED):
            pairs = ((asked, other) for other in range(members) if other != asked and other in graph)
            sorted(nx.adamic_adar_index(graph, pairs), key=lambda scored: -scored[2])[:COUNT]
    return _sum(ready, scoring, members / NETWORKX_ASKED)
