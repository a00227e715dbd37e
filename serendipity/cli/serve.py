"""`serendipity run`, `web` and `worker`."""

import signal
import sys
import threading

import typer
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from serendipity.cli.app import app, services_of, settings_of
from serendipity.cli.logs import set_up_logs
from serendipity.cli.shown import console, told_errors
from serendipity.commands.services import Services
from serendipity.config import Settings
from serendipity.jobs import start_worker
from serendipity.web.app import create_app

SWITCH_SECONDS = 0.0005
Host = typer.Option(None, help="Address to listen on (SERENDIPITY_HOST).")
Port = typer.Option(None, help="Port to listen on (SERENDIPITY_PORT).")


@app.command()
@told_errors
def run(context: typer.Context, host: str | None = Host, port: int | None = Port) -> None:
    """Run everything in one process: pages, API and worker.

    Example: `serendipity run --port 8080`
    """
    settings = settings_of(context, host=host, port=port)
    with services_of(context, host=host, port=port) as services:
        serve(services, settings, worker=True)


@app.command()
@told_errors
def web(context: typer.Context, host: str | None = Host, port: int | None = Port) -> None:
    """Run pages and API only; any number of these may run beside workers.

    Example: `serendipity web --host 0.0.0.0`
    """
    settings = settings_of(context, host=host, port=port)
    with services_of(context, host=host, port=port) as services:
        serve(services, settings, worker=False)


@app.command()
@told_errors
def worker(context: typer.Context) -> None:
    """Run the worker only: reading, projection, matching, messages; any number of these may run.

    Example: `serendipity worker`
    """
    settings = settings_of(context)
    set_up_logs(settings.log_level, settings.log_format)
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    with services_of(context) as services:
        scheduler = _ticking(services, settings)
        stopped.wait()
        scheduler.shutdown()


def serve(services: Services, settings: Settings, *, worker: bool, greeting: str | None = None) -> None:
    """Serve pages until a signal comes; with `worker` the ticks run in the same process."""
    set_up_logs(settings.log_level, settings.log_format)
    # A request needs the interpreter a few dozen times; a worker's turn must not keep it for 5 ms each time.
    sys.setswitchinterval(SWITCH_SECONDS)
    services.reader.extractor()
    scheduler = _ticking(services, settings) if worker else None
    if greeting:
        console.print(greeting, highlight=False, soft_wrap=True)
    try:
        uvicorn.run(
            create_app(services),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies) or None,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    finally:
        if scheduler is not None:
            scheduler.shutdown()


def _ticking(services: Services, settings: Settings) -> BackgroundScheduler:
    return start_worker(
        services, match_at=settings.match_at, match_weekdays=settings.match_weekdays, zone=settings.zone
    )
