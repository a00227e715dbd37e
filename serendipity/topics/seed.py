"""The vocabulary that a community starts with: topics written for it by hand, English with Dutch aliases."""

import csv
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

from serendipity.domain.model import NewRecord, RecordKind
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.vocabulary import Vocabulary

SOURCE = "seed"


def seed_records(now: datetime, *, vocabulary: Vocabulary | None = None) -> list[NewRecord]:
    """Return a record for each topic of the seed, parents first; with a vocabulary, for those it never heard of.

    Each id is that of its topic, so a start-up that was cut short goes on by asking again with the vocabulary.
    """
    rows = _parents_first(_rows())
    if vocabulary is not None:
        rows = [row for row in rows if not vocabulary.has_heard_of(topic_id(row["label"]))]
    return [_record(row, now) for row in rows]


def _rows() -> list[dict[str, str]]:
    text = files(__package__).joinpath("data", "seed.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


@cache
def _dutch() -> dict[str, str]:
    """Return what the topics of the seed are called in Dutch, by label."""
    text = files(__package__).joinpath("data", "labels-nl.csv").read_text(encoding="utf-8")
    return {row["label"]: row["dutch"] for row in csv.DictReader(text.splitlines(), delimiter=";")}


def _parents_first(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    by_label = {row["label"]: row for row in rows}
    ordered: dict[str, dict[str, str]] = {}

    def place(row: dict[str, str]) -> None:
        if row["label"] not in ordered:
            if row["parent"]:
                place(by_label[row["parent"]])
            ordered[row["label"]] = row

    for row in by_label.values():
        place(row)
    return list(ordered.values())


def _record(row: dict[str, str], now: datetime) -> NewRecord:
    id = topic_id(row["label"])
    aliases = [alias for alias in row["aliases"].split("|") if alias]
    labels = {"nl": _dutch()[row["label"]]} if row["label"] in _dutch() else {}
    return NewRecord(
        kind=RecordKind.TOPIC_ADDED,
        source=SOURCE,
        id=id,
        at=now,
        data={
            "topic": id,
            "label": row["label"],
            "labels": labels,
            "aliases": aliases,
            "parent": topic_id(row["parent"]) if row["parent"] else None,
            "sensitive": row["sensitive"] == "yes",
            "origin": SOURCE,
        },
        refs=(
            f"topic:{id}",
            *dict.fromkeys(f"phrase:{normalise(phrase)}" for phrase in (row["label"], *aliases)),
        ),
        timed=False,  # two processes that start at once say the same
    )
