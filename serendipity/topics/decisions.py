"""Decisions about topics and phrases: what may be decided, what it touches, and which of them still hold."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from serendipity.domain.errors import Conflict, InvalidInput
from serendipity.domain.model import NewRecord, Record, RecordKind
from serendipity.topics.phrases import normalise

if TYPE_CHECKING:
    from serendipity.topics.vocabulary import Vocabulary


def refs_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a decision names: its topics first, then its phrases.

    >>> refs_of({"topic": "big-data", "phrase": "Large Data"})
    ('topic:big-data', 'phrase:large data')
    """
    topics = [f"topic:{data[key]}" for key in ("topic", "into", "parent") if data.get(key)]
    named = (data.get("label"), data.get("phrase"), data.get("other"), *(data.get("aliases") or ()))
    phrases = [f"phrase:{form}" for each in named if each and (form := normalise(str(each)))]
    return tuple(dict.fromkeys((*topics, *phrases)))


def undone_positions(history: Iterable[Record]) -> set[int]:
    """Return the positions of the decisions that do not hold any more; an undoing may itself be undone."""
    gone: set[int] = set()
    for record in sorted(history, key=lambda each: -each.position):
        if record.kind is RecordKind.CURATION_UNDONE and record.position not in gone:
            gone.add(taken_back_by(record))
    return gone


def taken_back_by(undoing: Record) -> int:
    """Return the position of what an undoing takes back; 0 where it names nothing earlier than itself."""
    position = int((undoing.data or {})["record"])
    return position if position < undoing.position else 0


def makes_topic(record: Record) -> bool:
    """Tell whether a decision makes a topic, rather than adding words to one; it is retracted, never taken back."""
    return record.kind is RecordKind.TOPIC_ADDED and bool((record.data or {}).get("origin"))


def name_of(id: str, history: Iterable[Record]) -> str:
    """Return what a topic was last called by itself, also one that is merged or retracted; its id where none says."""
    naming = {RecordKind.TOPIC_ADDED, RecordKind.TOPIC_RENAMED}
    named = (record.data or {} for record in history if record.kind in naming)
    labels = [str(data["label"]) for data in named if data.get("topic") == id]
    return labels[-1] if labels else id


def check(new: NewRecord, vocabulary: "Vocabulary") -> None:
    """Raise InvalidInput or Conflict where a decision could not hold; say so before it is appended."""
    data = new.data
    match new.kind:
        case RecordKind.CURATION_UNDONE:
            _check_undoing(int(data["record"]), vocabulary)
        case RecordKind.PHRASE_BLOCKED:
            _need_word(data, "phrase", "Name a phrase with a word in it.")
        case RecordKind.PHRASE_KEPT_APART:
            _need_word(data, "phrase", "Name a phrase with a word in it.")
            _need_word(data, "other", "Name a phrase with a word in it.")
        case RecordKind.TOPIC_ADDED:
            _need_word(data, "label", "Name a label with a word in it.")
        case _:
            _check_change(new.kind, data, vocabulary)


def _check_undoing(position: int, vocabulary: "Vocabulary") -> None:
    record = vocabulary.decision(position)
    _need(record is not None, "There is no such decision about topics.")
    _agree(record is not None and not makes_topic(record), "Retract the topic instead.")
    _agree(vocabulary.holds(position), "This was undone already.")


def _check_change(kind: RecordKind, data: Mapping[str, Any], vocabulary: "Vocabulary") -> None:
    topic = vocabulary.topic(str(data.get("topic")))
    if topic is None:
        raise InvalidInput(f"There is no topic {str(data.get('topic'))!r}.")
    match kind:
        case RecordKind.TOPIC_MERGED:
            into = vocabulary.topic(str(data.get("into")))
            _need(into is not None, f"There is no topic {data.get('into')!r} to merge into.")
            _agree(into is not None and into.id != topic.id, "A topic cannot be merged into itself.")
        case RecordKind.TOPIC_PARENTED if data.get("parent") is not None:
            parent = vocabulary.topic(str(data["parent"]))
            _need(parent is not None, f"There is no topic {data['parent']!r} to be the parent.")
            _agree(topic.id not in vocabulary.line(str(data["parent"])), "A topic cannot be narrower than itself.")
        case RecordKind.TOPIC_RENAMED:
            _need_word(data, "label", "Name a label with a word in it.")
        case RecordKind.TOPIC_ALIASED:
            _need_word(data, "phrase", "Name a phrase with a word in it.")


def _need_word(data: Mapping[str, Any], field: str, message: str) -> None:
    _need(bool(normalise(str(data.get(field) or ""))), message)


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidInput(message)


def _agree(holds: bool, message: str) -> None:
    if not holds:
        raise Conflict(message)
