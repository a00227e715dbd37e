"""What members tell of themselves is sensitive, in either language, and the same words at work are not."""

from pathlib import Path

import pytest

from serendipity.domain.model import RecordKind
from serendipity.topics.pipeline import Extractor, build_extractor
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import seeded, tell
from tests.unit.topics.personal_sentences import PERSONAL_EN, PERSONAL_NL, WORK_EN, WORK_NL


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """Return the vocabulary that a community starts with."""
    return seeded()


@pytest.fixture(scope="module")
def extractor(vocabulary: Vocabulary) -> Extractor:
    """Return an extractor over it."""
    return build_extractor(vocabulary)


def topics_of(extractor: Extractor, vocabulary: Vocabulary, text: str) -> dict[str, bool]:
    """Return the topics of a text, each with whether it is sensitive."""
    found = {vocabulary.resolve(mention) for mention in extractor.understand(text).mentions}
    return {topic: vocabulary.is_sensitive(topic) for topic in found if topic}


@pytest.mark.parametrize("text", [*PERSONAL_EN, *PERSONAL_NL])
def test_what_is_said_of_a_person_is_sensitive(extractor: Extractor, vocabulary: Vocabulary, text: str) -> None:
    """Whether a noun, a verb or an adjective says it."""
    assert any(topics_of(extractor, vocabulary, text).values())


@pytest.mark.parametrize("text", [*WORK_EN, *WORK_NL])
def test_the_same_words_at_work_are_not(extractor: Extractor, vocabulary: Vocabulary, text: str) -> None:
    """A founder in health care is read like any other."""
    assert not any(topics_of(extractor, vocabulary, text).values())


def test_a_field_of_work_is_a_topic_of_its_own(extractor: Extractor, vocabulary: Vocabulary) -> None:
    """So that such a founder finds others; a cue before it makes it personal again."""
    assert topics_of(extractor, vocabulary, "cancer screening in Ghent") == {"healthcare": False}
    assert topics_of(extractor, vocabulary, "my cancer treatment in Ghent") == {"cancer": True}


def test_a_sensitive_topic_is_kept_whatever_else_a_text_names(extractor: Extractor, vocabulary: Vocabulary) -> None:
    """Else a text of six topics would be open to all."""
    text = "React, Vue, Angular, Python, Java, Rust, Kubernetes, and back after a burnout"

    assert topics_of(extractor, vocabulary, text)["burnout"]
    assert len(extractor.understand(text).mentions) <= 8


def test_the_end_of_a_long_text_counts(extractor: Extractor, vocabulary: Vocabulary) -> None:
    """Topics are read from its beginning only, and all of it may be shown."""
    text = "We write about typography and letters. " * 40 + "I lost my job. " + "More about letters. " * 10
    [told] = [one for one in extractor.understand(text).mentions if vocabulary.resolve(one) == "job-loss"]

    assert text[told.start : told.end] == "lost my job"


def test_the_topics_are_those_that_managers_made_of_them() -> None:
    """A merged one is followed, and one that was retracted is not told."""
    vocabulary = seeded()
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="neurological-condition", into="health")
    tell(vocabulary, RecordKind.TOPIC_RETRACTED, topic="job-loss")
    extractor = build_extractor(vocabulary)

    assert topics_of(extractor, vocabulary, "I have MS") == {"health": True}
    assert topics_of(extractor, vocabulary, "I was fired") == {}


def test_what_was_understood_follows_a_later_merge() -> None:
    """Its phrase is the topic's label, which the vocabulary knows."""
    vocabulary = seeded()
    understanding = build_extractor(vocabulary).understand("I have MS")
    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="neurological-condition", into="health")

    assert [vocabulary.resolve(mention) for mention in understanding.mentions] == ["health"]


def test_a_pipeline_on_disk_reads_as_the_one_it_was_written_by(extractor: Extractor, tmp_path: Path) -> None:
    """With the topics that personal words stand for, and those that are always kept."""
    import spacy

    extractor.to_disk(tmp_path)
    loaded = Extractor(spacy.load(tmp_path), ("en", "nl"))

    for text in ("I have MS", "React, Vue, Angular, Python, Java, Rust and my burnout"):
        assert loaded.understand(text).mentions == extractor.understand(text).mentions
