"""A whole scheduled run: all sources, scores, the decision, and the reasons of all who are introduced.

Each size runs in a process of its own, so that its peak of memory is its own. The peer, in the same process, finds no
more than the nearest by interests (sparse_dot_topn, on a sample of members scaled up).
"""

import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy import sparse

from bench._rows import Row, Stopwatch, timed
from bench.speed.communities import NOW, TOPICS, whole
from bench.speed.kernel import COUNT, THREADS
from serendipity.cli.app import relax_garbage_collection
from serendipity.matching.candidates.nearest import warm_up
from serendipity.matching.matcher import match_all
from serendipity.matching.scoring.scoring import prepare
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Sparse

AT_MOST_SECONDS = {100_000: 60.0, 1_000_000: 600.0}
AT_MOST_GIB = {1_000_000: 6.0}
SETTINGS = replace(MatchSettings(), same_organisation=False, surprise=0.3, held_back=0.05)
SAMPLE = 5_000


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run took, part by part; memory in GiB."""

    prepare: Stopwatch
    match: Stopwatch
    tell: Stopwatch
    introductions: int
    peak: float
    peer: float


def whole_rows(largest: int) -> list[Row]:
    """Measure at every size up to the largest."""
    rows = []
    for members in (size for size in TOPICS if size <= largest):
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as alone:
            rows += _told(members, alone.submit(measured, members).result())
    return rows


def measured(members: int) -> Run:
    """Run once, compiled beforehand."""
    warm_up()
    relax_garbage_collection()  # as a worker does
    match_all(whole(min(TOPICS)), now=NOW, eligible=frozenset(), settings=SETTINGS, rng=np.random.default_rng(1))
    community = whole(members)
    with timed() as preparing:
        ready = prepare(community, SETTINGS)
        ready.interests.nearest  # noqa: B018 - a round makes it first of all
    everybody = frozenset(community.members)
    with timed() as match:
        found = match_all(community, now=NOW, eligible=everybody, settings=SETTINGS, rng=np.random.default_rng(1))
    with timed() as tell:
        assert all(each.reasons for each in found.chosen)
    peer = _nearest_alone(ready.interests.profiles)
    return Run(prepare=preparing, match=match, tell=tell, introductions=len(found.chosen), peak=_peak_gib(), peer=peer)


def _told(members: int, run: Run) -> list[Row]:
    wall = run.prepare.wall + run.match.wall + run.tell.wall
    cpu = run.prepare.cpu + run.match.cpu + run.tell.cpu
    note = (
        f"prepared {run.prepare.wall:.1f} s, matched {run.match.wall:.1f} s, reasons {run.tell.wall:.1f} s; "
        f"{run.introductions:,} introductions; processor {cpu:.0f} s"
    )
    return [
        Row(what=f"a whole run, {members:,} members", measured=wall, unit="s", at_most=AT_MOST_SECONDS.get(members),
            peer=run.peer, note=note),
        Row(what=f"its peak of memory, {members:,} members", measured=run.peak, unit="GiB",
            at_most=AT_MOST_GIB.get(members)),
    ]  # fmt: skip


def _nearest_alone(profiles: Sparse) -> float:
    """Return the seconds in which the peer finds the nearest of everybody, without topics related to theirs."""
    from sparse_dot_topn import sp_matmul_topn

    single = profiles.astype(np.float32)
    sample = np.sort(np.random.default_rng(0).choice(profiles.shape[0], size=SAMPLE, replace=False))
    queries, by_topic = sparse.csr_matrix(single[sample]), sparse.csr_matrix(single.T)
    with timed() as watch:
        sp_matmul_topn(queries, by_topic, top_n=COUNT + 1, n_threads=THREADS)
    return watch.wall * profiles.shape[0] / SAMPLE


def _peak_gib() -> float:
    """Return the most memory that this process had (ru_maxrss would count the parent's, too)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 2**20
