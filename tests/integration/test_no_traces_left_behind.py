"""What an erasure does not meet where it looks first: unused parts of pages, half-done erasures, files put aside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import Purpose
from serendipity.intake import members
from serendipity.intake.inputs import MemberChanges, MemberInput
from serendipity.stores.ledger_sql import open_ledger
from serendipity.upkeep.backup import backup
from serendipity.upkeep.erasure import finish_erasures, leave_no_traces
from serendipity.upkeep.restore import restore
from serendipity.usecases.members import personal_data
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up, publish, read_and_project
from tests.fakes import FakeClock

MANY = 1200
WORDS = ("naam{:04d}q", "adres{:04d}q", "orgaan{:04d}q", "verhaal{:04d}q")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An installation that keeps its mails in files."""
    found = build_services(Settings.model_validate({"data_dir": tmp_path / "data"}), clock=FakeClock())
    found.graph.migrate()
    yield found
    found.graph.close()
    found.ledger.close()


def join(services: Services, *numbers: int) -> None:
    """Let members join, each with words that nobody else has."""
    items = [
        MemberInput(
            id=f"m-{number * 7919 % 9973}",
            name=WORDS[0].format(number),
            email=f"{WORDS[1].format(number)}@example.org",
            organisation=WORDS[2].format(number),
            about=WORDS[3].format(number),
            purposes=frozenset({Purpose.MATCHING}),
        )
        for number in numbers
    ]
    with services.ledger.write() as uow:
        members.join_all(uow, items, source="tests", now=services.clock.now(), scrub=services.scrub)


def lengthen(services: Services, number: int, times: int) -> None:
    """Let a member write more about themselves, so that rows move to other pages of the file."""
    changes = MemberChanges(about=f"{WORDS[3].format(number)} {'en nog wat ' * times}")
    with services.ledger.write() as uow:
        members.change(uow, f"m-{number * 7919 % 9973}", changes, now=services.clock.now(), scrub=services.scrub)


def erase(services: Services, numbers: range) -> None:
    """Erase members, and do what the worker does within a minute."""
    for number in numbers:
        personal_data.erase(services, f"m-{number * 7919 % 9973}", by="tests")
    work(services)


def work(services: Services) -> None:
    """Do what the worker does within a minute."""
    read_and_project(services)
    finish_erasures(services.ledger, services.graph)
    publish(services)
    services.snapshots.tidy()
    assert leave_no_traces(services)


def left(folder: Path, numbers: range) -> set[tuple[str, str]]:
    """Which words of these members stand in which file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    contents = {path.name: path.read_bytes().lower() for path in files}
    words = [word.format(number) for number in numbers for word in WORDS]
    return {(word, name) for word in words for name, content in contents.items() if word.encode() in content}


def test_unused_parts_of_pages_hold_nothing_either(services: Services) -> None:
    """Where rows grow, SQLite moves their neighbours and leaves copies in what a page does not use any more."""
    for start in range(0, MANY, 50):
        join(services, *range(start, start + 50))
    for turn in range(3):
        for number in range(turn, MANY, 2):
            lengthen(services, number, 1 + number * 31 % (20 * (turn + 1)))
    catch_up(services)

    erase(services, range(0, MANY, 4))

    assert left(services.settings.data_dir, range(0, MANY, 4)) == set()
    assert left(services.settings.data_dir, range(1, 2)) != set()


def test_earlier_snapshots_are_gone_at_once(services: Services) -> None:
    """Whoever read the pointer to one finds the next."""
    join(services, 1, 2)
    catch_up(services)
    reader = build_services(Settings.model_validate({"data_dir": services.settings.data_dir}), prepare=False)
    assert reader.snapshots.latest() is not None
    erase(services, range(1, 2))

    folders = [path for path in (services.settings.data_dir / "snapshots").iterdir() if path.is_dir()]
    assert len(folders) == 1
    fresh = reader.snapshots.latest()
    reader.graph.close()
    reader.ledger.close()
    assert fresh is not None
    assert "orgaan0001q" not in fresh.organisations


def test_a_backup_of_a_half_done_erasure_is_restored_whole(services: Services, tmp_path: Path) -> None:
    """The graph had not let go of them when it was made: what waited for that leaves before the folder is in place."""
    join(services, 1, 2)
    catch_up(services)
    personal_data.erase(services, "m-7919", by="tests")
    url, folder = f"sqlite:///{services.settings.data_dir / 'ledger.db'}", services.settings.data_dir
    made = backup(url, folder, tmp_path / "backups", now=services.clock.now())
    restore(made.archive, tmp_path / "restored", open_ledger=open_ledger, now=services.clock.now())

    assert left(tmp_path / "restored", range(1, 2)) == set()
    assert left(tmp_path / "restored", range(2, 3)) != set()


def test_a_mail_that_was_being_handed_over_is_taken_back(services: Services) -> None:
    """It had left the outbox before the erasure, and came into the folder after it."""
    join(services, 1, 2)
    with services.ledger.write() as uow:
        to = uow.members.get("m-7919")
        message = services.composer.compose("welcome", to, {}, id="welcome:1")
        uow.outbox.add(message)
    catch_up(services)
    personal_data.erase(services, to.id, by="tests")
    services.channels["email"].send(message, to, ())
    assert left(services.settings.data_dir / "mails", range(1, 2)) != set()
    work(services)

    assert left(services.settings.data_dir, range(1, 2)) == set()


def test_a_graph_file_that_was_put_aside_goes_too(services: Services) -> None:
    """It was kept for those who want to look at what was damaged, and holds organisations."""
    join(services, 1, 2)
    catch_up(services)
    aside = services.settings.data_dir / "graph.db.damaged-20260301T090000"
    aside.write_bytes((services.settings.data_dir / "graph.db").read_bytes() + b"orgaan0001q")
    erase(services, range(1, 2))

    assert left(services.settings.data_dir, range(1, 2)) == set()


def test_mails_of_a_time_before_a_mail_server_go_too(services: Services) -> None:
    """The folder stays when a community changes from files to a server; so do what a crash left half written."""
    join(services, 1, 2)
    folder = services.settings.data_dir / "mails"
    folder.mkdir()
    for name in ("welcome.eml", ".half.part"):
        (folder / name).write_text("To: adres0001q@example.org\n\nDear naam0001q,\n")
    (folder / "other.eml").write_text("To: adres0002q@example.org\n\nDear naam0002q,\n")
    given = {"data_dir": services.settings.data_dir, "channel": "smtp", "smtp_host": "127.0.0.1"}
    by_server = build_services(Settings.model_validate(given), clock=FakeClock(), prepare=False)
    erase(by_server, range(1, 2))
    by_server.graph.close()
    by_server.ledger.close()

    assert left(services.settings.data_dir, range(1, 2)) == set()
    assert [path.name for path in folder.iterdir()] == ["other.eml"]
