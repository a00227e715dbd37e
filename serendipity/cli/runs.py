"""`serendipity match`: run the matcher, resume, stop or replay a run."""

from collections.abc import Sequence
from dataclasses import replace

import typer

from serendipity.cli.app import app, open_services, read_settings, relax_garbage_collection
from serendipity.cli.backtests import describe_matches
from serendipity.cli.output import AsJson, console, error_console, print_table, report_errors, show, show_progress
from serendipity.domain.errors import InvalidInput
from serendipity.intake.dates import moment_of
from serendipity.usecases.runs import execution
from serendipity.usecases.runs.execution import BY_HAND, EMERGENCY, RunReport, RunRequest
from serendipity.usecases.runs.member_selection import SEGMENTS, MemberSelection, select_members
from serendipity.usecases.runs.presenter import proposals_of
from serendipity.usecases.runs.replay import Replay
from serendipity.usecases.runs.replay import replay as run_again
from serendipity.usecases.services import Services

runs = typer.Typer(invoke_without_command=True, help="Find matches now, and put them into the manager's queue.")
app.add_typer(runs, name="match")
IN_SEGMENT = "Only for those in it: " + ", ".join(SEGMENTS) + "."


@runs.callback(invoke_without_command=True)
@report_errors
def match(
    context: typer.Context,
    member: list[str] = typer.Option([], "--member", help="Only for this member; may be given again."),
    members: str = typer.Option("", "--members", help="Only for these: ids or e-mail addresses, with commas between."),
    segment: list[str] = typer.Option([], "--segment", help=IN_SEGMENT),
    emergency: bool = typer.Option(False, "--emergency", help="Run now for those chosen, and note it as such."),
    among_themselves: bool = typer.Option(False, "--among-themselves", help="Match those chosen with each other only."),
    as_of: str | None = typer.Option(None, help="Look from an earlier moment, such as 2018-01-01 (with --dry-run)."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Introduce nobody, only print."),
    group_size: int | None = typer.Option(None, min=2, max=5, help="Let pairs grow into groups of at most so many."),
    seed: int | None = typer.Option(None, help="Seed of the run, to repeat it exactly."),
    limit: int = typer.Option(10, min=1, help="How many matches to print."),
    as_json: bool = AsJson,
) -> None:
    """Find matches now, and put them into the manager's queue.

    Example: `serendipity match --emergency --segment waiting --dry-run`
    """
    if context.invoked_subcommand is not None:
        return
    relax_garbage_collection()
    named = [name.strip() for name in members.split(",")]
    choice = MemberSelection(named=(*member, *filter(None, named)), segments=tuple(segment))
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        services.graph.migrate()
        report = execution.run_matching(
            services,
            RunRequest(
                kind=EMERGENCY if emergency else BY_HAND,
                members=_select_members(services, choice, emergency),
                among_themselves=among_themselves,
                as_of=moment_of(as_of, read_settings(context).zone) if as_of else None,
                seed=seed,
                group_size=group_size,
            ),
            dry_run=dry_run,
            progress=lambda done, total: tell(done, total, "matched"),
            delivered=lambda done, total: tell(done, total, "delivered"),
        )
        report = _name_members(services, report) if as_json else report
        lines = [] if as_json else list(describe_matches(services, report.matches[:limit]))
    show(report if as_json else None, as_json=as_json, text=lambda: _print_report(report, lines))


@runs.command()
@report_errors
def replay(context: typer.Context, run: str = typer.Argument(help="Id of a run."), as_json: bool = AsJson) -> None:
    """Run a run again from its record and compare; exit status 1 when it is not the same.

    Example: `serendipity match replay run-4f0c`
    """
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        again = run_again(services, run, progress=lambda done, total: tell(done, total, "matched"))
    show(again, as_json=as_json, text=lambda: _print_replay(again))
    if not again.same:
        raise typer.Exit(1)


@runs.command()
@report_errors
def resume(context: typer.Context, run: str = typer.Argument(help="Id of a run."), as_json: bool = AsJson) -> None:
    """Go on with a run that was stopped or killed.

    Example: `serendipity match resume run-4f0c`
    """
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        report = execution.resume(services, run, progress=lambda done, total: tell(done, total, "delivered"))
        report = _name_members(services, report) if as_json else report
    show(report if as_json else None, as_json=as_json, text=lambda: _print_report(report, []))


@runs.command()
@report_errors
def stop(context: typer.Context, run: str = typer.Argument(help="Id of a run."), as_json: bool = AsJson) -> None:
    """Let a run end after the batch that it is at; `resume` goes on with it.

    Example: `serendipity match stop run-4f0c`
    """
    with open_services(context) as services:
        stopped = execution.stop(services, run)
    done = f"Stopped after {stopped.counts.get('delivered', 0)} of {stopped.counts.get('chosen', 0)}."
    show(stopped, as_json=as_json, text=lambda: console.print(done))


def _name_members(services: Services, report: RunReport) -> RunReport:
    return replace(report, matches=proposals_of(services, report.matches))


def _select_members(services: Services, choice: MemberSelection, emergency: bool) -> list[str] | None:
    if choice == MemberSelection():
        if emergency:
            raise InvalidInput("An emergency run is for members whom you choose; add --members or --segment.")
        return None
    found = [each.id for each in select_members(services, choice)]
    error_console.print(f"{len(found)} members chosen.")
    return found


def _print_report(report: RunReport, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False)
    outcomes: dict[str, int] = {}
    for outcome in report.outcomes.values():
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    print_table(("outcome", "members"), sorted(outcomes.items()))
    done = "nobody was introduced (dry run)" if report.dry_run else f"{len(report.introductions)} are in the queue"
    console.print(f"{len(report.matches)} introductions found; {done}. Run: {report.run.id}")


def _print_replay(again: Replay) -> None:
    if again.same:
        console.print(f"The same {again.chosen} introductions, with the same scores.")
        return
    for title, groups in (("only then", again.only_then), ("only now", again.only_again)):
        print_table((title,), [(", ".join(group),) for group in groups])
    console.print(f"{again.scores_moved} scores moved; what was erased since cannot be repeated.")
