"""Chunk what a text says into proposals: phrases that may become topics."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from serendipity.topics.lists import word_list
from serendipity.topics.reading import Found, Reading, Step, as_found
from serendipity.topics.words import common_words, glue_words

LONGEST_PHRASE = 4

_EVERYWHERE = frozenset(word_list("glue-everywhere.txt"))

_WHOLE, _PAIR, _SINGLE = 0.5, 0.35, 0.25
_AROUND_TOPIC = 0.6  # a phrase that holds a known topic adds less than a new one


class ProposalChunker(Step):
    """Finds proposals of one to four words between joining words, boundaries and numbers."""

    def __init__(self, languages: Iterable[str]) -> None:
        self._glue = {language: glue_words(language) | _EVERYWHERE for language in languages}
        self._common = {language: common_words(language) for language in languages}

    def mark(self, reading: Reading) -> None:
        """Fill in `runs` and `proposals`."""
        common, norms, topics = self._common[reading.language], reading.norms, reading.topics
        known = {place for _, _, start, end, _ in topics for place in range(start, end)}
        reading.runs = runs = self._runs(reading)
        reading.proposals = proposals = list[Found]()
        for start, end in runs:
            if end - start > 1:
                near = [one for one in topics if one[2] < end and start < one[3]] if known else []
                _cut(norms[start:end], start, common, near, proposals)
            elif start not in known and norms[start] not in common:
                proposals.append(as_found((norms[start], None, start, end, _WHOLE)))

    def _runs(self, reading: Reading) -> list[tuple[int, int]]:
        """Return the longest runs of words that may stand in a topic."""
        glue, words = self._glue[reading.language], zip(reading.words, reading.able, reading.cued, strict=True)
        breaks = [i for i, (word, able, cued) in enumerate(words) if word in glue or not able or cued]
        breaks.append(len(reading.words))
        runs, start = [], 0
        for end in breaks:
            if start < end:
                runs.append((start, end))
            start = end + 1
        return runs


def _cut(
    norms: Sequence[str], start: int, common: Collection[str], near: Iterable[Found], proposals: list[Found]
) -> None:
    """Add the proposals of a run of several words, which begins at `start` and has these topics near it."""
    everyday = [norm in common for norm in norms]
    for first, last, weight in _cuts(len(norms)):
        if last - first == 1:
            if everyday[first]:
                continue
            phrase = norms[first]
        else:
            weight *= 1 - 0.5 * sum(everyday[first:last]) / (last - first)
            phrase = " ".join(norms[first:last])
        if near:
            weight = _beside(near, start + first, start + last, weight)
        if weight:
            proposals.append(as_found((phrase, None, start + first, start + last, weight)))


@lru_cache(maxsize=1_000)
def _cuts(length: int) -> list[tuple[int, int, float]]:
    """Return a run of two words or more, its pairs and its single words, each with the weight of its kind.

    >>> _cuts(2)
    [(0, 2, 0.5), (0, 1, 0.25), (1, 2, 0.25)]
    """
    whole = [(0, length, _WHOLE)] if length <= LONGEST_PHRASE else []
    pairs = [(i, i + 2, _PAIR) for i in range(length - 1)] if length > 2 else []
    return whole + pairs + [(i, i + 1, _SINGLE) for i in range(length)]


def _beside(near: Iterable[Found], start: int, end: int, weight: float) -> float:
    """Return what a proposal's weight is beside known topics: 0 for what cuts or equals one."""
    for _, _, first, last, _ in near:
        if first < end and start < last:
            if first < start or last > end or last - first == end - start:
                return 0.0
            weight *= _AROUND_TOPIC
    return weight
