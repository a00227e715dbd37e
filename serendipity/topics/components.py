"""The spaCy components of the pipeline; importing this module registers their factories (and takes a second).

`nlp.pipe_names` tells the story: community_language, stances, vocabulary_phrases, proposals, personal, ranking. Each
extends the `Reading` that the tokenizer leaves in `doc.user_data`; the extractor hands it on from step to step.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import DummyTokenizer, registry
from spacy.vocab import Vocab

from serendipity.topics.grammar import Grammar
from serendipity.topics.language import LanguageVote
from serendipity.topics.personal import PersonalReader
from serendipity.topics.phrases import TOKEN
from serendipity.topics.proposals import ProposalChunker
from serendipity.topics.ranker import Judgement
from serendipity.topics.ranking import judge, rank, strike_out
from serendipity.topics.reading import READING, Form, Found, Reading, Step, as_found, form_of, read_words
from serendipity.topics.repair import Repairs
from serendipity.topics.stances import StanceReader
from serendipity.topics.words import common_anywhere

_AT_AN_END = frozenset(".,:;?!)")
_PHRASES = "phrases.json"
_SENSITIVE = "sensitive.json"
_by_start = attrgetter("start")
_Known = tuple[str, str, float]  # a phrase, its topic, its weight
_REMEMBERED = 16_384  # words, and words with their commas; as many of those used before are kept as well
_Made = TypeVar("_Made")


class WordTokenizer(DummyTokenizer):
    """Splits as `phrases.TOKEN` says, in time linear in the text; `doc.user_data` holds the reading."""

    def __init__(self, vocab: Vocab) -> None:
        """Leave out all attributes of words: nothing here reads them, and they cost half the time."""
        self.vocab = vocab
        self._repairs = Repairs()
        self._parts = _Remembered(self._forms_of_part)
        lexicon: Any = vocab  # its typing hides the getters
        lexicon.lex_attr_getters = {}

    def __call__(self, text: str) -> Doc:
        """Return a document of the words, with their reading; only here spaCy's own store of words grows."""
        reading = self.read(text)
        doc = Doc(self.vocab, words=list(reading.tokens))
        doc.user_data[READING] = reading
        return doc

    def read(self, text: str) -> Reading:
        """Return the reading of a text."""
        return read_words(text, self._parts.__getitem__)

    def learn(self, phrases: Iterable[str]) -> None:
        """Repair what is nearly a word of these phrases from now on."""
        self._repairs.learn(word for phrase in phrases for word in phrase.split())
        self._parts.forget()

    def _forms_of_part(self, part: str) -> tuple[Form, ...]:
        """Return what TOKEN finds; for less in most parts, which are a word, or one and a sign."""
        known = self._parts
        if part.isalpha():
            return (self._form(part),)
        if len(part) > 1 and part[-1] in _AT_AN_END and part[:-1].isalpha():
            return known[part[:-1]] + known[part[-1]]
        tokens = TOKEN.findall(part)
        return tuple(known[one][0] if one.isalpha() else self._form(one) for one in tokens)

    def _form(self, token: str) -> Form:
        typed, word, norm, sign, able = form_of(token)
        return typed, word, self._repairs.repair(norm), sign, able


class _Remembered(dict[str, _Made]):
    """Cache of results by key; of too many, those asked for lately stay."""

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


