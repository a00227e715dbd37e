"""`serendipity topics`: the vocabulary, what may become a part of it, and how it moves."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from serendipity.cli.app import open_services, read_settings
from serendipity.cli.output import AsJson, console, print_table, report_errors, show
from serendipity.cli.topics import commands
from serendipity.domain.model import Record, RecordKind, Topic
from serendipity.intake.dates import moment_of
from serendipity.topics.phrases import normalise
from serendipity.usecases.services import Services
from serendipity.usecases.topics import curation, drift, proposals
from serendipity.usecases.topics.curation import Decision, search_topics, topic_of
from serendipity.usecases.topics.vocabulary_table import TableReport, export_table, import_table

BY = "service"
TOPIC = typer.Argument(help="A topic: its id, name or another word for it.")


@commands.command("list")
@report_errors
def list_topics(
    context: typer.Context,
    search: str = typer.Option("", help="Only those with a word that holds this."),
    as_json: bool = AsJson,
) -> None:
    """List the topics with their other words.

    Example: `serendipity topics list --search farming`
    """
    with open_services(context) as services:
        known = services.reader.refresh()
        found = search_topics(known, search) if search else known.topics()
    rows = [(each.id, each.label, ", ".join(each.aliases), each.parent, each.sensitive or "") for each in found]
    columns = ("id", "topic", "other words", "part of", "sensitive")
    show([_plain(each) for each in found], as_json=as_json, text=lambda: print_table(columns, rows))


@commands.command()
@report_errors
def add(context: typer.Context, label: str = typer.Argument(help="Its name."), as_json: bool = AsJson) -> None:
    """Make a phrase a topic; earlier mentions count as well.

    Example: `serendipity topics add "urban beekeeping"`
    """
    with open_services(context) as services:
        id = curation.add(services, label, by=BY)
    show({"topic": id}, as_json=as_json, text=lambda: console.print(f"{escape(label)} is the topic {id} now."))


@commands.command()
@report_errors
def merge(
    context: typer.Context,
    topic: str = TOPIC,
    into: str = typer.Argument(help="The topic that stays."),
    as_json: bool = AsJson,
) -> None:
    """Merge a topic into another.

    Example: `serendipity topics merge "home brewing" brewing`
    """
    with open_services(context) as services:
        known = services.reader.refresh()
        data = {"topic": topic_of(known, topic).id, "into": topic_of(known, into).id}
        _decide(services, RecordKind.TOPIC_MERGED, data, as_json=as_json)


@commands.command()
@report_errors
def split(
    context: typer.Context,
    topic: str = TOPIC,
    phrase: list[str] = typer.Argument(help="Other words of the topic that become a topic of their own."),
    label: str = typer.Option("", help="Its name; the first of the words when left out."),
    as_json: bool = AsJson,
) -> None:
    """Make a topic of its own of some of a topic's words.

    Example: `serendipity topics split crafts ceramics pottery`
    """
    with open_services(context) as services:
        whole = topic_of(services.reader.refresh(), topic)
        id = curation.split(services, whole.id, phrase, label, by=BY)
    show({"topic": id}, as_json=as_json, text=lambda: console.print(f"The topic {id} was split off."))


@commands.command()
@report_errors
def rename(
    context: typer.Context,
    topic: str = TOPIC,
    label: str = typer.Argument(help="Its new name."),
    as_json: bool = AsJson,
) -> None:
    """Rename a topic; its earlier name stays another word for it.

    Example: `serendipity topics rename ai "artificial intelligence"`
    """
    with open_services(context) as services:
        data = {"topic": topic_of(services.reader.refresh(), topic).id, "label": label}
        _decide(services, RecordKind.TOPIC_RENAMED, data, as_json=as_json)


@commands.command()
@report_errors
def alias(
    context: typer.Context,
    topic: str = TOPIC,
    phrase: str = typer.Argument(help="Another word for it."),
    as_json: bool = AsJson,
) -> None:
    """Say that a phrase is another word for a topic.

    Example: `serendipity topics alias beekeeping apiculture`
    """
    with open_services(context) as services:
        data = {"topic": topic_of(services.reader.refresh(), topic).id, "phrase": phrase}
        _decide(services, RecordKind.TOPIC_ALIASED, data, as_json=as_json)


@commands.command()
@report_errors
def block(
    context: typer.Context,
    phrase: str = typer.Argument(help="A phrase that is never a topic."),
    allow: bool = typer.Option(False, "--allow", help="Take that back."),
    as_json: bool = AsJson,
) -> None:
    """Never take a phrase for a topic.

    Example: `serendipity topics block "happy friday"`
    """
    with open_services(context) as services:
        data = {"phrase": normalise(phrase), "blocked": not allow}
        _decide(services, RecordKind.PHRASE_BLOCKED, data, as_json=as_json)


@commands.command()
@report_errors
def sensitive(
    context: typer.Context,
    topic: str = TOPIC,
    no: bool = typer.Option(False, "--no", help="It is not sensitive."),
    as_json: bool = AsJson,
) -> None:
    """Flag a topic as sensitive: seen by its member only, never matched, never a reason.

    Example: `serendipity topics sensitive burn-out`
    """
    with open_services(context) as services:
        data = {"topic": topic_of(services.reader.refresh(), topic).id, "sensitive": not no}
        _decide(services, RecordKind.TOPIC_FLAGGED, data, as_json=as_json)


@commands.command()
@report_errors
def history(context: typer.Context, topic: str = TOPIC, as_json: bool = AsJson) -> None:
    """Say what was decided about a topic, by whom, and whether it holds.

    Example: `serendipity topics history beekeeping`
    """
    with open_services(context) as services:
        id = topic_of(services.reader.refresh(), topic).id
        with services.ledger.read() as uow:
            found = curation.history(services, uow, {f"topic:{id}"})
    rows = [(each.position, each.kind.value, f"{each.at:%Y-%m-%d %H:%M}", each.who, each.holds) for each in found]
    show(found, as_json=as_json, text=lambda: print_table(("position", "what", "when", "who", "holds"), rows))


@commands.command()
@report_errors
def undo(
    context: typer.Context,
    position: int = typer.Argument(help="The position that `topics history` names."),
    as_json: bool = AsJson,
) -> None:
    """Undo a decision about topics, or the undoing of one.

    Example: `serendipity topics undo 4711`
    """
    with open_services(context) as services:
        done = curation.undo(services, position, by=BY)
    _show_decision(done, as_json=as_json)


@commands.command()
@report_errors
def export(
    context: typer.Context,
    out: Path | None = typer.Option(None, help="File to write; standard output when left out."),
    as_json: bool = AsJson,
) -> None:
    """Write the vocabulary as CSV, or as JSON.

    Example: `serendipity topics export --out topics.csv`
    """
    with open_services(context) as services:
        known = services.reader.refresh()
    written = export_table(known)
    if out is not None:
        out.write_text(written, encoding="utf-8")
    show([_plain(each) for each in known.topics()], as_json=as_json, text=lambda: out or sys.stdout.write(written))


@commands.command("import")
@report_errors
def import_file(
    context: typer.Context,
    file: Path = typer.Argument(help="CSV as `topics export` writes it.", exists=True, dir_okay=False),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would change."),
    as_json: bool = AsJson,
) -> None:
    """Add and change topics as a table says; what it leaves out stays.

    Example: `serendipity topics import topics.csv --dry-run`
    """
    with open_services(context) as services:
        report = import_table(services, file.read_bytes(), by=BY, dry_run=dry_run)
    show(report, as_json=as_json, text=lambda: _print_report(report))


@commands.command("proposals")
@report_errors
def list_proposals(
    context: typer.Context, limit: int = typer.Option(20, min=1, help="At most so many."), as_json: bool = AsJson
) -> None:
    """List phrases that may become topics, with sentences that members may read.

    Example: `serendipity topics proposals`
    """
    with open_services(context) as services:
        services.reader.refresh()
        with services.ledger.read() as uow:
            found = proposals.proposals(services, uow, limit=limit)
    rows = [(each.phrase, each.members, each.agreed, "\n".join(each.examples)) for each in found]
    show(
        found, as_json=as_json, text=lambda: print_table(("phrase", "members", "agreed to matching", "examples"), rows)
    )


@commands.command()
@report_errors
def suggestions(
    context: typer.Context, limit: int = typer.Option(20, min=1, help="At most so many."), as_json: bool = AsJson
) -> None:
    """List names that may mean the same; nothing is merged by itself.

    Example: `serendipity topics suggestions --limit 5`
    """
    with open_services(context) as services:
        services.reader.refresh()
        with services.ledger.read() as uow:
            found = proposals.suggestions(services, uow, limit=limit)
    rows = [(each.gone, each.kept, each.reason.value, each.both, f"{each.score:.2f}") for each in found]
    columns = ("may mean", "the same as", "because of", "members who say both", "score")
    show(found, as_json=as_json, text=lambda: print_table(columns, rows))


@commands.command()
@report_errors
def rising(
    context: typer.Context,
    days: int | None = typer.Option(None, help="Only this window: 7, 30 or 90 days."),
    tell: bool = typer.Option(False, "--tell", help="Keep it for the pages and emit what is new as signals."),
    as_json: bool = AsJson,
) -> None:
    """Count which topics rise and fade beyond chance; the worker does this by itself once a day.

    Example: `serendipity topics rising --days 30`
    """
    with open_services(context) as services:
        services.reader.refresh()
        emitted = drift.tell_drift(services) if tell else 0
        counted = drift.count_drift(services)
    found = [each for each in counted.drifts if days in (None, each.days)]
    rows = [
        (
            each.topic,
            "rising" if each.rising else "fading",
            each.days,
            f"{each.members} of {each.active}",
            f"{each.members_before} of {each.active_before}",
            f"{each.q:.2g}",
        )
        for each in found
    ]
    columns = ("topic", "", "days", "members", "before", "q")
    show({"drifts": found, "emitted": emitted}, as_json=as_json, text=lambda: print_table(columns, rows))


@commands.command()
@report_errors
def groups(context: typer.Context, as_json: bool = AsJson) -> None:
    """List topics that hang together.

    Example: `serendipity topics groups`
    """
    with open_services(context) as services:
        found = [list(group) for group in drift.count_drift(services).groups]
    show(found, as_json=as_json, text=lambda: print_table(("group",), [(", ".join(group),) for group in found]))


@commands.command()
@report_errors
def link(
    context: typer.Context,
    one: str = TOPIC,
    other: str = typer.Argument(help="Another topic."),
    as_of: list[str] = typer.Option([], help="A moment, such as 2026-01-31; may be given again. Now when left out."),
    as_json: bool = AsJson,
) -> None:
    """Say how two topics hang together: the decayed count of check-ins with both, and their NPMI.

    Example: `serendipity topics link "big data" marketing --as-of 2026-01-31`
    """
    with open_services(context) as services:
        known, zone = services.reader.refresh(), read_settings(context).zone
        moments = [moment_of(each, zone) for each in as_of] or [services.clock.now()]
        with services.ledger.read() as uow:
            first, second = topic_of(known, one), topic_of(known, other)
            found = drift.link_over_time(services, uow, first, second, points=moments)
    rows = [(f"{p.at:%Y-%m-%d %H:%M}", f"{p.together:.2f}", "" if p.npmi is None else f"{p.npmi:.2f}") for p in found]
    show(found, as_json=as_json, text=lambda: print_table(("at", "together", "npmi"), rows))


def _decide(services: Services, kind: RecordKind, data: Mapping[str, Any], *, as_json: bool) -> None:
    [done] = curation.decide(services, Decision(kind=kind, data=data), by=BY)
    _show_decision(done, as_json=as_json)


def _show_decision(done: Record, *, as_json: bool) -> None:
    found = {"position": done.position, "decided": done.kind.value, "data": done.data}
    line = f"{done.kind.value}, at position {done.position}; `serendipity topics undo {done.position}` takes it back."
    show(found, as_json=as_json, text=lambda: console.print(line))


def _plain(topic: Topic) -> dict[str, Any]:
    return {**topic._asdict(), "labels": dict(topic.labels)}


def _print_report(report: TableReport) -> None:
    rows: Sequence[tuple[object, ...]] = [(each.line, each.topic, each.what, each.detail) for each in report.changes]
    print_table(("line", "topic", "change", ""), rows)
    for error in report.errors:
        console.print(f"[red]{escape(str(error))}[/]")
    done = "would change" if report.dry_run else "changed"
    console.print(f"{len(report.changes)} things {done}; {len(report.errors)} lines refused.")
