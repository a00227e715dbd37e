"""Grammar from a full spaCy model, where one is installed: names of people, and words that are no nouns."""

from collections.abc import Iterable

import spacy
from spacy.language import Language

from serendipity.domain.errors import MisconfiguredSetting
from serendipity.topics.reading import Reading, Step

_PEOPLE = frozenset({"PERSON", "PER"})
# A topic is made of nouns, names and adjectives; "" is what a model without a tagger says of every word.
_IN_TOPICS = frozenset({"", "NOUN", "PROPN", "ADJ", "NUM", "SYM", "X"})


class Grammar(Step):
    """Keeps people and words that are no part of topics out of proposals; the vocabulary's phrases are found anyway."""

    def __init__(self, models: Iterable[str]) -> None:
        """`models`: names or folders, one a language. Raises MisconfiguredSetting where one is missing."""
        loaded = map(_load, models)
        self._models = {str(model.lang): model for model in loaded}

    def mark(self, reading: Reading) -> None:
        """Bar words, where there is a model of the reading's language."""
        model = self._models.get(reading.language)
        if model is not None:
            with model.memory_zone():
                barred = [(t.idx, t.idx + len(t)) for t in model(reading.text) if not _may_stand(t.pos_, t.ent_type_)]
            _bar(reading, barred)


def _load(name: str) -> Language:
    try:
        return spacy.load(name)
    except OSError as error:
        raise MisconfiguredSetting(f"There is no spaCy model {name!r}; install it, or name its folder.") from error


def _may_stand(part_of_speech: str, entity: str) -> bool:
    return part_of_speech in _IN_TOPICS and entity not in _PEOPLE


def _bar(reading: Reading, spans: list[tuple[int, int]]) -> None:
    """Take the words that overlap a span of the text out of proposals."""
    able = list(reading.able)
    for place, start in enumerate(reading.starts(len(able)) if spans else ()):
        end = start + len(reading.tokens[place])
        if any(first < end and start < last for first, last in spans):
            able[place] = False
    reading.able = able
