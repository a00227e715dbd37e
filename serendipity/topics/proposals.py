"""Chunk what a text says into proposals: phrases that may become topics."""

from collections.abc import Iterable

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
        common = self._common[reading.language]
        everyday = [norm in common for norm in reading.norms]
        for start, end in self._runs(reading):
            for first, last, weight in _cuts(start, end):
                found = _propose(reading, everyday, first, last, weight)
                if found is not None:
                    reading.proposals.append(found)

    def _runs(self, reading: Reading) -> Iterable[tuple[int, int]]:
        """Yield the longest runs of words that may stand in a topic."""
        glue = self._glue[reading.language]
        start = 0
        for i, word in enumerate(reading.words):
            if not reading.able[i] or word in glue or reading.cued[i]:
                if i > start:
                    yield start, i
                start = i + 1
        if len(reading.words) > start:
            yield start, len(reading.words)


def _cuts(start: int, end: int) -> Iterable[tuple[int, int, float]]:
    """Yield a run, its pairs and its single words, each with the weight of its kind."""
    length = end - start
    if length <= LONGEST_PHRASE:
        yield start, end, _WHOLE
    if length > 2:
        yield from ((i, i + 2, _PAIR) for i in range(start, end - 1))
    if length > 1:
        yield from ((i, i + 1, _SINGLE) for i in range(start, end))


def _propose(reading: Reading, everyday: list[bool], start: int, end: int, weight: float) -> Found | None:
    """Return a proposal, unless it is an everyday word, or cuts or equals a known topic."""
    if end - start == 1 and (everyday[start] or (weight == _SINGLE and len(reading.norms[start]) < 4)):
        return None
    for topic in reading.topics:
        if topic.start < end and start < topic.end:
            if topic.start < start or topic.end > end or topic.end - topic.start == end - start:
                return None
            weight *= _AROUND_TOPIC
    weight *= 1 - 0.5 * sum(everyday[start:end]) / (end - start)
    return Found(" ".join(reading.norms[start:end]), None, start, end, weight)
