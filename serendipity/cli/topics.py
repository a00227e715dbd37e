"""`serendipity topics`: extract topics from texts, to try or to score the pipeline."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import typer

from serendipity.cli.app import app, open_services
from serendipity.cli.output import AsJson, console, report_errors, show
from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import NewRecord, Record, RecordKind
from serendipity.topics.phrases import topic_id
from serendipity.topics.pipeline import build_extractor
from serendipity.topics.ranker import Judgement
from serendipity.topics.seed import seed_records
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.learning.phrase_ranker import learn_from_history

commands = typer.Typer(no_args_is_help=True, help="Topics: what is understood of texts.")
app.add_typer(commands, name="topics")


@commands.command()
@report_errors
def extract(
    vocabulary: Path | None = typer.Option(
        None, help="JSON list of [label, count]; the seed vocabulary when left out.", exists=True, dir_okay=False
    ),
    statistics: bool = typer.Option(
        False, help="Without a vocabulary: read the texts twice, and judge phrases by how the texts use them."
    ),
    at_least: int = typer.Option(3, min=1, help="Leave out labels of the vocabulary seen less often."),
    most: int = typer.Option(5, min=1, max=5, help="Topics a text at most."),
) -> None:
    """Read JSON lines {"text", "lang"?} from standard input and write {"topics": [...]} in order.

    Example: `echo '{"text": "a chatbot for the library"}' | serendipity topics extract`
    """
    words = Vocabulary()
    now = datetime.now(UTC)
    known = [] if statistics else seed_records(now)
    new = known if vocabulary is None else _read_vocabulary(vocabulary, at_least, now)
    for position, each in enumerate(new, 1):
        words.apply(_record_at(each, position, now))
    extractor = build_extractor(words)
    texts: Iterable[str] = (_parse_text(line, number) for number, line in enumerate(sys.stdin, 1))
    if statistics:
        texts = list(texts)
        extractor.judge_by(Judgement(statistics=extractor.count(texts)))
    for text in texts:
        understanding = extractor.understand(text)
        topics = [topic for m in understanding.mentions if m.topic and (topic := words.topic(m.topic))]
        labels = [topic.label for topic in topics] + [m.phrase for m in understanding.mentions if not m.topic]
        sys.stdout.write(json.dumps({"topics": labels[:most]}, ensure_ascii=False) + "\n")


@commands.command()
@report_errors
def learn(
    context: typer.Context,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only try what would be learned."),
    as_json: bool = AsJson,
) -> None:
    """Learn from the topics that members kept and struck out; used only where it judges the latest history better.

    Example: `serendipity topics learn --dry-run`
    """
    with open_services(context) as services:
        now = services.clock.now()
        report = learn_from_history(services.ledger, services.reader, now=now, by="service", dry_run=dry_run)
    found = {**report.outcome.as_data(), "used": report.used}
    show(found, as_json=as_json, text=lambda: console.print(report.in_words()))


def _parse_text(line: str, number: int) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise InvalidInput(f'Line {number} is not JSON with a "text" of letters; send one object a line.')
    return text


def _read_vocabulary(path: Path, at_least: int, now: datetime) -> list[NewRecord]:
    try:
        labels = [(str(label), int(count)) for label, count in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(f"{path.name} is not a JSON list of [label, count].") from error
    return [
        NewRecord(
            kind=RecordKind.TOPIC_ADDED,
            source="file",
            id=topic_id(label),
            at=now,
            data={"topic": topic_id(label), "label": label.replace("-", " "), "aliases": [], "origin": "file"},
        )
        for label, count in labels
        if count >= at_least and topic_id(label)
    ]


def _record_at(new: NewRecord, position: int, now: datetime) -> Record:
    return Record(
        position=position,
        kind=new.kind,
        source=new.source,
        id=new.id,
        at=new.at,
        received_at=now,
        member=None,
        data=new.data,
    )
