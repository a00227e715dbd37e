"""Repair typing errors in words of the vocabulary."""

from collections.abc import Iterable, Iterator

from serendipity.topics.dictionaries import lemma_of
from serendipity.topics.frequency import is_often_written
from serendipity.topics.words import WRITTEN, common_anywhere

SHORTEST = 5  # letters of a word that may be meant
_SHORTEST_REPLACED = 6  # in a shorter one, another letter mostly makes another word: only a slip to the next key counts
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_MIXED_UP = frozenset(
    map(frozenset, ("ck", "sz", "iy", "dt", "fv", "ae", "ai", "ei", "eo", "iu", "ou", "ao", "ie", "ue"))
)


class Repairs:
    """Finds the one word of the vocabulary that a misspelt word is one edit away from.

    By symmetric deletion (Garbe's SymSpell): two words are one edit apart only where leaving out a letter of one, or
    of both, makes them equal. What a dictionary knows, what is often written (names), everyday and short words are no
    errors; neither is what starts with another letter (unless the first two are swapped) or could be two words.
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
                for form in deletions(word):
                    self._without[form] = (*self._without.get(form, ()), word)

    def repair(self, word: str) -> str:
        """Return the word meant, the word itself where it needs no repair.

        >>> repairs = Repairs()
        >>> repairs.learn(["robotics", "marketing"])
        >>> [repairs.repair(w) for w in ("robtoics", "markting", "market", "pottery")]
        ['robotics', 'marketing', 'market', 'pottery']
        """
        if word in self._words or len(word) < SHORTEST - 1 or not word.isalpha() or word in self._common:
            return word
        if any(lemma_of(word, language) for language in WRITTEN):
            return word
        near = self._near(word)
        slips = [one for one in near if _is_slip(word, one)] or near
        return slips[0] if len(slips) == 1 and not is_often_written(word) else word

    def _near(self, word: str) -> list[str]:
        known = self._without
        begun = word[0], word[1::-1]  # the first letter, or the first two swapped
        near = {one for form in deletions(word) if form in known for one in known[form] if one.startswith(begun)}
        return [one for one in near if is_one_edit(word, one) and not _is_another_word(word, one)]


def deletions(word: str) -> Iterator[str]:
    """Yield a word, and it with each letter left out."""
    yield word
    yield from (word[:i] + word[i + 1 :] for i in range(len(word)))


def _is_slip(word: str, one: str) -> bool:
    """Tell whether a word is another with a letter left out or doubled, or with two swapped.

    Any of these is much likelier than one certain letter replaced or put in.
    """
    if len(word) <= len(one):
        return len(word) < len(one) or sorted(word) == sorted(one)
    return any(word[i] == word[i - 1] and word[:i] + word[i + 1 :] == one for i in range(1, len(word)))


def _is_another_word(word: str, one: str) -> bool:
    if len(word) != len(one) or len(one) >= _SHORTEST_REPLACED or sorted(word) == sorted(one):
        return False
    return not any(is_near(typed, meant) for typed, meant in zip(word, one, strict=True) if typed != meant)


def is_near(one: str, other: str) -> bool:
    """Tell whether two letters lie side by side on the keyboard, or are often mixed up.

    >>> is_near("q", "w"), is_near("c", "k"), is_near("q", "p")
    (True, True, False)
    """
    if frozenset((one, other)) in _MIXED_UP:
        return True
    places = [(row, keys.index(letter)) for letter in (one, other) for row, keys in enumerate(_ROWS) if letter in keys]
    (row, column), (other_row, other_column) = places if len(places) == 2 else ((0, 0), (9, 9))
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1


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
