"""Short ways to write a vocabulary's history in tests."""

from datetime import UTC, datetime
from typing import Any

from serendipity.domain.model import Record, RecordKind
from serendipity.topics.phrases import topic_id
from serendipity.topics.seed import seed_records
from serendipity.topics.vocabulary import Vocabulary

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def record(position: int, kind: RecordKind, **data: Any) -> Record:
    """Return a record as the ledger would hand it out."""
    return Record(
        position=position,
        kind=kind,
        source="test",
        id=str(position),
        at=NOW,
        received_at=NOW,
        member=None,
        data=data,
    )


def tell(vocabulary: Vocabulary, kind: RecordKind, **data: Any) -> Vocabulary:
    """Apply one more record."""
    vocabulary.apply(record(vocabulary.version + 1, kind, **data))
    return vocabulary


def vocabulary_of(*labels: str) -> Vocabulary:
    """Return a vocabulary with a topic for each label."""
    vocabulary = Vocabulary()
    for label in labels:
        tell(vocabulary, RecordKind.TOPIC_ADDED, topic=topic_id(label), label=label)
    return vocabulary


def seeded() -> Vocabulary:
    """Return the vocabulary that a community starts with."""
    vocabulary = Vocabulary()
    for new in seed_records(NOW):
        tell(vocabulary, new.kind, **new.data)
    return vocabulary
