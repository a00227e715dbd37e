"""Names of people in what texts say: phrases that are one, and words that say something else as well."""

from collections.abc import Callable, Collection, Iterable, Sequence

from serendipity.domain.model import Mention
from serendipity.topics.dictionaries import lemma_of
from serendipity.topics.phrases import normalise
from serendipity.topics.promotion import is_name, name_forms
from serendipity.topics.words import common_anywhere


def names_of(names: Collection[str]) -> Callable[[str], bool]:
    """Return what tells whether a phrase holds one of these names, or is nothing but words of them.

    A single word of a name that is an everyday word, or one of an English dictionary, stays: it says something else.
    (A Dutch one knows too many names.)

    >>> is_named = names_of(["Rose Visser"])
    >>> [is_named(phrase) for phrase in ("rose visser", "with rose visser", "visser", "rose", "big data")]
    [True, True, True, False, False]
    """
    forms = name_forms(frozenset(names))

    def is_named(phrase: str) -> bool:
        return is_name(phrase, forms) and (" " in phrase or not _says_something_else(phrase))

    return is_named


def surnames_of(names: Iterable[str], phrases: Iterable[str]) -> frozenset[str]:
    """Return the surnames, in normal form, that are nothing else: no word of a dictionary, or of a known phrase.

    >>> surnames_of(["Sara Idrissi", "Ann Baker", "Jan Bakker", "Max Kalman", "Cher"], ["kalman filter"])
    frozenset({'idrissi'})
    """
    known = {word for phrase in phrases for word in phrase.split()}
    last = {words[-1] for name in names if len(words := normalise(name).split()) > 1}
    return frozenset(word for word in last - known if not (_says_something_else(word) or lemma_of(word, "nl")))


def holds_surname(phrase: str, surnames: Collection[str]) -> bool:
    """Tell whether a phrase of several words holds one of these surnames.

    >>> [holds_surname(phrase, {"idrissi"}) for phrase in ("idrissi method", "idrissi", "big data")]
    [True, False, False]
    """
    return " " in phrase and any(word in surnames for word in phrase.split())


def _says_something_else(word: str) -> bool:
    return word in common_anywhere() or (lemma_of(word, "en") or "").islower()


def without_names(mentions: Sequence[Mention], names: Collection[str]) -> list[Mention]:
    """Return what a text mentions without these whole names, and without the phrases that hold words of one there.

    Topics stay, and so do the same words where they stand elsewhere.

    >>> said = [Mention(phrase="ada king", start=0, end=8), Mention(phrase="king told", start=4, end=13)]
    >>> [m.phrase for m in without_names([*said, Mention(phrase="king crab", start=20, end=29)], ["Ada King"])]
    ['king crab']
    """
    whole, words = name_forms(frozenset(names))
    named = [one for one in mentions if one.topic is None and is_name(one.phrase, (whole, frozenset()))]

    def is_part(mention: Mention) -> bool:
        near = any(mention.start < one.end and one.start < mention.end for one in named)
        return mention.topic is None and near and not words.isdisjoint(mention.phrase.split())

    return [mention for mention in mentions if not is_part(mention)]
