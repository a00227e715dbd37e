"""Usage of topics and proposals: by which members, in which language, and beside which others."""

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


class Likeness:
    """Similarity of how names are used, from 0 to 1: by the same members, beside the same names.

    The cosine of both as vectors of counts over members and names beside them, each weighed by its rarity. A name's
    vector is made once, as each is compared with hundreds of others.
    """

    def __init__(self, rarity: Mapping[str, float]) -> None:
        """`rarity`: as `rarities` returns it."""
        self._rarity = rarity
        self._vectors: dict[int, tuple[Usage, dict[tuple[str, str], float], float]] = {}

    def of(self, one: Usage, other: Usage) -> float:
        """Return how alike two are."""
        (_, shorter, length), (_, longer, other_length) = self._vector(one), self._vector(other)
        if len(shorter) > len(longer):
            shorter, longer = longer, shorter
        product = sum(value * longer[key] for key, value in shorter.items() if key in longer)
        return product / (length * other_length) if product else 0.0

    def _vector(self, usage: Usage) -> tuple[Usage, dict[tuple[str, str], float], float]:
        found = self._vectors.get(id(usage))
        if found is None:
            counts = [("member", usage.members), ("beside", usage.beside)]
            vector = {(of, key): n * self._rarity.get(key, 1.0) for of, each in counts for key, n in each.items()}
            found = usage, vector, math.sqrt(sum(value * value for value in vector.values()))
            self._vectors[id(usage)] = found
        return found


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
