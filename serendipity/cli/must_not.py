"""`serendipity must-not`: the managers' rules on who must not be introduced to whom."""

from pathlib import Path

import typer

from serendipity.cli.app import app, open_services
from serendipity.cli.imports import DryRun, File, Strict, import_file
from serendipity.cli.output import AsJson, console, print_table, report_errors, show
from serendipity.intake.inputs import MustNotInput
from serendipity.usecases.imports.tables import import_must_nots
from serendipity.usecases.introductions.must_not import drop_rule, end_forbidden_introductions, state_rule

rules = typer.Typer(no_args_is_help=True, help="Who must not be introduced to whom, by rule of the managers.")
app.add_typer(rules, name="must-not")
BY = "service"
WHO = "Ids, e-mail addresses or whole names, or organisation:NAME."


@rules.command("list")
@report_errors
def list_rules(context: typer.Context, as_json: bool = AsJson) -> None:
    """List the rules, newest first.

    Example: `serendipity must-not list`
    """
    with open_services(context) as services, services.ledger.read() as uow:
        found = uow.members.must_nots()
    rows = [(each.id, ", ".join(each.one), ", ".join(each.other) or "each other", each.why) for each in found]
    show(found, as_json=as_json, text=lambda: print_table(("rule", "these", "must not meet", "why"), rows))


@rules.command()
@report_errors
def add(
    context: typer.Context,
    one: list[str] = typer.Argument(help=f"These. {WHO}"),
    other: list[str] = typer.Option([], "--from", help="Whom they must not meet; without it: each other."),
    why: str = typer.Option("", help="A note for managers."),
    as_json: bool = AsJson,
) -> None:
    """State a rule; it ends the introductions on their way that it forbids.

    Example: `serendipity must-not add "Nora Visser" --from organisation:Rival`
    """
    with open_services(context) as services:
        done = state_rule(services, MustNotInput(one=tuple(one), other=tuple(other), why=why), by=BY)
    told = f"{done.rule.id}{'' if done.fresh else ' was there already'}; {done.ended} introductions ended."
    show(done, as_json=as_json, text=lambda: console.print(told, highlight=False))


@rules.command()
@report_errors
def remove(context: typer.Context, rule: str = typer.Argument(help="Id of a rule."), as_json: bool = AsJson) -> None:
    """Take a rule back.

    Example: `serendipity must-not remove rule-4f0c`
    """
    with open_services(context) as services:
        drop_rule(services.ledger, rule, by=BY, now=services.clock.now())
    told = f"{rule} holds no more."
    show({"removed": rule}, as_json=as_json, text=lambda: console.print(told, highlight=False))


@rules.command("import")
@report_errors
def import_rules(
    context: typer.Context, file: Path = File, dry_run: bool = DryRun, strict: bool = Strict, as_json: bool = AsJson
) -> None:
    """Import rules (CSV: one, other, why; several on a side with ; between).

    Example: `serendipity must-not import rules.csv --dry-run`
    """
    import_file(context, import_must_nots, file, dry_run, strict, as_json, scrubs=True)
    if not dry_run:
        with open_services(context) as services:
            end_forbidden_introductions(services, by=BY)
