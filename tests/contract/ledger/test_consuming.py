"""The consumer engine on both databases: exactly once, in order, whatever fails, and whoever else is at it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from serendipity.domain.errors import GraphUnavailable, OffsetMoved
from serendipity.domain.model import AuditEntry, NewRecord, Record, RecordKind
from serendipity.flow import Consumer
from serendipity.ports import Ledger, UnitOfWork
from serendipity.stores.ledger_sql import open_ledger
from serendipity.workers.consume import RETRY_PAUSES, Worker
from tests.fakes import FakeClock

KIND = RecordKind.CHECK_IN
CONSUMER = Consumer(name="test", turn="", writes="audit entries", kinds=frozenset({KIND}), batch=4)


@dataclass
class Effects:
    """A handler that writes an audit entry for each record; `spoil` may raise at any step, with what is at hand."""

    spoil: Callable[[str, Sequence[Record]], None] = lambda step, batch: None
    prepared: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Get ready."""
        self.spoil("start", ())

    def prepare(self, batch: Sequence[Record]) -> list[Record]:
        """Remember what was looked at."""
        self.prepared += [record.position for record in batch]
        self.spoil("prepare", batch)
        return list(batch)

    def apply(self, uow: UnitOfWork, prepared: list[Record]) -> None:
        """Write one entry a record."""
        for record in prepared:
            uow.operations.audit(
                AuditEntry(at=record.at, who="test", what="handled", subject=record.id, data={"at": record.position})
            )
        self.spoil("apply", prepared)


def fill(ledger: Ledger, now: datetime, count: int, *, members: int = 1, start: int = 0) -> None:
    """Append check-ins of some members, with signals between that nobody follows."""
    for n in range(start, start + count):
        kinds = (KIND, RecordKind.SIGNAL)
        with ledger.write() as uow:
            uow.records.append(
                [NewRecord(kind=k, source=str(k), id=str(n), at=now, member=f"m-{n % members}", data={}) for k in kinds]
            )


def handled(ledger: Ledger) -> list[str]:
    """The ids of the records that took effect, in order."""
    with ledger.read() as uow:
        entries = [each for each in uow.operations.audit_entries(limit=10_000) if each.what == "handled"]
    return [each.subject for each in reversed(entries)]


def run(ledger: Ledger, handler: Effects, now: datetime, *, holder: str = "w-1", consumer: Consumer = CONSUMER) -> int:
    """One turn of a worker."""
    return Worker(ledger, consumer, handler, now=now).run(holder=holder)


def test_each_record_takes_effect_once_and_in_order(ledger: Ledger, clock: FakeClock) -> None:
    """Whatever comes in between, and however often it is asked."""
    fill(ledger, clock.now(), 10)
    assert run(ledger, Effects(), clock.now()) == 10
    assert run(ledger, Effects(), clock.now()) == 0
    fill(ledger, clock.now(), 3, start=10)
    assert run(ledger, Effects(), clock.now()) == 3
    assert handled(ledger) == [str(n) for n in range(13)]


@pytest.mark.parametrize("step", ["start", "prepare", "apply"])
def test_a_worker_that_is_killed_at_any_step_leaves_nothing_half_done(
    ledger: Ledger, clock: FakeClock, step: str
) -> None:
    """What it did not commit is done by the next, once."""
    fill(ledger, clock.now(), 9)
    calls = 0

    def die(at: str, batch: Sequence[Record]) -> None:
        nonlocal calls
        calls += at == step
        if at == step and calls == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(ledger, Effects(spoil=die), clock.now())
    assert len(handled(ledger)) == 4
    assert run(ledger, Effects(), clock.now(), holder="w-2") == 5
    assert handled(ledger) == [str(n) for n in range(9)]


def test_a_poisoned_record_is_retried_with_pauses_then_is_a_dead_letter(ledger: Ledger, clock: FakeClock) -> None:
    """Those before it and after it take effect; it is looked at once for each attempt, not at each tick."""
    fill(ledger, clock.now(), 7)

    def refuse(step: str, batch: Sequence[Record]) -> None:
        if step == "prepare" and any(record.id == "5" for record in batch):
            raise ValueError("no such thing")

    handler = Effects(spoil=refuse)
    seen = []
    for pause in (timedelta(), *RETRY_PAUSES):
        clock.time += pause
        run(ledger, handler, clock.now())
        run(ledger, handler, clock.now())
        seen.append(handled(ledger))
    with ledger.read() as uow:
        [letter] = uow.dead_letters.list()
        assert uow.dead_letters.counts() == {"test": 1}
    assert seen == [["0", "1", "2", "3", "4"]] * 2 + [["0", "1", "2", "3", "4", "6"]]
    assert (letter.consumer, letter.error, letter.attempts, letter.subject) == ("test", "ValueError", 3, "11")


