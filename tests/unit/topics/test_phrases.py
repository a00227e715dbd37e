"""The one normal form of phrases."""

import pytest

from serendipity.topics.phrases import normalise


@pytest.mark.parametrize("word", ["bijen", "dans", "jongeren"])
def test_a_plural_does_not_become_a_joining_word(word: str) -> None:
    """Bees are not "at", a dance is not "then", and youngsters are not "young"."""
    assert normalise(word) == word
