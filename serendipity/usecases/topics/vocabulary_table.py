"""The vocabulary as a table (CSV): written, read back, and what reading one would change."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from serendipity.domain.errors import InvalidInput, SerendipityError
from serendipity.domain.model import RecordKind, Topic
from serendipity.intake.files.lines import Line, LineError
from serendipity.intake.files.tables import Columns, read_table
from serendipity.topics.decisions import check
from serendipity.topics.phrases import normalise
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.services import Services
from serendipity.usecases.topics.curation import Decision, append_decision, as_if, build_added, decide

FIELDS = ("topic", "label", "aliases", "parent", "sensitive", "labels", "blocked")
COLUMNS = Columns(
    names={
        "topic": ("id",),
        "label": ("name", "naam", "onderwerp"),
        "aliases": ("synonyms", "synoniemen", "other words", "andere woorden"),
        "parent": ("part of", "onderdeel van"),
        "sensitive": ("gevoelig",),
        "labels": ("translations", "vertalingen"),
        "blocked": ("never", "geblokkeerd", "nooit"),
    },
    needed=("label",),
)
_YES = frozenset({"yes", "ja", "1", "true", "x"})
_NO = frozenset({"no", "nee", "0", "false"})
_FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet would calculate (OWASP, CSV injection)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change that one line of a table makes: `what` names the kind of record, `topic` the label."""

    line: int
    what: str
    topic: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """Changes that a table made, or would make; lines with errors change nothing."""

    changes: tuple[Change, ...]
    errors: tuple[LineError, ...]
    unused: tuple[str, ...]
    dry_run: bool


def export_table(vocabulary: Vocabulary) -> str:
    """Return the whole vocabulary as CSV: topics by label, then the phrases that are never taken for one."""
    labels = {topic.id: topic.label for topic in vocabulary.topics()}
    written = io.StringIO()
    writer = csv.DictWriter(written, FIELDS)
    writer.writeheader()
    for topic in vocabulary.topics():
        writer.writerow({field: _safe(text) for field, text in _row(topic, labels).items()})
    for phrase in vocabulary.blocked():
        writer.writerow({"label": _safe(phrase), "blocked": "yes"})
    return written.getvalue()


def import_table(services: Services, content: bytes, *, by: str, dry_run: bool = False) -> TableReport:
    """Add and change topics as a table says; what it leaves out stays. Raises InvalidInput for the whole file.

    Lines are taken in order, parents in any. An import that finds nothing to change writes nothing.
    """
    table = read_table(content, COLUMNS)
    trial = Vocabulary(services.reader.refresh().history())
    planned: list[tuple[Line, Decision]] = []
    errors = list(table.errors)
    for step in (_find_topic, _parentage):
        for line in table.lines:
            try:
                for decision in step(line, trial):
                    _try(trial, decision, services)
                    planned.append((line, decision))
            except SerendipityError as error:
                errors.append(LineError(line=line.number, problem=str(error)))
    if planned and not dry_run:
        decide(services, *(decision for _, decision in planned), by=by)
    changes = tuple(_change(line, decision) for line, decision in sorted(planned, key=lambda each: each[0].number))
    errors.sort(key=lambda error: error.line)
    return TableReport(changes=changes, errors=tuple(errors), unused=table.unused, dry_run=dry_run)


def _row(topic: Topic, labels: Mapping[str, str]) -> dict[str, str]:
    return {
        "topic": topic.id,
        "label": topic.label,
        "aliases": "|".join(topic.aliases),
        "parent": labels.get(topic.parent or "", ""),
        "sensitive": "yes" if topic.sensitive else "no",
        "labels": "|".join(f"{locale}={label}" for locale, label in topic.labels),
    }


