"""Chunk what a text says into proposals: phrases that may become topics."""

from collections.abc import Iterable, Sequence

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
        common, norms = self._common[reading.language], reading.norms
        everyday = [norm in common for norm in norms]
        for start, end in self._runs(reading):
            near = [topic for topic in reading.topics if topic.start < end and start < topic.end]
            if end - start == 1:
                if not near and not everyday[start]:
                    reading.proposals.append(Found(norms[start], None, start, end, _WHOLE))
                continue
            for first, last, weight in _cuts(start, end):
                worth = _worth(near, everyday, first, last, weight)
                if worth:
                    reading.proposals.append(Found(" ".join(norms[first:last]), None, first, last, worth))

    def _runs(self, reading: Reading) -> Iterable[tuple[int, int]]:
        """Yield the longest runs of words that may stand in a topic."""
        glue = self._glue[reading.language]
        each = zip(reading.words, reading.able, reading.cued, strict=True)
        breaks = [i for i, (word, able, cued) in enumerate(each) if not able or cued or word in glue]
        start = 0
        for i in (*breaks, len(reading.words)):
            if i > start:
                yield start, i
            start = i + 1


def _cuts(start: int, end: int) -> Iterable[tuple[int, int, float]]:
    """Yield a run, its pairs and its single words, each with the weight of its kind."""
    length = end - start
    if length <= LONGEST_PHRASE:
        yield start, end, _WHOLE
    if length > 2:
        for i in range(start, end - 1):
            yield i, i + 2, _PAIR
    if length > 1:
        for i in range(start, end):
            yield i, i + 1, _SINGLE


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
