"""`serendipity must-not`: who must not be introduced to whom, by rule of the managers."""

from pathlib import Path

import typer

from serendipity.cli.app import app, services_of
from serendipity.cli.imports import DryRun, File, Strict, import_file
from serendipity.cli.output import AsJson, console, show, table, told_errors
from serendipity.intake.inputs import MustNotInput
from serendipity.usecases.imports.tables import import_must_nots
from serendipity.usecases.introductions.must_not import drop_rule, end_forbidden_introductions, state_rule

rules = typer.Typer(no_args_is_help=True, help="Who must not be introduced to whom, by rule of the managers.")
app.add_typer(rules, name="must-not")
BY = "service"
WHO = "Ids, e-mail addresses or whole names, or organisation:NAME."


@rules.command("list")
@told_errors
def list_rules(context: typer.Context, as_json: bool = AsJson) -> None:
    """List the rules, newest first.

    Example: `serendipity must-not list`
    """
    with services_of(context) as services, services.ledger.read() as uow:
        found = uow.members.must_nots()
    rows = [(each.id, ", ".join(each.one), ", ".join(each.other) or "each other", each.why) for each in found]
    show(found, as_json=as_json, text=lambda: table(("rule", "these", "must not meet", "why"), rows))


@rules.command()
@told_errors
def add(
    context: typer.Context,
    one: list[str] = typer.Argument(help=f"These. {WHO}"),
    other: list[str] = typer.Option([], "--from", help="Whom they must not meet; without it: each other."),
    why: str = typer.Option("", help="A note for managers."),
    as_json: bool = AsJson,
) -> None:
    """State a rule; what it is against and on its way ends.

    Example: `serendipity must-not add "Nora Visser" --from organisation:Rival`
    """
    with services_of(context) as services:
        done = state_rule(services, MustNotInput(one=tuple(one), other=tuple(other), why=why), by=BY)
    told = f"{done.rule.id}{'' if done.fresh else ' was there already'}; {done.ended} introductions ended."
    show(done, as_json=as_json, text=lambda: console.print(told, highlight=False))


@rules.command()
@told_errors
def remove(context: typer.Context, rule: str = typer.Argument(help="Id of a rule."), as_json: bool = AsJson) -> None:
    """Take a rule back.

    Example: `serendipity must-not remove rule-4f0c`
    """
    with services_of(context) as services:
        drop_rule(services.ledger, rule, by=BY, now=services.clock.now())
    told = f"{rule} holds no more."
    show({"removed": rule}, as_json=as_json, text=lambda: console.print(told, highlight=False))


@rules.command("import")
@told_errors
def import_rules(
    context: typer.Context, file: Path = File, dry_run: bool = DryRun, strict: bool = Strict, as_json: bool = AsJson
) -> None:
    """Import rules (CSV: one, other, why; several on a side with ; between).

    Example: `serendipity must-not import rules.csv --dry-run`
    """
    import_file(context, import_must_nots, file, dry_run, strict, as_json, scrubs=True)
    if not dry_run:
        with services_of(context) as services:
            end_forbidden_introductions(services, by=BY)
