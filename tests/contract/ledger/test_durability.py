"""What is committed stays: killed writers, pragmas, migrations, and a database that fails."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from serendipity.domain.errors import LedgerUnavailable, MisconfiguredSetting
from serendipity.domain.model import RunPart
from serendipity.outreach.attempts import count_failures
from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from serendipity.stores.ledger_sql.databases import open_database
from serendipity.stores.ledger_sql.migration import configuration
from serendipity.stores.ledger_sql.schema import metadata
from tests.contract.ledger.making import append, check_in
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]
MIGRATE = (
    "import sys; from serendipity.stores.ledger_sql import *; l = open_ledger(sys.argv[1]); l.migrate(); l.close()"
)


def python(*arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
    )


@pytest.mark.parametrize("commits", [1, 7, 40])
def test_a_writer_killed_in_the_middle_loses_nothing_committed(ledger_url: str, commits: int) -> None:
    """All that was acknowledged is there, whole and without gaps; the next writer goes on from there."""
    with python("-m", "tests.contract.ledger.writer", ledger_url) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(commits)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().splitlines() if line]

    ledger = open_ledger(ledger_url)
    with ledger.read() as unit:
        head = unit.records.head()
        positions = [record.position for record in unit.records.after(0, limit=100_000)]
        touching = [record.position for record in unit.records.touching(["topic:law"], upto=head)]
        offset = unit.consumers.position("writer")
    assert acknowledged == positions[: len(acknowledged)]
    assert positions == touching == list(range(1, head + 1))
    assert offset == head
    assert append(ledger, check_in("next", source="other")) == [head + 1]
    ledger.close()


def test_sqlite_writes_ahead_syncs_fully_and_keeps_references(tmp_path: Path) -> None:
    """Durable means synchronous=FULL on the connection that commits, not on another one."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()

    def pragmas(engine: sa.Engine) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout", "query_only")
        with engine.connect() as connection:
            return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    common = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 30_000}
    assert pragmas(ledger._database.writer) == {**common, "query_only": 0}
    assert pragmas(ledger._database.reader) == {**common, "query_only": 1}
    ledger.close()


def test_a_reading_unit_of_work_cannot_write(ledger: SqlLedger) -> None:
    """The database itself refuses."""
    with pytest.raises(LedgerUnavailable, match=r"(?i)read-?\s?only"), ledger.read() as unit:
        unit.consumers.set_position("x", 1)


# --- migrations ---


def test_an_empty_database_is_brought_to_the_schema_that_the_code_names(empty_url: str) -> None:
    """Neither a table, column, index nor constraint is missing or left over; a second time changes nothing."""
    ledger = open_ledger(empty_url)
    ledger.migrate()
    ledger.migrate()

    with ledger._database.reader.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        difference = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert difference == []
    assert "schema 0011" in ledger.check()
    ledger.close()


def test_the_comparison_sees_a_missing_column(empty_url: str) -> None:
    """The check above can fail."""
    ledger = open_ledger(empty_url)
    ledger.migrate()
    with ledger._database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE events DROP COLUMN description")

    with ledger._database.reader.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []
    ledger.close()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    """All succeed, with one key for the digests."""
    starting = [python("-W", "error", "-c", MIGRATE, empty_url) for _ in range(4)]
    ended = [(process.communicate(timeout=PATIENCE)[1], process.returncode) for process in starting]

    assert ended == [("", 0)] * 4
    ledger = open_ledger(empty_url)
    assert append(ledger, check_in("c-1")) == [1]
    ledger.close()


def test_threads_that_migrate_at_once_take_turns(empty_url: str) -> None:
    """Several ledgers in one process are as safe as several processes."""

    def migrate(_: int) -> str:
        ledger = open_ledger(empty_url)
        ledger.migrate()
        checked = ledger.check()
        ledger.close()
        return checked

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(migrate, range(6)))) == 1


def test_the_schema_never_goes_back(ledger_url: str) -> None:
    """A downgrade is refused and changes nothing."""
    database = open_database(ledger_url)

    with pytest.raises(RuntimeError, match="only goes forward"), database.writer.begin() as connection:
        command.downgrade(configuration(connection), "base")

    ledger = open_ledger(ledger_url)
    assert append(ledger, check_in("c-1")) == [1]
    ledger.close()
    database.close()


