"""Chunk what a text says into proposals: phrases that may become topics."""

from collections.abc import Iterable
from functools import lru_cache, partial

from serendipity.topics.lists import word_list
from serendipity.topics.reading import Found, Reading
from serendipity.topics.words import common_words, glue_words

LONGEST_PHRASE = 4

_EVERYWHERE = frozenset(word_list("glue-everywhere.txt"))

_WHOLE, _PAIR, _SINGLE = 0.5, 0.35, 0.25
_found = partial(tuple.__new__, Found)  # for half of what calling Found costs
_AROUND_TOPIC = 0.6  # a phrase that holds a known topic adds less than a new one


class ProposalChunker:
    """Finds proposals of one to four words between joining words, boundaries and numbers."""

    def __init__(self, languages: Iterable[str]) -> None:
        self._glue = {language: glue_words(language) | _EVERYWHERE for language in languages}
        self._common = {language: common_words(language) for language in languages}

    def chunk(self, reading: Reading) -> None:
        """Fill in `proposals`."""
        common, norms, topics = self._common[reading.language], reading.norms, reading.topics
        add = reading.proposals.append
        reading.runs = runs = self._runs(reading)
        for start, end in runs:
            near = [topic for topic in topics if topic.start < end and start < topic.end]
            if end - start == 1 and not near:
                if norms[start] not in common:
                    add(_found((norms[start], None, start, end, _WHOLE)))
                continue
            for first, last, weight in _cuts(end - start):
                first += start
                last += start
                if last - first == 1:
                    if norms[first] in common:
                        continue
                    phrase = norms[first]
                else:
                    said = norms[first:last]
                    weight *= 1 - 0.5 * sum(norm in common for norm in said) / (last - first)
                    phrase = " ".join(said)
                if near:
                    weight = _beside(near, first, last, weight)
                if weight:
                    add(_found((phrase, None, first, last, weight)))

    def _runs(self, reading: Reading) -> list[tuple[int, int]]:
        """Return the longest runs of words that may stand in a topic."""
        glue, able, cued = self._glue[reading.language], reading.able, reading.cued
        breaks = [i for i, word in enumerate(reading.words) if word in glue or not able[i] or cued[i]]
        breaks.append(len(able))
        runs, start = [], 0
        for end in breaks:
            if start < end:
                runs.append((start, end))
            start = end + 1
        return runs


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


def _beside(near: Iterable[Found], start: int, end: int, weight: float) -> float:
    """Return what a proposal's weight is beside known topics: 0 for what cuts or equals one."""
    for topic in near:
        if topic.start < end and start < topic.end:
            if topic.start < start or topic.end > end or topic.end - topic.start == end - start:
                return 0.0
            weight *= _AROUND_TOPIC
    return weight
