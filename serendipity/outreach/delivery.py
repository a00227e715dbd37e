"""Sends what is due: one message at a time, checked again at the moment of sending, with no transaction held open.

A message goes out twice only when the server took it and the process died before that was committed; a claim that finds
such an attempt counts it and says so in the audit. Whatever goes wrong with one message parks that message; the others
go on.
"""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from serendipity.domain.errors import (
    DeliveryFailed,
    DeliveryRefused,
    LeaseLost,
    LedgerUnavailable,
    SerendipityError,
)
from serendipity.domain.model import AttemptOutcome, AuditEntry, Message, MessageState
from serendipity.outreach.attempts import count_failures, is_outcome_lost, retry_pause
from serendipity.outreach.links import issue_links
from serendipity.outreach.send_policy import Cancel, Postpone, Send, decide
from serendipity.outreach.settings import OutreachSettings
from serendipity.ports import Channel, Clock, Ledger, UnitOfWork

BUSY = timedelta(seconds=5)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReport:
    """Counts of messages by result; `possibly_twice` counts those whose earlier attempt has no known outcome."""

    sent: int = 0
    postponed: int = 0
    cancelled: int = 0
    failed: int = 0
    parked: int = 0
    possibly_twice: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taken:
    """A claimed message with what was decided about it."""

    message: Message
    go: Send | None
    counted: str
    twice: bool
    failures: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Delivery:
    """One round of deliveries with what it needs."""

    ledger: Ledger
    channels: Mapping[str, Channel]
    clock: Clock
    holder: str
    settings: OutreachSettings
    rng: random.Random

    def take(self) -> _Taken | None:
        """Claim one message and rule on it; what may not go out is dealt with in the same transaction."""
        now = self.clock.now()
        with self.ledger.write() as uow:
            claimed = uow.outbox.claim(now, holder=self.holder, lease_seconds=self.settings.lease_seconds, limit=1)
            if not claimed:
                return None
            message = claimed[0]
            attempts = uow.outbox.attempts(message.id)
            twice, failures = is_outcome_lost(attempts), count_failures(attempts)
            if twice:
                _audit(uow, message, "message.possibly_sent_twice", now)
            try:
                return replace(self._apply_policy(uow, message, twice, now), failures=failures)
            except LedgerUnavailable:
                raise
            except (SerendipityError, LookupError, ValueError, TypeError) as error:
                why = f"It cannot be decided on ({type(error).__name__}: {error})"
                self._mark(uow, message, MessageState.PARKED, AttemptOutcome.PARKED, why, now)
                return _Taken(message=message, go=None, counted="parked", twice=twice)

    def send(self, taken: _Taken, go: Send) -> str:
        """Send outside of any transaction, then mark; returns what to count."""
        message = taken.message
        channel = self.channels.get(message.channel)
        try:
            if channel is None:
                raise DeliveryRefused(f"There is no channel {message.channel!r} here; configure one.")
            channel.send(message, go.to, go.reply_to)
        except DeliveryRefused as refusal:
            return self._park(taken, str(refusal))
        except DeliveryFailed as failure:
            return self._retry(taken, str(failure))
        except LedgerUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it comes back at each attempt, and holds up all others
            _log.error("a message cannot be sent", extra={"id": message.id, "error": type(error).__name__})
            return self._park(taken, f"It cannot be sent ({type(error).__name__}); see the log.")
        return self._sent(message)

    def _apply_policy(self, uow: UnitOfWork, message: Message, twice: bool, now: datetime) -> _Taken:
        decided = decide(uow, message, now=now, settings=self.settings)
        if isinstance(decided, Cancel):
            self._mark(uow, message, MessageState.CANCELLED, AttemptOutcome.CANCELLED, decided.why, now)
            return _Taken(message=message, go=None, counted="cancelled", twice=twice)
        if isinstance(decided, Send) and not self._deliver_alone(uow, message):
            decided = Postpone(at=now + BUSY, why="another message to the same member is on its way")
        if isinstance(decided, Postpone):
            why = f"postponed: {decided.why}"
            self._mark(uow, message, MessageState.QUEUED, AttemptOutcome.POSTPONED, why, now, next_at=decided.at)
            return _Taken(message=message, go=None, counted="postponed", twice=twice)
        linked = issue_links(uow, message, now=now, settings=self.settings)
        return _Taken(message=linked, go=decided, counted="sent", twice=twice)

    def _deliver_alone(self, uow: UnitOfWork, message: Message) -> bool:
        """Take turns per member, so that the cap counts exactly also when several processes send."""
        if message.purpose is None or not self.settings.per_day:
            return True
        seconds = self.settings.lease_seconds
        return uow.operations.lease(_turn(message), holder=message.id, seconds=seconds) is not None

    def _sent(self, message: Message) -> str:
        now = self.clock.now()
        try:
            with self.ledger.write() as uow:
                uow.outbox.mark(message.id, MessageState.SENT, holder=self.holder, at=now, outcome=AttemptOutcome.SENT)
                self._end_turn(uow, message)
        except LeaseLost:
            self._sent_all_the_same(message, now)
        return "sent"

    def _sent_all_the_same(self, message: Message, now: datetime) -> None:
        """Keep the truth when the lease ran out, or it was cancelled, while the server was taking the message."""
        with self.ledger.write() as uow:
            state = uow.outbox.get(message.id).state
            _audit(uow, message, f"message.sent_while_{state}", now)
            uow.outbox.mark(message.id, MessageState.SENT, at=now, outcome=AttemptOutcome.SENT)
            self._end_turn(uow, message)

    def _retry(self, taken: _Taken, why: str) -> str:
        pause = retry_pause(taken.failures + 1, self.settings, self.rng)
        if pause is None:
            return self._park(taken, why)
        next_at = self.clock.now() + pause
        return self._unsent(taken.message, MessageState.QUEUED, AttemptOutcome.FAILED, why, next_at=next_at)

    def _park(self, taken: _Taken, why: str) -> str:
        """Park it; a manager who queues it again gives it the whole row of retries again."""
        said = f"parked after {taken.failures + 1} failed: {why}"
        return self._unsent(taken.message, MessageState.PARKED, AttemptOutcome.PARKED, said)

    def _unsent(
        self,
        message: Message,
        state: MessageState,
        outcome: AttemptOutcome,
        why: str,
        *,
        next_at: datetime | None = None,
    ) -> str:
        now = self.clock.now()
        try:
            with self.ledger.write() as uow:
                self._mark(uow, message, state, outcome, why, now, next_at=next_at)
                self._end_turn(uow, message)
        except LeaseLost:
            with self.ledger.write() as uow:  # it goes on with whoever took it over, or it was cancelled
                _audit(uow, message, "message.lease_lost", now)
        return outcome.value

    def _mark(
        self,
        uow: UnitOfWork,
        message: Message,
        state: MessageState,
        outcome: AttemptOutcome,
        why: str,
        now: datetime,
        *,
        next_at: datetime | None = None,
    ) -> None:
        uow.outbox.mark(message.id, state, holder=self.holder, at=now, error=why, next_at=next_at, outcome=outcome)

    def _end_turn(self, uow: UnitOfWork, message: Message) -> None:
        if message.purpose is not None and self.settings.per_day:
            uow.operations.release(_turn(message), holder=message.id)


def deliver_due(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    *,
    clock: Clock,
    holder: str,
    settings: OutreachSettings,
    rng: random.Random | None = None,
    limit: int = 100,
) -> DeliveryReport:
    """Deliver up to `limit` due messages one by one and return what became of them; `holder` names this process."""
    delivery = _Delivery(
        ledger=ledger,
        channels=channels,
        clock=clock,
        holder=holder,
        settings=settings,
        rng=rng or random.Random(),
    )
    counts = dict.fromkeys(("sent", "postponed", "cancelled", "failed", "parked", "possibly_twice"), 0)
    for _ in range(limit):
        taken = delivery.take()
        if taken is None:
            break
        counted = delivery.send(taken, taken.go) if taken.go else taken.counted
        counts[counted] += 1
        counts["possibly_twice"] += taken.twice
    return DeliveryReport(**counts)


def _turn(message: Message) -> str:
    return f"message-to:{message.member}"


def _audit(uow: UnitOfWork, message: Message, what: str, now: datetime) -> None:
    data = {"kind": message.kind, "attempts": message.attempts}
    uow.operations.audit(AuditEntry(at=now, who="service", what=what, subject=f"message:{message.id}", data=data))
