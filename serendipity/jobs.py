"""The ticker: APScheduler only says when; all state is in the ledger, so a late or doubled tick does no harm."""

import logging
import time
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from serendipity.domain.errors import Conflict, GraphDamaged, GraphUnavailable, SerendipityError
from serendipity.upkeep.erasure import finish_erasures, leave_no_traces
from serendipity.upkeep.sweep import sweep
from serendipity.usecases.learning.outcome_model import learn_from_outcomes
from serendipity.usecases.learning.phrase_ranker import learn_from_history
from serendipity.usecases.learning.re_ranker import learn_from_first_ties
from serendipity.usecases.runs.execution import run_matching
from serendipity.usecases.services import Services
from serendipity.usecases.topics.drift import tell_drift_daily
from serendipity.usecases.upkeep.graph import note_offset, publish, read_and_project
from serendipity.usecases.upkeep.worker_turns import advance_introductions, deliver

_log = logging.getLogger(__name__)
# A snapshot is written whole: not more often than this, and of a large graph one thirtieth of the time at most.
PUBLISH_SECONDS = 5.0
PUBLISH_SHARE = 30.0


def start_worker(services: Services, *, match_at: str, match_weekdays: str, zone: str) -> BackgroundScheduler:
    """Start the ticks in threads of their own; `shutdown()` of what is returned ends them after the running turns."""
    logging.getLogger("apscheduler.scheduler").addFilter(tells_more_than_busy)
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
        timezone=zone,
    )
    hour, minute = match_at.split(":")
    run_at = CronTrigger(day_of_week=match_weekdays, hour=int(hour), minute=int(minute), timezone=zone)
    clock = services.clock

    # One after another, as each may hold a thread for minutes.
    history, outcomes, first_ties = (
        CronTrigger(day_of_week="sun", hour=4, minute=minute, timezone=zone) for minute in (0, 20, 40)
    )

    _add(scheduler, "graph", IntervalTrigger(seconds=1), _graph_turn(services))
    _add(scheduler, "outbox", IntervalTrigger(seconds=3), lambda: deliver(services))
    _add(scheduler, "introductions", IntervalTrigger(seconds=10), lambda: advance_introductions(services))
    _add(scheduler, "drift", IntervalTrigger(minutes=20), lambda: tell_drift_daily(services))
    _add(scheduler, "sweep", IntervalTrigger(hours=6), lambda: sweep(services.ledger, now=services.clock.now()))
    _add(scheduler, "learning", history, lambda: learn_from_history(services.ledger, services.reader, now=clock.now()))
    _add(scheduler, "outcomes", outcomes, lambda: learn_from_outcomes(services, automatic=True))
    _add(scheduler, "first_ties", first_ties, lambda: learn_from_first_ties(services, automatic=True))
    _add(scheduler, "matching", run_at, lambda: _scheduled_run(services))
    scheduler.add_job(_told("drift", lambda: tell_drift_daily(services)), name="drift at the start")
    scheduler.add_job(_told("matching", lambda: run_if_missed(services, run_at)), name="a run missed while down")
    scheduler.start()
    return scheduler


def tells_more_than_busy(record: logging.LogRecord) -> bool:
    """Leave out that a tick came while its turn still ran: a turn that takes longer than a second is no fault."""
    return "maximum number of running instances reached" not in record.getMessage()


def _add(
    scheduler: BackgroundScheduler, name: str, trigger: IntervalTrigger | CronTrigger, turn: Callable[[], object]
) -> None:
    scheduler.add_job(_told(name, turn), trigger, id=name, name=name)


def _told(name: str, turn: Callable[[], object]) -> Callable[[], None]:
    """Wrap a turn so that what goes wrong is logged without personal data, and once; the next tick tries again."""
    told = None

    def once() -> None:
        nonlocal told
        try:
            turn()
            told = None
        except Exception as error:  # noqa: BLE001 - logged; a turn must not end the ticker
            if told != repr(error):
                _log_failure(name, error)
            told = repr(error)

    return once


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


def _graph_turn(services: Services) -> Callable[[], None]:
    """Migrate the graph when it first answers, then keep up with the ledger, the snapshot some seconds behind."""
    migrated, next_publishing = False, 0.0

    def turn() -> None:
        nonlocal migrated, next_publishing
        if not migrated:
            services.graph.migrate()
            migrated = True
        if read_and_project(services):
            note_offset(services)
        finish_erasures(services.ledger, services.graph)
        begun = time.monotonic()
        if begun >= next_publishing:
            publish(services)
            services.snapshots.tidy()
            leave_no_traces(services)
            next_publishing = begun + max(PUBLISH_SECONDS, PUBLISH_SHARE * (time.monotonic() - begun))

    return turn


def run_if_missed(services: Services, run_at: CronTrigger) -> None:
    """Run now where a scheduled run fell due while no worker was there; a new installation waits for its first."""
    with services.ledger.read() as uow:
        latest = uow.operations.runs(kinds={"scheduled"}, limit=1)
    due = run_at.get_next_fire_time(None, latest[0].started_at) if latest else None
    if due is not None and due <= services.clock.now():
        _scheduled_run(services)


def _scheduled_run(services: Services) -> None:
    try:
        run_matching(services, kind="scheduled")
    except Conflict:
        _log.info("another run is under way; this one is left out")