class VocabularyPhrases(Step):
    """Finds the vocabulary's phrases, the longest where they overlap."""

    def __init__(self, nlp: Language) -> None:
        self._tokenizer: Any = nlp.tokenizer  # a WordTokenizer, as the configuration says
        self._topics: dict[str, str] = {}
        self._alone: dict[str, _Known] = {}
        self._longer: dict[tuple[str, ...], dict[tuple[str, ...], _Known]] = {}  # by their first two words
        self._common = common_anywhere()

    def learn(self, phrases: Mapping[str, str]) -> int:
        """Take the vocabulary as it is now ({phrase in normal form: topic}) and return how many phrases changed."""
        gone = [phrase for phrase in self._topics if phrase not in phrases]
        changed = [phrase for phrase, topic in phrases.items() if self._topics.get(phrase) != topic]
        for phrase in gone:
            self._forget(phrase)
        self._tokenizer.learn(changed)
        for phrase in changed:
            self._remember((phrase, phrases[phrase], 0.6 if phrase in self._common else 1.0))
        self._topics = dict(phrases)
        return len(gone) + len(changed)

    def _remember(self, known: _Known) -> None:
        words = tuple(known[0].split())
        if len(words) == 1:
            self._alone[known[0]] = known
        else:
            self._longer.setdefault(words[:2], {})[words] = known

    def _forget(self, phrase: str) -> None:
        words = tuple(phrase.split())
        if len(words) == 1:
            del self._alone[phrase]
        else:
            del self._longer[words[:2]][words]

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the phrases down."""
        path.mkdir(parents=True, exist_ok=True)
        (path / _PHRASES).write_text(json.dumps(self._topics, ensure_ascii=False), encoding="utf-8")

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "VocabularyPhrases":
        """Learn the phrases that were written down."""
        self.learn(json.loads((path / _PHRASES).read_text(encoding="utf-8")))
        return self

    def mark(self, reading: Reading) -> None:
        """Fill in `topics`, in order of the text."""
        norms, alone = reading.norms, self._alone
        longer = self._of_several_words(norms)
        taken = {place for one in longer for place in range(one.start, one.end)}
        found = [
            as_found((*alone[norm][:2], place, place + 1, alone[norm][2]))
            for place, norm in enumerate(norms)
            if norm in alone and place not in taken
        ]
        reading.topics = sorted([*longer, *found], key=_by_start) if longer else found

    def _of_several_words(self, norms: Sequence[str]) -> list[Found]:
        longer, every = self._longer, list[Found]()
        for start in [place for place, pair in enumerate(pairwise(norms)) if pair in longer]:
            for words, (phrase, topic, weight) in longer[norms[start], norms[start + 1]].items():
                end = start + len(words)
                if norms[start:end] == words:
                    every.append(Found(phrase, topic, start, end, weight))
        if len(every) < 2:
            return every
        found, taken = [], set[int]()
        for one in sorted(every, key=_longest_first):
            if taken.isdisjoint(range(one.start, one.end)):
                taken.update(range(one.start, one.end))
                found.append(one)
        return found


def _longest_first(one: Found) -> tuple[int, int]:
    return one.start - one.end, one.start


class Ranking(Step):
    """Weighs what was found; by what the community taught, where it did."""

    def __init__(self, topics: int, mentions: int) -> None:
        self._topics, self._mentions = topics, mentions
        self._judgement: Judgement | None = None
        self._sensitive: frozenset[str] = frozenset()

    def keep(self, sensitive: Collection[str]) -> None:
        """Keep these topics wherever they are found, so that their text is known to be its member's alone."""
        self._sensitive = frozenset(sensitive)

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the sensitive topics down."""
        path.mkdir(parents=True, exist_ok=True)
        (path / _SENSITIVE).write_text(json.dumps(sorted(self._sensitive), ensure_ascii=False), encoding="utf-8")

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "Ranking":
        """Keep the topics that were written down."""
        self.keep(json.loads((path / _SENSITIVE).read_text(encoding="utf-8")))
        return self

    def judge_by(self, judgement: Judgement | None) -> None:
        """Judge by this from now on."""
        self._judgement = judgement

    def mark(self, reading: Reading) -> None:
        """Thin out the topics and proposals."""
        topics, proposals, judgement = reading.topics, reading.proposals, self._judgement
        if judgement is not None and judgement.strikes:
            strike_out(reading, judgement, kept=self._sensitive)
        rank(reading, topics=self._topics, mentions=self._mentions, kept=self._sensitive)
        if judgement is not None:
            kept, reading.topics, reading.proposals = reading.topics, topics, proposals
            judge(reading, judgement, limit=self._mentions - len(kept))
            reading.topics = kept


class CommunityLanguage(Step):
    """Tells which of the community's languages a text is in."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._vote = LanguageVote(languages)

    def mark(self, reading: Reading) -> None:
        """Fill in `language`."""
        reading.language = self._vote.tell(reading.words)


@Language.factory("community_language", default_config={"languages": ["en"]})
def make_community_language(nlp: Language, name: str, languages: list[str]) -> CommunityLanguage:
    """Make the component that tells the language."""
    return CommunityLanguage(languages)


@Language.factory("grammar", default_config={"models": []})
def make_grammar(nlp: Language, name: str, models: list[str]) -> Grammar:
    """Make the component that asks full models, where the operator installed some."""
    return Grammar(models)


@Language.factory("vocabulary_phrases")
def make_vocabulary_phrases(nlp: Language, name: str) -> VocabularyPhrases:
    """Make the component that finds topics."""
    return VocabularyPhrases(nlp)


@Language.factory("stances")
def make_stances(nlp: Language, name: str) -> StanceReader:
    """Make the component that finds seeks, offers and denials."""
    return StanceReader()


@Language.factory("proposals", default_config={"languages": ["en"]})
def make_proposals(nlp: Language, name: str, languages: list[str]) -> ProposalChunker:
    """Make the component that chunks proposals."""
    return ProposalChunker(languages)


@Language.factory("personal")
def make_personal(nlp: Language, name: str) -> PersonalReader:
    """Make the component that recognises what is told of a person."""
    return PersonalReader()


@Language.factory("ranking", default_config={"topics": 5, "mentions": 8})
def make_ranking(nlp: Language, name: str, topics: int, mentions: int) -> Ranking:
    """Make the component that weighs what was found and keeps the best."""
    return Ranking(topics, mentions)
