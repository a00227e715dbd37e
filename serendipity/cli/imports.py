"""`serendipity import`: members, events, attendance and check-ins from files."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import typer

from serendipity.cli.app import app, open_services, read_settings, relax_garbage_collection
from serendipity.cli.output import AsJson, console, error_console, report_errors, show, show_progress
from serendipity.cli.projector_process import project_in_background
from serendipity.intake.dates import moment_of
from serendipity.usecases.imports import data_sets, tables
from serendipity.usecases.imports.tables import ImportOptions, ImportReport
from serendipity.usecases.upkeep import graph

commands = typer.Typer(no_args_is_help=True, help="Bring in members, events, attendance and check-ins from files.")
app.add_typer(commands, name="import")

File = typer.Argument(help="The file.", exists=True, dir_okay=False)
MUCH = 20_000  # records that are worth a second process, which takes seconds to start
DryRun = typer.Option(False, "--dry-run", help="Check everything and keep nothing.")
Strict = typer.Option(False, "--strict", help="Keep nothing when any line is wrong.")


@commands.command()
@report_errors
def members(
    context: typer.Context, file: Path = File, dry_run: bool = DryRun, strict: bool = Strict, as_json: bool = AsJson
) -> None:
    """Import members (CSV: name, email, organisation, about, skills, seeks, offers, locale, consents).

    Example: `serendipity import members members.csv --dry-run`
    """
    import_file(context, tables.import_members, file, dry_run, strict, as_json, scrubs=True)


@commands.command()
@report_errors
def events(
    context: typer.Context, file: Path = File, dry_run: bool = DryRun, strict: bool = Strict, as_json: bool = AsJson
) -> None:
    """Import events (iCalendar, or CSV: id, title, starts_at, ends_at, description, place).

    Example: `serendipity import events calendar.ics`
    """
    import_file(context, tables.import_events, file, dry_run, strict, as_json, scrubs=True)


@commands.command()
@report_errors
def attendance(
    context: typer.Context, file: Path = File, dry_run: bool = DryRun, strict: bool = Strict, as_json: bool = AsJson
) -> None:
    """Import who was at which event (CSV: member, event, role, at).

    Example: `serendipity import attendance attendance.csv`
    """
    import_file(context, tables.import_attendance, file, dry_run, strict, as_json, scrubs=False)


@commands.command("check-ins")
@report_errors
def check_ins(
    context: typer.Context, file: Path = File, dry_run: bool = DryRun, strict: bool = Strict, as_json: bool = AsJson
) -> None:
    """Import check-ins (CSV: member, text, seeks, offers, visibility, place, at).

    Example: `serendipity import check-ins check-ins.csv`
    """
    import_file(context, tables.import_check_ins, file, dry_run, strict, as_json, scrubs=True)


@commands.command()
@report_errors
def pack(
    context: typer.Context,
    folder: Path = typer.Argument(
        help="Folder with people, events, check_ins, attendance, ties (.jsonl.gz).", exists=True
    ),
    until: str | None = typer.Option(None, help="Leave out what happened at or after this date."),
    dry_run: bool = DryRun,
    as_json: bool = AsJson,
) -> None:
    """Import a pack of test data, with consent for all of its people; then read, fold and publish.

    Example: `serendipity import pack PACK --until 2018-01-01`
    """
    relax_garbage_collection()
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        report = data_sets.import_pack(
            services.ledger,
            folder,
            until=moment_of(until).date() if until else None,
            now=services.clock.now(),
            scrub=services.scrub,
            dry_run=dry_run,
            progress=tell,
        )
        if not dry_run:
            services.graph.migrate()
            much = services.keeper.behind() > MUCH
            with project_in_background(read_settings(context)) if much else nullcontext():
                graph.read(services, progress=tell)
            graph.catch_up(services, progress=tell)
    show(report, as_json=as_json, text=lambda: _print(report))


def import_file(
    context: typer.Context,
    read: Callable[..., ImportReport],
    file: Path,
    dry_run: bool,
    strict: bool,
    as_json: bool,
    *,
    scrubs: bool,
) -> None:
    """Import a file and print errors by line; exit status 1 when there are any. Running it again is safe."""
    settings = read_settings(context)
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        more: dict[str, Any] = {"scrub": services.scrub} if scrubs else {}
        options = ImportOptions(zone=settings.zone, dry_run=dry_run, strict=strict, progress=tell)
        report = read(services.ledger, file, now=services.clock.now(), options=options, **more)
    show(report, as_json=as_json, text=lambda: _print(report))
    if report.errors:
        raise typer.Exit(1)


def _print(report: ImportReport) -> None:
    for note in report.notes:
        error_console.print(note, highlight=False)
    for error in report.errors:
        error_console.print(str(error), highlight=False)
    would = " (dry run: nothing was kept)" if report.dry_run else ""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in report.counts.items())
    console.print(f"{report.added:,} new, {report.known:,} known, {len(report.errors):,} wrong{would}. {kinds}")
