"""The vocabulary is a fold: merges are followed, aliases count for the past, cycles change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import Mention, NewRecord, RecordKind
from serendipity.topics.decisions import check
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import NOW, record, tell, vocabulary_of


def test_a_phrase_stands_for_its_topic_in_any_spelling() -> None:
    """Case, hyphen, plural and accents make no difference."""
    vocabulary = vocabulary_of("Big Data", "E-mail campaigns", "Café")

    assert vocabulary.find("big-data") == "big-data"
    assert vocabulary.find("Email campaign") == vocabulary.find("e-mail campaigns") is not None
    assert vocabulary.find("cafés") == "cafe"


def test_a_proposal_counts_once_it_is_promoted() -> None:
    """What was said before the promotion resolves after it."""
    mention = Mention(phrase="circular textile")
    vocabulary = vocabulary_of("Big Data")
    assert vocabulary.resolve(mention) is None

    tell(vocabulary, RecordKind.TOPIC_ADDED, topic="circular-textile", label="circular textile")

    assert vocabulary.resolve(mention) == "circular-textile"


def test_merges_are_followed_to_the_end() -> None:
    """A chain of merges resolves to its last topic, by phrase and by the id noted at the time."""
    vocabulary = vocabulary_of("React", "ReactJS framework", "Frontend")
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="reactjs-framework", into="react")
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="react", into="frontend")

    assert vocabulary.resolve(Mention(phrase="reactjs framework", topic="reactjs-framework")) == "frontend"
    assert vocabulary.resolve(Mention(phrase="forgotten", topic="react")) == "frontend"
    topic = vocabulary.topic("react")
    assert topic is not None
    assert set(topic.aliases) == {"React", "ReactJS framework"}


def test_merging_in_a_circle_changes_nothing_and_is_refused_beforehand() -> None:
    """The fold gets through, and the check says no."""
    vocabulary = vocabulary_of("A1", "B1")
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="a1", into="b1")
    back = NewRecord(kind=RecordKind.TOPIC_MERGED, source="t", id="x", at=NOW, data={"topic": "b1", "into": "a1"})

    with pytest.raises(Conflict):
        check(back, vocabulary)
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="b1", into="a1")

    assert vocabulary.find("a1") == vocabulary.find("b1") == "b1"


def test_a_parent_below_its_own_child_is_refused() -> None:
    """Narrower-than has no circles."""
    vocabulary = vocabulary_of("Food", "Wine")
    tell(vocabulary, RecordKind.TOPIC_PARENTED, topic="wine", parent="food")
    circle = NewRecord(
        kind=RecordKind.TOPIC_PARENTED, source="t", id="x", at=NOW, data={"topic": "food", "parent": "wine"}
    )

    with pytest.raises(Conflict):
        check(circle, vocabulary)
    tell(vocabulary, RecordKind.TOPIC_PARENTED, topic="food", parent="wine")

    food, wine = vocabulary.topic("food"), vocabulary.topic("wine")
    assert food is not None
    assert food.parent is None
    assert wine is not None
    assert wine.parent == "food"


def test_an_unknown_topic_is_named_by_the_check() -> None:
    """A command on a topic that is not there says so."""
    new = NewRecord(kind=RecordKind.TOPIC_RENAMED, source="t", id="x", at=NOW, data={"topic": "nope", "label": "X1"})

    with pytest.raises(InvalidInput, match="nope"):
        check(new, Vocabulary())


def test_a_blocked_phrase_resolves_to_nothing_until_it_is_allowed_again() -> None:
    """Blocking hides a phrase, also where a topic was noted."""
    vocabulary = vocabulary_of("Gossip")
    mention = Mention(phrase="gossip", topic="gossip")

    tell(vocabulary, RecordKind.PHRASE_BLOCKED, phrase="Gossip", blocked=True)
    assert vocabulary.is_blocked("gossip")
    assert vocabulary.resolve(mention) is None
    assert "gossip" not in vocabulary.phrases()

    tell(vocabulary, RecordKind.PHRASE_BLOCKED, phrase="gossip", blocked=False)
    assert vocabulary.resolve(mention) == "gossip"


def test_a_retracted_topic_is_a_proposal_again() -> None:
    """Undoing a promotion takes the topic and its phrases back, and remembers it."""
    vocabulary = vocabulary_of("coffee corner")
    tell(vocabulary, RecordKind.TOPIC_RETRACTED, topic="coffee-corner")

    assert vocabulary.resolve(Mention(phrase="coffee corner", topic="coffee-corner")) is None
    assert vocabulary.topic("coffee-corner") is None
    assert vocabulary.was_retracted("coffee corner")
    assert not vocabulary.is_known("coffee corner")


def test_an_alias_given_by_hand_wins_over_a_label() -> None:
    """A manager's word about a phrase is the last one."""
    vocabulary = vocabulary_of("Language Technology", "nlp")
    tell(vocabulary, RecordKind.TOPIC_ALIASED, topic="language-technology", phrase="NLP")

    assert vocabulary.resolve(Mention(phrase="nlp", topic="nlp")) == "language-technology"


