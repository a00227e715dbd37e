"""A proposal becomes a topic by distinct members, and never against a manager's word or a member's privacy."""

import pytest

from serendipity.domain.model import RecordKind
from serendipity.topics.promotion import promotions
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import NOW, tell, vocabulary_of


def promoted(candidates: dict[str, int], vocabulary: Vocabulary | None = None, *names: str) -> list[str]:
    """Return the phrases that are promoted."""
    known = vocabulary if vocabulary is not None else Vocabulary()
    return [new.id for new in promotions(candidates, known, now=NOW, member_names=names)]


def test_a_phrase_needs_three_members_and_a_word_five() -> None:
    """Fewer stay proposals."""
    counts = {"circular textile": 3, "tapestry dye": 2, "tapestry": 5, "batik": 4}

    assert promoted(counts) == ["circular textile", "tapestry"]


@pytest.mark.parametrize("word", ["project", "team", "vergadering", "werk", "today"])
def test_everyday_words_are_never_promoted(word: str) -> None:
    """However many say them."""
    assert promoted({word: 50}) == []


def test_members_names_are_never_promoted() -> None:
    """Neither whole, nor in part, nor inside a longer phrase."""
    counts = {"sanne devries": 9, "sanne": 9, "devries": 9, "sanne devries podcast": 9, "circular textile": 9}

    assert promoted(counts, None, "Sanne DeVries", "Bo") == ["circular textile"]


def test_known_blocked_and_retracted_phrases_are_left_alone() -> None:
    """A manager's word stands."""
    vocabulary = vocabulary_of("Big Data", "coffee corner")
    tell(vocabulary, RecordKind.TOPIC_RETRACTED, topic="coffee-corner")
    tell(vocabulary, RecordKind.PHRASE_BLOCKED, phrase="office gossip", blocked=True)

    assert promoted({"big data": 9, "coffee corner": 9, "office gossip": 9}, vocabulary) == []


def test_a_part_of_a_longer_phrase_waits_for_a_life_of_its_own() -> None:
    """What is nearly always said inside a longer phrase is not a topic by itself."""
    assert promoted({"neural radiance field": 10, "radiance field": 11, "radiance": 30}) == [
        "neural radiance field",
        "radiance",
    ]


def test_contact_data_and_numbers_are_never_promoted() -> None:
    """Not even when they got this far."""
    assert promoted({"06 12345678": 9, "2024 2025": 9, "jan@voorbeeld.nl": 9}) == []


def test_the_record_makes_earlier_mentions_count() -> None:
    """Its id is the phrase, its refs name topic and phrase, and the vocabulary takes it."""
    (new,) = promotions({"circular textile": 3}, Vocabulary(), now=NOW)

    assert (new.source, new.id, new.kind) == ("promotion", "circular textile", RecordKind.TOPIC_ADDED)
    assert new.refs == ("topic:circular-textile", "phrase:circular textile")
    assert tell(Vocabulary(), new.kind, **new.data).find("Circular textiles") == "circular-textile"
