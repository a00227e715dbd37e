"""What one member waits: for whom to meet at a check-in, for their nearest, and for their matches."""

import random
import time
from collections.abc import Callable, Iterator

import numpy as np

from bench._rows import Row, percentile
from bench.speed.communities import NOW, TOPICS, interests, profiles, whole
from bench.speed.kernel import COUNT
from serendipity.domain.model import Stance
from serendipity.matching.candidates.nearest import Nearest, NotFindable
from serendipity.matching.matcher import match_one
from serendipity.matching.people_here import Said, cached_encounters, encounters
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Sparse
from serendipity.matching.snapshot.snapshot import Snapshot

ASKED, PRESENT = 500, 60
LONGEST_SECONDS = 30.0
AT_MOST_MS = {100_000: 20.0, 1_000_000: 60.0}
SETTINGS = MatchSettings()


def waiting_rows(largest: int) -> list[Row]:
    """Measure at 100,000 members, and at 1,000,000 where so many are asked for."""
    rows = []
    for members in (size for size in AT_MOST_MS if size <= max(largest, 100_000)):
        community, vectors = whole(members), profiles(interests(members, TOPICS[members]))
        at_most, product = AT_MOST_MS[members], _product(vectors)
        for what, asked in (
            (f"the {COUNT} nearest", _nearest(vectors)),
            (f"whom to meet of {PRESENT} present", _encounter(community)),
            ("matches with reasons (match_one)", _matches(community)),
        ):
            rows.append(_row(f"{what}, {members:,} members", asked, at_most, product))
    return rows


def _row(what: str, asked: Callable[[], object], at_most: float, peer: float) -> Row:
    asked()
    times = sorted(_times(asked))
    note = f"median {percentile(times, 0.5):.2f} ms of {len(times)}"
    return Row(what=f"p99, {what}", measured=percentile(times, 0.99), unit="ms", at_most=at_most, peer=peer, note=note)


def _times(asked: Callable[[], object]) -> Iterator[float]:
    """Ask again and again, until it was often or long enough."""
    end = time.perf_counter() + LONGEST_SECONDS
    for _ in range(ASKED):
        yield _milliseconds(asked)
        if time.perf_counter() > end:
            return


def _milliseconds(asked: Callable[[], object]) -> float:
    start = time.perf_counter()
    asked()
    return (time.perf_counter() - start) * 1000


def _product(vectors: Sparse) -> float:
    """Return the p99 of multiplying one member with everybody."""
    by_topic, rng = vectors.T.tocsr(), np.random.default_rng(0)
    times = sorted(
        _milliseconds(lambda: vectors[[int(rng.integers(vectors.shape[0]))]] @ by_topic) for _ in range(ASKED)
    )
    return percentile(times, 0.99)


def _nearest(vectors: Sparse) -> Callable[[], object]:
    ready, rng = Nearest.of(vectors, count=COUNT), np.random.default_rng(0)

    def asked() -> object:
        row = rng.integers(vectors.shape[0], size=1)
        return ready.best(vectors[row], COUNT, apart=NotFindable(own=row))

    return asked


def _encounter(community: Snapshot) -> Callable[[], object]:
    rng = random.Random(0)

    def asked() -> object:
        member, present = rng.choice(community.members), rng.sample(community.members, PRESENT)
        said = [Said(topic=rng.choice(community.topics), stance=Stance.INTEREST, weight=1.0) for _ in range(3)]
        said += cached_encounters(community, member, NOW)
        return encounters(community, member, said, among=present, now=NOW, settings=SETTINGS)

    return asked


def _matches(community: Snapshot) -> Callable[[], object]:
    rng, willing = random.Random(0), frozenset(community.members)
    return lambda: match_one(community, rng.choice(community.members), now=NOW, eligible=willing, settings=SETTINGS)
