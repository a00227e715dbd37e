"""Work that failed for good: what it died of, and trying it once more."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from serendipity.domain import errors
from serendipity.domain.model import DeadLetter, IntroductionState
from serendipity.flow import PROMOTION, READING, SIGNALS
from serendipity.introductions.deadlines import CONSUMER
from serendipity.introductions.feedback import FollowUp
from serendipity.ports import Ledger
from serendipity.usecases.audit import audit_action
from serendipity.usecases.services import Services
from serendipity.usecases.signals.from_records import RecordSignals
from serendipity.usecases.topics.reading import Promotion, TextReading
from serendipity.workers.consume import Handler

_log = logging.getLogger(__name__)


def can_retry(work: DeadLetter) -> bool:
    """Tell whether this work can be tried again; other work is only forgotten."""
    return work.consumer in _RETRIED


def cause(work: DeadLetter) -> str:
    """Return what the error of parked work means, in words; the name of an error that is not ours.

    >>> from datetime import UTC, datetime
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> cause(DeadLetter(id="p", consumer="c", subject="s", error="LedgerUnavailable", attempts=1, at=now))[:10]
    'The ledger'
    """
    kind = getattr(errors, work.error, None)
    return (kind.__doc__ or work.error) if isinstance(kind, type) else work.error


def retry_by_manager(services: Services, id: str, *, by: str) -> bool:
    """Try parked work once more, audit that, and tell whether it worked. Raises as `retry` does."""
    again = retry(services, id)
    with services.ledger.write() as uow:
        now = services.clock.now()
        audit_action(uow, "parked.retried", f"parked:{id}", by=by, now=now, failed=again is not None)
    return again is None


def dismiss(ledger: Ledger, id: str, *, by: str, now: datetime) -> None:
    """Forget work that failed for good."""
    with ledger.write() as uow:
        uow.dead_letters.remove(id)
        audit_action(uow, "parked.dismissed", f"parked:{id}", by=by, now=now)


def retry(services: Services, id: str) -> DeadLetter | None:
    """Try parked work once more in a transaction of its own; None when it worked, else the work, parked again.

    Raises NotFound when nothing is parked under this id, NotAllowed when its kind cannot be retried.
    """
    with services.ledger.read() as uow:
        work = uow.dead_letters.get(id)
    if not can_retry(work):
        raise errors.NotAllowed("Work of this kind cannot be tried again from here; dismiss it.")
    try:
        _RETRIED[work.consumer](services, work)
    except Exception as error:  # noqa: BLE001 - what it died of is shown with the work, parked again
        _log.error("parked work failed again", extra={"work": work.id, "error": type(error).__name__})
        again = replace(work, error=type(error).__name__, attempts=work.attempts + 1, at=services.clock.now())
        with services.ledger.write() as uow:
            uow.dead_letters.add(again)
        return again
    return None


def _handle_again(services: Services, work: DeadLetter) -> None:
    """Let a record's consumer handle it once more: the slow step first, then its effects in one transaction."""
    handler = _handler(services, work.consumer)
    handler.start()
    with services.ledger.read() as uow:
        record = uow.records.get(int(work.subject))
    prepared = None if record.data is None else handler.prepare([record])  # it may have been erased meanwhile
    with services.ledger.write() as uow:
        if prepared is not None:
            handler.apply(uow, prepared)
        uow.dead_letters.remove(work.id)


def _handler(services: Services, consumer: str) -> Handler[Any]:
    now = services.clock.now()
    match consumer:
        case READING.name:
            return TextReading(services.ledger, services.reader)
        case PROMOTION.name:
            return Promotion(services.ledger, services.reader, now)
        case _:
            return RecordSignals(now)


def _take_further(services: Services, work: DeadLetter) -> None:
    """Take the next step of an introduction: towards introducing, or the question whether they met."""
    now, settings = services.clock.now(), services.introductions
    with services.ledger.write() as uow:
        introduction = services.opt_in().advance(uow, work.subject, now=now)
        since = introduction.introduced_at
        if introduction.state is IntroductionState.INTRODUCED and since and since <= now - settings.time_to_meet:
            FollowUp(composer=services.composer, settings=settings).ask(uow, work.subject, now=now)
        uow.dead_letters.remove(work.id)


_RETRIED: Mapping[str, Callable[[Services, DeadLetter], None]] = {
    CONSUMER: _take_further,
    **dict.fromkeys((READING.name, PROMOTION.name, SIGNALS.name), _handle_again),
}
