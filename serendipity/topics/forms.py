"""Whether two words are forms of one: inflected, spelt in another country's way, or misspelt."""

import re

from serendipity.topics.language import knows
from serendipity.topics.repair import SHORTEST, is_near, is_one_edit
from serendipity.topics.words import WRITTEN

_ENDINGS = ("ings", "ing", "ers", "er", "ed", "en", "e", "s")
_SHORTEST_STEM = 3
_COUNTRIES = (
    (re.compile(r"is(?=(?:e|ed|er|ing|ation|atie)$)"), "iz"),
    (re.compile(r"(?<=[a-z]{3})our"), "or"),
    (re.compile(r"ys(?=(?:e|ed|er|ing)$)"), "yz"),
    (re.compile(r"(?<=[a-z]{3})tre$"), "ter"),
    (re.compile(r"(?<=[a-z]{2})ogue$"), "og"),
    (re.compile(r"ll(?=(?:ing|ed|er)$)"), "l"),
    (re.compile(r"mme$"), "m"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"c(?=t|$)"), "k"),
)


def stem(word: str) -> str:
    """Return what the inflections of a word begin with.

    >>> [stem(word) for word in ("scanner", "scanning", "scan", "baking", "baker", "bake", "3d", "sewing")]
    ['scan', 'scan', 'scan', 'bak', 'bak', 'bak', '3d', 'sew']
    """
    if not word.isalpha():
        return word
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= _SHORTEST_STEM), "")
    base = word.removesuffix(ending)
    doubled = ending and len(base) > _SHORTEST_STEM and base[-1] == base[-2] and base[-1] not in "aeiousl"
    return base[:-1] if doubled else base


def everywhere(word: str) -> str:
    """Return a word as it is spelt on either side of the sea and the border.

    >>> everywhere("optimisation"), everywhere("colour"), everywhere("produkt") == everywhere("product")
    ('optimization', 'color', True)
    """
    for pattern, by in _COUNTRIES:
        word = pattern.sub(by, word)
    return word


def is_misspelling(word: str, meant: str) -> bool:
    """Tell whether a word can be a slip of the pen for another: one edit away, and in no dictionary.

    A letter is only taken for another where they lie side by side on the keyboard or are often mixed up.

    >>> [is_misspelling(*pair) for pair in (("kubernets", "kubernetes"), ("creatine", "creative"), ("web2", "web3"))]
    [True, False, False]
    """
    if min(len(word), len(meant)) < SHORTEST or word[0] != meant[0] or not (word.isalpha() and meant.isalpha()):
        return False
    if word == meant or not is_one_edit(word, meant) or any(knows(word, language) for language in WRITTEN):
        return False
    changed = [(a, b) for a, b in zip(word, meant, strict=False) if a != b]
    return len(word) != len(meant) or len(changed) == 2 or is_near(*changed[0])