def test_a_ledger_of_a_newer_release_is_left_alone(empty_url: str) -> None:
    """An older release neither migrates nor accepts it."""
    ledger = open_ledger(empty_url)
    ledger.migrate()
    with ledger._database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(LedgerUnavailable, match="newer release"):
        ledger.migrate()
    with pytest.raises(LedgerUnavailable, match="newer release"):
        ledger.check()
    ledger.close()


# --- a database that fails ---


def test_a_ledger_that_was_never_migrated_says_so(empty_url: str) -> None:
    """Both the check and the first use name the ledger, not a table."""
    ledger = open_ledger(empty_url)

    with pytest.raises(LedgerUnavailable, match="schema none"):
        ledger.check()
    with pytest.raises(LedgerUnavailable), ledger.read():
        pass
    ledger.close()


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all/ledger.db", "postgresql://nobody:secret@127.0.0.1:9/none?connect_timeout=300"]
)
def test_a_database_that_does_not_answer_is_unavailable(url: str) -> None:
    """The error tells no password."""
    ledger = open_ledger(url)

    with pytest.raises(LedgerUnavailable) as unavailable, ledger.write():
        pass
    with pytest.raises(LedgerUnavailable):
        ledger.check()

    assert "secret" not in str(unavailable.value)
    ledger.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "no address"])
def test_an_address_that_cannot_hold_a_ledger_is_refused(url: str) -> None:
    """A ledger in memory would lose what it acknowledged."""
    with pytest.raises(MisconfiguredSetting):
        open_ledger(url)


def test_a_plain_postgresql_address_is_enough(ledger_url: str) -> None:
    """The driver's name need not be given, and `check` shows no password."""
    ledger = open_ledger(ledger_url.replace("postgresql+psycopg://", "postgresql://"))

    line = ledger.check()

    assert line.startswith(("sqlite 3.", "postgresql "))
    assert (sa.make_url(ledger_url).password or "no password") not in line
    ledger.close()


def test_a_ledger_settles_while_it_is_in_use(ledger: SqlLedger) -> None:
    """What was blanked is out of its files as far as the database can promise; the rest is as it was."""
    append(ledger, check_in("c-1"), check_in("c-2"))
    with ledger.write() as unit:
        unit.records.blank([1])
    assert ledger.settle()
    with ledger.read() as unit:
        assert [record.position for record in unit.records.after(0, limit=9) if record.data] == [2]


def test_the_control_arm_of_an_earlier_release_is_told_by_its_factor(empty_url: str) -> None:
    """What was a word in JSON is a column from then on."""
    database = open_database(empty_url)
    with database.writer.begin() as connection:
        command.upgrade(configuration(connection), "0007")
        for id, factors in (
            ("i-1", '{"by_lot": 1.0, "chance": 0.1}'),
            ("i-2", '{"by_lot":1.0}'),
            ("i-3", '{"chance":0.9}'),
        ):
            connection.execute(
                sa.text(
                    "INSERT INTO introductions"
                    " (id, state, score, reasons, factors, proposed_at, changed_at, texts, version)"
                    " VALUES (:id, 'proposed', 0.5, '[]', :factors, 0, 0, '{}', 1)"
                ),
                {"id": id, "factors": factors},
            )
    database.close()
    ledger = open_ledger(empty_url)
    ledger.migrate()
    with ledger.read() as uow:
        arms = {one.id: one.arm.value for one in uow.introductions.search()}
    ledger.close()
    assert arms == {"i-1": "control", "i-2": "control", "i-3": "treatment"}


