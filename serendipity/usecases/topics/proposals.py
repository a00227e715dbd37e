"""Phrases that may become topics: who uses them, in which sentences, and names that may mean the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from serendipity.domain.model import Purpose, Record, RecordKind, Visibility
from serendipity.ports import UnitOfWork
from serendipity.topics.aliases import AliasReason, AliasSuggestion, suggest_aliases
from serendipity.topics.names import holds_surname, surnames_of
from serendipity.topics.phrases import normalise
from serendipity.topics.promotion import is_name, may_name_a_topic, name_forms
from serendipity.topics.understandings import understanding_from
from serendipity.topics.usage import USAGE_KINDS, usage_of
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.members.own_topics import read_own_topics
from serendipity.usecases.services import Services
from serendipity.usecases.topics.curation import Decision, build_added, decide
from serendipity.usecases.topics.reading import all_names

LATEST = 2_000
LATEST_FOR_SUGGESTIONS = 10_000
SHOWN, CONSIDERED = 12, 400
LOOKED_AT, EXAMPLES, LONGEST_EXAMPLE = 20, 3, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A phrase that may become a topic, with sentences that members may read, and whom it would concern.

    `members` used it; `agreed` of them take part in matching, so that only their interests would change.
    """

    phrase: str
    members: int
    agreed: int
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """Suggestion that `gone` is another name of `kept` (labels and refs), the reason, and how many members say both."""

    kept: str
    kept_ref: str
    gone: str
    gone_ref: str
    kept_phrase: str
    gone_phrase: str
    reason: AliasReason
    score: float
    both: int


def proposals(services: Services, uow: UnitOfWork, *, limit: int = SHOWN) -> list[Proposal]:
    """Return phrases of late that could name a topic and do not yet, the most used first.

    Everyday words, names of members and phrases that hang loose are left out, as they are never promoted either.
    """
    vocabulary, everybody = services.reader.vocabulary, frozenset(all_names(uow))
    names, surnames = name_forms(everybody), surnames_of(everybody, vocabulary.phrases())
    behind: defaultdict[str, list[int]] = defaultdict(list)
    for record in uow.records.recent(kinds={RecordKind.UNDERSTOOD}, limit=LATEST):
        for phrase in _open_phrases(record, vocabulary):
            behind[phrase].append(record.about or 0)
    latest = sorted(behind, key=lambda phrase: -len(behind[phrase]))[:CONSIDERED]
    users = uow.records.members_mentioning([f"phrase:{phrase}" for phrase in latest])
    count = {phrase: users.get(f"phrase:{phrase}", 0) for phrase in latest}
    unnamed = (each for each in latest if not is_name(each, names) and not holds_surname(each, surnames))
    able = (each for each in unnamed if count[each] and may_name_a_topic(each))
    ranked = sorted(able, key=lambda phrase: (-count[phrase], phrase))[:limit]
    return [_proposal(services, uow, phrase, behind[phrase]) for phrase in ranked]


def suggestions(services: Services, uow: UnitOfWork, *, limit: int = 50) -> list[Suggestion]:
    """Return names that may mean the same, from what was said of late; none that a manager kept apart."""
    vocabulary = services.reader.vocabulary
    records = uow.records.recent(kinds=USAGE_KINDS, limit=LATEST_FOR_SUGGESTIONS)
    used = usage_of(reversed(records), vocabulary)
    names = set(all_names(uow))
    found = suggest_aliases(vocabulary, used, apart=vocabulary.kept_apart(), member_names=names, limit=limit)
    return [_name_topic(each, vocabulary) for each in found]


def accept(services: Services, *, kept: str, gone: str, by: str) -> None:
    """Take two names (refs, "topic:…" or "phrase:…") for one: topics are merged, a phrase becomes another word.

    Of two phrases the kept one becomes a topic. Raises InvalidInput or Conflict.
    """
    vocabulary = services.reader.refresh()
    kept_kind, _, kept_name = kept.partition(":")
    gone_kind, _, gone_name = gone.partition(":")
    first = [] if kept_kind == "topic" else [build_added(vocabulary, kept_name)]
    id = str(first[0].data["topic"]) if first else kept_name
    if gone_kind == "topic":
        joined = Decision(kind=RecordKind.TOPIC_MERGED, data={"topic": gone_name, "into": id})
    else:
        joined = Decision(kind=RecordKind.TOPIC_ALIASED, data={"topic": id, "phrase": gone_name})
    decide(services, *first, joined, by=by)


