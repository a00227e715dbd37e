"""`serendipity run`, `web` and `worker`."""

import gc
import os
import shutil
import signal
import socket
import threading
from pathlib import Path
from types import FrameType

import typer
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from serendipity.bootstrap import build_services
from serendipity.cli.app import app, open_services, read_settings, relax_garbage_collection
from serendipity.cli.logs import set_up_logs
from serendipity.cli.output import console, report_errors
from serendipity.cli.supervisor import ChildProcess, end_with_parent, keep_running
from serendipity.config import Settings
from serendipity.domain.errors import MisconfiguredSetting
from serendipity.matching.candidates.nearest import warm_up
from serendipity.topics import frequency
from serendipity.usecases.services import Services
from serendipity.web.app import create_app
from serendipity.web.connection_timeouts import patient_protocol
from serendipity.workers.ticks import start_worker

Host = typer.Option(None, help="Address to listen on (SERENDIPITY_HOST).")
Port = typer.Option(None, help="Port to listen on (SERENDIPITY_PORT).")
Processes = typer.Option(None, min=1, help="Processes that answer pages and API (SERENDIPITY_PROCESSES).")


@app.command()
@report_errors
def run(
    context: typer.Context, host: str | None = Host, port: int | None = Port, processes: int | None = Processes
) -> None:
    """Run everything: pages and API, and a worker beside them that is started again should it die.

    Example: `serendipity run --port 8080 --processes 3`
    """
    settings = read_settings(context, host=host, port=port, processes=processes)
    with open_services(context) as services:
        serve(services, settings, worker=True)


@app.command()
@report_errors
def web(
    context: typer.Context, host: str | None = Host, port: int | None = Port, processes: int | None = Processes
) -> None:
    """Run pages and API only; any number of these may run beside workers.

    Example: `serendipity web --host 0.0.0.0`
    """
    settings = read_settings(context, host=host, port=port, processes=processes)
    with open_services(context) as services:
        serve(services, settings, worker=False)


@app.command()
@report_errors
def worker(context: typer.Context) -> None:
    """Run the worker only: reading, projection, matching, messages; any number of these may run.

    Example: `serendipity worker`
    """
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    _run_worker(read_settings(context), stopped)


def serve(services: Services, settings: Settings, *, worker: bool, greeting: str | None = None) -> None:
    """Serve pages until a signal comes, in as many processes as set; with `worker` the ticks run in one more."""
    set_up_logs(settings.log_level, settings.log_format)
    ended = threading.Event()
    listener = _bind_listen_socket(settings)
    if settings.web_processes > 1:
        _share_metrics(settings.data_dir / "metrics")
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    others = [
        ChildProcess(name=f"web process {number}", work=_run_web_process, settings=settings)
        for number in range(2, settings.web_processes + 1)
    ]
    if worker:
        others.append(ChildProcess(name="worker", work=_run_worker_process, settings=settings))
    _preload(services)
    with keep_running(others, ended):
        if greeting:
            console.print(greeting, highlight=False, soft_wrap=True)
        _Server(services, settings, ended).run(sockets=[listener])


def _share_metrics(folder: Path) -> None:
    """Let the processes keep their metrics in a folder of fresh files, so that any of them can answer for all."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


class _Server(uvicorn.Server):
    """An HTTP server that sets `ended` before it finishes its own requests, so that all processes shut down at once."""

    def __init__(self, services: Services, settings: Settings, ended: threading.Event) -> None:
        self._ended = ended
        super().__init__(
            uvicorn.Config(
                create_app(services),
                http=patient_protocol(
                    idle=settings.request_idle_seconds, whole=settings.request_seconds, most=settings.connections
                ),
                log_config=None,
                access_log=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies) or None,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
        )

    def end(self) -> None:
        """Let requests finish, then end."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Set `ended`, then shut down as uvicorn does."""
        self._ended.set()
        super().handle_exit(sig, frame)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal comes; the signal does not reach the handlers that were set before."""
        before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
        super().run(sockets)
        for each, handler in before.items():
            signal.signal(each, handler)


def _run_web_process(settings: Settings) -> None:
    """Serve pages in a child process, on the port of its parent."""
    set_up_logs(settings.log_level, settings.log_format)
    services = build_services(settings, prepare=False)
    try:
        _preload(services)
        server = _Server(services, settings, threading.Event())
        end_with_parent(server.end)
        server.run(sockets=[_bind_socket(settings, shared=True)])
    finally:
        _close(services)


def _preload(services: Services) -> None:
    services.reader.extractor()
    frequency.load()
    gc.freeze()  # what was loaded stays: collecting it again and again would delay answers


def _bind_listen_socket(settings: Settings) -> socket.socket:
    """Return a socket bound to the address, shared (SO_REUSEPORT) where several processes listen.

    Raises MisconfiguredSetting where that cannot be.
    """
    try:
        if settings.web_processes > 1:
            _bind_socket(settings).close()  # with SO_REUSEPORT, another program on the port would go unnoticed
        return _bind_socket(settings, shared=settings.web_processes > 1)
    except OSError as error:
        where = f"{settings.host} port {settings.port}"
        raise MisconfiguredSetting(f"Cannot listen on {where} ({error.strerror}); choose another port.") from error


def _bind_socket(settings: Settings, *, shared: bool = False) -> socket.socket:
    """Bind a socket; the kernel spreads connections over the processes that share its port."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        listener.bind((settings.host, settings.port))
    except OSError:
        listener.close()
        raise
    return listener


def _run_worker_process(settings: Settings) -> None:
    """Run the worker in a child process; Ctrl+C is left to the parent."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(stopped.set)
    _run_worker(settings, stopped)


def _run_worker(settings: Settings, stopped: threading.Event) -> None:
    """Run the ticks until a signal comes."""
    set_up_logs(settings.log_level, settings.log_format)
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    relax_garbage_collection()
    services = build_services(settings)
    warm_up()
    try:
        scheduler = _start_ticks(services, settings)
        stopped.wait()
        scheduler.shutdown()
    finally:
        _close(services)


def _close(services: Services) -> None:
    services.graph.close()
    services.ledger.close()


def _start_ticks(services: Services, settings: Settings) -> BackgroundScheduler:
    return start_worker(
        services, match_at=settings.match_at, match_weekdays=settings.match_weekdays, zone=settings.zone
    )
