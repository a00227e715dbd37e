"""`serendipity backtest`, `half-lives`, `learn-matching` and `learn-outcomes`."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import typer

from serendipity.cli.app import app, open_services, read_settings
from serendipity.cli.output import AsJson, console, report_errors, show, show_progress
from serendipity.domain.errors import InvalidInput
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import Match
from serendipity.intake.dates import moment_of
from serendipity.usecases.learning import backtest as backtesting
from serendipity.usecases.learning.backtest import BacktestOptions
from serendipity.usecases.learning.model_versions import Versions
from serendipity.usecases.learning.outcome_model import VERSIONS as PROPENSITIES
from serendipity.usecases.learning.outcome_model import learn_from_outcomes
from serendipity.usecases.learning.re_ranker import VERSIONS as JUDGEMENTS
from serendipity.usecases.learning.re_ranker import learn_from_first_ties
from serendipity.usecases.learning.tie_model import Span, TieModelFit, fit_at
from serendipity.usecases.runs.presenter import report_of
from serendipity.usecases.services import Services


@app.command()
@report_errors
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
    lives = _parse_half_lives(half_life) if half_life else None
    with (
        tempfile.TemporaryDirectory(prefix="serendipity-") as folder,
        open_services(context, data_dir=Path(folder), graph="embedded", ledger_url="", surprise=surprise) as services,
        show_progress(quiet=as_json) as tell,
    ):
        report = backtesting.backtest(
            services,
            pack,
            at=moment_of(at),
            out=out,
            span=Span(active_days=active_days, tie_days=tie_days),
            progress=tell,
            options=BacktestOptions(half_lives=lives, learning=learning, seed=seed),
        )
    text = f"Ten matches each for {report.members:,} members over {report.topics:,} topics: {report.out}"
    report_of = f"{report.lesson.in_words()}\n{text}" if report.lesson else text
    show(report, as_json=as_json, text=lambda: console.print(report_of, highlight=False))


@app.command("learn-matching")
@report_errors
def learn_matching(
    context: typer.Context,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only try what would be learned."),
    back: bool = typer.Option(False, "--roll-back", help="Take the version in force back; the one before it holds."),
    back_to: int | None = typer.Option(None, "--roll-back-to", min=0, help="Bring this version back; 0: none at all."),
    outcome_days: int | None = typer.Option(None, min=7, help="Days that ties are awaited, instead of the setting."),
    as_json: bool = AsJson,
) -> None:
    """Learn from members' first ties; used in runs only where it finds more of the later ones, and can be taken back.

    Example: `serendipity learn-matching --dry-run`
    """
    with open_services(context) as services:
        if _roll_back(services, JUDGEMENTS, back, back_to, dry_run, as_json):
            return
        with show_progress(quiet=as_json) as tell:
            report = learn_from_first_ties(services, dry_run=dry_run, outcome_days=outcome_days, progress=tell)
    show(report.as_data(), as_json=as_json, text=lambda: console.print(report.in_words(), highlight=False))


@app.command("half-lives")
@report_errors
def half_lives(
    context: typer.Context,
    at: str | None = typer.Option(None, help="Learn from what happened before this moment (default: now)."),
    active_days: int = typer.Option(1095, min=1, help="Members are those who checked in within these days before."),
    tie_days: int | None = typer.Option(None, min=1, help="Ties older than this do not make friends of friends."),
    outcome_days: int = typer.Option(730, min=1, help="Days that ties are awaited: what came before them is judged."),
    seed: int = typer.Option(0, help="Seed, to repeat it exactly."),
    as_json: bool = AsJson,
) -> None:
    """Report from the community's own ties how long what is known keeps counting, and what speaks for a new one.

    Nothing is changed: half-lives come into force as settings, and can be taken back as such.

    Example: `serendipity half-lives --outcome-days 365`
    """
    span = Span(active_days=active_days, tie_days=tie_days, outcome_days=outcome_days)
    with open_services(context) as services, show_progress(quiet=as_json) as tell:
        moment = moment_of(at, read_settings(context).zone) if at else services.clock.now()
        lesson = fit_at(services, moment, span=span, settings=services.matching, seed=seed, progress=tell)
    show(lesson.as_data(), as_json=as_json, text=lambda: console.print(_advise(lesson), highlight=False))


@app.command("learn-outcomes")
@report_errors
def learn_outcomes(
    context: typer.Context,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only try what would be learned."),
    back: bool = typer.Option(False, "--roll-back", help="Take the version in force back; the one before it holds."),
    back_to: int | None = typer.Option(None, "--roll-back-to", min=0, help="Bring this version back; 0: none at all."),
    as_json: bool = AsJson,
) -> None:
    """Learn from what came of introductions; used only where it foresees later outcomes better, and can be taken back.

    Example: `serendipity learn-outcomes --dry-run`
    """
    with open_services(context) as services:
        if _roll_back(services, PROPENSITIES, back, back_to, dry_run, as_json):
            return
        report = learn_from_outcomes(services, dry_run=dry_run)
    found = {**report.taught.as_data(), "used": report.used.number if report.used else None}
    show(found, as_json=as_json, text=lambda: console.print(report.in_words(), highlight=False))


def _roll_back(
    services: Services, versions: Versions[Any], back: bool, back_to: int | None, dry_run: bool, as_json: bool
) -> bool:
    """Bring an earlier version back where that is asked for; returns whether it was."""
    if not back and back_to is None:
        return False
    if dry_run:
        raise InvalidInput("A version is taken back as a whole; leave out --dry-run.")
    version = versions.roll_back(services, back_to, by="service")
    text = f"Version {version.number} brings version {version.restores} back, and is held until you learn again."
    show(version, as_json=as_json, text=lambda: console.print(text, highlight=False))
    return True


def _advise(lesson: TieModelFit) -> str:
    if not lesson.tried:
        return f"{lesson.in_words()}\nThese are too few ties to advise other half-lives than those in force."
    names = (f"SERENDIPITY_HALF_LIFE_{name.upper()}={days:g}" for name, days in asdict(lesson.half_lives).items())
    return f"{lesson.in_words()}\nTo put these half-lives to use: {' '.join(names)}, then serendipity graph rebuild."


def _parse_half_lives(given: Sequence[str]) -> HalfLives:
    names = {each.name for each in fields(HalfLives)}
    chosen: dict[str, float] = {}
    for one in given:
        name, _, days = one.partition("=")
        if name not in names or not days.replace(".", "", 1).isdigit() or float(days) <= 0:
            raise InvalidInput(f"{one!r} is no half-life; write one of {', '.join(sorted(names))} as in ties=365.")
        chosen[name] = float(days)
    return replace(HalfLives(), **chosen)


def describe_matches(services: Services, matches: Sequence[Match]) -> Iterator[str]:
    """Yield the lines of a paragraph for each match: members, score and reasons."""
    for number, found in enumerate(matches, 1):
        who, sentences = report_of(services, found)
        yield f"{number}. {who}  (score {found.score:.2f})"
        yield from (f"   – {sentence}" for sentence in sentences)
        yield ""
