"""Which language a page is in, and its translated texts."""

from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations, translation
from importlib.resources import files

SOURCE = "en"  # the language of the texts in code and templates
DOMAINS = ("web", "serendipity")


@cache
def texts(locale: str) -> NullTranslations:
    """Return the catalogue of a language; what it lacks is said in English."""
    folder = str(files("serendipity") / "translations")
    found = NullTranslations()
    for domain in DOMAINS:
        found.add_fallback(translation(domain, folder, [locale], fallback=True))
    return found


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
