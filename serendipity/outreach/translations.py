"""The one loader of translations: English stands in the code, every other language in serendipity/translations."""

from functools import cache
from gettext import NullTranslations, translation
from importlib.resources import files

MAILS, PAGES = "serendipity", "web"


@cache
def translations(locale: str, *domains: str) -> NullTranslations:
    """Return the texts of a language ("nl", also for "nl_BE" and "nl-BE") in some domains, by default that of mails.

    The first domain that has a text gives it; what a language lacks is said in English.
    """
    language = locale.replace("-", "_").split("_")[0]
    folder, found = str(files("serendipity") / "translations"), NullTranslations()
    for domain in domains or (MAILS,):
        found.add_fallback(translation(domain, folder, [language], fallback=True))
    return found
