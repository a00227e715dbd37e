"""Typing errors in words of the vocabulary are repaired; other words are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.topics.pipeline import build_extractor
from serendipity.topics.repair import Repairs, is_one_edit
from tests.unit.topics.history import vocabulary_of

WORDS = ["robotics", "marketing", "keramiek", "gardening", "photography", "mysql", "tango", "video", "phone"]


def repairs() -> Repairs:
    """Return repairs over a few words."""
    made = Repairs()
    made.learn(WORDS)
    return made


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("robtics", "robotics"),
        ("makreting", "marketing"),
        ("keramiiek", "keramiek"),
        ("photogrephy", "photography"),
        ("orbotics", "robotics"),
        ("mysl", "mysql"),
        ("tanfo", "tango"),
    ],
)
def test_one_slip_is_repaired(typed: str, meant: str) -> None:
    """A letter left out, swapped, doubled or replaced; in a word of five letters only by one of a key beside it."""
    assert repairs().repair(typed) == meant


@pytest.mark.parametrize(
    "word", ["market", "robots", "hardening", "keramik1", "zarketing", "garden", "ramen", "vimeo", "phong", "mys"]
)
def test_other_words_are_left_alone(word: str) -> None:
    """Words of a dictionary, often written, short, with digits, or that begin with another letter."""
    assert repairs().repair(word) == word


def test_what_could_be_two_words_is_left_alone() -> None:
    """Between two equally near words no one can choose."""
    made = Repairs()
    made.learn(["blorptan", "blorpten"])

    assert made.repair("blorpton") == "blorpton"


@pytest.mark.parametrize(("typed", "meant"), [("siifting", "sifting"), ("deflction", "deflection")])
def test_a_slip_is_likelier_than_another_letter(typed: str, meant: str) -> None:
    """Of two near words, the one that a letter was left out of, doubled or swapped in."""
    made = Repairs()
    made.learn(["sifting", "shifting", "deflection", "deflation"])

    assert made.repair(typed) == meant


def test_the_extractor_finds_a_topic_through_a_typing_error() -> None:
    """Also one of several words; the span is that of what was typed."""
    understanding = build_extractor(vocabulary_of("machine learning")).understand("my machnie learning thesis")

    mention = understanding.mentions[0]
    assert (mention.topic, mention.phrase, mention.start, mention.end) == (
        "machine-learning",
        "machine learning",
        3,
        19,
    )


@given(st.sampled_from(WORDS), st.integers(1, 6), st.sampled_from("abcxyz"))
def test_every_insertion_is_one_edit(word: str, at: int, letter: str) -> None:
    """In either direction; two insertions are not."""
    longer = word[:at] + letter + word[at:]

    assert is_one_edit(longer, word)
    assert is_one_edit(word, longer)
    assert not is_one_edit(longer[:at] + "q" + longer[at:], word)
