"""The one normal form of phrases: every comparison of words in the product goes through `normalise`."""

import re
import unicodedata
from functools import lru_cache

from serendipity.topics.dictionaries import lemma_of
from serendipity.topics.lists import word_list

LONGEST_WORD = 40

# Spaces are skipped, then one token per alternative: plain words first because most are, then names with signs,
# shortened pairs (R&D), numbers, prefixed words (e-mail), other words, signs.
TOKEN = re.compile(
    r"""
    [ ]*+(
    [^\W_]++(?=[ ,\n]|\Z)
    | [cC]\+\+ | [cCfFjJ]\#(?!\w) | (?<!\w)\.(?i:net)\b
    | [^\W\d_]{2,20}\.(?i:js|ts|py|ai|io|com|nl|be|eu|org|net)(?![\w.])
    | (?<!\w)[^\W_]{1,2}&[^\W_]{1,2}(?!\w)
    | \d+(?:[.,:]\d+)+(?!\w)
    | (?<![\w-])(?i:e|co|non|re|pre|on)-[^\W\d_]+
    | [^\W_]+(?:'[^\W_]+)*
    | \n+ | [^\w\s'\-&/_+\#]
    )
    """,
    re.VERBOSE,
)

_PREFIXED = re.compile(r"^(?:e|co|non|re|pre|on)-(?=[^\W\d_])")
_POSSESSIVE = re.compile(r"'s?$")
_SIGNS = {"#": " sharp", "++": " plus plus", "+": " plus", "&": " and "}

_SINGULAR = frozenset(word_list("singular.txt"))
_IRREGULAR = {"women": "woman", "men": "man", "children": "child", "mice": "mouse", "apis": "api", "guis": "gui"}


def plain(text: str) -> str:
    """Return lower-case compatibility text without accents and with straight quotes.

    >>> plain("Café’s")
    "cafe's"
    """
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def tokens(text: str) -> list[str]:
    """Split plain text into words and signs; hyphens, slashes and spaces fall away.

    >>> tokens("c# and node.js, e-mail-campagne")
    ['c#', 'and', 'node.js', ',', 'e-mail', 'campagne']
    """
    return TOKEN.findall(text)


@lru_cache(maxsize=16_384)
def normalise_word(word: str) -> str:
    """Return one word's normal form: plain, without plural, prefix joined.

    Only plurals go ("dashboards", "huizen"); other endings stay, for marketing is no market. English and Dutch
    are treated alike, whatever the language of the text, because members mix them.

    >>> [normalise_word(w) for w in ("E-mails", "Huizen", "marketing", "foto's", "Node.js", "garden")]
    ['email', 'huis', 'marketing', 'foto', 'nodejs', 'garden']
    """
    return normalise_plain(plain(word))


def normalise_plain(form: str) -> str:
    """Return the normal form of one plain word; whoever asks keeps it."""
    if not form.isalpha():
        form = _PREFIXED.sub(lambda m: m.group()[:-1], form)
        if form.endswith(".js"):
            form = form.replace(".js", "js")
        form = _POSSESSIVE.sub("", form) or form
    if len(form) > LONGEST_WORD or not form.isalpha():
        return form
    while len(shorter := _singular(form)) < len(form):
        form = shorter
    return form


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SINGULAR or len(word) < 4 or not word.endswith(("s", "en", "a")):
        return word
    if (lemma := lemma_of(word, "en")) is not None:
        return _accept(word, lemma.lower())
    if (lemma := lemma_of(word, "nl")) is not None:
        return _accept(word, plain(lemma))
    return word[:-1] if word.endswith("s") and word[-2] not in "siuaeoj'" else word


def _accept(word: str, lemma: str) -> str:
    """Take a lemma only where it is a plural's singular: same beginning, shorter, and not from a verb.

    Nor where it would become a joining word: "bijen" are bees, "bij" is "at"; "dans" is no plural of "dan".
    """
    from serendipity.topics.words import glue_anywhere  # which is written in terms of this module

    if len(lemma) >= len(word) or len(lemma) < 2 or lemma[:2] != word[:2] or lemma in glue_anywhere():
        return word
    plural = word.endswith("s") or (word.endswith("en") and not lemma.endswith("en")) or lemma == word[:-1] + "um"
    return lemma if plural else word


@lru_cache(maxsize=16_384)
def normalise(phrase: str) -> str:
    """Return a phrase's normal form; "" when it has no word in it. Normalising twice changes nothing.

    >>> normalise("Machine-Learning"), normalise("E-mail campaigns"), normalise("UI/UX"), normalise("C#")
    ('machine learning', 'email campaign', 'ui ux', 'c#')
    """
    words = (normalise_word(token) for token in tokens(plain(phrase)) if has_word(token))
    return " ".join(word for word in words if word)


def has_word(token: str) -> bool:
    """Tell whether a token holds a letter or a digit."""
    return token[0].isalnum() or token[-1].isalnum()


def topic_id(label: str) -> str:
    """Return the id that a label gets: its normal form as a slug.

    >>> topic_id("Big Data"), topic_id("C++"), topic_id("R&D")
    ('big-data', 'c-plus-plus', 'r-and-d')
    """
    slug = normalise(label) or plain(label).strip()
    for sign, words in _SIGNS.items():
        slug = slug.replace(sign, words)
    return "-".join(re.findall(r"[^\W_]+", slug)) or "topic"
