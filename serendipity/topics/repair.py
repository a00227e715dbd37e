"""Repair typing errors in words of the vocabulary."""

from collections.abc import Iterable

from serendipity.topics.dictionaries import lemma_of
from serendipity.topics.words import WRITTEN, common_anywhere

SHORTEST = 5
_SHORTEST_REPLACED = 7  # in a shorter word, another letter mostly makes another word (vimeo, video)


class Repairs:
    """Finds the one word of the vocabulary that a misspelt word is one edit away from.

    By symmetric deletion (Garbe's SymSpell): two words are one edit apart only where leaving out a letter of one, or
    of both, makes them equal. Words that a dictionary knows, everyday and short words are no errors; neither is what
    starts with another letter or could be two words.
    """

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._common = common_anywhere()
        self._without: dict[str, tuple[str, ...]] = {}

    def learn(self, words: Iterable[str]) -> None:
        """Take words of the vocabulary, in normal form."""
        for word in set(words) - self._words:
            self._words.add(word)
            if len(word) >= SHORTEST and word.isalpha():
                for form in (word, *_deletions(word)):
                    self._without[form] = (*self._without.get(form, ()), word)

    def repair(self, word: str) -> str:
        """Return the word meant, the word itself where it needs no repair.

        >>> repairs = Repairs()
        >>> repairs.learn(["robotics", "marketing"])
        >>> [repairs.repair(w) for w in ("robtoics", "markting", "market", "pottery")]
        ['robotics', 'marketing', 'market', 'pottery']
        """
        if word in self._words or len(word) < SHORTEST:
            return word
        if not word.isalpha() or word in self._common or any(lemma_of(word, language) for language in WRITTEN):
            return word
        known = self._without
        near = {
            one
            for form in (word, *_deletions(word))
            if form in known
            for one in known[form]
            if one[0] == word[0] and is_one_edit(word, one) and not _is_another_word(word, one)
        }
        return near.pop() if len(near) == 1 else word


def _deletions(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _is_another_word(word: str, one: str) -> bool:
    return len(word) == len(one) < _SHORTEST_REPLACED and sorted(word) != sorted(one)


def is_one_edit(one: str, other: str) -> bool:
    """Tell whether one letter left out, put in, replaced, or two neighbours swapped, makes the words equal.

    >>> [is_one_edit("design", w) for w in ("desgn", "dessign", "dezign", "desing", "dsein")]
    [True, True, True, True, False]
    """
    if len(one) > len(other):
        one, other = other, one
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return len(other) - len(one) == 1 and one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return one[start + 1 :] == other[start + 1 :] or swapped
