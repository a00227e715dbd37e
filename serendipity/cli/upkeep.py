"""`serendipity doctor`, `backup`, `restore`, `erase`."""


import typer

from serendipity.cli.app import app, services_of
from serendipity.cli.shown import AsJson, console, show, told_errors
from serendipity.commands import membership
from serendipity.commands.graph_upkeep import project


@app.command()
@told_errors
def erase(
    context: typer.Context,
    member: str = typer.Argument(help="The member's id."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = AsJson,
) -> None:
    """Forget a member for good, in ledger, graph, snapshots and outbox.

    Example: `serendipity erase m-001 --yes`
    """
    if not yes:
        typer.confirm(f"Erase {member} for good?", abort=True)
    with services_of(context) as services:
        membership.erase(services, member, by="command line")
        services.graph.migrate()
        project(services)
    show({"erased": member}, as_json=as_json, text=lambda: console.print(f"{member} is erased."))
