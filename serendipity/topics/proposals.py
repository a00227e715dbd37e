"""Chunk what a text says into proposals: phrases that may become topics."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from serendipity.topics.lists import word_list
from serendipity.topics.reading import Found, Reading
from serendipity.topics.words import common_words, glue_words

LONGEST_PHRASE = 4

_EVERYWHERE = frozenset(word_list("glue-everywhere.txt"))

_WHOLE, _PAIR, _SINGLE = 0.5, 0.35, 0.25
_AROUND_TOPIC = 0.6  # a phrase that holds a known topic adds less than a new one


class ProposalChunker:
    """Finds proposals of one to four words between joining words, boundaries and numbers."""

    def __init__(self, languages: Iterable[str]) -> None:
        self._glue = {language: glue_words(language) | _EVERYWHERE for language in languages}
        self._common = {language: common_words(language) for language in languages}

    def chunk(self, reading: Reading) -> None:
        """Fill in `proposals`."""
        common, norms, topics, add = (
            self._common[reading.language],
            reading.norms,
            reading.topics,
            reading.proposals.append,
        )
        everyday = [norm in common for norm in norms]
        for start, end in self._runs(reading):
            near = [topic for topic in topics if topic.start < end and start < topic.end] if topics else topics
            for first, last, weight in _cuts(end - start):
                first, last = first + start, last + start
                worth = _worth(near, everyday, first, last, weight)
                if worth:
                    add(Found(" ".join(norms[first:last]), None, first, last, worth))

    def _runs(self, reading: Reading) -> Iterable[tuple[int, int]]:
        """Yield the longest runs of words that may stand in a topic."""
        glue, words, able, cued = self._glue[reading.language], reading.words, reading.able, reading.cued
        breaks = [i for i, word in enumerate(words) if word in glue or not able[i] or cued[i]]
        start = 0
        for i in (*breaks, len(words)):
            if i > start:
                yield start, i
            start = i + 1


@lru_cache(maxsize=1_000)
def _cuts(length: int) -> list[tuple[int, int, float]]:
    """Return a run of some length, its pairs and its single words, each with the weight of its kind.

    >>> _cuts(2)
    [(0, 2, 0.5), (0, 1, 0.25), (1, 2, 0.25)]
    """
    if length == 1:
        return [(0, 1, _WHOLE)]
    whole = [(0, length, _WHOLE)] if length <= LONGEST_PHRASE else []
    pairs = [(i, i + 2, _PAIR) for i in range(length - 1)] if length > 2 else []
    return whole + pairs + [(i, i + 1, _SINGLE) for i in range(length)]


def _worth(near: Iterable[Found], everyday: Sequence[bool], start: int, end: int, weight: float) -> float:
    """Return a proposal's weight: 0 for an everyday word, and for what cuts or equals a known topic."""
    if end - start == 1:
        if everyday[start]:
            return 0.0
    else:
        weight *= 1 - 0.5 * sum(everyday[start:end]) / (end - start)
    for topic in near:
        if topic.start < end and start < topic.end:
            if topic.start < start or topic.end > end or topic.end - topic.start == end - start:
                return 0.0
            weight *= _AROUND_TOPIC
    return weight
