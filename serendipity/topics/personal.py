"""Recognise what members tell of themselves and their families, such as an illness or the loss of a job.

The vocabulary holds words that are sensitive wherever they stand. Other words are sensitive only when they are said of
a person: "my MS" is an illness, "5 ms" a time. And some sensitive words are a field of work: "diabetes care".
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, TypeVar

from serendipity.topics.lists import lines
from serendipity.topics.phrases import normalise, plain
from serendipity.topics.reading import Found, Reading, Step

# How a word is said of a person: the columns of personal.csv.
_KINDS = ("has", "is", "opening", "sees", "lost", "family")
_OF_A_PERSON = frozenset({"has", "is"})  # the cues that make a word of the vocabulary personal
_MOST_BETWEEN = 4  # words between a cue and its word: "I have a very mild form of"
_FILE = "topics.json"
_Words = tuple[str, ...]
_Value = TypeVar("_Value")


class _Told(NamedTuple):
    """A word said of a person: the cue begins at `start`, the word itself at `word`."""

    topic: str
    start: int
    word: int
    end: int


class PersonalReader(Step):
    """Adds the sensitive topics that a text tells of a person, and takes out those that are a field of work in it."""

    def __init__(self) -> None:
        rows, sections = _rows(), _sections()
        self._between, self._after = _single(sections["between"]), _single(sections["after"])
        self._cues = _by_first((cue, frozenset(name.split())) for name in (*_CUES, "none") for cue in sections[name])
        self._entries = _by_first(_entries(rows))
        self._adjectives = {" ".join(words) for words, (_, kinds) in _entries(rows) if "is" in kinds}
        self._plain = _by_first((_normal(words), None) for words in sections["plain"] if len(words) > 1)
        self._plain_words = {words[0] for words in sections["plain"] if len(words) == 1}
        self._openings = self._between | {first for first, said in self._entries.items() if _may_open(said)}
        self._work = {normalise(" ".join(words)) for words in sections["work"]}
        self._work_of_others = {normalise(" ".join(words)) for words in sections["work of others"]}
        self._before = {words: name for name in ("work before", "no work before") for words in sections[name]}
        self._fields = {normalise(row["topic"]): normalise(row["work"]) for row in rows}
        self._topics: dict[str, str] = {}
        self._labels: dict[str, str] = {}

    def learn(self, phrases: Mapping[str, str]) -> None:
        """Take the topics that the labels of personal.csv mean now, from {phrase in normal form: topic}."""
        labels = {*self._fields, *self._fields.values()}
        self._topics = {label: phrases[label] for label in labels if label in phrases}
        self._labels = {self._topics[label]: label for label in self._fields if label in self._topics}

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the topics down."""
        path.mkdir(parents=True, exist_ok=True)
        (path / _FILE).write_text(json.dumps(self._topics, ensure_ascii=False), encoding="utf-8")

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "PersonalReader":
        """Learn the topics that were written down."""
        self.learn(json.loads((path / _FILE).read_text(encoding="utf-8")))
        return self

    def mark(self, reading: Reading) -> None:
        """Change `topics`, and take out the proposals that overlap with what was changed."""
        sensitive = {one.start: one for one in reading.topics if one.topic in self._labels}
        told = [one for one in self._tell_first_person(reading, sensitive) if one.topic in self._topics]
        if not sensitive and not told:
            return
        talk = self._plain_talk(reading)
        told = [one for one in told if one.word not in talk]
        personal = {place for one in told for place in range(one.start, one.end)}
        topics, changed = list[Found](), set[int](personal)
        for one in reading.topics:
            if one.start not in sensitive or one.start in personal:
                topics.append(one)
            elif not talk.issuperset(range(one.start, one.end)):
                field = self._field_of_work(reading, one)
                topics.append(field or one)
                changed |= set(range(field.start, field.end)) if field else set()
        topics += [Found(one.topic, self._topics[one.topic], one.start, one.end, 1.0) for one in told]
        reading.topics = sorted(topics, key=lambda one: one.start)
        if changed:
            reading.proposals = [one for one in reading.proposals if changed.isdisjoint(range(one.start, one.end))]

    def _tell_first_person(self, reading: Reading, sensitive: Mapping[int, Found]) -> Iterator[_Told]:
        words, cues = reading.words, self._cues
        for start in [i for i, word in enumerate(words) if word in cues]:
            cue = next(((cue, kinds) for cue, kinds in cues[words[start]] if _stands(cue, words, start)), None)
            if cue is not None:
                yield from self._after_cue(reading, start, start + len(cue[0]), cue[1], sensitive)
        starts = [0, *(i + 1 for i, sign in enumerate(reading.signs[:-1]) if sign)] if words else []
        for start in [i for i in starts if words[i] in self._openings or reading.norms[i] in self._openings]:
            yield from self._at_opening(reading, start)

    def _after_cue(
        self, reading: Reading, start: int, place: int, kinds: frozenset[str], sensitive: Mapping[int, Found]
    ) -> Iterator[_Told]:
        """Yield the first personal word after a cue that ends before `place`."""
        for at in self._places(reading, place):
            known = sensitive.get(at)
            if known is not None and known.topic is not None and kinds & _OF_A_PERSON:
                if not self._is_work(reading, known):
                    yield _Told(self._labels[known.topic], start, at, known.end)
                return
            found = self._entry(reading.norms, at, kinds)
            if found is not None:
                topic, end, said = found
                if "is" in said or not self._is_followed_by(reading, end, self._work):
                    yield _Told(topic, start, at, end)
                return

    def _at_opening(self, reading: Reading, start: int) -> Iterator[_Told]:
        """Yield a personal word that opens a sentence which goes on without a noun: "Fired yesterday"."""
        for at in self._places(reading, start):
            found = self._entry(reading.norms, at, frozenset({"opening"}))
            if found is not None:
                topic, end, _ = found
                if end == len(reading.words) or reading.signs[end] or reading.words[end] in self._after:
                    yield _Told(topic, at, at, end)
                return

    def _places(self, reading: Reading, place: int) -> Iterator[int]:
        """Yield a place and those after it, as far as nothing but words of [between] lies in between."""
        for at in range(place, min(place + _MOST_BETWEEN + 1, len(reading.words))):
            yield at
            if reading.words[at] not in self._between:
                return

    def _entry(self, norms: Sequence[str], at: int, kinds: frozenset[str]) -> tuple[str, int, frozenset[str]] | None:
        for words, (topic, said) in self._entries.get(norms[at], ()):
            if said & kinds and _stands(words, norms, at):
                return topic, at + len(words), said & kinds
        return None

    def _plain_talk(self, reading: Reading) -> set[int]:
        """Return the places of what only looks personal: phrases ("blind test"), and words as typed ("cron")."""
        norms = reading.norms
        found = {place for place, word in enumerate(reading.words) if word in self._plain_words}
        for start in [i for i, norm in enumerate(norms) if norm in self._plain]:
            for words, _ in self._plain[norms[start]]:
                if _stands(words, norms, start):
                    found.update(range(start, start + len(words)))
                    break
        return found

    def _field_of_work(self, reading: Reading, one: Found) -> Found | None:
        """Return what a sensitive topic means as a field of work; None where it does not stand for one."""
        field = self._fields[self._labels[one.topic or ""]]
        if field not in self._topics:
            return None
        if self._is_work(reading, one) or self._is_followed_by(reading, one.end, self._work_of_others, one):
            return Found(field, self._topics[field], one.start, one.end + 1, one.weight)
        return Found(field, self._topics[field], *one[2:]) if self._is_led(reading, one.start) else None

    def _is_work(self, reading: Reading, one: Found) -> bool:
        return self._is_followed_by(reading, one.end, self._work, one)

    def _is_followed_by(self, reading: Reading, end: int, nouns: set[str], one: Found | None = None) -> bool:
        if one is not None and (one.phrase in self._adjectives or self._fields[self._labels[one.topic or ""]] == ""):
            return False
        return end < len(reading.norms) and reading.norms[end] in nouns

    def _is_led(self, reading: Reading, start: int) -> bool:
        """Tell whether the words before a place speak of work: "an app for", "patients with"."""
        words = reading.words
        while start and words[start - 1] in _ARTICLES:
            start -= 1
        for length in (5, 4, 3, 2, 1):
            name = self._before.get(tuple(words[max(0, start - length) : start]))
            if name is not None:
                return name == "work before"
        return False


