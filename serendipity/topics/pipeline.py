"""Build the topic extractor: a blank spaCy pipeline of our own components over the community's vocabulary."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serendipity.domain.model import Mention, Stance, Understanding
from serendipity.topics.ranker import Judgement, Statistics, statistics_of
from serendipity.topics.ranking import Candidate, candidates
from serendipity.topics.reading import Reading
from serendipity.topics.scrub import LONGEST_READ, Scrubbed, scrub
from serendipity.topics.vocabulary import Vocabulary

if TYPE_CHECKING:
    from spacy.language import Language

PIPELINE_VERSION = 2
MOST_MENTIONS = 8
_LONGEST_FIELD = 10_000  # characters: the longest field of what members write
_OVERLAP = 100  # characters, so that a phrase across a cut is read whole
_AT_A_TIME = 256  # texts read before others get their turn
_REMEMBERED = 2_048
_LEAST = 0.001  # no mention weighs nothing


def build_extractor(
    vocabulary: Vocabulary,
    *,
    languages: tuple[str, ...] = ("en", "nl"),
    models: Sequence[str] = (),
    limit: int = 5,
) -> "Extractor":
    """Return an extractor over a vocabulary for a community's languages; `limit` topics a text at most.

    `models`: full spaCy models, by name or folder; each tells the words of its language apart. Raises
    MisconfiguredSetting for one that is not installed.

    spaCy is imported here, so that whoever does not read texts does not wait for it (about two seconds).
    """
    import spacy

    from serendipity.topics import components  # noqa: F401  (registers the factories)

    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "serendipity.words.v1"}}})
    nlp.add_pipe("community_language", config={"languages": list(languages)})
    nlp.add_pipe("stances")
    if models:
        nlp.add_pipe("grammar", config={"models": list(models)})
    nlp.add_pipe("vocabulary_phrases")
    nlp.add_pipe("proposals", config={"languages": list(languages)})
    nlp.add_pipe("personal")
    nlp.add_pipe("ranking", config={"topics": limit, "mentions": MOST_MENTIONS})
    extractor = Extractor(nlp, languages)
    extractor.refresh(vocabulary)
    return extractor


class Extractor:
    """Makes understandings; safe from several threads, which take turns behind one lock."""

    def __init__(self, nlp: "Language", languages: Iterable[str]) -> None:
        self._nlp = nlp
        tokenizer: Any = nlp.tokenizer
        self._read_words: Callable[[str], Reading] = tokenizer.read
        self._steps: list[Any] = [component for _, component in nlp.pipeline]  # what nlp(text) goes through
        self._languages = "+".join(languages)
        self._lock = threading.Lock()
        self._remembered: OrderedDict[bytes, Understanding] = OrderedDict()
        self._version = self._judged_by = ""
        self._sensitive: set[str] = set()
        self._models = "".join(f"+{name}" for name in _models_of(nlp))

    @property
    def version(self) -> str:
        """Name the pipeline, its languages, the position of its vocabulary, and what it judges by."""
        return self._version + self._judged_by

    @property
    def steps(self) -> list[str]:
        """Name the pipeline's components in order."""
        return list(self._nlp.pipe_names)

    def to_disk(self, folder: Path) -> None:
        """Write the pipeline down, for `spacy.load`: components, settings and phrases."""
        with self._lock:
            self._nlp.to_disk(folder)

    def refresh(self, vocabulary: Vocabulary) -> int:
        """Take over a vocabulary's changes, at the cost of what changed; return the number of phrases changed."""
        with self._lock:
            phrases: Any = self._nlp.get_pipe("vocabulary_phrases")
            personal: Any = self._nlp.get_pipe("personal")
            ranking: Any = self._nlp.get_pipe("ranking")
            changed: int = phrases.learn(vocabulary.phrases())
            personal.learn(vocabulary.phrases())
            self._sensitive = {id for id in vocabulary.phrases().values() if vocabulary.is_sensitive(id)}
            ranking.keep(self._sensitive)
            self._version = f"{PIPELINE_VERSION}:{self._languages}{self._models}:{vocabulary.version}"
            self._remembered.clear()
            return changed

    def judge_by(self, judgement: Judgement, *, name: str = "given") -> None:
        """Judge what is found by this from now on; `name` tells it apart in the version."""
        with self._lock:
            ranking: Any = self._nlp.get_pipe("ranking")
            ranking.judge_by(judgement)
            self._judged_by = f":{name}"
            self._remembered.clear()

    def candidates(self, text: str) -> list[Candidate]:
        """Return all that may be kept of a text, before any of it is weighed."""
        with self._lock:
            reading = self._read_words(scrub(text).text)
            for step in self._steps[:-1]:
                step.mark(reading)
            return candidates(reading)

    def count(self, texts: Iterable[str]) -> Statistics:
        """Return the statistics of texts: how many of them propose each phrase, all proposals counted."""
        return statistics_of(
            {one.phrase: one.ends for one in self.candidates(text) if one.topic is None} for text in texts
        )

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Read one text; `stance` is that of what names no other. Offsets are those of the text given."""
        with self._lock:
            return self._recall(text, stance)

    def understand_many(self, texts: Sequence[str], *, stance: Stance = Stance.INTEREST) -> list[Understanding]:
        """Read many texts, in order; the lock is taken for a few hundred at a time, so that others get their turn."""
        made: list[Understanding] = []
        for start in range(0, len(texts), _AT_A_TIME):
            with self._lock:
                made += [self._recall(text, stance) for text in texts[start : start + _AT_A_TIME]]
        return made

    def _recall(self, text: str, stance: Stance) -> Understanding:
        key = blake2b(f"{stance}\n{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._remembered.get(key)
        if known is not None:
            self._remembered.move_to_end(key)
            return known
        made = self._remembered[key] = self._read(text, stance)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return made

    def _read(self, text: str, stance: Stance) -> Understanding:
        made = self._read_part(text, stance)
        if len(text) <= LONGEST_READ:
            return made
        known = {one.topic for one in made.mentions}
        later = {one.topic: one for one in self._sensitive_later(text, stance) if one.topic not in known}
        return replace(made, mentions=(*made.mentions, *later.values()))

    def _sensitive_later(self, text: str, stance: Stance) -> Iterator[Mention]:
        """Yield what is sensitive beyond what is read for topics: the whole text is shown, so it counts for that."""
        step = LONGEST_READ - _OVERLAP
        for start in range(step, min(len(text), _LONGEST_FIELD), step):
            for one in self._read_part(text[start : start + LONGEST_READ], stance).mentions:
                if one.topic in self._sensitive:
                    yield one._replace(start=one.start + start, end=one.end + start)

    def _read_part(self, text: str, stance: Stance) -> Understanding:
        scrubbed = scrub(text)
        reading = self._read_words(scrubbed.text)
        reading.stance = stance
        for step in self._steps:
            step.mark(reading)
        return Understanding(mentions=_mentions(reading, scrubbed), language=reading.language, extractor=self.version)


def _models_of(nlp: "Language") -> list[str]:
    """Return the full models of a pipeline, without their folders."""
    if "grammar" not in nlp.pipe_names:
        return []
    return [Path(name).name for name in nlp.get_pipe_config("grammar")["models"]]


def _mentions(reading: Reading, scrubbed: Scrubbed) -> tuple[Mention, ...]:
    """Return what was found as mentions, in the offsets of the text given."""
    found, made = (*reading.topics, *reading.proposals), []
    starts = reading.starts(max([one.end for one in found], default=0))
    tokens, denied, stances, origins = reading.tokens, reading.denied, reading.stances, scrubbed.origins
    for phrase, topic, first, end, weight in found:
        weight = round(weight, 3) if weight > _LEAST else _LEAST
        start, last = starts[first], starts[end - 1] + len(tokens[end - 1]) - 1
        if origins is not None:
            start, last = origins[start], origins[last]
        made.append(Mention(phrase, topic, -weight if denied[first] else weight, start, last + 1, stances[first]))
    return tuple(made)
