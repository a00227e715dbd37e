"""`serendipity graph`: status, catch-up, rebuild, reread."""

import typer

from serendipity.cli.app import app, open_services
from serendipity.cli.output import AsJson, console, print_table, report_errors, show, show_progress
from serendipity.usecases.topics import rereading
from serendipity.usecases.upkeep import graph

commands = typer.Typer(
    no_args_is_help=True, help="The graph: a projection of the ledger that can always be folded again."
)
app.add_typer(commands, name="graph")


@commands.command()
@report_errors
def status(context: typer.Context, as_json: bool = AsJson) -> None:
    """Say how far the graph is and what is in it.

    Example: `serendipity graph status`
    """
    with open_services(context) as services:
        services.graph.migrate()
        head, counts = services.graph.head(), services.graph.counts()
        behind = services.projector().behind()
    found = {"offset": head.offset, "behind": behind, "counts": counts}
    show(found, as_json=as_json, text=lambda: _print_status(head.offset, behind, counts))


@commands.command()
@report_errors
def migrate(context: typer.Context, as_json: bool = AsJson) -> None:
    """Bring the graph's schema to this version; the worker does this by itself when it starts.

    Example: `serendipity graph migrate`
    """
    with open_services(context) as services:
        services.graph.migrate()
        line = services.graph.check()
    show({"graph": line}, as_json=as_json, text=lambda: console.print(line))


@commands.command("catch-up")
@report_errors
def catch_up(context: typer.Context, as_json: bool = AsJson) -> None:
    """Read and fold what is new, and publish a snapshot; a running worker does this by itself.

    Example: `serendipity graph catch-up`
    """
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        services.graph.migrate()
        folded = graph.catch_up(services, progress=tell)
    show({"folded": folded}, as_json=as_json, text=lambda: console.print(f"{folded} records folded."))


@commands.command()
@report_errors
def rebuild(context: typer.Context, as_json: bool = AsJson) -> None:
    """Fold the whole ledger into an emptied graph, without reading any text again; a damaged file is put aside.

    Example: `serendipity graph rebuild`
    """
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        folded = graph.rebuild(services, progress=tell)
    show({"folded": folded}, as_json=as_json, text=lambda: console.print(f"{folded} records folded."))


@commands.command()
@report_errors
def reread(
    context: typer.Context,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would change."),
    as_json: bool = AsJson,
) -> None:
    """Read all texts again with today's vocabulary and append what is understood otherwise now.

    Example: `serendipity graph reread --dry-run`
    """
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        services.graph.migrate()
        report = rereading.reread(services, dry_run=dry_run, progress=tell)
    show(report, as_json=as_json, text=lambda: console.print(report.in_words()))


def _print_status(offset: int, behind: int, counts: dict[str, int]) -> None:
    console.print(f"Folded up to record {offset:,}; behind by {behind:,}.")
    print_table(("kind", "count"), sorted(counts.items()))
