"""`serendipity demo`: the example community, from check-ins to introductions."""

import secrets
import socket
from pathlib import Path
from typing import Literal

import typer

from serendipity.cli.app import app, open_services, read_settings
from serendipity.cli.backtests import describe_matches
from serendipity.cli.output import AsJson, console, report_errors, show, show_progress
from serendipity.cli.serve import serve
from serendipity.demo.credentials import put_manager
from serendipity.demo.play import play
from serendipity.usecases.runs.execution import RunReport, RunRequest, run_matching
from serendipity.usecases.services import Services
from serendipity.usecases.topics.drift import tell_drift_daily
from serendipity.usecases.upkeep import graph
from serendipity.web.passwords import hash_password

FOLDER = Path("demo-data")
LOGIN = "manager@example.org"
BEST = 5


@app.command()
@report_errors
def demo(
    context: typer.Context,
    once: bool = typer.Option(False, "--once", help="Print the five best introductions and exit."),
    store: Literal["embedded", "neo4j"] = typer.Option("embedded", help="Where the graph lives."),
    port: int | None = typer.Option(None, help="Port to listen on; the next free one from 8080 when left out."),
    as_json: bool = AsJson,
) -> None:
    """Play the example community through the real intake, match, and serve the pages.

    Example: `serendipity demo --once`
    """
    given = context.obj or {}
    port = port or _find_free_port(8080)
    chosen = {
        "data_dir": given.get("data_dir") or FOLDER / store,
        "graph": store,
        "port": port,
        "processes": 1,
        "base_url": f"http://127.0.0.1:{port}",
        "community": "Het Pakhuis",
        "zone": "Europe/Brussels",
        "channel": "file",
        "quiet_from": 0,
        "quiet_until": 0,
        "undo_minutes": 1.0,
        "log_level": "warning",
    }
    context.obj = chosen
    with open_services(context) as services:
        report = _prepare(services, quiet=as_json)
        if once:
            show(report.matches[:BEST], as_json=as_json, text=lambda: _print_best(services, report))
        else:
            password = _renew_password(services)
            serve(services, read_settings(context), worker=True, greeting=_greeting(port, password))


def _prepare(services: Services, *, quiet: bool) -> RunReport:
    with show_progress(quiet=quiet) as tell:
        services.graph.migrate()
        play(services, progress=tell)
        graph.catch_up(services, progress=tell)
        if tell_drift_daily(services):  # what moves is told as signals
            graph.catch_up(services)
        with services.ledger.read() as uow:
            ran = bool(uow.operations.runs(limit=1))
        return run_matching(
            services,
            RunRequest(kind="by_hand"),
            dry_run=ran,
            progress=lambda done, total: tell(done, total, "matched"),
            delivered=lambda done, total: tell(done, total, "delivered"),
        )


def _renew_password(services: Services) -> str:
    """Give the demo's manager a fresh random password, and return it."""
    password = secrets.token_urlsafe(9)
    put_manager(services.ledger, email=LOGIN, password_hash=hash_password(password))
    return password


def _greeting(port: int, password: str) -> str:
    return f"Open http://127.0.0.1:{port}/manage and log in as {LOGIN} with the password {password} (Ctrl+C stops)."


def _print_best(services: Services, report: RunReport) -> None:
    console.print(f"The {BEST} best of {len(report.matches)} introductions:\n")
    for line in describe_matches(services, report.matches[:BEST]):
        console.print(line, highlight=False)


def _find_free_port(first: int) -> int:
    for port in range(first, first + 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    return 0
