"""Folding of names and addresses, so that they are found however they are typed."""

import unicodedata

MOST_TAILS = 8
LAST_LETTER = "\U0010ffff"


def fold(text: str) -> str:
    """Drop case, accents and double spaces.

    >>> fold("  José  de Wit ")
    'jose de wit'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def tails(name: str) -> list[str]:
    """Return a name from each of its words on, so that every word is the start of something.

    >>> tails("José de Wit")
    ['jose de wit', 'de wit', 'wit']
    """
    words = fold(name).split()
    return list(dict.fromkeys(" ".join(words[start:]) for start in range(min(len(words), MOST_TAILS))))
