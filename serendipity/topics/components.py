"""The spaCy components of the pipeline; importing this module registers their factories (and takes a second).

`nlp.pipe_names` tells the story: community_language, stances, vocabulary_phrases, proposals, ranking. Each extends
the `Reading` that the tokenizer leaves in `doc.user_data`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import DummyTokenizer, registry
from spacy.vocab import Vocab

from serendipity.topics.grammar import Grammar
from serendipity.topics.language import LanguageVote
from serendipity.topics.phrases import TOKEN
from serendipity.topics.proposals import ProposalChunker
from serendipity.topics.ranker import Judgement
from serendipity.topics.ranking import judge, rank, strike_out
from serendipity.topics.reading import READING, Form, Found, Reading, form_of, read_words
from serendipity.topics.repair import Repairs
from serendipity.topics.stances import StanceReader
from serendipity.topics.words import common_anywhere

PLACES = "serendipity.places"
_GAP = "_"
_AT_AN_END = frozenset(".,:;?!)")
_PHRASES = "phrases.json"
_by_start = attrgetter("start")
_Known = tuple[str, str, float]  # a phrase, its topic, its weight
_REMEMBERED = 16_384  # words, and words with their commas; as many of those used before are kept as well
_Made = TypeVar("_Made")


class WordTokenizer(DummyTokenizer):
    """Splits as `phrases.TOKEN` says, in time linear in the text.

    spaCy gets only the words that phrases of several consist of, in normal form, and one word for each gap between
    them: so its own store never grows. `doc.user_data[PLACES]` says where in the reading each of its words stands.
    """

    def __init__(self, vocab: Vocab) -> None:
        """Leave out all attributes of words: nothing here reads them, and they cost half the time."""
        self.vocab = vocab
        self._in_pairs: set[tuple[str, str]] = set()
        self._repairs = Repairs()
        self._forms = _Remembered(self._form)
        self._parts = _Remembered(self._forms_of_part)
        lexicon: Any = vocab  # its typing hides the getters
        lexicon.lex_attr_getters = {}

    def __call__(self, text: str) -> Doc:
        """Return a document whose `user_data` holds the reading."""
        reading = read_words(text, self._parts.__getitem__)
        words, places = list[str](), list[int]()
        for place in self._within_phrases(reading.norms):
            if places and places[-1] != place - 1:
                words.append(_GAP)
                places.append(place - 1)
            words.append(reading.norms[place])
            places.append(place)
        doc = Doc(self.vocab, words=words)
        doc.user_data[READING], doc.user_data[PLACES] = reading, places
        return doc

    def learn(self, phrases: Iterable[str]) -> None:
        """Tell the words of these phrases apart from now on, and repair what is nearly one of them."""
        for phrase in phrases:
            words = phrase.split()
            self._repairs.learn(words)
            self._in_pairs.update(pairwise(words))
        self._forms.forget()
        self._parts.forget()

    def _within_phrases(self, norms: Sequence[str]) -> list[int]:
        """Return the places of words that stand beside a word that a phrase has beside them."""
        in_pairs = self._in_pairs
        begun = [place for place, pair in enumerate(pairwise(norms)) if pair in in_pairs]
        return sorted({*begun, *(place + 1 for place in begun)}) if begun else begun

    def _forms_of_part(self, part: str) -> tuple[Form, ...]:
        forms = self._forms
        if part.isascii():  # most are a word, or one and a sign: the same as TOKEN finds, for less
            if part.isalpha():
                return (forms[part],)
            if part[-1:] in _AT_AN_END and part[:-1].isalpha():
                return forms[part[:-1]], forms[part[-1]]
        return tuple(map(forms.__getitem__, TOKEN.findall(part)))

    def _form(self, token: str) -> Form:
        typed, word, norm, sign, able = form_of(token)
        return typed, word, self._repairs.repair(norm), sign, able


class _Remembered(dict[str, _Made]):
    """What was made of each key, when it was first asked for; of too many, those asked for lately stay."""

    def __init__(self, make: Callable[[str], _Made]) -> None:
        super().__init__()
        self._make = make
        self._older: dict[str, _Made] = {}

    def __missing__(self, key: str) -> _Made:
        if len(self) >= _REMEMBERED:
            self._older = dict(self)
            self.clear()
        known = self._older.get(key)
        made = self[key] = self._make(key) if known is None else known
        return made

    def forget(self) -> None:
        """Begin again."""
        self.clear()
        self._older = {}


def make_tokenizer() -> Callable[[Language], WordTokenizer]:
    """Return a maker of tokenizers, as spaCy's configuration wants it."""
    return lambda nlp: WordTokenizer(nlp.vocab)


