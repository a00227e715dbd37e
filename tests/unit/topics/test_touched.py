"""The refs that a record touches cover every mention whose meaning it changes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from serendipity.domain.model import Mention, Record, RecordKind
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.vocabulary import Vocabulary
from tests.unit.topics.history import record, tell, vocabulary_of

LABELS = ("pottery", "weaving", "big data", "felt", "loom")
labels = st.sampled_from(LABELS)
ids = labels.map(topic_id)

changes = st.one_of(
    st.builds(
        lambda label, aliases, parent: (
            RecordKind.TOPIC_ADDED,
            {"topic": topic_id(label), "label": label, "aliases": aliases, "parent": parent},
        ),
        labels,
        st.lists(labels, max_size=2),
        st.none() | ids,
    ),
    st.builds(lambda a, b: (RecordKind.TOPIC_MERGED, {"topic": a, "into": b}), ids, ids),
    st.builds(lambda a, b: (RecordKind.TOPIC_RENAMED, {"topic": a, "label": b}), ids, labels),
    st.builds(lambda a, b: (RecordKind.TOPIC_ALIASED, {"topic": a, "phrase": b}), ids, labels),
    st.builds(lambda a, b: (RecordKind.TOPIC_PARENTED, {"topic": a, "parent": b}), ids, st.none() | ids),
    st.builds(lambda a, b: (RecordKind.TOPIC_FLAGGED, {"topic": a, "sensitive": b}), ids, st.booleans()),
    st.builds(lambda a: (RecordKind.TOPIC_RETRACTED, {"topic": a}), ids),
    st.builds(lambda a: (RecordKind.CURATION_UNDONE, {"record": a}), st.integers(1, 14)),
    st.builds(lambda a, b: (RecordKind.PHRASE_BLOCKED, {"phrase": a, "blocked": b}), labels, st.booleans()),
)


def meanings(vocabulary: Vocabulary) -> dict[Mention, tuple[str | None, bool]]:
    """Return what every possible mention stands for, and whether that is sensitive."""
    found = {}
    for phrase in map(normalise, LABELS):
        for topic in (None, *map(topic_id, LABELS)):
            mention = Mention(phrase=phrase, topic=topic, start=0, end=1)
            stands_for = vocabulary.resolve(mention)
            found[mention] = (stands_for, stands_for is not None and vocabulary.is_sensitive(stands_for))
    return found


def refs_of(mention: Mention) -> set[str]:
    """Return the refs under which an understanding with this mention is found."""
    return {f"phrase:{mention.phrase}"} | ({f"topic:{mention.topic}"} if mention.topic else set())


@settings(max_examples=300, deadline=None)
@given(st.lists(changes, min_size=1, max_size=14))
def test_touched_refs_cover_every_mention_that_changes(history: list[tuple[RecordKind, dict[str, object]]]) -> None:
    """Asked before the record is applied; so that folding again what they find is folding enough."""
    vocabulary = Vocabulary()
    for position, (kind, data) in enumerate(history, 1):
        new: Record = record(position, kind, **data)
        before, touched = meanings(vocabulary), vocabulary.refs_touched_by(new)

        vocabulary.apply(new)

        changed = {mention for mention, meaning in meanings(vocabulary).items() if meaning != before[mention]}
        assert [mention for mention in changed if not refs_of(mention) & touched] == []


def test_parents_are_those_of_live_topics() -> None:
    """Merged topics have none, and a parent that was merged is what it became."""
    vocabulary = vocabulary_of("felt", "weaving", "textile")
    tell(vocabulary, RecordKind.TOPIC_PARENTED, topic="felt", parent="weaving")

    tell(vocabulary, RecordKind.TOPIC_MERGED, topic="weaving", into="textile")

    assert vocabulary.parents() == {"felt": "textile"}