def test_a_renamed_topic_keeps_its_id_and_its_old_name() -> None:
    """The old label goes on as an alias."""
    vocabulary = vocabulary_of("ML")
    tell(vocabulary, RecordKind.TOPIC_RENAMED, topic="ml", label="Machine Learning")

    topic = vocabulary.topic("ml")
    assert topic is not None
    assert topic.label == "Machine Learning"
    assert topic.aliases == ("ML",)
    assert vocabulary.find("machine learning") == vocabulary.find("ml") == "ml"


def test_sensitivity_is_inherited_and_survives_a_merge() -> None:
    """What is narrower than a sensitive topic is sensitive, and what takes one in becomes so."""
    vocabulary = vocabulary_of("Health", "Diabetes", "Insulin", "Sports")
    tell(vocabulary, RecordKind.TOPIC_FLAGGED, topic="health", sensitive=True)
    tell(vocabulary, RecordKind.TOPIC_PARENTED, topic="diabetes", parent="health")
    tell(vocabulary, RecordKind.TOPIC_PARENTED, topic="insulin", parent="diabetes")
    assert vocabulary.is_sensitive("insulin")
    assert not vocabulary.is_sensitive("sports")

    tell(vocabulary, RecordKind.TOPIC_PARENTED, topic="diabetes", parent=None)
    assert not vocabulary.is_sensitive("insulin")

    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="health", into="sports")
    assert vocabulary.is_sensitive("sports")


def test_a_search_finds_topics_by_the_beginning_of_any_phrase() -> None:
    """Each topic comes once."""
    vocabulary = vocabulary_of("Marketing", "Marketing Automation", "Big Data")
    tell(vocabulary, RecordKind.TOPIC_ALIASED, topic="big-data", phrase="market data")

    assert [topic.id for topic in vocabulary.search("Mark")] == ["big-data", "marketing", "marketing-automation"]


def test_a_record_applied_twice_counts_once() -> None:
    """Reading the same position again changes nothing."""
    vocabulary = vocabulary_of("Big Data")
    again = record(1, RecordKind.TOPIC_ADDED, topic="other", label="Other thing")

    vocabulary.apply(again)

    assert vocabulary.version == 1
    assert not vocabulary.is_known("other thing")


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_resolving_follows_any_history_of_merges(merges: list[tuple[int, int]]) -> None:
    """Whatever is merged into whatever, a phrase resolves to the live topic of its group."""
    labels = [f"topic {letter * 2}" for letter in "abcdefgh"]
    vocabulary = vocabulary_of(*labels)
    group = {topic_id(label): topic_id(label) for label in labels}
    for one, other in merges:
        gone, kept = group[topic_id(labels[one])], group[topic_id(labels[other])]
        group = {id: kept if root == gone else root for id, root in group.items()}
        tell(vocabulary, RecordKind.TOPIC_MERGED, topic=topic_id(labels[one]), into=topic_id(labels[other]))

    for label in labels:
        assert vocabulary.resolve(Mention(phrase=normalise(label))) == group[topic_id(label)]
    assert {topic.id for topic in vocabulary.topics()} == set(group.values())


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The normal form is normal."""
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "word", ["marketing", "testing", "garden", "analytics", "news", "kubernetes", "series", "physics", "business"]
)
def test_words_that_are_no_plurals_stay(word: str) -> None:
    """Marketing is no market."""
    assert normalise(word) == word
