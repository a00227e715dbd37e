"""Threads that write at the same moment share a transaction, and none pays for another's mistake."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serendipity.commands.together import WritingTogether
from serendipity.domain.errors import DifferentBody, NotFound
from serendipity.domain.model import NewRecord, RecordKind
from serendipity.ports import UnitOfWork
from serendipity.stores.ledger_sql import SqlLedger, open_ledger

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class CountedLedger(SqlLedger):
    """Counts its write transactions."""

    writes = 0

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open one more."""
        self.writes += 1
        with super().write() as uow:
            yield uow


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[CountedLedger]:
    """An empty ledger."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.migrate()
    counted = CountedLedger(opened._database, now=lambda: NOW)
    yield counted
    counted.close()


def append(id: str, text: str = "") -> Callable[[UnitOfWork], int]:
    """A job that appends a signal and answers with its position."""
    record = NewRecord(kind=RecordKind.SIGNAL, source="tests", id=id, at=NOW, data={"text": text})
    return lambda uow: uow.records.append([record])[0].record.position


def all_at_once(together: WritingTogether, jobs: list[Callable[[UnitOfWork], int]]) -> list["Future[int]"]:
    """Run a first job that stays until all of the others wait behind it."""
    begun = threading.Event()

    def first(uow: UnitOfWork) -> int:
        begun.set()
        while len(together._waiting) < len(jobs):
            threading.Event().wait(0.001)
        return append("first")(uow)

    with ThreadPoolExecutor(len(jobs) + 1) as threads:
        futures = [threads.submit(together.write, first)]
        begun.wait()
        futures += [threads.submit(together.write, job) for job in jobs]
    return futures[1:]


def test_those_who_wait_share_one_transaction_and_get_their_own_answers(ledger: CountedLedger) -> None:
    """Five jobs wait behind one that is under way: two transactions in all."""
    found = all_at_once(WritingTogether(ledger), [append(f"r-{n}") for n in range(5)])
    assert sorted(future.result() for future in found) == [2, 3, 4, 5, 6]
    assert ledger.writes == 2


def test_a_job_that_fails_fails_alone(ledger: CountedLedger) -> None:
    """The others are written, and the one that contradicts the ledger is told so."""
    WritingTogether(ledger).write(append("known", "one text"))
    good, bad = all_at_once(WritingTogether(ledger), [append("good"), append("known", "another text")])
    with pytest.raises(DifferentBody):
        bad.result()
    with ledger.read() as uow:
        assert uow.records.get(good.result()).id == "good"
        assert uow.records.head() == 3


def test_a_job_that_breaks_down_fails_alone_too(ledger: CountedLedger) -> None:
    """Whatever one of them raises, the others are written."""

    def broken(_uow: UnitOfWork) -> int:
        raise RuntimeError("broken")

    good, bad = all_at_once(WritingTogether(ledger), [append("good"), broken])
    with pytest.raises(RuntimeError, match="broken"):
        bad.result()
    with ledger.read() as uow:
        assert uow.records.get(good.result()).id == "good"


def test_an_error_reaches_its_own_thread_and_nothing_is_kept(ledger: CountedLedger) -> None:
    """What a single job wrote before it failed is rolled back."""

    def half(uow: UnitOfWork) -> int:
        append("half")(uow)
        raise NotFound

    with pytest.raises(NotFound):
        WritingTogether(ledger).write(half)
    with ledger.read() as uow:
        assert uow.records.head() == 0
