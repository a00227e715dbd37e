"""Damaged files, full disks, odd signs: each is told truly, and the command that is named mends it."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.base import MaxInstancesReachedError
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from typer.testing import CliRunner, Result

from serendipity.cli import app
from serendipity.domain.errors import DISK_FULL, GraphDamaged, GraphUnavailable, InvalidInput, LedgerUnavailable
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import Member
from serendipity.stores.graph_embedded import open_embedded_graph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.web.request_limits import Tries
from serendipity.workers.ticks import FailureLog, is_worth_logging
from tests.contract.ledger.conftest import *  # noqa: F403 - ledgers of both kinds
from tests.fakes import MONDAY_MORNING
from tests.waiting import PATIENCE


def call(folder: Path, *words: str) -> Result:
    """Run a command on the installation in a folder."""
    return CliRunner().invoke(app, ["--data-dir", str(folder), *words])


def random_bytes(path: Path) -> None:
    """No database at all."""
    path.write_bytes(b"\x13\x37" * 50_000)


def cut_short(path: Path) -> None:
    """Half a file, as after a full disk or a copy that was broken off."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def one_page(path: Path) -> None:
    """A page in the middle is another's."""
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 2000] = b"\xa5" * 2000
    path.write_bytes(bytes(content))


def no_tables(path: Path) -> None:
    """The schema says that it is there, and it is not."""
    with sqlite3.connect(path) as graph:
        for (name,) in graph.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            graph.execute(f"DROP TABLE {name}")


def one_table_less(path: Path) -> None:
    """What is there is whole."""
    with sqlite3.connect(path) as graph:
        graph.execute("DROP TABLE nodes")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An installation with members, whose graph is folded into its file."""
    folder = tmp_path / "data"
    (tmp_path / "members.csv").write_text(
        "name,email,skills,consents\nNora Visser,nora@example.org,photography,matching\n"
        "Bram de Wit,bram@example.org,big data,matching\n"
    )
    assert call(folder, "import", "members", str(tmp_path / "members.csv")).exit_code == 0
    assert call(folder, "graph", "catch-up").exit_code == 0
    with sqlite3.connect(folder / "graph.db") as graph:
        graph.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.mark.parametrize("spoil", [random_bytes, cut_short, one_page, no_tables, one_table_less])
def test_a_damaged_graph_file_is_told_and_rebuilt(house: Path, spoil: Callable[[Path], None]) -> None:
    """Status and doctor name the command; it puts the file aside, and the graph is what it was."""
    before = call(house, "graph", "status", "--json").stdout
    for ending in ("-wal", "-shm"):
        (house / f"graph.db{ending}").unlink(missing_ok=True)
    spoil(house / "graph.db")

    told = " ".join(call(house, "doctor").output.split())
    rebuilt = call(house, "graph", "rebuild")

    assert "is damaged" in told
    assert "serendipity graph rebuild" in told
    assert rebuilt.exit_code == 0, rebuilt.output
    assert call(house, "graph", "status", "--json").stdout == before
    assert list(house.glob("graph.db.damaged-*"))


def test_a_folder_in_the_graph_s_place_is_told(tmp_path: Path) -> None:
    """Nothing that a rebuild could mend: it is not moved away."""
    (tmp_path / "graph.db").mkdir()
    graph = open_embedded_graph(tmp_path / "graph.db", HalfLives())

    with pytest.raises(GraphUnavailable, match="cannot be opened") as told:
        graph.start_over(HalfLives(), now=MONDAY_MORNING)
    assert not isinstance(told.value, GraphDamaged)


def test_a_process_that_has_the_old_file_open_goes_on_with_the_new_one(tmp_path: Path) -> None:
    """The worker need not be started again after a rebuild."""
    worker, command = (open_embedded_graph(tmp_path / "graph.db", HalfLives()) for _ in range(2))
    worker.migrate()
    worker.head()
    random_bytes(tmp_path / "graph.db")
    for ending in ("-wal", "-shm"):
        (tmp_path / f"graph.db{ending}").unlink(missing_ok=True)
    command.start_over(HalfLives(ties=9.0), now=MONDAY_MORNING)

    assert worker.head().half_lives == HalfLives(ties=9.0)


def test_damage_of_the_graph_is_logged_once_and_not_each_second(caplog: pytest.LogCaptureFixture) -> None:
    """With the command that mends it."""
    failures = FailureLog("graph")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            failures.log(GraphDamaged())

    assert [record.message for record in caplog.records] == ["the graph is damaged; run `serendipity graph rebuild`"]


def test_what_fails_at_each_tick_in_one_way_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk would else fill the log with itself."""
    failures = FailureLog("outbox")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            failures.log(LedgerUnavailable(DISK_FULL))

    assert [record.message for record in caplog.records] == ["a turn failed; it is tried again"]


