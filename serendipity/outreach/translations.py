"""The translations of mails: English stands in the code, every other language in serendipity/translations."""

from functools import cache
from gettext import NullTranslations, translation
from importlib.resources import files

DOMAIN = "serendipity"


@cache
def translations(locale: str) -> NullTranslations:
    """Return the texts of a language ("nl", also for "nl_BE" and "nl-BE"); what it lacks is said in English."""
    language = locale.replace("-", "_").split("_")[0]
    return translation(DOMAIN, str(files("serendipity") / "translations"), [language], fallback=True)