_CUES = ("has sees", "has", "is", "sees", "has is family", "lost")
_ARTICLES = frozenset({"a", "an", "the", "de", "het", "een", "early", "severe", "chronic"})


def _stands(words: _Words, among: Sequence[str], start: int) -> bool:
    return tuple(among[start : start + len(words)]) == words


def _may_open(entries: Iterable[tuple[_Words, tuple[str, frozenset[str]]]]) -> bool:
    return any("opening" in kinds for _, (_, kinds) in entries)


def _normal(words: _Words) -> _Words:
    return tuple(normalise(" ".join(words)).split())


def _single(phrases: Iterable[_Words]) -> frozenset[str]:
    return frozenset(word for words in phrases for word in words)


def _by_first(phrases: Iterable[tuple[_Words, _Value]]) -> dict[str, list[tuple[_Words, _Value]]]:
    """Return phrases by their first word, the longest first."""
    table: dict[str, list[tuple[_Words, _Value]]] = {}
    for words, value in phrases:
        table.setdefault(words[0], []).append((words, value))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def _rows() -> list[dict[str, str]]:
    text = files(__package__).joinpath("data", "personal.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def _entries(rows: Iterable[Mapping[str, str]]) -> list[tuple[_Words, tuple[str, frozenset[str]]]]:
    """Return each personal word in normal form, with the label of its topic and the kinds that it is said in."""
    kinds: dict[tuple[_Words, str], set[str]] = {}
    for row in rows:
        for kind in _KINDS:
            for phrase in filter(None, row[kind].split("|")):
                kinds.setdefault((tuple(normalise(phrase).split()), normalise(row["topic"])), set()).add(kind)
    return [(words, (topic, frozenset(said))) for (words, topic), said in kinds.items()]


def _sections() -> dict[str, list[_Words]]:
    """Return the phrases of personal-cues.txt by section, as plain words."""
    sections: dict[str, list[_Words]] = {}
    for line in lines("personal-cues.txt"):
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        else:
            current.append(tuple(plain(line).split()))
    return sections
