"""`serendipity doctor`, `backup`, `restore`, `erase`."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from serendipity.bootstrap import build_services
from serendipity.channels.files import MailFolder
from serendipity.channels.smtp import SmtpChannel
from serendipity.cli.app import app, open_services, read_settings
from serendipity.cli.output import AsJson, console, report_errors, show
from serendipity.config import Settings
from serendipity.stores.ledger_sql import open_ledger
from serendipity.upkeep import backup as backups
from serendipity.upkeep.doctor import Finding, Installation, checks_of, examine, healthy
from serendipity.upkeep.erasure import finish_erasures, leave_no_traces
from serendipity.upkeep.restore import restore as restore_archive
from serendipity.usecases.members import personal_data
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep import graph

MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "problem": "[red]problem[/]"}


@app.command()
@report_errors
def doctor(context: typer.Context, as_json: bool = AsJson) -> None:
    """Say what is configured, reachable, behind or missing, and what to do; exit status 1 when there is a problem.

    Example: `serendipity doctor`
    """
    settings = read_settings(context)
    services = build_services(settings, prepare=False)
    try:
        findings = examine(checks_of(_installation(services, settings)))
    finally:
        services.graph.close()
        services.ledger.close()
    show(findings, as_json=as_json, text=lambda: _print(findings))
    if not healthy(findings):
        raise typer.Exit(1)


@app.command()
@report_errors
def backup(
    context: typer.Context,
    target: Path = typer.Argument(help="File for the backup, or a folder to put it into."),
    mails: bool = typer.Option(False, "--mails", help="Include the mails of the file channel."),
    as_json: bool = AsJson,
) -> None:
    """Back up the ledger while the service runs; graph and snapshots are folded again from it.

    Example: `serendipity backup backups/`
    """
    settings, now = read_settings(context), datetime.now(UTC)
    if target.is_dir() or not target.suffix:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = target / f"serendipity-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    report = backups.backup(settings.ledger, settings.data_dir, target, now=now, mails=mails)
    text = f"{report.archive}: {report.size:,} bytes, records up to {report.head:,}."
    show(report, as_json=as_json, text=lambda: console.print(text, highlight=False))


@app.command()
@report_errors
def restore(
    context: typer.Context,
    archive: Path = typer.Argument(help="The backup.", exists=True, dir_okay=False),
    into: Path = typer.Argument(help="A new folder."),
    erasures: Path | None = typer.Option(None, help="The erasures.jsonl of the installation, if it survived."),
    ledger_url: str | None = typer.Option(None, help="An empty PostgreSQL database, for a backup of one."),
    as_json: bool = AsJson,
) -> None:
    """Restore a backup into a fresh folder; members who were erased since stay erased.

    Example: `serendipity restore backups/2026-01-31.tar.gz restored --erasures data/erasures.jsonl`
    """
    report = restore_archive(
        archive,
        into,
        erasures=erasures,
        ledger_url=ledger_url,
        open_ledger=open_ledger,
        now=datetime.now(UTC),
        forget_mails=lambda folder, traces: MailFolder(folder=folder).forget(traces),
    )
    text = f"Restored into {report.data_dir}: records up to {report.head:,}; {len(report.erased)} erased again. "
    advice = f"Start it with: serendipity --data-dir {report.data_dir} run"
    show(report, as_json=as_json, text=lambda: console.print(text + advice, highlight=False))


@app.command()
@report_errors
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
    with open_services(context) as services:
        personal_data.erase(services, member, by="command line")
        services.graph.migrate()
        graph.project(services)
        finish_erasures(services.ledger, services.graph)
        graph.publish(services)
        services.snapshots.tidy()
        leave_no_traces(services)
    show({"erased": member}, as_json=as_json, text=lambda: console.print(f"{member} is erased."))


def _installation(services: Services, settings: Settings) -> Installation:
    snapshot = services.snapshots.latest()
    channel = services.channels["email"]
    return Installation(
        ledger=services.ledger,
        graph=services.graph,
        half_lives=services.half_lives,
        now=services.clock.now(),
        data_dir=settings.data_dir,
        base_url=settings.base_url,
        zone=settings.zone,
        channel=settings.channel,
        languages=settings.languages,
        snapshot_offset=lambda: snapshot.head.offset if snapshot else None,
        snapshot_at=lambda: services.snapshots.published_at(),
        probe_mail=channel.check if isinstance(channel, SmtpChannel) else None,
        secrets=[path for path in (settings.data_dir / "ledger.db", Path(".env")) if path.exists()],
    )


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        console.print(f"{MARKS[finding.level.value]}  {finding.title}", highlight=False)
        if finding.advice:
            console.print(f"     {finding.advice}", highlight=False)