def _find_topic(line: Line, vocabulary: Vocabulary) -> Iterator[Decision]:
    """Return what a line decides about its topic itself: that it is one, its name, other words, sensitivity."""
    label = _plain(line.values.get("label", ""))
    if not normalise(label):
        raise _wrong("label", "is empty; fill it in")
    if _flag(line, "blocked"):
        if not vocabulary.is_blocked(label):
            yield Decision(kind=RecordKind.PHRASE_BLOCKED, data={"phrase": normalise(label), "blocked": True})
        return
    topic = _find_known(line, vocabulary)
    aliases = [_plain(each) for each in line.values.get("aliases", "").split("|") if normalise(each)]
    labels = dict(_translations(line))
    if topic is None:
        sensitive = bool(_flag(line, "sensitive"))
        yield build_added(vocabulary, label, origin="file", aliases=aliases, labels=labels, sensitive=sensitive)
        return
    yield from _find_changes(topic, line, label, aliases)
    if labels.items() - dict(topic.labels).items():
        yield Decision(kind=RecordKind.TOPIC_ADDED, data={"topic": topic.id, "label": topic.label, "labels": labels})


def _find_changes(topic: Topic, line: Line, label: str, aliases: list[str]) -> Iterator[Decision]:
    if label != topic.label:
        yield Decision(kind=RecordKind.TOPIC_RENAMED, data={"topic": topic.id, "label": label})
    known = {normalise(each) for each in (label, topic.label, *topic.aliases)}
    for alias in aliases:
        if normalise(alias) not in known:
            yield Decision(kind=RecordKind.TOPIC_ALIASED, data={"topic": topic.id, "phrase": alias})
    sensitive = _flag(line, "sensitive")
    if sensitive is not None and sensitive != topic.sensitive:
        yield Decision(kind=RecordKind.TOPIC_FLAGGED, data={"topic": topic.id, "sensitive": sensitive})


def _parentage(line: Line, vocabulary: Vocabulary) -> Iterator[Decision]:
    """Return what a line decides about what its topic is part of; an empty cell leaves it as it is."""
    wanted, topic = _plain(line.values.get("parent", "")), _find_known(line, vocabulary)
    if not wanted or topic is None or _flag(line, "blocked"):
        return
    parent = vocabulary.topic(vocabulary.find(wanted) or wanted)
    if parent is None:
        raise _wrong("parent", f"names no topic: {wanted!r}")
    if parent.id != topic.parent:
        yield Decision(kind=RecordKind.TOPIC_PARENTED, data={"topic": topic.id, "parent": parent.id})


def _find_known(line: Line, vocabulary: Vocabulary) -> Topic | None:
    """Return the topic that a line is about: that of its id, else the one that is called so."""
    by_id = vocabulary.topic(line.values.get("topic", ""))
    return by_id or vocabulary.topic(vocabulary.find(_plain(line.values.get("label", ""))) or "")


def _translations(line: Line) -> Iterator[tuple[str, str]]:
    for each in filter(None, line.values.get("labels", "").split("|")):
        locale, mark, label = each.partition("=")
        if not mark or not label.strip() or not locale.strip().isalpha():
            raise _wrong("labels", f"write a language and a name, such as nl=belastingen, instead of {each!r}")
        yield locale.strip().lower(), label.strip()


def _flag(line: Line, field: str) -> bool | None:
    text = line.values.get(field, "").casefold()
    if text and text not in _YES | _NO:
        raise _wrong(field, f"write yes or no instead of {text!r}")
    return text in _YES if text else None


def _try(trial: Vocabulary, decision: Decision, services: Services) -> None:
    """Apply a decision to the trial vocabulary as if it were recorded."""
    new = append_decision(decision, services.clock.now())
    check(new, trial)
    trial.apply(as_if(new, trial.version + 1))


def _change(line: Line, decision: Decision) -> Change:
    data = decision.data
    detail = data.get("phrase") or data.get("parent") or data.get("label") or ("yes" if data.get("sensitive") else "no")
    return Change(line=line.number, what=decision.kind.value, topic=line.values["label"], detail=str(detail))


def _wrong(column: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{column}: {problem}")


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
