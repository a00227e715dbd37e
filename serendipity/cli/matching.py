"""`serendipity match` and `serendipity backtest`."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import typer

from serendipity.cli.app import app, services_of, settings_of
from serendipity.cli.shown import AsJson, console, progress, show, table, told_errors
from serendipity.commands import backtesting
from serendipity.commands.dates import moment_of
from serendipity.commands.match_learning import Span
from serendipity.commands.matching_run import RunReport, run_matching
from serendipity.commands.services import Services
from serendipity.commands.telling import told
from serendipity.domain.errors import InvalidInput
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import Match


@app.command()
@told_errors
def match(
    context: typer.Context,
    member: list[str] = typer.Option([], "--member", help="Only for this member; may be given again."),
    as_of: str | None = typer.Option(None, help="Look from an earlier moment, such as 2018-01-01 (with --dry-run)."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Introduce nobody, only print."),
    seed: int | None = typer.Option(None, help="Seed of the run, to repeat it exactly."),
    limit: int = typer.Option(10, min=1, help="How many matches to print."),
    as_json: bool = AsJson,
) -> None:
    """Find matches now, and put them into the manager's queue.

    Example: `serendipity match --as-of 2018-01-01 --dry-run`
    """
    with services_of(context) as services, progress(quiet=as_json) as tell:
        services.graph.migrate()
        report = run_matching(
            services,
            kind="by_hand",
            members=member or None,
            as_of=moment_of(as_of, settings_of(context).zone) if as_of else None,
            dry_run=dry_run,
            seed=seed,
            progress=lambda done, total: tell(done, total, "matched"),
        )
        shown = report if as_json else None
        lines = [] if as_json else list(in_words(services, report.matches[:limit]))
    show(shown, as_json=as_json, text=lambda: _print_report(report, lines))


@app.command()
@told_errors
def backtest(
    context: typer.Context,
    pack: Path = typer.Argument(help="Folder of a pack.", exists=True, file_okay=False),
    at: str = typer.Option(..., help="The moment to look from; nothing at or after it is seen."),
    out: Path = typer.Option(..., help="File for the predictions, one JSON line a member."),
    tie_days: int | None = typer.Option(None, min=1, help="Ties older than this do not exclude friends of friends."),
    active_days: int = typer.Option(1095, min=1, help="Members are those who checked in within these days before."),
    half_life: list[str] = typer.Option([], help="Such as ties=365 or interests=1460 (days); may be given again."),
    learning: bool = typer.Option(True, help="Learn half-lives and weights from the time before."),
    surprise: float | None = typer.Option(None, min=0.0, max=1.0, help="The dial, instead of the setting."),
    seed: int = typer.Option(0, help="Seed, to repeat it exactly."),
    as_json: bool = AsJson,
) -> None:
    """Say what the matcher would have said at an earlier time, from a pack of real history.

    Example: `serendipity backtest PACK --at 2018-01-01 --out predictions.jsonl --half-life ties=365`
    """
    lives = _half_lives(half_life) if half_life else None
    with (
        tempfile.TemporaryDirectory(prefix="serendipity-") as folder,
        services_of(context, data_dir=Path(folder), graph="embedded", ledger_url="", surprise=surprise) as services,
        progress(quiet=as_json) as tell,
    ):
        report = backtesting.backtest(
            services,
            pack,
            at=moment_of(at),
            out=out,
            span=Span(active_days=active_days, tie_days=tie_days),
            half_lives=lives,
            learning=learning,
            seed=seed,
            progress=tell,
        )
    text = f"Ten matches each for {report.members:,} members over {report.topics:,} topics: {report.out}"
    told = f"{report.lesson.in_words()}\n{text}" if report.lesson else text
    show(report, as_json=as_json, text=lambda: console.print(told, highlight=False))


def _half_lives(given: Sequence[str]) -> HalfLives:
    names = {each.name for each in fields(HalfLives)}
    chosen: dict[str, float] = {}
    for one in given:
        name, _, days = one.partition("=")
        if name not in names or not days.replace(".", "", 1).isdigit() or float(days) <= 0:
            raise InvalidInput(f"{one!r} is no half-life; write one of {', '.join(sorted(names))} as in ties=365.")
        chosen[name] = float(days)
    return replace(HalfLives(), **chosen)


def in_words(services: Services, matches: Sequence[Match]) -> Iterator[str]:
    """Yield a paragraph per match: who, how good, and why."""
    for number, found in enumerate(matches, 1):
        who, sentences = told(services, found)
        yield f"{number}. {who}  (score {found.score:.2f})"
        yield from (f"   – {sentence}" for sentence in sentences)
        yield ""


def _print_report(report: RunReport, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False)
    outcomes: dict[str, int] = {}
    for outcome in report.outcomes.values():
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    table(("outcome", "members"), sorted(outcomes.items()))
    done = "nobody was introduced (dry run)" if report.dry_run else f"{len(report.introductions)} are in the queue"
    console.print(f"{len(report.matches)} introductions found; {done}.")
