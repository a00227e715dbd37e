"""Frequency of words in English and Dutch, and whether a word can be the head of a topic.

For promotion and repair, which are rare: the lists (the small ones of wordfreq) are loaded at the first question,
unless `load` was called before.
"""

from functools import lru_cache

from serendipity.topics.lists import word_list
from serendipity.topics.phrases import normalise_word, plain
from serendipity.topics.words import WRITTEN, common_anywhere, glue_words

# Zipf scale: 3 is once in a million words, 6 once in a thousand.
EVERYDAY_WORD = 3.8
_EVERYDAY_IN_A_PHRASE = 4.6
_OFTEN_A_VERB = 4.3
_AS_NOUN = 1.6  # how much rarer the plural of an everyday noun may be
_AS_VERB = 1.3  # how much rarer the -ing form of an everyday verb may be

_ADJECTIVE_ENDINGS = ("able", "ible", "al", "ial", "ic", "ive", "ous", "ful", "less", "ar", "ary", "ant", "ent")
_NOUN_ENDINGS = ("ment", "tion", "sion", "ity", "ness", "ing", "ship", "ism", "ence", "ance", "heid", "teit", "atie")
_APART = tuple(word_list("separable-nl.txt"))


def zipf(word: str, language: str) -> float:
    """Return how often a word in normal form is said, on the Zipf scale; 0 for what is rarer than once in a million.

    >>> zipf("today", "en") > 5 > zipf("pottery", "en") > 3 > zipf("zzyzx", "en")
    True
    """
    return _frequencies(language).get(word, 0.0)


def is_often_written(word: str) -> bool:
    """Tell whether a plain word is said once in a million words, in any language; names are among them.

    >>> is_often_written("vimeo"), is_often_written("vimoe")
    (True, False)
    """
    return word in _is_frequent()


def load() -> None:
    """Load what repair asks, which takes a third of a second, before anybody waits for it."""
    _is_frequent()


@lru_cache(maxsize=1)
def _is_frequent() -> frozenset[str]:
    return frozenset(plain(word) for language in WRITTEN for words in _load_by_frequency(language) for word in words)


def everydayness(word: str) -> float:
    """Return the highest Zipf value that a word has in any language with a list."""
    return max(zipf(word, language) for language in WRITTEN)


@lru_cache(maxsize=4_096)
def may_be_a_topic(word: str) -> bool:
    """Tell whether a single word can be a topic: rare enough, and neither verb nor adjective nor adverb.

    >>> [may_be_a_topic(w) for w in ("pottery", "vleermuis", "finger", "beetje", "hopelijk", "scalable", "nalezen")]
    [True, True, False, False, False, False, False]
    """
    if word[0].isdigit() or everydayness(word) >= EVERYDAY_WORD:
        return False
    return _may_be_a_noun(word) and not _is_rather_a_verb(word)


@lru_cache(maxsize=4_096)
def may_end_a_topic(word: str) -> bool:
    """Tell whether a phrase can end with a word: a noun, where it is an everyday word by its plural or its ending.

    >>> [may_end_a_topic(w) for w in ("deck", "management", "cup", "based", "verbrand", "crossed", "open", "welkom")]
    [True, True, True, False, False, False, False, False]
    """
    if everydayness(word) < _EVERYDAY_IN_A_PHRASE or word.endswith(_NOUN_ENDINGS):
        return _may_be_a_noun(word)
    if _is_listed(word):
        return not _has_adverb(word) or _has_plural(word)
    return not _is_glue(word) and _may_be_a_noun(word) and _has_plural(word) and not _has_participle(word)


@lru_cache(maxsize=4_096)
def may_begin_a_topic(word: str) -> bool:
    """Tell whether a phrase can begin with a word: a noun or an adjective, no adverb and no finite verb.

    >>> [may_begin_a_topic(w) for w in ("pitch", "neural", "reclaimed", "finally", "opent", "chose")]
    [True, True, True, False, False, False]
    """
    if _is_listed(word) or may_end_a_topic(word):
        return True
    return everydayness(word) < _EVERYDAY_IN_A_PHRASE and not (_is_finite_verb(word) or _is_adverb(word))


@lru_cache(maxsize=1)
def _all_glue() -> frozenset[str]:
    words = [word for language in WRITTEN for word in glue_words(language)]
    return frozenset((*words, *map(normalise_word, words)))


@lru_cache(maxsize=1)
def _load_list() -> frozenset[str]:
    return common_anywhere() - _all_glue()


def _is_glue(word: str) -> bool:
    language = _language_of(word)
    return language is not None and word in glue_words(language)


def _is_listed(word: str) -> bool:
    return word in _load_list()