def test_a_damaged_ledger_is_no_ok_of_the_doctor(house: Path) -> None:
    """It says what to restore; a backup refuses it too."""
    with sqlite3.connect(house / "ledger.db") as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = ledger.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray((house / "ledger.db").read_bytes())
    middle = len(content) // size // 2
    for page in range(middle, middle + 30):
        content[page * size : (page + 1) * size] = b"\xa5" * size
    (house / "ledger.db").write_bytes(bytes(content))
    for ending in ("-wal", "-shm"):
        (house / f"ledger.db{ending}").unlink(missing_ok=True)

    doctor, backup = call(house, "doctor"), call(house, "backup", str(house.parent / "backups"))

    assert doctor.exit_code != 0
    assert "damaged" in doctor.output
    assert "serendipity restore" in " ".join(doctor.output.split())
    assert backup.exit_code != 0


def test_a_whole_ledger_has_no_damage(ledger_url: str) -> None:
    """On both databases."""
    ledger = open_ledger(ledger_url)
    assert ledger.damage() == []
    ledger.close()


def test_a_null_byte_is_refused_as_input_and_not_told_as_a_fault_of_the_database(ledger_url: str) -> None:
    """Where a door overlooked it, the ledger says what is wrong with what was sent."""
    ledger = open_ledger(ledger_url)
    try:
        with ledger.write() as uow:
            uow.members.put(Member(id="m-1", name="Nora\x00Visser", email="nora@example.org"))
    except InvalidInput as refused:
        told = str(refused)
    else:
        told = "null byte"  # SQLite keeps it
    ledger.close()
    assert "null byte" in told


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    """By the ledger and by what counts tries: nothing half-written stays, and it goes on when there is room."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    with ledger.write() as uow:
        uow._transaction.connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    with pytest.raises(LedgerUnavailable) as told, ledger.write() as uow:
        uow.members.put_many([Member(id=f"m-{n}", name="Nora " * 20, about="x" * 2000) for n in range(2000)])
    assert str(told.value) == DISK_FULL
    with ledger.write() as uow:
        uow._transaction.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")  # type: ignore[attr-defined]
        assert uow.members.count() == 0
        uow.members.put(Member(id="m-1", name="Nora"))
    ledger.close()

    class Full(Tries):
        def _hash(self, key: str) -> str:
            raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(LedgerUnavailable) as uncounted:
        Full(tmp_path / "tries.db", "log-in", most=3, minutes=1).check("x", datetime.now(MONDAY_MORNING.tzinfo))
    assert str(uncounted.value) == DISK_FULL


def test_a_tick_that_comes_while_its_turn_still_runs_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """APScheduler's own complaint about it is left out, and nothing else of its log."""

    class Busy(DebugExecutor):  # type: ignore[misc]
        def submit_job(self, job: object, run_times: object) -> None:
            raise MaxInstancesReachedError(job)

    told = threading.Event()
    scheduler = BackgroundScheduler(executors={"default": Busy()})
    scheduler.add_listener(lambda _: told.set(), EVENT_JOB_MAX_INSTANCES)
    log = logging.getLogger("apscheduler.scheduler")
    log.addFilter(is_worth_logging)
    with caplog.at_level(logging.WARNING):
        scheduler.start()
        scheduler.add_job(lambda: None, "interval", seconds=3600, next_run_time=datetime.now(scheduler.timezone))
        assert told.wait(PATIENCE)
        scheduler.shutdown()
        log.warning("something else")

    assert [record.message for record in caplog.records] == ["something else"]
