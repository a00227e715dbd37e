"""Work that failed for good: what it died of, and trying it once more."""

from dataclasses import replace

from serendipity.commands.services import Services
from serendipity.domain import errors
from serendipity.domain.model import IntroductionState, Parked
from serendipity.introductions.feedback import FollowUp
from serendipity.introductions.ticks import CONSUMER


def can_retry(work: Parked) -> bool:
    """Tell whether this work can be tried again; other work is only forgotten."""
    return work.consumer == CONSUMER


def cause(work: Parked) -> str:
    """Return what the error of parked work means, in words; the name of an error that is not ours.

    >>> from datetime import UTC, datetime
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> cause(Parked(id="p", consumer="c", subject="s", error="LedgerUnavailable", attempts=1, parked_at=now))[:10]
    'The ledger'
    """
    kind = getattr(errors, work.error, None)
    return (kind.__doc__ or work.error) if isinstance(kind, type) else work.error


def retry(services: Services, id: str) -> Parked | None:
    """Try parked work once more in a transaction of its own; None when it worked, else the work, parked again.

    Raises NotFound when nothing is parked under this id, NotAllowed when its kind cannot be retried.
    """
    work = _parked(services, id)
    if not can_retry(work):
        raise errors.NotAllowed("Work of this kind cannot be tried again from here; dismiss it.")
    try:
        _take_further(services, work)
    except errors.SerendipityError as error:
        again = replace(work, error=type(error).__name__, attempts=work.attempts + 1, parked_at=services.clock.now())
        with services.ledger.write() as uow:
            uow.operations.park(again)
        return again
    return None


def _parked(services: Services, id: str) -> Parked:
    with services.ledger.read() as uow:
        found = next((each for each in uow.operations.parked(limit=10_000) if each.id == id), None)
    if found is None:
        raise errors.NotFound
    return found


def _take_further(services: Services, work: Parked) -> None:
    """Take the next step of an introduction: towards introducing, or the question whether they met."""
    now, settings = services.clock.now(), services.introductions
    with services.ledger.write() as uow:
        introduction = services.opt_in().advance(uow, work.subject, now=now)
        since = introduction.introduced_at
        if introduction.state is IntroductionState.INTRODUCED and since and since <= now - settings.time_to_meet:
            FollowUp(composer=services.composer, settings=settings).ask(uow, work.subject, now=now)
        uow.operations.unpark(work.id)
