"""The Dutch catalogue holds every text of mails and sentences, and every placeholder of each."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import serendipity

PACKAGE = Path(serendipity.__file__).parent
TEMPLATES = {"newstyle_gettext": "true", "trimmed": "true"}


def wanted() -> set[str]:
    """Every text marked for translation in the two stages that write to members."""
    methods = [("**.py", "python"), ("templates/**.txt", "jinja2"), ("templates/**.html", "jinja2")]
    options = {"templates/**.txt": TEMPLATES, "templates/**.html": TEMPLATES}
    found = set()
    for stage in ("introductions", "outreach"):
        for _, _, message, _, _ in extract_from_dir(PACKAGE / stage, methods, options):
            found.add(message if isinstance(message, str) else message[0])
    return found


def translated() -> dict[str, list[str]]:
    """Each text with its Dutch forms."""
    with (PACKAGE / "translations" / "nl" / "LC_MESSAGES" / "serendipity.po").open("rb") as file:
        catalogue = read_po(file)
    return {_forms(message.id)[0]: _forms(message.string) for message in catalogue if message.id}


def _forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))


def test_every_text_has_its_dutch() -> None:
    """A new sentence is translated before it is sent; one that is gone leaves the catalogue."""
    assert wanted() == set(translated())


def test_every_translation_keeps_its_placeholders() -> None:
    """A name that is not filled in would be read by a member."""
    lost = [
        text
        for text, forms in translated().items()
        if not all(placeholders(form) <= placeholders(text) | {"%(count)s"} for form in forms)
        or not placeholders(text) <= set().union(*(placeholders(form) for form in forms))
    ]

    assert lost == []
