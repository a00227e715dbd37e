"""How topics and proposals are used: by whom, in which language, and beside what."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from serendipity.domain.model import Record, RecordKind
from serendipity.topics.understandings import understanding_from
from serendipity.topics.vocabulary import Vocabulary

USAGE_KINDS = frozenset({RecordKind.UNDERSTOOD, RecordKind.REREAD})


@dataclass(kw_only=True, slots=True)
class Usage:
    """The use of one topic or proposal; `members` and `beside` count texts, by member and by what else they name."""

    texts: int = 0
    members: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)

    def language(self) -> str | None:
        """Return the language of most of its texts; None where two thirds of them share none."""
        language, count = max(self.languages.items(), key=lambda item: item[1], default=(None, 0))
        return language if count * 3 >= self.texts * 2 else None


def usage_of(records: Iterable[Record], vocabulary: Vocabulary) -> dict[str, Usage]:
    """Return the use of each name ("topic:big-data", "phrase:data lake"), as the vocabulary reads it now.

    What was said in private, what is denied and what was erased does not count; the latest reading of a text does.
    """
    latest = {record.about: record for record in records if record.kind in USAGE_KINDS}
    found: dict[str, Usage] = {}
    for record in latest.values():
        if record.data is not None and record.data.get("use", True):
            understanding = understanding_from(record.data)
            names = {
                name
                for mention in understanding.mentions
                if mention.weight > 0 and (name := name_of(mention.phrase, vocabulary.resolve(mention), vocabulary))
            }
            _count(found, names, record.member, understanding.language)
    return found


def name_of(phrase: str, topic: str | None, vocabulary: Vocabulary) -> str | None:
    """Return what a mention names, "topic:…" or "phrase:…"; None for a blocked phrase."""
    if topic is not None:
        return f"topic:{topic}"
    return None if vocabulary.is_blocked(phrase) else f"phrase:{phrase}"


def likeness(one: Usage, other: Usage, rarity: Mapping[str, float]) -> float:
    """Return how alike two names are used, from 0 to 1: by the same members, beside the same names.

    The cosine of both as vectors of counts over members and names beside them, each weighed by its rarity.
    """
    product = sum(count * one.members[m] * rarity.get(m, 1.0) ** 2 for m, count in other.members.items())
    product += sum(count * one.beside[b] * rarity.get(b, 1.0) ** 2 for b, count in other.beside.items())
    if not product:
        return 0.0
    return product / (_length(one, rarity) * _length(other, rarity))


def rarities(used: Mapping[str, Usage]) -> dict[str, float]:
    """Return the rarity of each member and each name: ln(1 + names in all / names that it goes with)."""
    spread = Counter(key for usage in used.values() for key in (*usage.members, *usage.beside))
    return {key: math.log(1 + len(used) / count) for key, count in spread.items()}


def _count(found: dict[str, Usage], names: set[str], member: str | None, language: str) -> None:
    for name in names:
        usage = found.setdefault(name, Usage())
        usage.texts += 1
        usage.languages[language] += 1
        usage.beside.update(names - {name})
        if member is not None:
            usage.members[member] += 1


def _length(usage: Usage, rarity: Mapping[str, float]) -> float:
    counts = (*usage.members.items(), *usage.beside.items())
    return math.sqrt(sum((count * rarity.get(key, 1.0)) ** 2 for key, count in counts))
