"""Every text of the pages is in the Dutch catalogue, with the same placeholders."""

import ast
import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from serendipity.web.locale import texts

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


# Said to programs and on the command line only.
ELSEWHERE = {
    "A run as of an earlier moment introduces nobody; add --dry-run.",
    "A run with this id was asked for with other members or options; take a new id.",
}


def _refused_by_usecases() -> set[str]:
    """What use cases refuse in fixed words, as a page says it."""
    raised = (
        node.exc
        for folder in ("usecases", "introductions", "intake")
        for path in (PACKAGE / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    )
    refusals = [call for call in raised if ast.unparse(call.func) in {"Conflict", "NotFound", "NotAllowed"}]
    return {str(call.args[0].value) for call in refusals if call.args and isinstance(call.args[0], ast.Constant)}


def test_what_use_cases_refuse_is_translated() -> None:
    """On a Dutch page no English sentence says why something was not done."""
    refused = _refused_by_usecases()
    dutch = texts("nl").gettext

    assert len(refused) > 15
    assert {text for text in refused - ELSEWHERE if dutch(text) == text} == set()