registry.tokenizers.register("serendipity.words.v1", func=make_tokenizer)


class VocabularyPhrases:
    """Finds the vocabulary's phrases, the longest where they overlap; those of one word without asking spaCy."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._tokenizer: Any = nlp.tokenizer  # a WordTokenizer, as the configuration says
        self._matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
        self._topics: dict[str, str] = {}
        self._alone: dict[str, _Known] = {}
        self._longer: dict[int, _Known] = {}
        self._common = common_anywhere()

    def learn(self, phrases: Mapping[str, str]) -> int:
        """Take the vocabulary as it is now ({phrase in normal form: topic}) and return how many phrases changed."""
        gone = [phrase for phrase in self._topics if phrase not in phrases]
        changed = [phrase for phrase, topic in phrases.items() if self._topics.get(phrase) != topic]
        for phrase in gone:
            if self._alone.pop(phrase, None) is None:
                self._matcher.remove(phrase)
                del self._longer[self._nlp.vocab.strings[phrase]]
        self._tokenizer.learn(changed)
        for phrase in changed:
            known = phrase, phrases[phrase], 0.6 if phrase in self._common else 1.0
            words = phrase.split()
            if len(words) == 1:
                self._alone[phrase] = known
                continue
            if phrase not in self._topics:
                self._matcher.add(phrase, [Doc(self._nlp.vocab, words=words)])
            self._longer[self._nlp.vocab.strings[phrase]] = known
        self._topics = dict(phrases)
        return len(gone) + len(changed)

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the phrases down."""
        path.mkdir(parents=True, exist_ok=True)
        (path / _PHRASES).write_text(json.dumps(self._topics, ensure_ascii=False), encoding="utf-8")

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "VocabularyPhrases":
        """Learn the phrases that were written down."""
        self.learn(json.loads((path / _PHRASES).read_text(encoding="utf-8")))
        return self

    def __call__(self, doc: Doc) -> Doc:
        """Extend the document's reading."""
        reading: Reading = doc.user_data[READING]
        found = self._of_several_words(doc) if len(doc) else []
        taken = {place for one in found for place in range(one.start, one.end)}
        alone = self._alone
        for place, norm in enumerate(reading.norms):
            if norm in alone and place not in taken:
                phrase, topic, weight = alone[norm]
                found.append(Found(phrase, topic, place, place + 1, weight))
        reading.topics = sorted(found, key=_by_start) if taken else found
        return doc

    def _of_several_words(self, doc: Doc) -> list[Found]:
        places, found, taken = doc.user_data[PLACES], [], set[int]()
        for key, start, end in sorted(self._matcher(doc), key=_longest_first):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                phrase, topic, weight = self._longer[key]
                found.append(Found(phrase, topic, places[start], places[end - 1] + 1, weight))
        return found


def _longest_first(match: tuple[int, int, int]) -> tuple[int, int]:
    _, start, end = match
    return start - end, start


class Ranking:
    """Weighs what was found; by what the community taught, where it did."""

    def __init__(self, topics: int, mentions: int) -> None:
        self._topics, self._mentions = topics, mentions
        self._judgement: Judgement | None = None

    def judge_by(self, judgement: Judgement | None) -> None:
        """Judge by this from now on."""
        self._judgement = judgement

    def __call__(self, doc: Doc) -> Doc:
        """Thin out the document's reading."""
        reading: Reading = doc.user_data[READING]
        topics, proposals, judgement = reading.topics, reading.proposals, self._judgement
        if judgement is not None and judgement.strikes:
            strike_out(reading, judgement)
        rank(reading, topics=self._topics, mentions=self._mentions)
        if judgement is not None:
            kept, reading.topics, reading.proposals = reading.topics, topics, proposals
            judge(reading, judgement, limit=self._mentions - len(kept))
            reading.topics = kept
        return doc


@Language.factory("community_language", default_config={"languages": ["en"]})
def make_community_language(nlp: Language, name: str, languages: list[str]) -> Callable[[Doc], Doc]:
    """Make the component that tells the language."""
    vote = LanguageVote(languages)

    def mark(reading: Reading) -> None:
        reading.language = vote.tell(reading.words)

    return _step(mark)


@Language.factory("grammar", default_config={"models": []})
def make_grammar(nlp: Language, name: str, models: list[str]) -> Grammar:
    """Make the component that asks full models, where the operator installed some."""
    return Grammar(models)


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
