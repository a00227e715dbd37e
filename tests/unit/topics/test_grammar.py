"""A full spaCy model is used where one is installed, and the whole pipeline can be written to disk and read again."""

from pathlib import Path

import pytest
import spacy

from serendipity.domain.errors import MisconfiguredSetting
from serendipity.topics.pipeline import Extractor, build_extractor
from tests.unit.topics.history import vocabulary_of


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a tiny English model that knows one person and one verb."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Zorba Quimby"}])  # type: ignore[attr-defined]
    tagger = nlp.add_pipe("attribute_ruler")
    tagger.add([[{"LOWER": "glorping"}]], {"POS": "VERB"})  # type: ignore[attr-defined]
    nlp.to_disk(folder)
    return str(folder)


def phrases(extractor: Extractor, text: str) -> set[str]:
    """Return what is found."""
    return {mention.phrase for mention in extractor.understand(text).mentions}


def test_a_name_and_a_verb_that_the_model_knows_are_no_part_of_proposals(model: str) -> None:
    """What it says nothing of is proposed as before, and the vocabulary is found whatever it says."""
    text = "glorping medieval looms with Zorba Quimby and pottery"
    without = build_extractor(vocabulary_of("Pottery", "Glorping"))
    extractor = build_extractor(vocabulary_of("Pottery", "Glorping"), models=[model])

    assert {"zorba quimby", "medieval loom", "pottery", "glorping"} <= phrases(without, text)
    assert {"medieval loom", "pottery", "glorping"} <= phrases(extractor, text)
    assert not [phrase for phrase in phrases(extractor, text) if "quimby" in phrase or "zorba" in phrase]
    assert "glorping" not in phrases(build_extractor(vocabulary_of("Pottery"), models=[model]), text)


def test_the_model_of_one_language_does_not_read_another(model: str) -> None:
    """A Dutch text is read without the English model."""
    extractor = build_extractor(vocabulary_of("Pottery"), models=[model])

    assert "zorba quimby" in phrases(extractor, "ik ben bezig met Zorba Quimby en het weven van wol")


def test_the_model_is_a_step_of_the_story_and_part_of_the_version(model: str) -> None:
    """What was read without it is not taken for what was read with it."""
    extractor = build_extractor(vocabulary_of("Pottery"), models=[model])

    assert "grammar" in extractor.steps
    assert "+tiny" in extractor.version
    assert "+" not in build_extractor(vocabulary_of("Pottery"), languages=("en",)).version


def test_a_model_that_is_not_there_is_named() -> None:
    """With what to do about it."""
    with pytest.raises(MisconfiguredSetting, match="no_such_model"):
        build_extractor(vocabulary_of(), models=["no_such_model"])


def test_the_pipeline_written_to_disk_reads_the_same(model: str, tmp_path: Path) -> None:
    """Components, their settings and the vocabulary's phrases survive; so does the order."""
    extractor = build_extractor(vocabulary_of("Pottery", "Machine learning"), models=[model], limit=1)
    extractor.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")

    assert again.pipe_names == extractor.steps
    assert again.get_pipe_config("ranking")["topics"] == 1
    text = "no machnie learning, pottery with Zorba Quimby"
    read_again = Extractor(again, ("en", "nl")).understand(text)
    assert read_again.mentions == extractor.understand(text).mentions
