"""Learn from what members kept and struck out; what was learned is used only where it judges later history better."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from serendipity.topics.ranker import Judgement, Ranker, Statistics, Traits

FEWEST_LESSONS = 20  # kept, and as many struck out, in the earlier part; half as many in the later one
_EARLIER = 0.7  # share of the history that is learned from; the rest is what it is tried on
_DOUBT = 2.0  # judgements of either kind that every phrase is taken to have had
_SURE = 30.0


class Lesson(NamedTuple):
    """A phrase that a member kept or struck out in the text at a position, with its traits but for the regard."""

    position: int
    phrase: str
    traits: Traits
    kept: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """Quality of a ranker on later history: its mean surprise (nats a phrase), and how many it gets wrong."""

    surprise: float
    wrong: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Result of learning: `judgement` is None where too little is known, or nothing better was found."""

    lessons: int
    judgement: Judgement | None = None
    before: Trial | None = None
    after: Trial | None = None

    def as_data(self) -> dict[str, Any]:
        """Return what was tried, as plain data."""
        before, after = self.before, self.after
        return {
            "lessons": self.lessons,
            "before": before and {"surprise": round(before.surprise, 4), "wrong": before.wrong},
            "after": after and {"surprise": round(after.surprise, 4), "wrong": after.wrong},
        }


def learn(lessons: Iterable[Lesson], statistics: Statistics, *, present: Judgement | None = None) -> Outcome:
    """Learn from the earlier lessons, and try on the later ones whether that beats what is known without.

    That is: the prior, keeping everything at the earlier rate, and the `present` judgement where there is one. The
    learned one has to be less surprised than each, and not wrong more often than keeping everything would be.
    """
    history = sorted(lessons)
    cut = round(len(history) * _EARLIER)
    earlier, later = history[:cut], history[cut:]
    if not (_suffices(earlier, FEWEST_LESSONS) and _suffices(later, FEWEST_LESSONS // 2)):
        return Outcome(lessons=len(history))
    tally = _tally(earlier)
    ranker = Ranker().learn([(_without_itself(one, tally), one.kept) for one in earlier])
    learned = Judgement.from_data(
        Judgement(statistics=replace(statistics, regard=_regards(tally)), ranker=ranker).as_data()
    )
    before = _best_known(earlier, later, statistics, present)
    after = _trial(learned, later)
    better = after.surprise < before.surprise and after.wrong <= before.wrong
    return Outcome(lessons=len(history), judgement=learned if better else None, before=before, after=after)


def _suffices(lessons: Sequence[Lesson], fewest: int) -> bool:
    kept = sum(one.kept for one in lessons)
    return min(kept, len(lessons) - kept) >= fewest


def _best_known(
    earlier: Sequence[Lesson], later: Sequence[Lesson], statistics: Statistics, present: Judgement | None
) -> Trial:
    rate = sum(one.kept for one in earlier) / len(earlier)
    plain = Ranker(weights=Traits(*(0.0 for _ in Traits._fields)), bias=math.log(rate / (1 - rate)))
    known = [Judgement(statistics=statistics), Judgement(statistics=statistics, ranker=plain)]
    trials = [_trial(one, later) for one in (*known, *([present] if present else ()))]
    return Trial(
        surprise=min(trial.surprise for trial in trials),
        wrong=min(sum(not one.kept for one in later), trials[-1].wrong if present else len(later)),
    )


def _trial(judgement: Judgement, lessons: Sequence[Lesson]) -> Trial:
    regard = judgement.statistics.regard
    scores = [judgement.ranker.score(one.traits._replace(regard=regard.get(one.phrase, 0.0))) for one in lessons]
    signed = [score if one.kept else -score for score, one in zip(scores, lessons, strict=True)]
    surprise = sum(math.log1p(math.exp(-max(-_SURE, min(_SURE, each)))) for each in signed)
    return Trial(surprise=surprise / len(lessons), wrong=sum(each < 0 for each in signed))


_Tally = Counter[tuple[str, bool]]


def _tally(lessons: Iterable[Lesson]) -> _Tally:
    return Counter((one.phrase, one.kept) for one in lessons)


def _without_itself(lesson: Lesson, tally: _Tally) -> Traits:
    """Return the traits with the regard that all other lessons give: none may teach what it is itself."""
    kept = tally[lesson.phrase, True] - lesson.kept
    struck = tally[lesson.phrase, False] - (not lesson.kept)
    return lesson.traits._replace(regard=_regard(kept, struck))


def _regards(tally: _Tally) -> dict[str, float]:
    return {phrase: _regard(tally[phrase, True], tally[phrase, False]) for phrase in sorted({p for p, _ in tally})}


def _regard(kept: int, struck: int) -> float:
    """Return how phrases are regarded.

    >>> _regard(0, 0), round(_regard(6, 0), 2), round(_regard(0, 6), 2)
    (0.0, 1.39, -1.39)
    """
    return round(math.log((kept + _DOUBT) / (struck + _DOUBT)), 4)
