"""The ticker: APScheduler says when, flow.py what. All state is in the ledger: a late or doubled tick does no harm."""

import importlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from serendipity.domain.errors import GraphDamaged, GraphUnavailable, SerendipityError
from serendipity.domain.model import TickRun
from serendipity.flow import CONSUMERS, TICKS, Tick
from serendipity.ports import Clock, Ledger

LEASE_SECONDS = 3600.0
NOTED_EVERY = timedelta(minutes=1)
# The three learners take minutes each, one after another; a run of the matcher holds up nothing else either.
POOLS = {"default": 1, "short": 4, "matching": 1, "learning": 1}

_log = logging.getLogger(__name__)


class Trigger(Protocol):
    """When a tick comes."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first time that is not before `now`."""
        ...


class TickerServices(Protocol):
    """The services that the ticker itself needs; turns get all of them."""

    @property
    def ledger(self) -> Ledger: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


def start_worker(services: TickerServices, *, match_at: str, match_weekdays: str, zone: str) -> BackgroundScheduler:
    """Start the ticks in threads of their own; `shutdown()` of what is returned ends them after the running turns."""
    logging.getLogger("apscheduler.scheduler").addFilter(is_worth_logging)
    scheduler = BackgroundScheduler(
        executors={name: ThreadPoolExecutor(threads) for name, threads in POOLS.items()},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
        timezone=zone,
    )
    hour, minute = match_at.split(":")
    match_time = CronTrigger(day_of_week=match_weekdays, hour=int(hour), minute=int(minute), timezone=zone)
    for tick in TICKS:
        runner, trigger = TickRunner(services, tick), _trigger(tick, zone) or match_time
        scheduler.add_job(runner, trigger, id=tick.name, name=tick.name, executor=tick.pool)
        if tick.at_start or runner.was_missed(trigger):
            scheduler.add_job(runner, name=f"{tick.name} at the start", executor=tick.pool)
    scheduler.start()
    return scheduler


def resolve(path: str) -> Callable[..., Any]:
    """Return the function that "module:name" names.

    >>> resolve("serendipity.domain.decay:combine").__name__
    'combine'
    """
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def run_consumers(services: TickerServices) -> int:
    """Let each consumer handle all that waits, in their order; one that fails keeps none of the others from it."""
    done = 0
    errors: list[SerendipityError] = []
    for consumer in CONSUMERS:
        try:
            done += resolve(consumer.turn)(services)
        except SerendipityError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return done


def is_worth_logging(record: logging.LogRecord) -> bool:
    """Leave out that a tick came while its turn still ran: a turn that takes longer than a second is no fault."""
    return "maximum number of running instances reached" not in record.getMessage()


class FailureLog:
    """Logs what fails in one way at each turn once, until a turn works."""

    def __init__(self, name: str) -> None:
        """Log under a name."""
        self._name, self._logged = name, ""

    def log(self, error: Exception) -> None:
        """Log an error that is another than the last one."""
        if self._logged != repr(error):
            _log_failure(self._name, error)
        self._logged = repr(error)

    def clear(self) -> None:
        """Log the next error in any case."""
        self._logged = ""


@dataclass(eq=False)
class TickRunner:
    """Runs one tick's turn: one at a time, under a lease where it asks for one, and notes how it went.

    An error is logged without personal data, and once while it stays the same; the next tick tries again.
    """

    services: TickerServices
    tick: Tick
    _noted: TickRun | None = None
    _rests_until: float = 0.0
    _failures: "FailureLog" = field(init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Log under the tick's name."""
        self._failures = FailureLog(self.tick.name)

    def __call__(self) -> None:
        """Run, unless the tick rests after a long turn or another thread or worker is at it."""
        if time.monotonic() < self._rests_until or not self._turn.acquire(blocking=False):
            return
        try:
            self._run()
        finally:
            self._turn.release()

    def was_missed(self, trigger: Trigger) -> bool:
        """Return whether a time of this tick passed since it was last done, while no worker was there."""
        if self.tick.last_done is None:
            return False
        last: datetime | None = resolve(self.tick.last_done)(self.services)
        due = trigger.get_next_fire_time(None, last) if last else None
        return due is not None and due <= self.services.clock.now()

    def _run(self) -> None:
        started, begun = self.services.clock.now(), time.monotonic()
        try:
            self._take_turn()
            self._failures.clear()
            self._note(started, None)
        except Exception as error:  # noqa: BLE001 - logged; a turn must not end the ticker
            self._failures.log(error)
            self._note(started, type(error).__name__)
        now = time.monotonic()
        self._rests_until = now + (now - begun) * (1 / self.tick.largest_share - 1)

    def _take_turn(self) -> None:
        turn, ledger, name = resolve(self.tick.turn), self.services.ledger, f"tick:{self.tick.name}"
        if not self.tick.lease_holder:
            turn(self.services)
            return
        with ledger.write() as uow:
            if uow.operations.lease(name, holder=self.services.name, seconds=LEASE_SECONDS) is None:
                return
        try:
            turn(self.services)
        finally:
            with ledger.write() as uow:
                uow.operations.release(name, holder=self.services.name)

    def _note(self, started: datetime, error: str | None) -> None:
        """Store the run where it ended otherwise than the last one, or some time after that."""
        last = self._noted
        if last is not None and last.error == error and started - last.started_at < NOTED_EVERY:
            return
        run = TickRun(tick=self.tick.name, started_at=started, finished_at=self.services.clock.now(), error=error)
        try:
            with self.services.ledger.write() as uow:
                uow.consumers.note_tick(run)
            self._noted = run
        except SerendipityError as failure:
            _log.warning("the run of a tick cannot be noted", extra={"tick": self.tick.name, "error": str(failure)})


def _trigger(tick: Tick, zone: str) -> IntervalTrigger | CronTrigger | None:
    """Return when a tick runs; None for the community's match time."""
    if tick.every is not None:
        return IntervalTrigger(seconds=tick.every)
    if tick.sunday_at is None:
        return None
    hour, minute = tick.sunday_at.split(":")
    return CronTrigger(day_of_week="sun", hour=int(hour), minute=int(minute), timezone=zone)


def _log_failure(name: str, error: Exception) -> None:
    match error:
        case GraphDamaged():
            _log.error("the graph is damaged; run `serendipity graph rebuild`", extra={"turn": name})
        case GraphUnavailable():
            _log.warning("the graph does not answer; it catches up by itself", extra={"turn": name})
        case SerendipityError():
            said = f"{type(error).__name__}: {error}"
            _log.error("a turn failed; it is tried again", extra={"turn": name, "error": said})
        case _:
            _log.error("a turn failed; it is tried again", exc_info=error, extra={"turn": name})
