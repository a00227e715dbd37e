"""`serendipity run`, `web` and `worker`."""

import gc
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import typer
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from serendipity.bootstrap import build_services
from serendipity.cli.app import app, services_of, settings_of
from serendipity.cli.logs import set_up_logs
from serendipity.cli.shown import console, told_errors
from serendipity.commands.services import Services
from serendipity.config import Settings
from serendipity.jobs import start_worker
from serendipity.web.app import create_app

_log = logging.getLogger(__name__)
Host = typer.Option(None, help="Address to listen on (SERENDIPITY_HOST).")
Port = typer.Option(None, help="Port to listen on (SERENDIPITY_PORT).")


@app.command()
@told_errors
def run(context: typer.Context, host: str | None = Host, port: int | None = Port) -> None:
    """Run everything: pages and API, and a worker beside them that is started again should it die.

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
    _work(settings_of(context), parent=None)


def serve(services: Services, settings: Settings, *, worker: bool, greeting: str | None = None) -> None:
    """Serve pages until a signal comes; with `worker` the ticks run in a process beside."""
    set_up_logs(settings.log_level, settings.log_format)
    services.reader.extractor()
    gc.freeze()  # what was loaded stays: looking through it again and again would hold up answers
    with _worker_beside(settings) if worker else nullcontext():
        if greeting:
            console.print(greeting, highlight=False, soft_wrap=True)
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


@contextmanager
def _worker_beside(settings: Settings) -> Iterator[None]:
    """Keep a worker process for the block: pages and ticks would wait for each other in one interpreter."""
    ended = threading.Event()
    keeper = threading.Thread(target=_keep_working, args=(settings, ended), name="keeper")
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _keep_working(settings: Settings, ended: threading.Event) -> None:
    """Start the worker, and again should it die, until the end."""
    processes = multiprocessing.get_context("spawn")
    while not ended.is_set():
        process = processes.Process(target=_work, args=(settings,), kwargs={"parent": os.getpid()}, name="worker")
        process.start()
        while process.is_alive() and not ended.wait(0.5):
            pass
        if ended.is_set():
            process.terminate()
            process.join()
        else:
            _log.error("the worker died and is started again", extra={"status": process.exitcode})
            ended.wait(1.0)


def _work(settings: Settings, *, parent: int | None) -> None:
    """Tick until a signal comes, or until the process that started this one is gone."""
    set_up_logs(settings.log_level, settings.log_format)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN if parent else lambda *_: stopped.set())
    services = build_services(settings)
    try:
        scheduler = _ticking(services, settings)
        while not stopped.wait(1.0) and parent in (None, os.getppid()):
            pass
        scheduler.shutdown()
    finally:
        services.graph.close()
        services.ledger.close()


def _ticking(services: Services, settings: Settings) -> BackgroundScheduler:
    return start_worker(
        services, match_at=settings.match_at, match_weekdays=settings.match_weekdays, zone=settings.zone
    )
