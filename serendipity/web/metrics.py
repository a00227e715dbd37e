"""Metrics for Prometheus (/metrics), for operators only: how long answers take, and the state of every part.

Answer times are counted by the process that answers; with several processes they are kept in files that any of them
adds up (PROMETHEUS_MULTIPROC_DIR, set by the command line). All else is read from the ledger when it is asked for, and
is the same whichever process answers.
"""

import os
import time
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serendipity.domain.errors import NotAuthenticated
from serendipity.domain.model import RecordKind
from serendipity.ports import UnitOfWork
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.flow_status import read_consumers, read_ticks
from serendipity.web.api.keys import is_operator

router = APIRouter(tags=["health"])
MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
LOCAL = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
RUN_KINDS = ("scheduled", "triggered", "emergency", "by_hand")

_SECONDS = Histogram(
    "serendipity_http_request_seconds",
    "Time from a request to the end of its answer, by route.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_ANSWERS = Counter("serendipity_http_answers", "Answers, by route and status.", ["method", "route", "status"])


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, operator: Annotated[bool, Depends(is_operator)]) -> Response:
    """Return all metrics to a key with the scope health:read, and to this machine itself. Raises NotAuthenticated."""
    if not operator and not is_local(request):
        raise NotAuthenticated
    registry = CollectorRegistry()
    registry.register(StateCollector(request.app.state.services))
    if os.environ.get(MULTIPROCESS_DIR):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(REGISTRY) + generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def is_local(request: Request) -> bool:
    """Return whether a request comes from this machine, and not through a proxy that runs on it."""
    client = request.client.host if request.client else ""
    return client in LOCAL and not any(name in request.headers for name in FORWARDED)


class CountAnswers:
    """ASGI middleware that counts answers and their time; routes, not addresses, which hold ids and secrets."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count when the answer has gone."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            route, method = getattr(scope.get("route"), "path", "other"), _method(scope)
            _SECONDS.labels(method, route).observe(time.perf_counter() - begun)
            _ANSWERS.labels(method, route, str(status)).inc()


def _method(scope: Scope) -> str:
    """Return the method where it is a known one: whoever asks may send any word."""
    method: str = scope["method"]
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"


class StateCollector(Collector):
    """Reads the state of every part from the ledger, in one unit of work."""

    def __init__(self, services: Services) -> None:
        """Read from these services' ledger."""
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics. Raises LedgerUnavailable."""
        with self._services.ledger.read() as uow:
            found = [*_of_records(uow), *_of_consumers(uow), *_of_ticks(uow), *_of_messages(uow), *_of_runs(uow)]
        yield from found


def _of_records(uow: UnitOfWork) -> Iterator[Metric]:
    check_ins = uow.records.count(kinds={RecordKind.CHECK_IN})
    yield CounterMetricFamily("serendipity_check_ins", "Check-ins in the ledger.", value=check_ins)
    yield GaugeMetricFamily("serendipity_members", "Members who take part.", value=uow.members.count())
    yield GaugeMetricFamily("serendipity_ledger_position", "Last position of the records.", value=uow.records.head())
    yield GaugeMetricFamily("serendipity_signals_position", "Last position of the signals.", value=uow.signals.head())


def _of_consumers(uow: UnitOfWork) -> Iterator[Metric]:
    lag = GaugeMetricFamily("serendipity_consumer_lag", "Records that a consumer has yet to handle.", labels=["name"])
    dead = GaugeMetricFamily("serendipity_dead_letters", "Work that failed for good.", labels=["consumer"])
    for status in read_consumers(uow):
        lag.add_metric([status.consumer.name], status.lag)
    for consumer, count in uow.dead_letters.counts().items():
        dead.add_metric([consumer], count)
    yield from (lag, dead)


def _of_ticks(uow: UnitOfWork) -> Iterator[Metric]:
    name, failed = "serendipity_tick_last_run_timestamp_seconds", "serendipity_tick_failed"
    last = GaugeMetricFamily(name, "When a tick last began, as noted once a minute at most.", labels=["name"])
    wrong = GaugeMetricFamily(failed, "1 where the last noted run of a tick failed.", labels=["name"])
    for status in read_ticks(uow):
        if status.last is not None:
            last.add_metric([status.tick.name], status.last.started_at.timestamp())
            wrong.add_metric([status.tick.name], float(status.last.error is not None))
    yield from (last, wrong)


def _of_messages(uow: UnitOfWork) -> Iterator[Metric]:
    states = GaugeMetricFamily("serendipity_messages", "Messages by state.", labels=["state"])
    for state, count in sorted(uow.outbox.counts().items()):
        states.add_metric([state.value], count)
    yield states


def _of_runs(uow: UnitOfWork) -> Iterator[Metric]:
    started = "serendipity_run_started_timestamp_seconds"
    latest = GaugeMetricFamily(started, "When the latest run of a kind began.", labels=["kind"])
    seconds = GaugeMetricFamily("serendipity_run_seconds", "How long the latest ended run took.", labels=["kind"])
    for kind in RUN_KINDS:
        for run in uow.operations.runs(kinds={kind}, limit=1):
            latest.add_metric([kind], run.started_at.timestamp())
            if run.finished_at is not None:
                seconds.add_metric([kind], (run.finished_at - run.started_at).total_seconds())
    yield from (latest, seconds)
