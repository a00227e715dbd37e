"""The word lists of this package: words that join topics, everyday words, and cues of stance."""

from functools import lru_cache

from serendipity.topics.lists import lines, word_list
from serendipity.topics.phrases import normalise_word, plain

WRITTEN = ("en", "nl")


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