def test_a_record_that_works_at_the_second_attempt_is_no_dead_letter(ledger: Ledger, clock: FakeClock) -> None:
    """A fault that passes costs a pause."""
    fill(ledger, clock.now(), 3)
    faults = iter([True, True])

    def stumble(step: str, batch: Sequence[Record]) -> None:
        if step == "apply" and batch[0].id == "0" and next(faults, False):
            raise RuntimeError

    handler = Effects(spoil=stumble)
    run(ledger, handler, clock.now())
    clock.time += RETRY_PAUSES[0]
    run(ledger, handler, clock.now())
    with ledger.read() as uow:
        checkpoint = uow.consumers.checkpoint("test")
        assert uow.dead_letters.list() == []
    assert handled(ledger) == ["0", "1", "2"]
    assert (checkpoint.attempts, checkpoint.retry_at) == (0, None)


def test_an_outage_is_no_records_fault(ledger: Ledger, clock: FakeClock) -> None:
    """It is raised, however often, and nothing is counted against the batch."""
    fill(ledger, clock.now(), 2)

    def down(step: str, batch: Sequence[Record]) -> None:
        if step == "prepare":
            raise GraphUnavailable

    for _ in range(5):
        with pytest.raises(GraphUnavailable):
            run(ledger, Effects(spoil=down), clock.now())
    assert run(ledger, Effects(), clock.now()) == 2


def test_of_two_workers_one_wins_each_batch(ledger_url: str, ledger: Ledger, clock: FakeClock) -> None:
    """Without a lease too: the position is compared in the transaction of the effects."""
    fill(ledger, clock.now(), 40)

    def work(number: int) -> int:
        own = open_ledger(ledger_url, clock=clock)
        try:
            worker = Worker(own, CONSUMER, Effects(), now=clock.now())
            done = 0
            while worker.is_due():
                done += worker.step()
            return done
        finally:
            own.close()

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(4)))
    assert sum(done) == 40
    assert handled(ledger) == [str(n) for n in range(40)]


def test_while_one_worker_has_the_lease_another_does_nothing(ledger: Ledger, clock: FakeClock) -> None:
    """It comes again at the next tick."""
    fill(ledger, clock.now(), 2)
    with ledger.write() as uow:
        uow.operations.lease("consumer:test:0", holder="w-1", seconds=60)
    assert run(ledger, Effects(), clock.now(), holder="w-2") == 0
    assert run(ledger, Effects(), clock.now(), holder="w-1") == 2


def test_partitions_share_the_records_and_keep_each_members_order(ledger: Ledger, clock: FakeClock) -> None:
    """Each record is of one partition; a member's are all of the same."""
    fill(ledger, clock.now(), 30, members=7)
    parted = replace(CONSUMER, partitions=3)
    handlers = [Effects() for _ in range(3)]
    for partition, handler in enumerate(handlers):
        Worker(ledger, parted, handler, now=clock.now(), partition=partition).run(holder="w-1")
    with ledger.read() as uow:
        members = {record.position: record.member for record in uow.records.after(0, limit=100, kinds={KIND})}
    positions = [handler.prepared for handler in handlers]
    assert sorted(position for mine in positions for position in mine) == sorted(members)
    assert all(mine == sorted(mine) for mine in positions)
    assert sum(len({members[position] for position in mine}) for mine in positions) == 7
    assert all(Worker(ledger, parted, Effects(), now=clock.now(), partition=n).lag() == 0 for n in range(3))


def test_a_position_that_moved_is_not_moved_again(ledger: Ledger, clock: FakeClock) -> None:
    """What comes with it is rolled back."""
    with ledger.write() as uow:
        uow.consumers.advance("test", since=0, to=5, at=clock.now())

    def second() -> None:
        with ledger.write() as uow:
            uow.operations.audit(AuditEntry(at=clock.now(), who="test", what="handled", subject="x"))
            uow.consumers.advance("test", since=0, to=7, at=clock.now())

    with pytest.raises(OffsetMoved):
        second()
    assert handled(ledger) == []
    with ledger.read() as uow:
        assert [(each.consumer, each.position) for each in uow.consumers.checkpoints()] == [("test", 5)]
