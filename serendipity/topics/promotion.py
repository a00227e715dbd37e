"""The rule by which a proposal becomes a topic."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from serendipity.domain.model import NewRecord, RecordKind
from serendipity.topics.frequency import may_be_a_topic, may_begin_a_topic, may_end_a_topic
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.proposals import LONGEST_PHRASE
from serendipity.topics.reading import may_stand_in_a_topic
from serendipity.topics.scrub import has_contact
from serendipity.topics.vocabulary import Vocabulary
from serendipity.topics.words import common_anywhere

SOURCE = "promotion"
FEWEST_MEMBERS = 3
FEWEST_MEMBERS_OF_A_WORD = 5

# A phrase that is nearly always said inside a longer one ("learning" … "machine learning") is a part of it.
_SUBSUMED = 0.8

# What members work on, they say again; small talk ("fingers crossed") is spread over members as by chance. (Church,
# "Empirical estimates of adaptation", COLING 2000: the chance of two Noriegas is closer to p/2 than to p squared.)
_SPREAD_OF_SMALL_TALK = 0.8
_OFTEN = 2.0  # texts a member, from which on a community's members can be expected to come back to a topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """Usage of a phrase: by how many members, in how many texts, and how many of these are unlike each other."""

    members: int
    texts: int
    voices: int

    @property
    def support(self) -> int:
        """Return how many independent members stand behind the phrase."""
        return min(self.members, self.voices)


@dataclass(frozen=True, kw_only=True, slots=True)
class Custom:
    """Size of a community: how many members it has, and how many texts they wrote so far."""

    members: int
    texts: int

    def is_small_talk(self, use: Use) -> bool:
        """Tell whether a phrase comes back to its members no more than chance would have it.

        Of m members who write equally often, n texts by chance come from m·(1 − (1 − 1/m)ⁿ).

        >>> everyone = Custom(members=100, texts=2_000)
        >>> everyone.is_small_talk(Use(members=19, texts=20, voices=8))
        True
        >>> everyone.is_small_talk(Use(members=6, texts=20, voices=8))
        False
        """
        if self.members < 1 or self.texts < _OFTEN * self.members:
            return False
        by_chance = self.members * (1 - (1 - 1 / self.members) ** use.texts)
        return use.members > _SPREAD_OF_SMALL_TALK * by_chance


def promotions(
    candidates: Mapping[str, Use],
    vocabulary: Vocabulary,
    *,
    now: datetime,
    custom: Custom,
    member_names: Collection[str] = (),
) -> list[NewRecord]:
    """Return the records that make topics of proposals, by how each is used in a community of this custom.

    A phrase needs three members; a single word five, and it must not be an everyday word. Phrases that hang loose
    (they begin or end with a verb, an adverb, an everyday word that is no part of topics), small talk, what is known,
    blocked, once retracted, part of a longer phrase nearly every time, a member's name, or contact data stay proposals.
    Ordered by phrase; ids follow from the phrase alone, so that promoting twice is harmless.
    """
    names = name_forms(frozenset(member_names))
    wider = _widest_use(candidates)
    able = (phrase for phrase, use in candidates.items() if _is_shared(phrase, use) and not custom.is_small_talk(use))
    free = (phrase for phrase in able if wider.get(phrase, 0) < _SUBSUMED * candidates[phrase].support)
    return [
        _record(phrase, now) for phrase in sorted(free) if _is_fit(phrase, vocabulary) and not is_name(phrase, names)
    ]


def filter_by_use(members: Mapping[str, int], vocabulary: Vocabulary) -> set[str]:
    """Return, of phrases with how many members say them, those whose use is to be known for `promotions` to decide.

    The others are refused whatever their use, unless they hold one that is not and may be no more than a part of them.
    """
    fit = {phrase for phrase, count in members.items() if count >= _fewest(phrase) and _is_fit(phrase, vocabulary)}
    return {phrase for phrase in members if phrase in fit or not fit.isdisjoint(_parts(phrase))}


def _is_fit(phrase: str, vocabulary: Vocabulary) -> bool:
    return _is_open(phrase, vocabulary) and not has_contact(phrase) and may_name_a_topic(phrase)


def _is_shared(phrase: str, use: Use) -> bool:
    return use.support >= _fewest(phrase)


def _fewest(phrase: str) -> int:
    return FEWEST_MEMBERS if " " in phrase else FEWEST_MEMBERS_OF_A_WORD


def _is_open(phrase: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a phrase is in normal form and neither known nor turned down."""
    if phrase != normalise(phrase) or not 1 <= len(phrase.split()) <= LONGEST_PHRASE:
        return False
    return not (vocabulary.is_known(phrase) or vocabulary.is_blocked(phrase) or vocabulary.was_retracted(phrase))


def may_name_a_topic(phrase: str) -> bool:
    """Tell whether a phrase holds together as the name of a topic, and is more than an everyday word."""
    words = phrase.split()
    if not all(map(may_stand_in_a_topic, words)) or all(word in common_anywhere() for word in words):
        return False
    if len(words) == 1:
        return may_be_a_topic(words[0])
    return may_begin_a_topic(words[0]) and may_end_a_topic(words[-1]) and len(set(words)) == len(words)


# An import asks for every batch, with the same thousands of names.
@lru_cache(maxsize=1)
def name_forms(member_names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the whole names and the single words of names, in normal form."""
    whole = frozenset(filter(None, map(normalise, member_names)))
    return whole, frozenset(word for name in whole for word in name.split() if len(word) > 1)


def is_name(phrase: str, names: tuple[frozenset[str], frozenset[str]]) -> bool:
    """A phrase is a name when it is one, holds one, or consists of words of names only."""
    whole, parts = names
    words = phrase.split()
    if all(word in parts for word in words):
        return True
    spans = (" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 2, len(words) + 1))
    return any(span in whole for span in spans)


def _widest_use(candidates: Mapping[str, Use]) -> dict[str, int]:
    """Return, for each part of a longer phrase, the most members that any such longer phrase has."""
    widest: dict[str, int] = defaultdict(int)
    for phrase, use in candidates.items():
        for part in _parts(phrase):
            widest[part] = max(widest[part], use.support)
    return widest


def _parts(phrase: str) -> Iterator[str]:
    """Yield what a longer phrase holds, itself left out."""
    words = phrase.split()
    for size in range(1, len(words)):
        yield from (" ".join(words[i : i + size]) for i in range(len(words) - size + 1))


def _record(phrase: str, now: datetime) -> NewRecord:
    id = topic_id(phrase)
    return NewRecord(
        kind=RecordKind.TOPIC_ADDED,
        source=SOURCE,
        id=phrase,
        at=now,
        data={"topic": id, "label": phrase, "aliases": [], "parent": None, "sensitive": False, "origin": SOURCE},
        refs=(f"topic:{id}", f"phrase:{phrase}"),
    )
