"""The rule by which a proposal becomes a topic."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from serendipity.domain.model import NewRecord, RecordKind
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


def promotions(
    candidates: Mapping[str, int],
    vocabulary: Vocabulary,
    *,
    now: datetime,
    member_names: Collection[str] = (),
) -> list[NewRecord]:
    """Return the records that make topics of proposals; `candidates` maps each phrase to its distinct members.

    A phrase needs three members; a single word five, and it must not be an everyday word. Phrases that are known,
    blocked, once retracted, part of a longer promoted phrase nearly every time, a member's name, or contact data stay
    proposals. Ordered by phrase; ids follow from the phrase alone, so that promoting twice is harmless.
    """
    names = _name_forms(member_names)
    able = {phrase: count for phrase, count in candidates.items() if _may_become_a_topic(phrase, count, vocabulary)}
    able = {phrase: count for phrase, count in able.items() if not _is_name(phrase, names)}
    wider = _widest_use(able)
    kept = sorted(phrase for phrase, count in able.items() if wider.get(phrase, 0) < _SUBSUMED * count)
    return [_record(phrase, now) for phrase in kept]


def _may_become_a_topic(phrase: str, members: int, vocabulary: Vocabulary) -> bool:
    words = phrase.split()
    if members < (FEWEST_MEMBERS_OF_A_WORD if len(words) == 1 else FEWEST_MEMBERS):
        return False
    if not 1 <= len(words) <= LONGEST_PHRASE or phrase != normalise(phrase):
        return False
    if not all(map(may_stand_in_a_topic, words)) or all(word in common_anywhere() for word in words):
        return False
    if vocabulary.is_known(phrase) or vocabulary.is_blocked(phrase) or vocabulary.was_retracted(phrase):
        return False
    return not has_contact(phrase)


def _name_forms(member_names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the whole names and the single words of names, in normal form."""
    whole = frozenset(filter(None, map(normalise, member_names)))
    return whole, frozenset(word for name in whole for word in name.split() if len(word) > 1)


def _is_name(phrase: str, names: tuple[frozenset[str], frozenset[str]]) -> bool:
    """A phrase is a name when it is one, holds one, or consists of words of names only."""
    whole, parts = names
    words = phrase.split()
    if all(word in parts for word in words):
        return True
    spans = (" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 2, len(words) + 1))
    return any(span in whole for span in spans)


def _widest_use(counts: Mapping[str, int]) -> dict[str, int]:
    """Return, for each part of a longer phrase, the most members that any such longer phrase has."""
    widest: dict[str, int] = defaultdict(int)
    for phrase, count in counts.items():
        words = phrase.split()
        for size in range(1, len(words)):
            for i in range(len(words) - size + 1):
                part = " ".join(words[i : i + size])
                widest[part] = max(widest[part], count)
    return widest


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