def keep_apart(services: Services, phrase: str, other: str, *, by: str) -> None:
    """Say that two phrases do not mean the same: it is not suggested again."""
    decide(services, Decision(kind=RecordKind.PHRASE_KEPT_APART, data={"phrase": phrase, "other": other}), by=by)


def _name_topic(each: AliasSuggestion, vocabulary: Vocabulary) -> Suggestion:
    return Suggestion(
        kept=_label(each.kept, each.kept_phrase, vocabulary),
        kept_ref=each.kept,
        gone=_label(each.gone, each.gone_phrase, vocabulary),
        gone_ref=each.gone,
        kept_phrase=each.kept_phrase,
        gone_phrase=each.gone_phrase,
        reason=each.reason,
        score=each.score,
        both=each.both,
    )


def _label(ref: str, phrase: str, vocabulary: Vocabulary) -> str:
    topic = vocabulary.topic(ref.removeprefix("topic:")) if ref.startswith("topic:") else None
    return topic.label if topic else phrase


def _open_phrases(record: Record, vocabulary: Vocabulary) -> Iterable[str]:
    if record.data is None or not record.data.get("use", True):
        return ()
    mentions = understanding_from(record.data).mentions
    if any(id is not None and vocabulary.is_sensitive(id) for id in map(vocabulary.resolve, mentions)):
        return ()
    return {
        mention.phrase
        for mention in mentions
        if mention.topic is None and vocabulary.resolve(mention) is None and not vocabulary.is_blocked(mention.phrase)
    }


def _proposal(services: Services, uow: UnitOfWork, phrase: str, positions: Sequence[int]) -> Proposal:
    records = uow.records.touching({f"phrase:{phrase}"}, upto=uow.records.head(), kinds={RecordKind.UNDERSTOOD})
    users = {record.member for record in records if record.member}
    agreed = uow.members.with_purpose(Purpose.MATCHING, among=users)
    return Proposal(
        phrase=phrase, members=len(users), agreed=len(agreed), examples=_examples(services, uow, phrase, positions)
    )


def _examples(services: Services, uow: UnitOfWork, phrase: str, positions: Sequence[int]) -> tuple[str, ...]:
    """Return sentences with a phrase, of texts that members may read and that name nothing to be kept back."""
    looked_at = list(dict.fromkeys(positions))[:LOOKED_AT]
    readings = uow.records.about(looked_at)
    found: dict[str, None] = {}
    for position in looked_at:
        said = uow.records.get(position)
        if _readable(said) and not _names_private(services, uow, said, readings):
            found |= dict.fromkeys(_sentences(said, phrase))
        if len(found) >= EXAMPLES:
            break
    return tuple(found)[:EXAMPLES]


def _readable(said: Record) -> bool:
    data = said.data or {}
    return said.kind is RecordKind.CHECK_IN and data.get("visibility") == Visibility.MEMBERS.value


def _names_private(services: Services, uow: UnitOfWork, said: Record, readings: Mapping[int, Record]) -> bool:
    """Tell whether a text names something sensitive, or something that its member struck out or hides."""
    reading = readings.get(said.position)
    if reading is None or reading.data is None or said.member is None:
        return True
    vocabulary, own = services.reader.vocabulary, read_own_topics(uow, said.member)
    named = {vocabulary.resolve(mention) for mention in understanding_from(reading.data).mentions}
    struck = {id for id, of in own.struck if of in (None, said.position)}
    return any(id and (vocabulary.is_sensitive(id) or id in own.hidden or id in struck) for id in named)


def _sentences(said: Record, phrase: str) -> list[str]:
    """Return the sentences of a text that hold a phrase.

    A phrase is in normal form, which may be of another number or spelling than what was typed: then the whole text.
    """
    texts = [str((said.data or {}).get(field) or "") for field in ("text", "seeks", "offers")]
    sentences = [each.strip() for text in texts for each in re.split(r"(?<=[.!?…])\s+|\n+", text) if each.strip()]
    found = [each for each in sentences if phrase in normalise(each)] or [text for text in texts if text][:1]
    return [each if len(each) <= LONGEST_EXAMPLE else f"{each[:LONGEST_EXAMPLE]}…" for each in found]
