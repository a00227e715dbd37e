"""The seed vocabulary is big, consistent, bilingual and careful."""

import pytest

from serendipity.topics.phrases import normalise
from serendipity.topics.seed import seed_records
from tests.unit.topics.history import NOW, seeded, vocabulary_of


def test_there_are_enough_topics_and_every_parent_comes_before_its_children() -> None:
    """At least 320, in an order that a reader can follow."""
    records = seed_records(NOW)
    seen: set[str | None] = {None}
    for new in records:
        assert new.data["parent"] in seen
        seen.add(new.data["topic"])

    assert len(records) >= 320
    assert len({new.id for new in records}) == len(records)


def test_no_phrase_belongs_to_two_topics() -> None:
    """Each phrase stands for one topic."""
    owners: dict[str, str] = {}
    for new in seed_records(NOW):
        for phrase in (new.data["label"], *new.data["aliases"]):
            assert owners.setdefault(normalise(phrase), new.id) == new.id, phrase


@pytest.mark.parametrize(
    ("phrase", "topic"),
    [
        ("Big Data", "big-data"),
        ("Marketing", "marketing"),
        ("Marketing Automation", "marketing-automation"),
        ("subsidieaanvraag", "subsidy"),
        ("boekhouding", "accounting"),
        ("vertaler", "translation"),
        ("zonnepanelen", "solar-energy"),
        ("grafische vormgeving", "graphic-design"),
        ("taalmodellen", "language-model"),
        ("erfgoed", "heritage"),
    ],
)
def test_dutch_and_english_lead_to_the_same_topic(phrase: str, topic: str) -> None:
    """The aliases of the seed are bilingual."""
    assert seeded().find(phrase) == topic


@pytest.mark.parametrize(
    "phrase",
    [
        *("depressie", "burn-out", "vakbond", "trade union", "moslim", "church community", "gay", "transgender"),
        *("politieke partij", "verslaving", "alcoholism", "diabetes", "etnische minderheden", "zwanger", "strafblad"),
    ],
)
def test_what_is_nobodys_business_is_flagged(phrase: str) -> None:
    """Health, belief, union, sexuality, politics, ethnicity, addiction start as sensitive."""
    vocabulary = seeded()
    topic = vocabulary.find(phrase)

    assert topic is not None
    assert vocabulary.is_sensitive(topic)


@pytest.mark.parametrize("phrase", ["marketing", "healthcare technology", "yoga", "schools", "web development"])
def test_ordinary_topics_are_not_flagged(phrase: str) -> None:
    """What people work on in the open stays open."""
    vocabulary = seeded()
    topic = vocabulary.find(phrase)

    assert topic is not None
    assert not vocabulary.is_sensitive(topic)


def test_only_what_a_community_never_heard_of_is_seeded_again() -> None:
    """A start-up that was cut short goes on where it was."""
    assert seed_records(NOW, vocabulary=seeded()) == []
    assert len(seed_records(NOW, vocabulary=vocabulary_of("Big Data"))) == len(seed_records(NOW)) - 1


def test_dutch_labels_belong_to_topics_of_the_seed_and_mean_no_other() -> None:
    """A mail in Dutch calls a topic by a Dutch word, and where that word is understood it means the topic."""
    vocabulary = seeded()
    dutch = {topic.id: topic.called("nl") for topic in vocabulary.topics() if topic.labels}

    assert len(dutch) > 200
    assert dutch[vocabulary.find("taxes") or ""] == "belastingen"
    assert all(vocabulary.find(label) in (id, None) for id, label in dutch.items())
