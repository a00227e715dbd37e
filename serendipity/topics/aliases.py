"""Suggest which names mean the same topic; a manager decides, nothing is ever merged by itself."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from serendipity.topics.forms import everywhere, is_misspelling, stem
from serendipity.topics.promotion import is_name, name_forms
from serendipity.topics.repair import SHORTEST, deletions
from serendipity.topics.usage import Likeness, Usage, rarities
from serendipity.topics.vocabulary import Vocabulary

FEWEST_MEMBERS = 2  # a proposal of one member only is shown to nobody
_ALIKE = 0.25  # likeness of use from which words of two languages may be one topic
_APART_IN_USE = 0.05  # likeness below which names that both are much used are taken for different things
_MUCH_USED = 8  # texts
_MOST_SHARING = 60  # names: a member or topic that goes with more of them says nothing about two


class AliasReason(StrEnum):
    """Why two names may mean the same."""

    SPACING = "spacing"  # coworking, co-working, co working
    COUNTRY = "country"  # optimisation, optimization
    INFLECTION = "inflection"  # 3d scanner, 3d scanning, 3d scans
    SPELLING = "spelling"  # kubernetes, kubernets
    LANGUAGE = "language"  # pottery, keramiek: said by the same members, beside the same topics


@dataclass(frozen=True, kw_only=True, slots=True)
class AliasSuggestion:
    """Suggestion that `gone` is another name of `kept`, because their phrases are alike for a reason.

    Both are refs: "topic:big-data", or "phrase:data lake" for a proposal. A topic is kept rather than a proposal, then
    what more members say. `score` lies in (0, 1]; the evidence is the likeness of use (0 to 1) and how many members
    say `both`.
    """

    kept: str
    gone: str
    kept_phrase: str
    gone_phrase: str
    reason: AliasReason
    score: float
    likeness: float
    both: int


@dataclass(frozen=True, slots=True)
class _Name:
    phrase: str
    ref: str
    usage: Usage

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        return self.ref.startswith("topic:"), len(self.usage.members), self.usage.texts, self.phrase


def suggest_aliases(
    vocabulary: Vocabulary,
    used: Mapping[str, Usage],
    *,
    apart: Collection[tuple[str, str]] = (),
    member_names: Collection[str] = (),
    limit: int = 200,
) -> list[AliasSuggestion]:
    """Return pairs of names that may mean the same, the surest first.

    `used`: as `usage.usage_of` returns it. `apart`: pairs of phrases that a manager said are different, in any order.
    Proposals of a single member, names of members and blocked phrases are left out.

    >>> from collections import Counter
    >>> said = {f"phrase:{one}": Usage(texts=4, members=Counter("ab")) for one in ("co housing", "cohousing", "creche")}
    >>> [(s.kept_phrase, s.gone_phrase, s.reason.value) for s in suggest_aliases(Vocabulary(), said)]
    [('cohousing', 'co housing', 'spacing')]
    """
    names = _names(vocabulary, used, member_names)
    likeness, kept_apart = Likeness(rarities(used)), {frozenset(pair) for pair in apart}
    best: dict[frozenset[str], AliasSuggestion] = {}
    for reason, (pairs, _) in _REASONS.items():
        for one, other in pairs(names):
            pair = frozenset((one.ref, other.ref))
            if len(pair) == 1 or frozenset((one.phrase, other.phrase)) in kept_apart or pair in best:
                continue
            kept, gone = sorted((one, other), key=lambda name: name.rank, reverse=True)
            alike = likeness.of(kept.usage, gone.usage) * (1 - _together(kept, gone))
            suggestion = _judge(reason, kept, gone, alike)
            if suggestion:
                best[pair] = suggestion
    return sorted(best.values(), key=lambda s: (-s.score, s.kept_phrase, s.gone_phrase))[:limit]


def _names(vocabulary: Vocabulary, used: Mapping[str, Usage], member_names: Collection[str]) -> list[_Name]:
    """Return every phrase of a topic, and the proposals that may be shown; in order of phrase."""
    people = name_forms(frozenset(member_names))
    topics = [
        _Name(phrase, f"topic:{id}", used.get(f"topic:{id}", Usage())) for phrase, id in vocabulary.phrases().items()
    ]
    said = ((ref.removeprefix("phrase:"), ref, usage) for ref, usage in used.items() if ref.startswith("phrase:"))
    proposals = [
        _Name(phrase, ref, usage)
        for phrase, ref, usage in said
        if len(usage.members) >= FEWEST_MEMBERS and not is_name(phrase, people) and not vocabulary.is_blocked(phrase)
    ]
    return sorted((*topics, *proposals), key=lambda name: (name.phrase, name.ref))


def _judge(reason: AliasReason, kept: _Name, gone: _Name, alike: float) -> AliasSuggestion | None:
    """Weigh a pair by its reason and its use; None where its use speaks against it."""
    if alike < _least_likeness(reason, kept, gone):
        return None
    worth = _REASONS[reason].worth
    return AliasSuggestion(
        kept=kept.ref,
        gone=gone.ref,
        kept_phrase=kept.phrase,
        gone_phrase=gone.phrase,
        reason=reason,
        score=round(worth + (1 - worth) * alike, 3),
        likeness=round(alike, 3),
        both=len(kept.usage.members.keys() & gone.usage.members.keys()),
    )


def _together(one: _Name, other: _Name) -> float:
    """Return in which share of their texts both are said: words for one thing stand in for each other."""
    return one.usage.beside[other.ref] / max(1, min(one.usage.texts, other.usage.texts))


def _least_likeness(reason: AliasReason, kept: _Name, gone: _Name) -> float:
    """Marketing is no market: a form of a single word, like a word of another language, needs to be used alike."""
    if reason is AliasReason.LANGUAGE or (reason is AliasReason.INFLECTION and " " not in kept.phrase):
        return _ALIKE
    much_used = min(kept.usage.texts, gone.usage.texts) >= _MUCH_USED
    return _APART_IN_USE if much_used and reason is not AliasReason.SPACING else 0.0


_Pairs = Iterator[tuple[_Name, _Name]]


def _variants_of_spacing(names: Sequence[_Name]) -> _Pairs:
    return _sharing(names, lambda name: [name.phrase.replace(" ", "")])


def _spelt_elsewhere(names: Sequence[_Name]) -> _Pairs:
    return _sharing(names, lambda name: [" ".join(map(everywhere, name.phrase.split()))])


def _misspelt(names: Sequence[_Name]) -> _Pairs:
    for one, other in _sharing(names, _nearly):
        kept, gone = sorted((one, other), key=lambda name: name.rank, reverse=True)
        differing = [(a, b) for a, b in zip(gone.phrase.split(), kept.phrase.split(), strict=True) if a != b]
        if len(differing) == 1 and is_misspelling(*differing[0]):
            yield one, other


def _nearly(name: _Name) -> Iterable[tuple[str, ...]]:
    """Yield the phrase with one of its words, in turn, as it is and with each letter left out."""
    words = name.phrase.split()
    for i, word in enumerate(words):
        if len(word) >= SHORTEST:
            yield from ((*words[:i], form, *words[i + 1 :]) for form in deletions(word))


def _variants_of_inflection(names: Sequence[_Name]) -> _Pairs:
    return _sharing(names, lambda name: [" ".join(map(stem, name.phrase.split()))])


def _variants_of_translation(names: Sequence[_Name]) -> _Pairs:
    """Yield names of different languages that share a member, or a name that they are said beside."""
    first = {name.ref: name for name in reversed(names) if len(name.usage.members) >= FEWEST_MEMBERS}
    speaking = [(name, language) for name in first.values() if (language := name.usage.language())]
    languages = {name.ref: language for name, language in speaking}
    shared = _sharing([name for name, _ in speaking], lambda name: (*name.usage.members, *name.usage.beside))
    return ((one, other) for one, other in shared if languages[one.ref] != languages[other.ref])


class _Reason(NamedTuple):
    """A way to find pairs of names, and their likelihood without any likeness of use."""

    pairs: Callable[[Sequence[_Name]], _Pairs]
    worth: float


# In this order: a pair is suggested for the first reason that holds.
_REASONS = {
    AliasReason.SPACING: _Reason(_variants_of_spacing, 0.95),
    AliasReason.COUNTRY: _Reason(_spelt_elsewhere, 0.9),
    AliasReason.SPELLING: _Reason(_misspelt, 0.8),
    AliasReason.INFLECTION: _Reason(_variants_of_inflection, 0.7),
    AliasReason.LANGUAGE: _Reason(_variants_of_translation, 0.0),
}


def _sharing(names: Iterable[_Name], keys: Callable[[_Name], Iterable[Hashable]]) -> _Pairs:
    """Yield each pair of names that share a key, once; a key of very many names pairs none."""
    holders: dict[Hashable, list[_Name]] = defaultdict(list)
    for name in names:
        for key in dict.fromkeys(keys(name)):
            holders[key].append(name)
    seen: set[tuple[str, str]] = set()
    for held in holders.values():
        if len(held) > _MOST_SHARING:
            continue
        for one, other in combinations(held, 2):
            if (one.phrase, other.phrase) not in seen:
                seen.add((one.phrase, other.phrase))
                yield one, other
