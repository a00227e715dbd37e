"""The vocabulary that a community starts with: topics written for it by hand, English with Dutch aliases."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from serendipity.domain.model import NewRecord, RecordKind
from serendipity.topics.decisions import refs_of
from serendipity.topics.phrases import normalise, topic_id
from serendipity.topics.promotion import SOURCE as PROMOTION
from serendipity.topics.vocabulary import Vocabulary

SOURCE = "seed"
_FLAGGED = RecordKind.TOPIC_FLAGGED


def seed_records(now: datetime, *, vocabulary: Vocabulary | None = None) -> list[NewRecord]:
    """Return a record for each topic of the seed, parents first; with a vocabulary, for what is new to it.

    New are topics that it never heard of, and phrases that no earlier seed gave it: an upgrade brings both. A
    start-up that was cut short goes on by asking again with the vocabulary. What managers decided stays.
    """
    rows = _parents_first(_rows())
    if vocabulary is None:
        return [_record(row, now) for row in rows]
    new = [row for row in rows if not vocabulary.has_heard_of(topic_id(row["label"]))]
    flags = _flags(rows, vocabulary, now)
    flagged = {str(flag.data["topic"]) for flag in flags}
    return [*(_record(row, now) for row in new), *flags, *_phrases_added(rows, vocabulary, flagged, now)]


def _rows() -> list[dict[str, str]]:
    text = files(__package__).joinpath("data", "seed.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


@cache
def _dutch() -> dict[str, str]:
    """Return what the topics of the seed are called in Dutch, by label."""
    text = files(__package__).joinpath("data", "labels-nl.csv").read_text(encoding="utf-8")
    return {row["label"]: row["dutch"] for row in csv.DictReader(text.splitlines(), delimiter=";")}


def _flags(rows: Iterable[dict[str, str]], vocabulary: Vocabulary, now: datetime) -> list[NewRecord]:
    """Return records that flag topics which members' use made of phrases that the seed calls sensitive.

    A topic that was flagged before, or freed of it, is left as it is.
    """
    origins = vocabulary.origins()
    decided = {str((each.data or {}).get("topic")) for each in vocabulary.history() if each.kind is _FLAGGED}
    ids = (topic_id(phrase) for row in rows if row["sensitive"] for phrase in (row["label"], *_aliases(row)))
    promoted = {id for id in ids if origins.get(id) == PROMOTION and id not in decided}
    live = sorted(id for id in promoted if vocabulary.topic(id) and not vocabulary.is_sensitive(id))
    return [
        NewRecord(
            kind=_FLAGGED,
            source=SOURCE,
            id=f"{id}:sensitive",
            at=now,
            data={"topic": id, "sensitive": True},
            refs=(f"topic:{id}",),
            timed=False,
        )
        for id in live
    ]


def _phrases_added(
    rows: Iterable[dict[str, str]], vocabulary: Vocabulary, flagged: set[str], now: datetime
) -> Iterator[NewRecord]:
    """Yield records that give topics of the seed, and those that became sensitive, their new phrases.

    Topics that were retracted, and open ones that managers made, get none.
    """
    given, origins = _given_rows(vocabulary), vocabulary.origins()
    for row in rows:
        topic = vocabulary.topic(topic_id(row["label"]))
        aliases = [alias for alias in _aliases(row) if normalise(alias) not in given]
        if topic is None or not aliases:
            continue
        if origins.get(topic.id) == SOURCE or topic.id in flagged or vocabulary.is_sensitive(topic.id):
            labels = {locale: label for locale, label in _labels(row).items() if locale not in dict(topic.labels)}
            data = {"topic": topic.id, "label": topic.label, "labels": labels, "aliases": aliases}
            key = blake2b("|".join(aliases).encode(), digest_size=8).hexdigest()
            yield NewRecord(
                kind=RecordKind.TOPIC_ADDED,
                source=SOURCE,
                id=f"{topic.id}:{key}",
                at=now,
                data=data,
                refs=refs_of(data),
                timed=False,
            )


def _given_rows(vocabulary: Vocabulary) -> set[str]:
    """Return the phrases, in normal form, that seeds gave a vocabulary, also where that was undone."""
    added = (each for each in vocabulary.history() if each.kind is RecordKind.TOPIC_ADDED and each.data)
    of_seeds = (each.data or {} for each in added if SOURCE in (each.source, (each.data or {}).get("origin")))
    return {normalise(alias) for data in of_seeds for alias in data.get("aliases") or ()}


def _aliases(row: dict[str, str]) -> list[str]:
    return [alias for alias in row["aliases"].split("|") if alias]


def _labels(row: dict[str, str]) -> dict[str, str]:
    return {"nl": _dutch()[row["label"]]} if row["label"] in _dutch() else {}


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
    aliases = _aliases(row)
    return NewRecord(
        kind=RecordKind.TOPIC_ADDED,
        source=SOURCE,
        id=id,
        at=now,
        data={
            "topic": id,
            "label": row["label"],
            "labels": _labels(row),
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
