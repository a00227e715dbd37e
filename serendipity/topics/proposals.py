"""Chunk what a text says into proposals: phrases that may become topics."""

from collections.abc import Iterable

from serendipity.topics.phrases import LONGEST_WORD
from serendipity.topics.reading import Found, Reading
from serendipity.topics.words import common_words, glue_words

LONGEST_PHRASE = 4

# A mixed text has joining words of both languages; these few are never a topic's edge in either.
_EVERYWHERE = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "i",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "this",
        "to",
        "we",
        "with",
        "you",
        "your",
        "aan",
        "als",
        "bij",
        "dat",
        "de",
        "dit",
        "een",
        "en",
        "het",
        "ik",
        "is",
        "met",
        "mijn",
        "naar",
        "niet",
        "om",
        "ons",
        "onze",
        "op",
        "te",
        "uit",
        "van",
        "voor",
        "we",
        "zijn",
    ]
)

_WHOLE, _PAIR, _SINGLE = 0.5, 0.35, 0.25
_AROUND_TOPIC = 0.6  # a phrase that holds a known topic adds less than a new one


class ProposalChunker:
    """Finds proposals of one to four words between joining words, boundaries and numbers."""

    def __init__(self, languages: Iterable[str]) -> None:
        self._glue = {language: glue_words(language) | _EVERYWHERE for language in languages}
        self._common = {language: common_words(language) for language in languages}

    def chunk(self, reading: Reading) -> None:
        """Fill in `proposals`."""
        for start, end in self._runs(reading):
            reading.proposals += self._phrases(reading, start, end)

    def _runs(self, reading: Reading) -> Iterable[tuple[int, int]]:
        glue = self._glue[reading.language]
        start = 0
        for i, word in enumerate(reading.words):
            if reading.cued[i] or word in glue or not may_stand_in_a_topic(word):
                if i > start:
                    yield start, i
                start = i + 1
        if len(reading.words) > start:
            yield start, len(reading.words)

    def _phrases(self, reading: Reading, start: int, end: int) -> Iterable[Found]:
        length = end - start
        if length <= LONGEST_PHRASE:
            yield from self._propose(reading, start, end, _WHOLE)
        if length > 2:
            for i in range(start, end - 1):
                yield from self._propose(reading, i, i + 2, _PAIR)
        if length > 1:
            for i in range(start, end):
                yield from self._propose(reading, i, i + 1, _SINGLE)

    def _propose(self, reading: Reading, start: int, end: int, weight: float) -> Iterable[Found]:
        words = reading.norms[start:end]
        everyday = sum(word in self._common[reading.language] for word in words)
        if end - start == 1 and (everyday or len(words[0]) < 2 or (weight == _SINGLE and len(words[0]) < 4)):
            return
        for topic in reading.topics:
            if topic.start < end and start < topic.end:
                if topic.start < start or topic.end > end or topic.end - topic.start == end - start:
                    return
                weight *= _AROUND_TOPIC
        weight *= 1 - 0.5 * everyday / len(words)
        yield Found(" ".join(words), None, start, end, weight)


def may_stand_in_a_topic(word: str) -> bool:
    """Tell whether a word may be part of a proposal: no number, no single letter, not overlong.

    >>> [may_stand_in_a_topic(w) for w in ("3d", "c#", "j", "2024", "\\n")]
    [True, True, False, False, False]
    """
    return 2 <= len(word) <= LONGEST_WORD and any(c.isalpha() for c in word)
