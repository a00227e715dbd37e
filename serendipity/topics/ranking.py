"""Weigh what was found in a text and keep the best."""

from collections.abc import Iterable

from serendipity.domain.model import Stance
from serendipity.topics.reading import Found, Reading

_LATE = 0.4  # how much of its weight a phrase at the very end of a long text loses
_LONG_TEXT = 40  # words
_LONGER = 0.1  # what each further word of a topic adds: a longer phrase says more
_AGAIN = 0.15  # what each further mention adds


def rank(reading: Reading, *, topics: int, mentions: int) -> None:
    """Weigh by source, length, commonness, position and repetition; keep the best, topics first."""
    reading.topics = _best(reading, reading.topics, topics)
    reading.proposals = _best(reading, reading.proposals, mentions - len(reading.topics))


def _best(reading: Reading, found: Iterable[Found], limit: int) -> list[Found]:
    weights: dict[tuple[str, Stance, bool], float] = {}
    firsts: dict[tuple[str, Stance, bool], Found] = {}
    for one in found:
        key = (one.topic or one.phrase, reading.stances[one.start], reading.denied[one.start])
        if key in weights:
            weights[key] *= 1 + _AGAIN
        else:
            weights[key] = _weight(one)
            firsts[key] = one
    order = sorted(weights, key=lambda key: (-weights[key], firsts[key].start, firsts[key].end))
    return [_weighed(firsts[key], min(1.0, weights[key])) for key in order[:limit]]


def _weighed(one: Found, weight: float) -> Found:
    return Found(one.phrase, one.topic, one.start, one.end, weight)


def _weight(one: Found) -> float:
    late = min(one.start / _LONG_TEXT, 1.0)
    longer = 1 + _LONGER * (one.end - one.start - 1)
    return 0.8 * one.weight * longer * (1 - _LATE * late)
