"""Ask simplemma's dictionaries; they take half a second to load, so only when a word first needs them."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simplemma.strategies import DictionaryLookupStrategy


def lemma_of(word: str, language: str) -> str | None:
    """Return the lemma that a dictionary has for a word of letters; None for a word that it does not know.

    >>> lemma_of("houses", "en"), lemma_of("huizen", "nl"), lemma_of("zzyzx", "en")
    ('house', 'huis', None)
    """
    return _lookup().get_lemma(word, language)


@cache
def _lookup() -> "DictionaryLookupStrategy":
    from simplemma.strategies import DictionaryLookupStrategy

    return DictionaryLookupStrategy()
