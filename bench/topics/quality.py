"""F1 at five topics, macro, on stemmed labels: against all gold, and against the gold that occurs in the text."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from rich.table import Table

from bench.topics.texts import rows, tags, vocabulary_of
from serendipity.topics.pipeline import Extractor, build_extractor
from serendipity.topics.ranker import Judgement
from serendipity.topics.vocabulary import Vocabulary

MOST = 5


def quality_table() -> Table:
    """Score the labelled files; says so where there are none."""
    table = Table("texts", "read with", "F1, all gold", "F1, gold in the text", title="Topics: quality")
    labelled = rows("stackexchange_valid")
    if not labelled:
        table.add_row("none: set SERENDIPITY_BENCH to the folder of the labelled files", "", "", "")
        return table
    curated = build_extractor(vocabulary := vocabulary_of(tags()))
    for field in ("text", "title"):
        _add(table, f"stackexchange, {field}", "its training tags", labelled, field, curated, vocabulary)
        _add(table, f"stackexchange, {field}", "its own statistics", labelled, field)
    _add(table, "dekamer (Dutch), title", "its own statistics", rows("dekamer_nl_dev"), "title")
    noisy = rows("noisy_checkins")
    for field in ("text", "clean"):
        _add(table, f"noisy check-ins, {field}", "training tags", noisy, field, curated, vocabulary)
    return table


def _add(
    table: Table,
    name: str,
    how: str,
    labelled: Sequence[dict[str, Any]],
    field: str,
    extractor: Extractor | None = None,
    vocabulary: Vocabulary | None = None,
) -> None:
    texts = [row[field] for row in labelled]
    if extractor is None:
        extractor = build_extractor(Vocabulary())
        extractor.judge_by(Judgement(statistics=extractor.count(texts)))
    found = [_labels(extractor, vocabulary, text) for text in texts]
    table.add_row(name, how, *(f"{score:.3f}" for score in _scores(labelled, found, field)))


def _labels(extractor: Extractor, vocabulary: Vocabulary | None, text: str) -> list[str]:
    mentions = extractor.understand(text).mentions
    if vocabulary is None:
        return [mention.phrase for mention in mentions]
    topics = (vocabulary.topic(mention.topic) for mention in mentions if mention.topic)
    return [topic.label for topic in topics if topic is not None]


def _scores(labelled: Sequence[dict[str, Any]], found: Iterable[Sequence[str]], field: str) -> tuple[float, float]:
    every, present = [], []
    for row, labels in zip(labelled, found, strict=True):
        language = row["lang"]
        gold = {_stem(topic, language) for topic in row["topics"]} - {""}
        given = set(list(dict.fromkeys(filter(None, (_stem(label, language) for label in labels))))[:MOST])
        text = f" {_stem(row[field], language)} "
        here = {topic for topic in gold if f" {topic} " in text}
        every += [_f1(given, gold)] if gold else []
        present += [_f1(given, here)] if here else []
    return sum(every) / max(len(every), 1), sum(present) / max(len(present), 1)


def _stem(text: str, language: str) -> str:
    stem = _stemmer(language)
    return " ".join(stem(word) for word in re.findall(r"\w+", text.lower().replace("_", " ")))


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    from nltk.stem.porter import PorterStemmer  # which loads 100 MB that no memory of topics should be blamed for
    from nltk.stem.snowball import SnowballStemmer

    stem: Callable[[str], str] = SnowballStemmer("dutch").stem if language == "nl" else PorterStemmer().stem
    return stem


def _f1(found: set[str], gold: set[str]) -> float:
    return 2 * len(found & gold) / (len(found) + len(gold))
