"""The spaCy components of the pipeline; importing this module registers their factories (and takes a second).

`nlp.pipe_names` tells the story: community_language, stances, vocabulary_phrases, proposals, ranking. Each extends
the `Reading` that the tokenizer leaves in `doc.user_data`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from serendipity.topics.phrases import normalise_word
from serendipity.topics.proposals import ProposalChunker
from serendipity.topics.ranking import rank
from serendipity.topics.reading import READING, Found, Reading, read_words
from serendipity.topics.stances import StanceReader
from serendipity.topics.words import WRITTEN, common_anywhere, glue_words


class WordTokenizer:
    """Splits as `phrases.TOKEN` says, in time linear in the text, with normal forms as NORM."""

    def __init__(self, vocab: Vocab) -> None:
        """Give the vocabulary our normal forms, and only them: other attributes of words cost half the time."""
        self.vocab = vocab
        lexicon: Any = vocab  # its typing hides the getters
        lexicon.lex_attr_getters = {vocab.strings["NORM"]: lambda word: normalise_word(word) or word}

    def __call__(self, text: str) -> Doc:
        """Return a document whose `user_data` holds the reading."""
        reading = read_words(text)
        doc = Doc(self.vocab, words=reading.tokens)
        doc.user_data[READING] = reading
        return doc


def make_tokenizer() -> Callable[[Language], WordTokenizer]:
    """Return a maker of tokenizers, as spaCy's configuration wants it."""
    return lambda nlp: WordTokenizer(nlp.vocab)


registry.tokenizers.register("serendipity.words.v1", func=make_tokenizer)


class CommunityLanguage:
    """Tells which of the community's languages a text is in: by joining words, else by its letters (py3langid)."""

    def __init__(self, languages: list[str]) -> None:
        self._languages = languages
        self._identifier: Any = None
        self._words = {language: glue_words(language) for language in languages}
        if len(languages) > 1:
            self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
            self._identifier.set_languages(languages)

    def __call__(self, doc: Doc) -> Doc:
        """Extend the document's reading."""
        reading: Reading = doc.user_data[READING]
        reading.language = self._tell(reading)
        return doc

    def _tell(self, reading: Reading) -> str:
        if self._identifier is None:
            return self._languages[0]
        if all(language in WRITTEN for language in self._languages):
            words = set(reading.words)
            counts = [len(words & self._words[language]) for language in self._languages]
            most = max(counts)
            if most and counts.count(most) == 1:
                return self._languages[counts.index(most)]
        language: str = self._identifier.classify(" ".join(reading.words))[0]
        return language


class VocabularyPhrases:
    """Finds the vocabulary's phrases, the longest where they overlap."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        self._topics: dict[str, str] = {}
        self._known: dict[int, tuple[str, str, float]] = {}
        self._common = common_anywhere()

    def learn(self, phrases: Mapping[str, str]) -> int:
        """Take the vocabulary as it is now ({phrase in normal form: topic}) and return how many phrases changed."""
        gone = [phrase for phrase in self._topics if phrase not in phrases]
        changed = [phrase for phrase, topic in phrases.items() if self._topics.get(phrase) != topic]
        for phrase in gone:
            self._matcher.remove(phrase)
            del self._known[self._nlp.vocab.strings[phrase]]
        for phrase in changed:
            if phrase not in self._topics:
                self._matcher.add(phrase, [self._nlp.make_doc(phrase)])
            key: int = self._nlp.vocab.strings[phrase]
            self._known[key] = (phrase, phrases[phrase], 0.6 if phrase in self._common else 1.0)
        self._topics = dict(phrases)
        return len(gone) + len(changed)

    def __call__(self, doc: Doc) -> Doc:
        """Extend the document's reading."""
        reading: Reading = doc.user_data[READING]
        matches = sorted((start - end, start, end, key) for key, start, end in self._matcher(doc))
        taken = bytearray(len(reading.words))
        for _, start, end, key in matches:
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                phrase, topic, weight = self._known[key]
                reading.topics.append(Found(phrase, topic, start, end, weight))
        return doc


@Language.factory("community_language", default_config={"languages": ["en"]})
def make_community_language(nlp: Language, name: str, languages: list[str]) -> CommunityLanguage:
    """Make the component that tells the language."""
    return CommunityLanguage(languages)


@Language.factory("vocabulary_phrases")
def make_vocabulary_phrases(nlp: Language, name: str) -> VocabularyPhrases:
    """Make the component that finds topics."""
    return VocabularyPhrases(nlp)


@Language.factory("stances")
def make_stances(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Make the component that finds seeks, offers and denials."""
    reader = StanceReader()
    return _step(reader.mark)


@Language.factory("proposals", default_config={"languages": ["en"]})
def make_proposals(nlp: Language, name: str, languages: list[str]) -> Callable[[Doc], Doc]:
    """Make the component that chunks proposals."""
    chunker = ProposalChunker(languages)
    return _step(chunker.chunk)


@Language.factory("ranking", default_config={"topics": 5, "mentions": 8})
def make_ranking(nlp: Language, name: str, topics: int, mentions: int) -> Callable[[Doc], Doc]:
    """Make the component that weighs what was found and keeps the best."""
    return _step(lambda reading: rank(reading, topics=topics, mentions=mentions))


def _step(work: Callable[[Reading], None]) -> Callable[[Doc], Doc]:
    def component(doc: Doc) -> Doc:
        work(doc.user_data[READING])
        return doc

    return component
