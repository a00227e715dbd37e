"""Mails as they are worded: every kind, both languages, both forms, and nothing a member wrote runs in them."""

import re
from typing import Any

import pytest

from serendipity.domain.errors import TemplateBroken
from serendipity.domain.model import LinkPurpose, Member, Message, MessageKind
from serendipity.outreach.catalogue import CATALOGUE, KindOfMessage
from serendipity.outreach.links import placeholder
from serendipity.outreach.render import MailComposer
from serendipity.outreach.settings import OutreachSettings

KINDS = list(map(str, CATALOGUE))
BASE = "https://example.org"
COMPOSER = MailComposer(settings=OutreachSettings(base_url=BASE, community="De Werkplaats"))
CONTEXTS: dict[str, dict[str, Any]] = {
    "introduction.ask": {
        "other": {"name": "Bram de Vries", "organisation": "Acme", "about": "I build things"},
        "sentences": ["You and Bram both work on big data."],
        "answer_days": 7,
        "is_group": False,
    },
    "introduction.made": {
        "people": [
            {"name": "Anna Jansen", "first_name": "Anna", "organisation": None},
            {"name": "Bram de Vries", "first_name": "Bram", "organisation": "Acme"},
        ],
        "sentences": ["You both work on big data."],
    },
    "introduction.follow_up": {"other": {"name": "Bram"}},
    "introduction.closed": {},
    "profile.link": {},
    "welcome": {},
}
LINKS = [(str(kind), purpose) for kind, facts in CATALOGUE.items() for purpose in sorted(facts.links)]


def composed(kind: str, locale: str = "en", **context: Any) -> Message:
    member = Member(id="anna", name="Anna Jansen", email="anna@example.org", locale=locale)
    return COMPOSER.compose(kind, member, {**CONTEXTS[kind], **context}, id="m-1")


@pytest.mark.parametrize("locale", ["en", "nl", "nl-BE", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_worded_in_every_language(kind: str, locale: str) -> None:
    """A subject of one line, a text and a page; a language that is missing reads English."""
    message = composed(kind, locale)

    assert message.subject
    assert "\n" not in message.subject
    assert message.text.startswith("Hallo" if locale.startswith("nl") else "Hello")
    assert "<html" in message.html
    assert "{{" not in message.text + message.html
    assert "\n\n\n" not in message.text


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_is_left_untranslated_in_dutch(kind: str) -> None:
    """No line of the English mail stands in the Dutch one, apart from names, links and what was passed in."""
    given = {"Anna Jansen", "Bram de Vries (Acme)", "--", *CONTEXTS[kind].get("sentences", ())}
    english = {line.strip() for line in composed(kind).text.splitlines() if line.strip() and "://" not in line}
    dutch = {line.strip() for line in composed(kind, "nl").text.splitlines()}

    assert english & dutch - given == set()


@pytest.mark.parametrize(("kind", "purpose"), LINKS)
def test_a_link_stands_in_both_forms(kind: str, purpose: LinkPurpose) -> None:
    """As a placeholder: its token does not exist yet."""
    message = composed(kind)

    assert placeholder(BASE, purpose) in message.text
    assert placeholder(BASE, purpose) in message.html


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_asked_for_can_be_unsubscribed_from_in_one_click(kind: str) -> None:
    """RFC 8058: both headers, and the link in the mail; not in what the reader asked for this moment."""
    message = composed(kind)
    link = placeholder(BASE, LinkPurpose.UNSUBSCRIBE)

    expected = {} if CATALOGUE[MessageKind(kind)].is_critical else {"List-Unsubscribe": f"<{link}>"}
    assert {name: value for name, value in message.headers.items() if name == "List-Unsubscribe"} == expected
    assert (link in message.text) == (not CATALOGUE[MessageKind(kind)].is_critical)
    assert ("List-Unsubscribe-Post" in message.headers) == (not CATALOGUE[MessageKind(kind)].is_critical)


def test_what_a_member_wrote_is_text_and_never_markup() -> None:
    """Neither HTML nor a template runs."""
    other = {"name": "<script>alert(1)</script>", "organisation": "{{ 7 * 7 }}", "about": "a & b"}
    message = composed("introduction.ask", other=other, sentences=["<b>bold</b>"])

    assert "<script>" not in message.html
    assert "<b>" not in message.html
    assert "{{ 7 * 7 }}" in message.html
    assert "a & b" in message.text


def test_a_subject_stays_one_line_whatever_a_name_holds() -> None:
    """A line break in a name cannot reach the next header."""
    other = {"name": "Bram\nBcc: everybody@example.org", "organisation": None, "about": None}

    assert "\n" not in composed("introduction.ask", other=other).subject


def test_a_missing_value_is_an_error_and_no_gap() -> None:
    """A template that wants more than it is given is broken."""
    with pytest.raises(TemplateBroken):
        COMPOSER.compose("introduction.ask", Member(id="a", name="A"), {}, id="m-1")


def test_a_page_is_self_contained() -> None:
    """Mail programs load nothing: no style sheets, no scripts, no pictures."""
    for kind in KINDS:
        assert not re.search(r"<(link|script|img|style)\b", composed(kind).html)


def test_the_catalogue_holds_every_kind_and_each_has_its_texts() -> None:
    """A new kind says what is so of it, and is worded in both forms."""
    assert CATALOGUE.keys() == set(MessageKind)
    assert CONTEXTS.keys() == set(KINDS)
    for kind in KINDS:
        assert composed(kind).html


@pytest.mark.parametrize(("kind", "facts"), CATALOGUE.items())
def test_what_a_kind_s_templates_link_to_is_what_the_catalogue_says(kind: MessageKind, facts: KindOfMessage) -> None:
    """No other link stands in them, but for unsubscribing where there is something to unsubscribe from."""
    text = composed(kind).text
    found = {purpose for purpose in LinkPurpose if placeholder(BASE, purpose) in text}
    assert found - {LinkPurpose.UNSUBSCRIBE} == facts.links
    assert (LinkPurpose.UNSUBSCRIBE in found) == (not facts.is_critical)