@lru_cache(maxsize=4)
def _frequencies(language: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for centibels, words in enumerate(_load_by_frequency(language)):
        for word in words:
            for form in {plain(word), normalise_word(word)}:
                found.setdefault(form, round(9 - centibels / 100, 2))
    return found


def _load_by_frequency(language: str) -> list[list[str]]:
    from wordfreq import get_frequency_list

    return get_frequency_list(language, wordlist="small")


def _may_be_a_noun(word: str) -> bool:
    return not (_is_finite_verb(word) or _is_participle(word) or _is_adjective(word) or _is_adverb(word))


def _language_of(word: str) -> str | None:
    """Return the language that a word is said more in; None where neither knows it."""
    english, dutch = zipf(word, "en"), zipf(word, "nl")
    if english == dutch:
        from simplemma import is_known

        return next((language for language in WRITTEN if is_known(word, lang=language)), None)
    return "en" if english > dutch else "nl"


def _is_finite_verb(word: str) -> bool:
    language = _language_of(word)
    if language is None:
        return False
    return _is_dutch_verb(word) if language == "nl" else _is_english_verb(word)


def _is_english_verb(word: str) -> bool:
    """A verb by its forms: an irregular past, or a base form that is said less than its own past."""
    lemma = _lemma(word, "en")
    if lemma != word:
        return not word.endswith(("ing", "ed", "en"))
    past = word + "d" if word.endswith("e") else word + "ed"
    return _lemma(past, "en") == word and zipf(past, "en") > zipf(word, "en") - 0.1 and zipf(past, "en") > 0


def _is_dutch_verb(word: str) -> bool:
    """A verb by its forms: one whose lemma is an infinitive, or an infinitive that has a third person."""
    lemma = _lemma(word, "nl")
    if lemma != word:
        return lemma.endswith("en") and not word.endswith("e")
    return word.endswith("en") and any(_lemma(third, "nl") == base for base in _bases(word) for third in _thirds(base))


def _bases(infinitive: str) -> list[str]:
    shorter = [infinitive.removeprefix(part) for part in _APART if infinitive.startswith(part)]
    return [infinitive, *(base for base in shorter if len(base) > 4)]


def _thirds(infinitive: str) -> list[str]:
    """Return how the third person of a Dutch infinitive may be written: werkt, schrapt, leest."""
    stem = infinitive[:-2]
    if len(stem) < 2:
        return []
    hardened = stem[:-1] + {"z": "s", "v": "f"}.get(stem[-1], stem[-1])
    doubled = hardened[:-1] + hardened[-2] + hardened[-1]
    single = stem[:-1] if stem[-1] == stem[-2] else stem
    return [form + "t" for form in (hardened, doubled, single)]


def _is_participle(word: str) -> bool:
    if _language_of(word) != "en":
        return False
    if word.endswith("ing"):
        return _lemma(word, "en") != word and zipf(word, "en") >= _OFTEN_A_VERB
    return word.endswith(("ed", "en")) and _lemma(word, "en") != word


def _is_adjective(word: str) -> bool:
    """English: it has an adverb of its own (scalable, scalably). Dutch: it is inflected (oude, trage)."""
    if _language_of(word) == "nl":
        return word.endswith(("e", "er", "ere", "ste")) and _lemma(word, "nl") != word
    if not word.endswith(_ADJECTIVE_ENDINGS):
        return False
    return word.endswith(("able", "ible")) or _has_adverb(word)


def _has_adverb(word: str) -> bool:
    from simplemma import is_known

    adverbs = [word + "ly", word + "ally", *([word[:-1] + "y"] if word.endswith("le") else [])]
    return any(is_known(adverb, lang="en") for adverb in adverbs)


def _has_plural(word: str) -> bool:
    """Tell whether the plural of an everyday word is itself often said."""
    language = _language_of(word)
    if language is None:
        return True
    forms = [word + "s", word + "es", word[:-1] + "ies"]
    forms += [word + "en", word + word[-1] + "en", word[:-2] + word[-1] + "en"] if language == "nl" else []
    return max(zipf(form, language) for form in forms) >= zipf(word, language) - _AS_NOUN


def _has_participle(word: str) -> bool:
    """Tell whether an English word's -ing form is so often said that the word is rather a verb."""
    if _language_of(word) != "en":
        return False
    forms = (word + "ing", word[:-1] + "ing", word + word[-1] + "ing")
    said = max(zipf(form, "en") for form in forms if _lemma(form, "en") == word or form == word + "ing")
    return said >= zipf(word, "en") - _AS_VERB


def _is_rather_a_verb(word: str) -> bool:
    """Tell whether an -ing form is said less than its verb: evaluating, but not knitting."""
    if not word.endswith("ing") or _language_of(word) != "en":
        return False
    lemma = _lemma(word, "en")
    return lemma != word and zipf(word, "en") < zipf(lemma, "en") - 0.4


def _is_adverb(word: str) -> bool:
    if _language_of(word) == "nl":
        return word.endswith(("lijk", "weg", "waarts", "tussendoor"))
    return word.endswith("ly") and len(word) > 5 and zipf(word[:-2], "en") + zipf(word[:-3] + "y", "en") > 0


@lru_cache(maxsize=16_384)
def _lemma(word: str, language: str) -> str:
    from simplemma import lemmatize

    return plain(lemmatize(word, lang=language))
