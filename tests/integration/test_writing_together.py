"""Threads that write at the same moment share a transaction, and none pays for another's mistake."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serendipity.domain.errors import DifferentBody, NotFound
from serendipity.domain.model import NewRecord, RecordKind
from serendipity.ports import UnitOfWork
from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from serendipity.usecases.check_in.group_commit import GroupCommit

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
Work = Callable[[UnitOfWork, Sequence[NewRecord]], list[int]]


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


def signal(id: str, text: str = "") -> NewRecord:
    """A signal to append."""
    return NewRecord(kind=RecordKind.SIGNAL, source="tests", id=id, at=NOW, data={"text": text})


def append(uow: UnitOfWork, items: Sequence[NewRecord]) -> list[int]:
    """Append signals and answer with their positions."""
    return [answer.record.position for answer in uow.records.append(items)]


def all_at_once(together: GroupCommit, turns: Sequence[tuple[Work, NewRecord]]) -> list["Future[int]"]:
    """Run a first turn that stays until all of the others wait behind it."""
    begun = threading.Event()

    def first(uow: UnitOfWork, items: Sequence[NewRecord]) -> list[int]:
        begun.set()
        while len(together._waiting) < len(turns):
            threading.Event().wait(0.001)
        return append(uow, items)

    with ThreadPoolExecutor(len(turns) + 1) as threads:
        futures = [threads.submit(together.write, first, signal("first"))]
        begun.wait()
        futures += [threads.submit(together.write, work, item) for work, item in turns]
    return futures[1:]


def test_those_who_wait_share_one_transaction_and_get_their_own_answers(ledger: CountedLedger) -> None:
    """Five turns wait behind one that is under way: two transactions in all."""
    found = all_at_once(GroupCommit(ledger), [(append, signal(f"r-{n}")) for n in range(5)])
    assert sorted(future.result() for future in found) == [2, 3, 4, 5, 6]
    assert ledger.writes == 2


def test_a_turn_that_fails_fails_alone(ledger: CountedLedger) -> None:
    """The others are written, and the one that contradicts the ledger is told so."""
    GroupCommit(ledger).write(append, signal("known", "one text"))
    turns = [(append, signal("good")), (append, signal("known", "another text"))]
    good, bad = all_at_once(GroupCommit(ledger), turns)
    with pytest.raises(DifferentBody):
        bad.result()
    with ledger.read() as uow:
        assert uow.records.get(good.result()).id == "good"
        assert uow.records.head() == 3


def test_work_that_breaks_down_fails_alone_too(ledger: CountedLedger) -> None:
    """Whatever one of them raises, the others are written."""

    def broken(_uow: UnitOfWork, _items: Sequence[NewRecord]) -> list[int]:
        raise RuntimeError("broken")

    good, bad = all_at_once(GroupCommit(ledger), [(append, signal("good")), (broken, signal("bad"))])
    with pytest.raises(RuntimeError, match="broken"):
        bad.result()
    with ledger.read() as uow:
        assert uow.records.get(good.result()).id == "good"


def test_an_error_reaches_its_own_thread_and_nothing_is_kept(ledger: CountedLedger) -> None:
    """What a single turn wrote before it failed is rolled back."""

    def half(uow: UnitOfWork, items: Sequence[NewRecord]) -> list[int]:
        append(uow, items)
        raise NotFound

    with pytest.raises(NotFound):
        GroupCommit(ledger).write(half, signal("half"))
    with ledger.read() as uow:
        assert uow.records.head() == 0
