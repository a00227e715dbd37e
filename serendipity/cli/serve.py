"""`serendipity run`, `web` and `worker`."""

import gc
import signal
import socket
import threading
from types import FrameType

import typer
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from serendipity.bootstrap import build_services
from serendipity.cli.app import app, collect_seldom, services_of, settings_of
from serendipity.cli.logs import set_up_logs
from serendipity.cli.output import console, told_errors
from serendipity.cli.supervisor import Supervisor, end_with_parent, kept
from serendipity.config import Settings
from serendipity.domain.errors import MisconfiguredSetting
from serendipity.jobs import start_worker
from serendipity.topics import frequency
from serendipity.usecases.services import Services
from serendipity.web.app import create_app
from serendipity.web.connection_timeouts import patient_protocol

Host = typer.Option(None, help="Address to listen on (SERENDIPITY_HOST).")
Port = typer.Option(None, help="Port to listen on (SERENDIPITY_PORT).")
Processes = typer.Option(None, min=1, help="Processes that answer pages and API (SERENDIPITY_PROCESSES).")


@app.command()
@told_errors
def run(
    context: typer.Context, host: str | None = Host, port: int | None = Port, processes: int | None = Processes
) -> None:
    """Run everything: pages and API, and a worker beside them that is started again should it die.

    Example: `serendipity run --port 8080 --processes 3`
    """
    settings = settings_of(context, host=host, port=port, processes=processes)
    with services_of(context) as services:
        serve(services, settings, worker=True)


@app.command()
@told_errors
def web(
    context: typer.Context, host: str | None = Host, port: int | None = Port, processes: int | None = Processes
) -> None:
    """Run pages and API only; any number of these may run beside workers.

    Example: `serendipity web --host 0.0.0.0`
    """
    settings = settings_of(context, host=host, port=port, processes=processes)
    with services_of(context) as services:
        serve(services, settings, worker=False)


@app.command()
@told_errors
def worker(context: typer.Context) -> None:
    """Run the worker only: reading, projection, matching, messages; any number of these may run.

    Example: `serendipity worker`
    """
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    _work(settings_of(context), stopped)


def serve(services: Services, settings: Settings, *, worker: bool, greeting: str | None = None) -> None:
    """Serve pages until a signal comes, in as many processes as are set; with `worker` the ticks run in another."""
    set_up_logs(settings.log_level, settings.log_format)
    ended = threading.Event()
    door = _door(settings)
    settings = settings.model_copy(update={"port": door.getsockname()[1]})
    others = [
        Supervisor(name=f"web process {number}", work=_answer_beside, settings=settings)
        for number in range(2, settings.web_processes + 1)
    ]
    if worker:
        others.append(Supervisor(name="worker", work=_work_beside, settings=settings))
    _load(services)
    with kept(others, ended):
        if greeting:
            console.print(greeting, highlight=False, soft_wrap=True)
        _Server(services, settings, ended).run(sockets=[door])


class _Server(uvicorn.Server):
    """Says that the end has come before it lets its own requests finish, so that all processes do so at once."""

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
        """Take a signal in."""
        self._ended.set()
        super().handle_exit(sig, frame)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until a signal comes; it ends here, and does not go on to end the process."""
        before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
        super().run(sockets)
        for each, handler in before.items():
            signal.signal(each, handler)


def _answer_beside(settings: Settings) -> None:
    """Serve pages beside the process that started this one, on the same port."""
    set_up_logs(settings.log_level, settings.log_format)
    services = build_services(settings, prepare=False)
    try:
        _load(services)
        server = _Server(services, settings, threading.Event())
        end_with_parent(server.end)
        server.run(sockets=[_bound(settings, shared=True)])
    finally:
        _close(services)


def _load(services: Services) -> None:
    services.reader.extractor()
    frequency.load()
    gc.freeze()  # what was loaded stays: looking through it again and again would hold up answers


def _door(settings: Settings) -> socket.socket:
    """Return a socket bound to the address, to be shared where several processes are to listen.

    Raises MisconfiguredSetting where that cannot be.
    """
    try:
        if settings.web_processes > 1:
            _bound(settings).close()  # who shares a port does not notice that a stranger has it too
        return _bound(settings, shared=settings.web_processes > 1)
    except OSError as error:
        where = f"{settings.host} port {settings.port}"
        raise MisconfiguredSetting(f"Cannot listen on {where} ({error.strerror}); choose another port.") from error


def _bound(settings: Settings, *, shared: bool = False) -> socket.socket:
    """Bind a socket; where all who share a port ask for it, the kernel spreads connections over them."""
    door = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        door.bind((settings.host, settings.port))
    except OSError:
        door.close()
        raise
    return door


def _work_beside(settings: Settings) -> None:
    """Work beside the process that started this one; Ctrl+C is that one's."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(stopped.set)
    _work(settings, stopped)


def _work(settings: Settings, stopped: threading.Event) -> None:
    """Tick until a signal comes."""
    set_up_logs(settings.log_level, settings.log_format)
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    collect_seldom()
    services = build_services(settings)
    try:
        scheduler = _ticking(services, settings)
        stopped.wait()
        scheduler.shutdown()
    finally:
        _close(services)


def _close(services: Services) -> None:
    services.graph.close()
    services.ledger.close()


def _ticking(services: Services, settings: Settings) -> BackgroundScheduler:
    return start_worker(
        services, match_at=settings.match_at, match_weekdays=settings.match_weekdays, zone=settings.zone
    )
