"""The language of a text is told by its words, without a model."""

import pytest

from serendipity.topics.language import LanguageVote

VOTE = LanguageVote(["en", "nl"])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("working on the new website", "en"),
        ("bezig met de nieuwe website", "nl"),
        ("keramiek glazuren", "nl"),
        ("pottery glazing", "en"),
        ("toegankelijkheidsverklaringen", "nl"),
        ("thoughtworks", "en"),
        ("python", "en"),
    ],
)
def test_words_tell_the_language(text: str, language: str) -> None:
    """Joining words, words of one language only, or the shape of words no dictionary knows."""
    assert VOTE.tell(text.split()) == language


def test_where_nothing_tells_it_is_the_first_language() -> None:
    """Also for a text without a word, and in a community of one language."""
    assert VOTE.tell([]) == "en"
    assert LanguageVote(["nl", "en"]).tell([]) == "nl"
    assert LanguageVote(["fr"]).tell(["working", "on", "the"]) == "fr"
