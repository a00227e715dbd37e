"""Effects of single members and topics, from earlier introductions: what weights for everybody cannot express.

Beyond what a pair's own traits let expect (a logistic model of its own), what is left of each side r = grade − P is put
down to its member and to the topics the two were said to share, with some outcomes' worth of doubt κ:

answers(u) = Σ r / (κ + n)        whether u says yes more often than expected
tastes(u) = Σ r·z / (κ + n)       to which traits; times a pair's z: whether this one is like those
regard(t) = Σ r·share / (κ + Σ share)
asked(u) = ln(1 + how often u was asked in the last sixty days)

Nothing of this is kept: it is told anew from the introductions there are, so that it leaves with them.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serendipity.matching.learning.propensity import (
    PAIR_TRAITS,
    centre_and_scale,
    fit_weights,
    standardise,
)
from serendipity.matching.learning.training_examples import Side, TrainingExample
from serendipity.matching.snapshot.edges import Floats
from serendipity.numerics.logistic import sigmoid

DOUBT = 3.0
LATELY = timedelta(days=60)
DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class MemberEffects:
    """Effects at a moment: by member times asked, answers and tastes (in PAIR_TRAITS); by topic its reception.

    `centre` and `scale` standardise a pair's traits for the tastes.
    """

    asked: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, float] = field(default_factory=dict)
    tastes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    topics: Mapping[str, float] = field(default_factory=dict)
    centre: tuple[float, ...] = tuple(0.0 for _ in PAIR_TRAITS)
    scale: tuple[float, ...] = tuple(1.0 for _ in PAIR_TRAITS)

    def of_side(self, lesson: TrainingExample, side: int, z: Floats) -> tuple[float, float, float, float]:
        """Return asked, answers, tastes and topics for one side of a pair whose standardised traits are z."""
        member, total = lesson.sides[side].member, sum(lesson.topics.values())
        regard = sum(self.topics.get(topic, 0.0) * share for topic, share in lesson.topics.items())
        liked = float(np.array(self.tastes[member]) @ z) if member in self.tastes else 0.0
        known = self.asked.get(member, 0.0), self.answers.get(member, 0.0)
        return *known, liked, regard / total if total else 0.0

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, with the names of the traits that it is in."""
        return {**asdict(self), "traits": list(PAIR_TRAITS)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "MemberEffects":
        """Read what `as_data` wrote; a trait that was none then is nobody's taste."""

        def figures(values: Sequence[float], unknown: float) -> tuple[float, ...]:
            known = dict(zip(data["traits"], values, strict=True))
            return tuple(known.get(trait, unknown) for trait in PAIR_TRAITS)

        return cls(
            asked=data["asked"],
            answers=data["answers"],
            tastes={id: figures(taste, 0.0) for id, taste in data["tastes"].items()},
            topics=data["topics"],
            centre=figures(data["centre"], 0.0),
            scale=figures(data["scale"], 1.0),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Sides:
    """Both sides of lessons as arrays, two rows a lesson: traits (× TRAITS), grades, weights (0: nothing to learn).

    `known_at` is in seconds since 1970.
    """

    table: Floats
    grades: Floats
    weights: Floats
    known_at: Floats

    def where(self, kept: NDArray[np.bool_]) -> "Sides":
        """Keep some."""
        return Sides(
            table=self.table[kept],
            grades=self.grades[kept],
            weights=self.weights[kept],
            known_at=self.known_at[kept],
        )


def training_sides(
    lessons: Sequence[TrainingExample], *, now: datetime, expected_from: datetime | None = None
) -> tuple[Sides, MemberEffects]:
    """Return each side's traits as they were known when the pair was proposed, and what is known `now`.

    What a pair's own traits let expect is learned from the outcomes known by `expected_from`, of all when left out.
    """
    pairs = pair_effects([lesson.factors for lesson in lessons])
    centre, scale = centre_and_scale(pairs)
    z = standardise(pairs, centre, scale)
    sides = _sides(lessons, pairs)
    upto = np.inf if expected_from is None else expected_from.timestamp()
    telling = _EffectCounter(z=z, left=_left(sides, np.repeat(z, 2, axis=0), upto))
    own = np.full((2 * len(lessons), 4), np.nan)
    for at, proposed, place in _events(lessons):
        lesson = lessons[place]
        for n, side in enumerate(lesson.sides):
            if proposed:
                own[2 * place + n] = telling.before(side, lesson, z[place], at)
            else:
                telling.learn(side, lesson, place, n)
        if proposed:
            telling.note_asked(lesson, at)
    table = np.column_stack([sides.table, own])
    known = Sides(table=table, grades=sides.grades, weights=sides.weights, known_at=sides.known_at)
    return known, telling.regards(now, centre, scale)


def pair_effects(factors: Sequence[Mapping[str, float]]) -> Floats:
    """Return the traits of pairs as stored with them (pairs × PAIR_TRAITS), NaN where a trait was none then."""
    rows = [[float(each.get(trait, np.nan)) for trait in PAIR_TRAITS] for each in factors]
    return np.array(rows, dtype=np.float64).reshape(-1, len(PAIR_TRAITS))


def _sides(lessons: Sequence[TrainingExample], pairs: Floats) -> Sides:
    sides = [side for lesson in lessons for side in lesson.sides]
    return Sides(
        table=np.repeat(pairs, 2, axis=0),
        grades=np.array([side.grade or 0.0 for side in sides], dtype=np.float64),
        weights=np.array([side.weight if side.grade is not None else 0.0 for side in sides], dtype=np.float64),
        known_at=np.repeat(np.array([lesson.known_at.timestamp() for lesson in lessons], dtype=np.float64), 2),
    )


def _events(lessons: Sequence[TrainingExample]) -> list[tuple[datetime, int, int]]:
    """Return, in order of time, when outcomes became known (0) and when pairs were proposed (1)."""
    return sorted((at, kind, n) for n, one in enumerate(lessons) for kind, at in ((0, one.known_at), (1, one.at)))


def _left(sides: Sides, z: Floats, upto: float) -> Floats:
    """Return what is left of each side beyond what the pair's traits let expect; 0 where there is nothing to learn."""
    mean, _ = fit_weights(z, sides.grades, sides.weights * (sides.known_at <= upto))
    left = (sides.grades - sigmoid(z @ mean[:-1] + mean[-1])) * np.minimum(sides.weights, 1.0)
    return np.asarray(left.reshape(-1, 2), dtype=np.float64)


@dataclass
class _EffectCounter:
    """Takes lessons in their order of time; `left` holds what is left of each (lessons × sides)."""

    z: Floats
    left: Floats

    def __post_init__(self) -> None:
        self.asked: defaultdict[str, list[datetime]] = defaultdict(list)
        self.count: defaultdict[str, float] = defaultdict(float)
        self.sums: defaultdict[str, float] = defaultdict(float)
        self.tastes: defaultdict[str, Floats] = defaultdict(lambda: np.zeros(self.z.shape[1]))
        self.shares: defaultdict[str, float] = defaultdict(float)
        self.topics: defaultdict[str, float] = defaultdict(float)

    def note_asked(self, lesson: TrainingExample, at: datetime) -> None:
        for side in lesson.sides:
            if side.asked:
                self.asked[side.member].append(at)

    def learn(self, side: Side, lesson: TrainingExample, place: int, n: int) -> None:
        if side.grade is None:
            return
        left, member = float(self.left[place, n]), side.member
        self.count[member] += min(side.weight, 1.0)
        self.sums[member] += left
        self.tastes[member] += left * self.z[place]
        for topic, share in lesson.topics.items():
            self.shares[topic] += share * min(side.weight, 1.0)
            self.topics[topic] += left * share

    def before(self, side: Side, lesson: TrainingExample, z: Floats, at: datetime) -> Floats:
        """Return the traits of a side from what earlier outcomes told of its member and topics."""
        total = sum(lesson.topics.values())
        regard = sum(self.regard(topic) * share for topic, share in lesson.topics.items())
        member, liked = side.member, float(self.taste(side.member) @ z)
        return np.array([self.times_asked(member, at), self.answer(member), liked, regard / total if total else 0.0])

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

    def regards(self, at: datetime, centre: Floats, scale: Floats) -> MemberEffects:
        return MemberEffects(
            asked={member: times for member in sorted(self.asked) if (times := self.times_asked(member, at))},
            answers={member: self.answer(member) for member in sorted(self.count)},
            tastes={member: tuple(self.taste(member).tolist()) for member in sorted(self.count)},
            topics={topic: self.regard(topic) for topic in sorted(self.shares)},
            centre=tuple(centre.tolist()),
            scale=tuple(scale.tolist()),
        )
