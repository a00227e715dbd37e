"""Every text of the pages is in the Dutch catalogue, with the same placeholders."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "serendipity"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true", "encoding": "utf-8"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _in_the_pages() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(PACKAGE / "web", METHODS, OPTIONS, keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def test_every_text_of_the_pages_is_translated() -> None:
    """A text that is added to a page or a form's errors is added to the Dutch catalogue as well."""
    with (PACKAGE / "translations/nl/LC_MESSAGES/web.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file) if message.string}

    assert {text for text in _in_the_pages() if text not in catalogue} == set()


def test_translations_keep_the_placeholders() -> None:
    """What is filled into an English text is filled into its translation."""
    with (PACKAGE / "translations/nl/LC_MESSAGES/web.po").open("rb") as file:
        pairs = [(message.id, message.string) for message in read_po(file) if isinstance(message.id, str)]

    differing = [text for text, said in pairs if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(str(said)))]
    assert differing == []
