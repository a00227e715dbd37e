"""The word lists of this package: words that join topics, everyday words, and cues of stance."""

import re
from functools import lru_cache

from serendipity.topics.lists import lines, word_list
from serendipity.topics.phrases import normalise_word, plain

WRITTEN = ("en", "nl")
_WORD = re.compile(r"[^\W\d_][\w-]+")


@lru_cache(maxsize=16)
def glue_words(language: str) -> frozenset[str]:
    """Return the plain words of a language that stand between topics; none for a language without a list."""
    return frozenset(map(plain, word_list(f"glue-{language}.txt"))) if language in WRITTEN else frozenset()


@lru_cache(maxsize=16)
def common_words(language: str) -> frozenset[str]:
    """Return the everyday words of a language in normal form, joining words included."""
    if language not in WRITTEN:
        return frozenset()
    return frozenset(map(normalise_word, word_list(f"common-{language}.txt"))) | glue_words(language)


@lru_cache(maxsize=1)
def glue_anywhere() -> frozenset[str]:
    """Return the joining words of all languages that have a list."""
    return frozenset().union(*map(glue_words, WRITTEN))


@lru_cache(maxsize=1)
def common_anywhere() -> frozenset[str]:
    """Return the everyday words of all languages that have a list."""
    return frozenset().union(*map(common_words, WRITTEN))


def telling_words(text: str) -> list[str]:
    """Return all words of a text that are no stop words (spaCy's, of every language that is written here).

    >>> telling_words("Trying error-correction on the Big Data of 2024")
    ['trying', 'error-correction', 'big', 'data']
    """
    return [word for word in _WORD.findall(text.casefold()) if word not in _stop_words()]


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
    from spacy.lang.nl.stop_words import STOP_WORDS as DUTCH

    return frozenset(ENGLISH | DUTCH)


def cue_table() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return the cues by their first word, longest first, each with the section of cues.txt that it stands in."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    kind = ""
    for line in lines("cues.txt"):
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        cue = tuple(plain(line).split())
        table.setdefault(cue[0], []).append((cue, kind))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table
