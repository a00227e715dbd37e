"""The engine of all consumers: each record of a stream takes effect exactly once, in order.

The effects of a batch, the new position and dead letters commit in one transaction, which compares the position first:
of two workers one wins, and a worker that is killed leaves nothing half done. A batch that fails is taken record by
record. A record that fails is retried with pauses, then becomes a dead letter, and the stream goes on.
"""

import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from serendipity.domain.errors import GraphUnavailable, LedgerUnavailable, OffsetMoved
from serendipity.domain.model import Checkpoint, DeadLetter, Record
from serendipity.flow import Consumer
from serendipity.ports import Ledger, UnitOfWork

Prepared = TypeVar("Prepared")
Progress = Callable[[int, int], None]
LEASE_SECONDS = 30.0
RETRY_PAUSES = (timedelta(seconds=1), timedelta(seconds=10))
# These say nothing about a record: the batch waits.
OUTAGES = (LedgerUnavailable, GraphUnavailable)

_log = logging.getLogger(__name__)


class Handler(Protocol[Prepared]):
    """The two steps of a consumer: a slow one without a transaction, and one that writes."""

    def start(self) -> None:
        """Get ready; an error here is no record's fault, is raised, and counts as no attempt."""
        ...

    def prepare(self, batch: Sequence[Record]) -> Prepared:
        """Work out the effects; no transaction is open."""
        ...

    def apply(self, uow: UnitOfWork, prepared: Prepared) -> None:
        """Write the effects in the transaction of the new position."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Page:
    """The next records of a partition, and the position they end at."""

    checkpoint: Checkpoint
    records: list[Record]
    end: int


class Worker(Generic[Prepared]):
    """One worker of one partition of a consumer."""

    def __init__(
        self, ledger: Ledger, consumer: Consumer, handler: Handler[Prepared], *, now: datetime, partition: int = 0
    ) -> None:
        """`now` dates attempts and pauses."""
        self._ledger, self._consumer, self._handler = ledger, consumer, handler
        self._now, self._partition = now, partition

    def run(self, *, holder: str, progress: Progress | None = None) -> int:
        """Handle all that waits under the consumer's lease; returns how many records. 0 while another has the lease.

        Raises LedgerUnavailable, GraphUnavailable and what the handler's `start` raises.
        """
        name = f"consumer:{self._consumer.name}:{self._partition}"
        if not self.is_due() or not self._lease(name, holder):
            return 0
        done = 0
        try:
            while taken := self.step(progress):
                done += taken
                if not self._lease(name, holder):
                    break
        finally:
            with self._ledger.write() as uow:
                uow.operations.release(name, holder=holder)
        return done

    def is_due(self) -> bool:
        """Return whether there is something to handle now."""
        page = self._next_page(limit=1)
        return page.end > page.checkpoint.position and not self._is_paused(page.checkpoint)

    def step(self, progress: Progress | None = None) -> int:
        """Handle one batch; returns how many records it moved past, 0 when nothing is due or another was first."""
        page = self._next_page(limit=self._consumer.batch)
        if page.end <= page.checkpoint.position or self._is_paused(page.checkpoint):
            return 0
        self._handler.start()
        try:
            taken = self._handle_page(page)
        except OffsetMoved:
            return 0
        if progress:
            progress(page.end, page.end + self.lag())
        return taken

    def lag(self) -> int:
        """Return how many records wait."""
        with self._ledger.read() as uow:
            since = uow.consumers.checkpoint(self._consumer.name, partition=self._partition).position
            return uow.records.count_after(since, kinds=self._consumer.kinds)

    def _next_page(self, *, limit: int) -> _Page:
        with self._ledger.read() as uow:
            checkpoint = uow.consumers.checkpoint(self._consumer.name, partition=self._partition)
            found = uow.records.after(checkpoint.position, limit=limit, kinds=self._consumer.kinds)
        mine = [record for record in found if self._is_mine(record)]
        if checkpoint.attempts and mine:  # alone, until it worked or is a dead letter
            return _Page(checkpoint=checkpoint, records=mine[:1], end=mine[0].position)
        return _Page(checkpoint=checkpoint, records=mine, end=found[-1].position if found else checkpoint.position)

    def _is_mine(self, record: Record) -> bool:
        """Return whether a record is of this partition; all of one member are in one, so that their order is kept."""
        if self._consumer.partitions == 1:
            return True
        key = record.member or str(record.position)
        return zlib.crc32(key.encode()) % self._consumer.partitions == self._partition

    def _is_paused(self, checkpoint: Checkpoint) -> bool:
        return checkpoint.retry_at is not None and checkpoint.retry_at > self._now

    def _handle_page(self, page: _Page) -> int:
        try:
            self._handle(page.records, page)
            return max(len(page.records), 1)
        except (*OUTAGES, OffsetMoved):
            raise
        except Exception as error:  # noqa: BLE001 - found out below which record it is, and kept with that one
            if len(page.records) == 1:
                return self._fail(page, error)
        return self._handle_one_by_one(page)

    def _handle_one_by_one(self, page: _Page) -> int:
        checkpoint = page.checkpoint
        for count, record in enumerate(page.records):
            alone = _Page(checkpoint=checkpoint, records=[record], end=record.position)
            try:
                self._handle([record], alone)
            except (*OUTAGES, OffsetMoved):
                raise
            except Exception as error:  # noqa: BLE001 - kept with the record
                return count + self._fail(alone, error)
            checkpoint = replace(checkpoint, position=record.position)
        return len(page.records)

    def _handle(self, records: list[Record], page: _Page) -> None:
        prepared = self._handler.prepare(records) if records else None
        with self._ledger.write() as uow:
            if prepared is not None:
                self._handler.apply(uow, prepared)
            self._advance(uow, page)

    def _advance(self, uow: UnitOfWork, page: _Page) -> None:
        since = page.checkpoint.position
        uow.consumers.advance(self._consumer.name, since=since, to=page.end, at=self._now, partition=self._partition)

    def _fail(self, page: _Page, error: Exception) -> int:
        """Note the attempt and pause; after the last pause keep a dead letter and go on. Returns the records passed."""
        (record,), attempts = page.records, page.checkpoint.attempts + 1
        name = type(error).__name__
        with self._ledger.write() as uow:
            if attempts <= len(RETRY_PAUSES):
                retry_at = self._now + RETRY_PAUSES[attempts - 1]
                uow.consumers.note_failure(replace(page.checkpoint, attempts=attempts, retry_at=retry_at))
                return 0
            uow.dead_letters.add(self._dead_letter(record, name, attempts))
            self._advance(uow, page)
        _log.error("a record is a dead letter", extra={"consumer": self._consumer.name, "position": record.position})
        return 1

    def _dead_letter(self, record: Record, error: str, attempts: int) -> DeadLetter:
        name, subject = self._consumer.name, str(record.position)
        return DeadLetter(
            id=f"{name}:{subject}", consumer=name, subject=subject, error=error, attempts=attempts, at=self._now
        )

    def _lease(self, name: str, holder: str) -> bool:
        with self._ledger.write() as uow:
            return uow.operations.lease(name, holder=holder, seconds=LEASE_SECONDS) is not None
