"""Writers and readers at the same time: no gap, nothing missed, one view each."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from tests.contract.ledger.making import append, check_in, join
from tests.waiting import PATIENCE


def test_forty_writers_at_once_leave_no_gap_and_fail_never(ledger: SqlLedger) -> None:
    """Positions are 1 to n, each writer's in its order."""

    def write(writer: int) -> list[int]:
        return [append(ledger, check_in(f"c-{number}", source=f"writer-{writer}"))[0] for number in range(5)]

    with ThreadPoolExecutor(40) as pool:
        written = list(pool.map(write, range(40)))

    assert all(positions == sorted(positions) for positions in written)
    assert sorted(position for positions in written for position in positions) == list(range(1, 201))


def test_a_writer_held_open_makes_later_ones_wait_so_that_no_reader_misses_it(ledger: SqlLedger) -> None:
    """Whoever reads position p has read, or can still read, all before it."""
    appended, may_commit = threading.Event(), threading.Event()

    def hold() -> None:
        with ledger.write() as unit:
            unit.records.append([check_in("slow")])
            appended.set()
            assert may_commit.wait(PATIENCE)

    def seen() -> list[str]:
        with ledger.read() as unit:
            return [record.id for record in unit.records.after(0, limit=10)]

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(hold)
        assert appended.wait(PATIENCE)
        fast = pool.submit(append, ledger, check_in("fast"))
        assert seen() == []
        assert not fast.done()
        may_commit.set()
        slow.result(PATIENCE)
        assert fast.result(PATIENCE) == [2]

    assert seen() == ["slow", "fast"]


def test_a_reader_that_follows_many_writers_misses_nothing(ledger: SqlLedger) -> None:
    """Reading on from the last position seen gives every record, once, in order."""
    followed: list[int] = []
    writing = threading.Event()

    def write(writer: int) -> None:
        for number in range(15):
            append(ledger, check_in(f"c-{number}", source=f"w-{writer}"))

    def follow() -> None:
        while True:
            all_written = not writing.is_set()
            with ledger.read() as unit:
                news = unit.records.after(followed[-1] if followed else 0, limit=7)
            followed.extend(record.position for record in news)
            if all_written and not news:
                return

    writing.set()
    with ThreadPoolExecutor(7) as pool:
        reader = pool.submit(follow)
        writers = [pool.submit(write, writer) for writer in range(6)]
        wait(writers, PATIENCE)
        writing.clear()
        for each in (*writers, reader):
            each.result(PATIENCE)

    assert followed == list(range(1, 91))


def test_a_reader_sees_one_view_while_others_write(ledger: SqlLedger) -> None:
    """What is committed meanwhile is not seen until the next unit of work."""
    append(ledger, check_in("c-1"))

    with ledger.read() as unit:
        before = unit.records.head()
        append(ledger, check_in("c-2"))
        assert unit.records.head() == before == 1

    with ledger.read() as unit:
        assert unit.records.head() == 2


@pytest.mark.postgres
def test_on_postgresql_writes_without_records_do_not_wait_for_each_other(postgres_url: str) -> None:
    """The lock of positions is taken at the first append only."""
    ledger = open_ledger(postgres_url)
    ledger.migrate()

    with ledger.write() as slow:
        slow.records.append([check_in("c-1")])
        join(ledger, "m-2", "Ada")

    with ledger.read() as unit:
        assert unit.members.get("m-2").name == "Ada"
    ledger.close()
