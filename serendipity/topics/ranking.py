"""Weigh what was found in a text and keep the best."""

from collections.abc import Iterable

from serendipity.topics.reading import Found, Reading

_LATE = 0.4  # how much of its weight a phrase at the very end of a long text loses
_LONG_TEXT = 40  # words
_LONGER = 0.1  # what each further word of a topic adds: a longer phrase says more
_AGAIN = 0.15  # what each further mention adds


def rank(reading: Reading, *, topics: int, mentions: int) -> None:
    """Weigh topics and proposals by source, length, commonness, position and repetition; keep the best, topics first."""
    reading.topics = _best(reading, reading.topics, topics)
    reading.proposals = _best(reading, reading.proposals, mentions - len(reading.topics))


def _best(reading: Reading, found: Iterable[Found], limit: int) -> list[Found]:
    kept: dict[tuple[str, str, bool], Found] = {}
    for one in found:
        key = (one.topic or one.phrase, reading.stances[one.start], reading.denied[one.start])
        weight = _weight(one)
        earlier = kept.get(key)
        if earlier is None:
            kept[key] = one._replace(weight=weight)
        else:
            kept[key] = earlier._replace(weight=earlier.weight * (1 + _AGAIN))
    ordered = sorted(kept.values(), key=lambda one: (-one.weight, one.start, one.end))
    return [one._replace(weight=min(1.0, one.weight)) for one in ordered[:limit]]


def _weight(one: Found) -> float:
    late = min(one.start / _LONG_TEXT, 1.0)
    longer = 1 + _LONGER * (one.end - one.start - 1)
    return 0.8 * one.weight * longer * (1 - _LATE * late)