def test_attempts_of_an_earlier_release_are_read_from_their_line(empty_url: str) -> None:
    """How many failed goes on counting, and an attempt without an outcome is still known to be lost."""
    database = open_database(empty_url)
    lines = {
        "failing": (4, "queued", "attempt 4, failed 2: SMTP 421"),
        "lost": (3, "queued", "attempt 2, failed 0: postponed: quiet hours"),
        "first": (1, "queued", None),
        "fresh": (0, "queued", None),
        "sent": (1, "sent", None),
    }
    with database.writer.begin() as connection:
        command.upgrade(configuration(connection), "0008")
        for id, (attempts, state, error) in lines.items():
            connection.execute(
                sa.text(
                    "INSERT INTO messages (id, kind, subject, text, html, locale, channel, reply_to, headers,"
                    " state, attempts, error, due_at)"
                    " VALUES (:id, 'welcome', '', '', '', 'en', 'email', '[]', '{}', :state, :attempts, :error, 0)"
                ),
                {"id": id, "attempts": attempts, "state": state, "error": error},
            )
    database.close()
    ledger = open_ledger(empty_url)
    ledger.migrate()
    with ledger.read() as uow:
        found = {id: [each.outcome.value for each in uow.outbox.attempts(id)] for id in lines}
        failing = uow.outbox.attempts("failing")
    ledger.close()
    assert found == {
        "failing": ["postponed", "postponed", "failed", "failed"],
        "lost": ["postponed", "postponed", "begun"],
        "first": ["begun"],
        "fresh": [],
        "sent": [],
    }
    assert (count_failures(failing), failing[-1].detail) == (2, "SMTP 421")


def test_the_states_and_parts_of_an_earlier_releases_runs_are_told_by_their_marks(empty_url: str) -> None:
    """An error that was no error is a state, and parts that had a number for a name have a kind."""
    database = open_database(empty_url)
    runs = {
        "done": (9, 100, None),
        "stopped": (9, None, "stopped"),
        "failed": (9, None, "GraphUnavailable"),
        "asked": (0, None, None),
        "going": (9, None, None),
    }
    with database.writer.begin() as connection:
        command.upgrade(configuration(connection), "0009")
        for id, (position, finished_at, error) in runs.items():
            connection.execute(
                sa.text(
                    "INSERT INTO runs"
                    " (id, kind, as_of, started_at, seed, position, settings, counts, finished_at, error)"
                    " VALUES (:id, 'by_hand', 0, 0, 1, :position, '{}', '{}', :finished_at, :error)"
                ),
                {"id": id, "position": position, "finished_at": finished_at, "error": error},
            )
        for part, data in ((-1, '"asked"'), (0, '"start"'), (1, '"one"'), (2, '"two"')):
            connection.execute(
                sa.text("INSERT INTO round_parts (run, part, data, done_at) VALUES ('going', :part, :data, :done)"),
                {"part": part, "data": data, "done": 5 if part == 1 else None},
            )
    database.close()
    ledger = open_ledger(empty_url)
    ledger.migrate()
    with ledger.read() as uow:
        states = {run.id: (run.state.value, run.error) for run in uow.operations.runs()}
        parts = [uow.operations.part("going", kind) for kind in (RunPart.REQUEST, RunPart.START)]
        left = uow.operations.next_batch("going")
    ledger.close()
    assert states == {
        "done": ("finished", None),
        "stopped": ("stopped", None),
        "failed": ("failed", "GraphUnavailable"),
        "asked": ("accepted", None),
        "going": ("running", None),
    }
    assert (parts, left) == (["asked", "start"], (2, "two"))


def test_keys_marks_and_the_report_on_topics_leave_the_settings(empty_url: str) -> None:
    """What managers set stays there."""
    database = open_database(empty_url)
    settings = {"web.pass_key": '"k"', "demo.played": '"done"', "topic_drift": '{"as_of": "x"}', "surprise": "0.4"}
    with database.writer.begin() as connection:
        command.upgrade(configuration(connection), "0010")
        for name, value in settings.items():
            row = {"name": name, "value": value}
            connection.execute(sa.text("INSERT INTO settings (name, value) VALUES (:name, :value)"), row)
    database.close()
    ledger = open_ledger(empty_url)
    ledger.migrate()
    with ledger.read() as uow:
        operations = uow.operations
        assert [operations.state(name) for name in ("pass_key", "demo", "other")] == ["k", "done", None]
        assert operations.report("topic_drift") == {"as_of": "x"}
        assert {name: operations.setting(name) for name in settings} == {**dict.fromkeys(settings), "surprise": 0.4}
    with ledger.write() as uow:
        uow.operations.put_report("topic_drift", {"as_of": "y"})
        uow.operations.set_state("demo", "again")
        assert (uow.operations.report("topic_drift"), uow.operations.state("demo")) == ({"as_of": "y"}, "again")
    ledger.close()
