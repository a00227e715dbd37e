"""What members' earlier introductions tell of them and of topics: what a weight for everybody cannot know.

Beyond what the pair's own traits let expect (a logistic model of its own), what is left of each outcome r = grade − P
is put down to its two members and to the topics they were said to share, with some outcomes' worth of doubt κ:

answers(u) = Σ r / (κ + n)        whether introductions with u come to more than expected
tastes(u) = Σ r·z / (κ + n)       which traits went well with u; times a pair's z: whether this one is like those
regard(t) = Σ r·share / (κ + Σ share)
asked(u) = how often u was asked in the last sixty days

Nothing of this is kept: it is told anew from the introductions there are, so that it leaves with them.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from serendipity.matching.edges import Floats
from serendipity.matching.lessons import Lesson
from serendipity.matching.propensity import (
    PAIR_TRAITS,
    TRAITS,
    centre_and_scale,
    fitted_weights,
    squashed,
    standardised,
)

DOUBT = 3.0
LATELY = timedelta(days=60)
DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Regards:
    """What is known at a moment: by member times asked, answers and tastes (in PAIR_TRAITS); by topic its regard.

    `centre` and `scale` standardise a pair's traits for the tastes.
    """

    asked: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, float] = field(default_factory=dict)
    tastes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    topics: Mapping[str, float] = field(default_factory=dict)
    centre: tuple[float, ...] = tuple(0.0 for _ in PAIR_TRAITS)
    scale: tuple[float, ...] = tuple(1.0 for _ in PAIR_TRAITS)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "asked": dict(self.asked),
            "answers": dict(self.answers),
            "tastes": {id: list(taste) for id, taste in self.tastes.items()},
            "topics": dict(self.topics),
            "centre": list(self.centre),
            "scale": list(self.scale),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Regards":
        """Read what `as_data` wrote."""
        tastes = {id: tuple(taste) for id, taste in data["tastes"].items()}
        return cls(**{**data, "tastes": tastes, "centre": tuple(data["centre"]), "scale": tuple(data["scale"])})


def pair_table(factors: Sequence[Mapping[str, float]]) -> Floats:
    """Return the traits of pairs as stored with them (pairs × PAIR_TRAITS), NaN where a trait was none then."""
    rows = [[float(each.get(trait, np.nan)) for trait in PAIR_TRAITS] for each in factors]
    return np.array(rows, dtype=np.float64).reshape(-1, len(PAIR_TRAITS))


def told(lessons: Sequence[Lesson], *, now: datetime, expected_from: datetime | None = None) -> tuple[Floats, Regards]:
    """Return each lesson's traits as they were known when it was proposed (lessons × TRAITS), and what is known `now`.

    What a pair's own traits let expect is learned from the outcomes known by `expected_from`, of all when left out.
    """
    pairs = pair_table([lesson.factors for lesson in lessons])
    centre, scale = centre_and_scale(pairs)
    z = standardised(pairs, centre, scale)
    telling = _Telling(z=z, left=_left(lessons, z, expected_from))
    own = np.full((len(lessons), len(TRAITS) - len(PAIR_TRAITS)), np.nan)
    for at, proposed, place in _events(lessons):
        if proposed:
            own[place] = telling.before(lessons[place], z[place], at)
        telling.take(lessons[place], place, at, proposed=bool(proposed))
    return np.column_stack([pairs, own]), telling.regards(now, centre, scale)


def _events(lessons: Sequence[Lesson]) -> list[tuple[datetime, int, int]]:
    """Return, in order of time, when outcomes became known (0) and when pairs were proposed (1)."""
    known = [(one.known_at, 0, n) for n, one in enumerate(lessons) if one.grade is not None]
    return sorted([*known, *((one.at, 1, n) for n, one in enumerate(lessons))])


def _left(lessons: Sequence[Lesson], z: Floats, expected_from: datetime | None) -> Floats:
    """Return what is left of each outcome beyond what the pair's traits let expect; 0 where there is none."""
    graded = np.array([one.grade is not None for one in lessons], dtype=np.bool_)
    grades = np.array([one.grade or 0.0 for one in lessons], dtype=np.float64)
    weights = np.array([one.weight for one in lessons], dtype=np.float64) * graded
    known = np.array([expected_from is None or one.known_at <= expected_from for one in lessons], dtype=np.bool_)
    mean, _ = fitted_weights(z, grades, weights * known)
    return np.asarray((grades - squashed(z @ mean[:-1] + mean[-1])) * np.minimum(weights, 1.0), dtype=np.float64)


@dataclass
class _Telling:
    """Takes lessons in their order of time."""

    z: Floats
    left: Floats

    def __post_init__(self) -> None:
        self.asked: defaultdict[str, list[datetime]] = defaultdict(list)
        self.count: defaultdict[str, float] = defaultdict(float)
        self.sums: defaultdict[str, float] = defaultdict(float)
        self.tastes: defaultdict[str, Floats] = defaultdict(lambda: np.zeros(self.z.shape[1]))
        self.shares: defaultdict[str, float] = defaultdict(float)
        self.topics: defaultdict[str, float] = defaultdict(float)

    def take(self, lesson: Lesson, place: int, at: datetime, *, proposed: bool) -> None:
        """Take in that a pair was proposed, or what came of it."""
        if proposed:
            for member in lesson.members if lesson.asked else ():
                self.asked[member].append(at)
            return
        left = float(self.left[place])
        for member in lesson.members:
            self.count[member] += min(lesson.weight, 1.0)
            self.sums[member] += left
            self.tastes[member] += left * self.z[place]
        for topic, share in lesson.topics.items():
            self.shares[topic] += share
            self.topics[topic] += left * share

    def before(self, lesson: Lesson, z: Floats, at: datetime) -> Floats:
        """Return the traits of a pair from what its members' and topics' earlier outcomes told."""
        taste = sum((self.taste(member) for member in lesson.members), np.zeros(len(z)))
        total = sum(lesson.topics.values())
        regard = sum(self.regard(topic) * share for topic, share in lesson.topics.items())
        return np.array(
            [
                sum(self.times_asked(member, at) for member in lesson.members),
                sum(self.answer(member) for member in lesson.members),
                float(taste @ z),
                regard / total if total else 0.0,
            ]
        )

    def times_asked(self, member: str, at: datetime) -> float:
        times = self.asked.get(member, [])
        return round(float(np.log1p(len(times) - bisect_left(times, at - LATELY))), DIGITS)

    def answer(self, member: str) -> float:
        return round(self.sums.get(member, 0.0) / (DOUBT + self.count.get(member, 0.0)), DIGITS)

    def taste(self, member: str) -> Floats:
        if member not in self.tastes:
            return np.zeros(self.z.shape[1])
        return np.asarray((self.tastes[member] / (DOUBT + self.count[member])).round(DIGITS), dtype=np.float64)

    def regard(self, topic: str) -> float:
        return round(self.topics.get(topic, 0.0) / (DOUBT + self.shares.get(topic, 0.0)), DIGITS)

    def regards(self, at: datetime, centre: Floats, scale: Floats) -> Regards:
        return Regards(
            asked={member: times for member in sorted(self.asked) if (times := self.times_asked(member, at))},
            answers={member: self.answer(member) for member in sorted(self.count)},
            tastes={member: tuple(self.taste(member).tolist()) for member in sorted(self.count)},
            topics={topic: self.regard(topic) for topic in sorted(self.shares)},
            centre=tuple(centre.tolist()),
            scale=tuple(scale.tolist()),
        )
