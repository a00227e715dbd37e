"""The texts and vocabularies that are measured on: labelled files where SERENDIPITY_BENCH names their folder."""

import gzip
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from serendipity.domain.model import Record, RecordKind
from serendipity.topics.phrases import topic_id
from serendipity.topics.seed import seed_records
from serendipity.topics.vocabulary import Vocabulary

NOW = datetime(2026, 5, 13, 15, tzinfo=UTC)
WORDS = 38  # of a text whose speed is measured
FEWEST_SEEN = 3
FIRST_TEXT = "potery for women and houses, en huizen"  # loads all dictionaries, where pottery is a topic


def folder() -> Path | None:
    """Return the folder of labelled files; None where the environment names none."""
    named = os.environ.get("SERENDIPITY_BENCH")
    return Path(named) / "topics" if named else None


def rows(name: str) -> list[dict[str, Any]]:
    """Read a labelled file."""
    here = folder()
    if here is None:
        return []
    with gzip.open(here / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def tags() -> list[str]:
    """Return the tags of the training texts that were seen often enough."""
    here = folder()
    if here is None:
        return []
    counted = json.loads((here / "vocab_stackexchange_train_tags.json").read_text(encoding="utf-8"))
    return [label.replace("-", " ") for label, count in counted if count >= FEWEST_SEEN]


def check_in_texts(count: int) -> list[str]:
    """Return texts of 38 words each, of what the example community says."""
    from serendipity.demo.community import (
        load_community,
    )  # which loads much that no memory of topics should be blamed for

    words = " ".join(check_in.text for check_in in load_community(NOW).check_ins).split()
    wrapped = words * (1 + count * WORDS // len(words))
    return [" ".join(wrapped[i * WORDS : (i + 1) * WORDS]) for i in range(count)]


def many_labels(count: int) -> list[str]:
    """Return invented labels of one and two words, out of the words of the seed."""
    words = sorted({word for new in seed_records(NOW) for word in str(new.data["label"]).lower().split()})
    pairs = (f"{one} {other}" for one, other in product(words, words[::7]) if one != other)
    return [*words, *pairs][:count]


def vocabulary_of(labels: Iterable[str]) -> Vocabulary:
    """Return a vocabulary with a topic for each label."""
    vocabulary = Vocabulary()
    for position, label in enumerate(labels, 1):
        vocabulary.apply(
            Record(
                position=position,
                kind=RecordKind.TOPIC_ADDED,
                source="bench",
                id=str(position),
                at=NOW,
                received_at=NOW,
                member=None,
                data={"topic": topic_id(label), "label": label},
            )
        )
    return vocabulary
