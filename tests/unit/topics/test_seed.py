"""The seed vocabulary is big, consistent, bilingual and careful."""

from dataclasses import replace

import pytest

from serendipity.domain.model import NewRecord, RecordKind
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.seed import SOURCE, seed_records
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import NOW, record, seeded, tell, vocabulary_of


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


def earlier(seed: list[NewRecord]) -> Vocabulary:
    """Return the vocabulary of a release whose seed had neither "chemo" nor a topic "Job Loss"."""
    vocabulary = Vocabulary()
    for new in seed:
        if new.id != "job-loss":
            aliases = [alias for alias in new.data["aliases"] if alias != "chemo"]
            tell(vocabulary, new.kind, **{**new.data, "aliases": aliases})
    return vocabulary


def upgraded(vocabulary: Vocabulary) -> list[NewRecord]:
    """Apply what the seed has new for a vocabulary, and return it."""
    new = seed_records(NOW, vocabulary=vocabulary)
    for each in new:
        vocabulary.apply(replace(record(vocabulary.version + 1, each.kind, **each.data), source=SOURCE))
    return new


def test_an_upgrade_brings_new_topics_and_new_phrases_once() -> None:
    """A topic that is known keeps its id and gets the phrases; asked again, there is nothing new."""
    vocabulary = earlier(seed_records(NOW))
    before = {topic.id for topic in vocabulary.topics()}

    new = upgraded(vocabulary)

    assert len(new) == 2
    assert {topic.id for topic in vocabulary.topics()} == before | {"job-loss"}
    assert (vocabulary.find("chemo"), vocabulary.find("lost my job")) == ("cancer", "job-loss")
    assert upgraded(vocabulary) == []


def test_an_upgrade_leaves_what_managers_decided() -> None:
    """What was retracted or blocked stays away, what was merged hands its phrases on, an open topic stays as it is."""
    vocabulary = earlier(seed_records(NOW))
    tell(vocabulary, RecordKind.TOPIC_RENAMED, topic="cancer", label="Cancer and after")
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="cancer", into="health")
    tell(vocabulary, RecordKind.TOPIC_ADDED, topic="job-loss", label="Job Loss", origin="curation")
    tell(vocabulary, RecordKind.TOPIC_RETRACTED, topic="diabetes")
    tell(vocabulary, RecordKind.PHRASE_BLOCKED, phrase="gay")

    upgraded(vocabulary)

    assert vocabulary.find("chemo") == "health"
    assert (vocabulary.find("job loss"), vocabulary.find("lost my job")) == ("job-loss", None)
    assert (vocabulary.find("diabetes"), vocabulary.find("gay")) == (None, None)
    assert upgraded(vocabulary) == []


def test_new_phrases_that_a_manager_undid_do_not_come_back() -> None:
    """The record that gave them is undone, and no later start gives them again."""
    vocabulary = earlier(seed_records(NOW))
    upgraded(vocabulary)
    given = vocabulary.history()[-1]

    tell(vocabulary, RecordKind.CURATION_UNDONE, record=given.position)

    assert vocabulary.find("chemo") is None
    assert upgraded(vocabulary) == []


@pytest.mark.parametrize("phrase", ["chemo", "job loss"])
def test_what_use_made_a_topic_becomes_sensitive_with_the_seed(phrase: str) -> None:
    """Enough members said it, so it was matched on; once a manager says that it is not sensitive, it stays open."""
    vocabulary = earlier(seed_records(NOW))
    id = topic_id(phrase)
    tell(vocabulary, RecordKind.TOPIC_ADDED, topic=id, label=phrase, origin="promotion")

    upgraded(vocabulary)

    assert vocabulary.find(phrase) == id
    assert vocabulary.is_sensitive(id)
    tell(vocabulary, RecordKind.TOPIC_FLAGGED, topic=id, sensitive=False)
    assert upgraded(vocabulary) == []


def test_dutch_labels_belong_to_topics_of_the_seed_and_mean_no_other() -> None:
    """A mail in Dutch calls a topic by a Dutch word, and where that word is understood it means the topic."""
    vocabulary = seeded()
    dutch = {topic.id: topic.called("nl") for topic in vocabulary.topics() if topic.labels}

    assert len(dutch) > 200
    assert dutch[vocabulary.find("taxes") or ""] == "belastingen"
    assert all(vocabulary.find(label) in (id, None) for id, label in dutch.items())
