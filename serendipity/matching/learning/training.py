"""Learn from what came of introductions; what was learned is used only where it foresees later outcomes better."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from serendipity.matching.learning.member_effects import Sides, training_sides
from serendipity.matching.learning.propensity import Propensity, calibrate, fit
from serendipity.matching.learning.training_examples import TrainingExample
from serendipity.matching.snapshot.edges import Floats

FEWEST_OUTCOMES = 40
FEWEST_OF_A_KIND = 8.0  # good ones and others, in what they weigh
EARLIER = 0.7  # share of the history that is learned from; the rest is what it is tried on
BINS = 5
SAFE = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """Quality of predicted chances on later outcomes: mean surprise (nats an outcome) and Brier score."""

    surprise: float
    brier: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Later outcomes with about the same chance: how many, the mean chance, and the mean grade that came of them."""

    outcomes: int
    foreseen: float
    came: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingResult:
    """What came of learning.

    `propensity` is None where too little is known or nothing better was found; `retire` says that what is in force
    foresees later outcomes worse than its absence. `before` is what the base rate alone does, `reliability` is the
    learned one's table before it is calibrated.
    """

    outcomes: int
    propensity: Propensity | None = None
    retire: bool = False
    before: Trial | None = None
    after: Trial | None = None
    reliability: tuple[Bin, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return what was tried, as plain data."""
        return {
            "outcomes": self.outcomes,
            "before": self.before and asdict(self.before),
            "after": self.after and asdict(self.after),
            "reliability": [asdict(each) for each in self.reliability],
        }


def train(lessons: Sequence[TrainingExample], *, present: Propensity | None = None) -> TrainingResult:
    """Learn from the earlier outcomes, try on the later ones, and where that is better learn from all of them.

    The learned chances have to be less surprised by the later outcomes than the base rate of the earlier ones is, and
    nearer to them.
    """
    history = sorted(lessons, key=lambda one: (one.at, one.id))
    known = sorted(one.known_at for one in history if any(side.grade is not None for side in one.sides))
    if len(known) < FEWEST_OUTCOMES:
        return TrainingResult(outcomes=len(known))
    earlier, later = _parted(history, known[round(len(known) * EARLIER) - 1])
    if not _suffices(earlier) or not len(later.grades):
        return TrainingResult(outcomes=len(known))
    learned = fit(earlier.table, earlier.grades, earlier.weights)
    rate = float(np.average(earlier.grades, weights=earlier.weights))
    before, after = _trial(np.full(len(later.grades), rate), later), _trial(learned.chances(later.table), later)
    better = after.surprise < before.surprise and after.brier < before.brier
    now = None if present is None else _trial(present.chances(later.table), later)
    return TrainingResult(
        outcomes=len(known),
        propensity=_from_all(history, learned, later) if better else None,
        retire=not better and now is not None and now.surprise > before.surprise,
        before=before,
        after=after,
        reliability=reliability(learned.chances(later.table), later.grades, later.weights),
    )


def _parted(history: Sequence[TrainingExample], cut: datetime) -> tuple[Sides, Sides]:
    """Return the sides whose outcomes were known by a moment, and the later ones."""
    sides, _ = training_sides(history, now=cut, expected_from=cut)
    earlier = sides.known_at <= cut.timestamp()
    return sides.where(earlier & (sides.weights > 0)), sides.where(~earlier & (sides.weights > 0))


def _from_all(history: Sequence[TrainingExample], tried: Propensity, later: Sides) -> Propensity:
    """Learn from all outcomes, and keep the calibration that the later ones give what was learned without them."""
    calibration = calibrate(tried, later.table, later.grades, later.weights)
    sides, _ = training_sides(history, now=history[-1].at)
    kept = sides.where(sides.weights > 0)
    learned = fit(kept.table, kept.grades, kept.weights)
    return replace(learned, slope=calibration.slope, shift=calibration.shift)


def _suffices(sides: Sides) -> bool:
    good = float((sides.grades * sides.weights).sum())
    return min(good, float(sides.weights.sum()) - good) >= FEWEST_OF_A_KIND


def _trial(chances: Floats, sides: Sides) -> Trial:
    safe = np.clip(chances, SAFE, 1.0 - SAFE)
    surprise = -(sides.grades * np.log(safe) + (1.0 - sides.grades) * np.log(1.0 - safe))
    return Trial(
        surprise=round(float(np.average(surprise, weights=sides.weights)), 5),
        brier=round(float(np.average((chances - sides.grades) ** 2, weights=sides.weights)), 5),
    )


def reliability(chances: Floats, grades: Floats, weights: Floats) -> tuple[Bin, ...]:
    """Return outcomes in bins of equal size, by rising chance (the reliability table of a calibrated forecast)."""
    order = np.argsort(chances, kind="stable")
    return tuple(
        Bin(
            outcomes=len(part),
            foreseen=float(np.average(chances[part], weights=weights[part])),
            came=float(np.average(grades[part], weights=weights[part])),
        )
        for part in np.array_split(order, min(BINS, len(order)))
    )
