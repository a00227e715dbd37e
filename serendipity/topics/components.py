"""The spaCy components of the pipeline; importing this module registers their factories (and takes a second).

`nlp.pipe_names` tells the story: community_language, stances, vocabulary_phrases, proposals, ranking. Each extends
the `Reading` that the tokenizer leaves in `doc.user_data`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from serendipity.topics.language import LanguageVote
from serendipity.topics.proposals import ProposalChunker
from serendipity.topics.ranker import Ranker, Statistics
from serendipity.topics.ranking import judge, rank
from serendipity.topics.reading import READING, Found, Reading, read_words
from serendipity.topics.repair import Repairs
from serendipity.topics.stances import StanceReader
from serendipity.topics.words import common_anywhere

_UNKNOWN = "_"
_MOST_JUDGED = 4


class WordTokenizer:
    """Splits as `phrases.TOKEN` says, in time linear in the text.

    spaCy gets the words in normal form, and one word for all that no phrase holds: so its own store never grows.
    """

    def __init__(self, vocab: Vocab) -> None:
        """Leave out all attributes of words: nothing here reads them, and they cost half the time."""
        self.vocab = vocab
        self._known: set[str] = set()
        self._repairs = Repairs()
        lexicon: Any = vocab  # its typing hides the getters
        lexicon.lex_attr_getters = {}

    def __call__(self, text: str) -> Doc:
        """Return a document whose `user_data` holds the reading."""
        reading = read_words(text)
        reading.norms = self._repairs.repair_all(reading.norms)
        doc = Doc(self.vocab, words=[norm if norm in self._known else _UNKNOWN for norm in reading.norms])
        doc.user_data[READING] = reading
        return doc

    def learn(self, words: Iterable[str]) -> None:
        """Tell words of phrases apart from now on, and repair what is nearly one of them."""
        new = frozenset(words) - self._known
        self._repairs.learn(new)
        self._known |= new


def make_tokenizer() -> Callable[[Language], WordTokenizer]:
    """Return a maker of tokenizers, as spaCy's configuration wants it."""
    return lambda nlp: WordTokenizer(nlp.vocab)


registry.tokenizers.register("serendipity.words.v1", func=make_tokenizer)


class VocabularyPhrases:
    """Finds the vocabulary's phrases, the longest where they overlap."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._tokenizer: Any = nlp.tokenizer  # a WordTokenizer, as the configuration says
        self._matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
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
        self._tokenizer.learn(word for phrase in changed for word in phrase.split())
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


class Ranking:
    """Weighs what was found; proposals by the community's statistics, where it was given them."""

    def __init__(self, topics: int, mentions: int) -> None:
        self._topics, self._mentions = topics, mentions
        self._statistics: Statistics | None = None
        self._ranker = Ranker()

    def judge_by(self, statistics: Statistics, ranker: Ranker) -> None:
        """Judge proposals by these from now on."""
        self._statistics, self._ranker = statistics, ranker

    def __call__(self, doc: Doc) -> Doc:
        """Thin out the document's reading."""
        reading: Reading = doc.user_data[READING]
        found = reading.proposals
        rank(reading, topics=self._topics, mentions=self._mentions)
        if self._statistics is not None:
            reading.proposals = found
            room = min(_MOST_JUDGED, self._mentions - len(reading.topics))
            judge(reading, self._statistics, self._ranker, limit=room)
        return doc


@Language.factory("community_language", default_config={"languages": ["en"]})
def make_community_language(nlp: Language, name: str, languages: list[str]) -> Callable[[Doc], Doc]:
    """Make the component that tells the language."""
    vote = LanguageVote(languages)

    def mark(reading: Reading) -> None:
        reading.language = vote.tell(reading.words)

    return _step(mark)


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
def make_ranking(nlp: Language, name: str, topics: int, mentions: int) -> "Ranking":
    """Make the component that weighs what was found and keeps the best."""
    return Ranking(topics, mentions)


def _step(work: Callable[[Reading], None]) -> Callable[[Doc], Doc]:
    def component(doc: Doc) -> Doc:
        work(doc.user_data[READING])
        return doc

    return component
