"""Which language a page is in, and its translated texts."""

from collections.abc import Sequence
from gettext import NullTranslations

from serendipity.outreach.translations import MAILS, PAGES, translations

SOURCE = "en"  # the language of the texts in code and templates


def texts(locale: str) -> NullTranslations:
    """Return the texts of pages in a language, and those that mails share with them."""
    return translations(locale, PAGES, MAILS)


def choose(wanted: Sequence[str | None], accept: str, known: Sequence[str]) -> str:
    """Return the first wanted language that is known, else the best of an Accept-Language header, else the first known.

    >>> choose([None, "fr"], "fr;q=0.9, nl-BE;q=0.8", ["en", "nl"])
    'nl'
    """
    candidates = [*(each for each in wanted if each), *_parse_accept_language(accept)]
    return next((each for each in candidates if each in known), known[0])


def _parse_accept_language(header: str) -> list[str]:
    ranked = []
    for order, part in enumerate(header.split(",")):
        tag, _, parameter = part.strip().partition(";")
        ranked.append((-_quality(parameter), order, tag.split("-")[0].lower()))
    return [tag for _, _, tag in sorted(ranked)]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
