"""Backup while others write, restore into a fresh place, and nobody who was erased comes back."""

import hashlib
import json
import stat
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from serendipity.domain.errors import Conflict, InvalidInput, LedgerUnavailable
from serendipity.domain.graph import Changes, HalfLives, NodeKind
from serendipity.domain.model import MemberStatus, Message, MessageState, Purpose, Record, RecordKind
from serendipity.intake.events import tie
from serendipity.intake.inputs import MemberInput, TieInput
from serendipity.intake.members import join_all, merge
from serendipity.ports import Ledger
from serendipity.projection import Projector
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.topics.scrub import scrub_for_ledger
from serendipity.upkeep.backup import backup
from serendipity.upkeep.erasure import finish_erasures
from serendipity.upkeep.erasures import note_erasure
from serendipity.upkeep.restore import RestoreReport, restore
from serendipity.usecases.services import new_standing
from tests.servers.postgres_server import fresh_database, postgres_for_session
from tests.waiting import PATIENCE

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIVES = HalfLives()
MEMBERS = ("ada", "bob", "cy", "dee")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger, once of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "data")
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
def fresh_url(url: str) -> Iterator[str | None]:
    """Where to restore to: another, empty PostgreSQL database, or none where the ledger is a file."""
    if not url.startswith("postgresql"):
        yield None
        return
    with fresh_database(postgres_for_session()) as fresh:
        yield fresh.render_as_string(hide_password=False)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in a file, with members and ties."""
    with closing(open_ledger(sqlite_url(tmp_path / "data"))) as ledger:
        populate(ledger)
        yield ledger


def sqlite_url(folder: Path) -> str:
    """The address of the ledger in a data folder."""
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{folder / 'ledger.db'}"


def populate(ledger: Ledger) -> None:
    """Four members who know each other in a row."""
    ledger.migrate()
    inputs = [MemberInput(id=id, name=id.title(), purposes=frozenset({Purpose.MATCHING})) for id in MEMBERS]
    with ledger.write() as uow:
        join_all(uow, inputs, source="tests", now=NOW, scrub=scrub_for_ledger)
    for number, (one, other) in enumerate(pairwise(MEMBERS)):
        know(ledger, one, other, id=f"first-{number}")


def know(ledger: Ledger, one: str, other: str, *, id: str) -> None:
    """Two members say that they know each other."""
    with ledger.write() as uow:
        tie(uow, [TieInput(id=id, member=one, other=other)], source="tests", now=NOW)


def history(ledger: Ledger, upto: int = 10**9) -> list[Record]:
    """All records up to a position."""
    with ledger.read() as uow:
        return [record for record in uow.records.after(0, limit=100_000) if record.position <= upto]


def folded(ledger: Ledger) -> MemoryGraph:
    """A graph of everything that the ledger holds."""
    graph = MemoryGraph(LIVES)
    Projector(ledger, graph, LIVES, new_standing).catch_up(holder="tests")
    return graph


def whole(graph: MemoryGraph) -> Changes:
    """What is in a graph, whenever it came there."""
    found = graph.changes_since(0)
    empty: Changes = replace(found, dropped_nodes=[], dropped_edges=[], remaps=[])
    return empty


def restored(archive: Path, tmp_path: Path, *, erasures: Path | None = None, url: str | None = None) -> RestoreReport:
    """Restore into a fresh folder."""
    return restore(archive, tmp_path / "fresh", erasures=erasures, ledger_url=url, open_ledger=open_ledger, now=NOW)


def test_a_backup_taken_while_others_write_restores_one_moment_of_the_ledger(tmp_path: Path, sqlite: Ledger) -> None:
    """Records and graph are those of the original at that moment, neither more nor less."""
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            know(sqlite, "ada", "dee", id=f"late-{number}")
            written.set()
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(PATIENCE)
        made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    finally:
        stop.set()
        writer.join()
    report = restored(made.archive, tmp_path)

    with closing(open_ledger(report.ledger_url)) as copy:
        assert history(copy) == history(sqlite, made.head)
        assert len(history(copy)) == made.head == report.head
        know(copy, "bob", "dee", id="life-goes-on")
        assert folded(copy).head().offset == made.head + 1


def test_a_restored_ledger_folds_into_the_same_graph(tmp_path: Path, url: str, fresh_url: str | None) -> None:
    """On both databases."""
    with closing(open_ledger(url)) as ledger:
        populate(ledger)
        made = backup(url, tmp_path / "data", tmp_path / "copy.tar.gz", now=NOW)
        report = restored(made.archive, tmp_path, url=fresh_url)
        with closing(open_ledger(report.ledger_url)) as copy:
            assert history(copy) == history(ledger)
            assert whole(folded(copy)) == whole(folded(ledger))


@pytest.mark.postgres
def test_a_dump_is_restored_into_an_empty_database_only(tmp_path: Path, postgres_url: str) -> None:
    """One that holds anything is left alone."""
    with closing(open_ledger(postgres_url)) as ledger:
        populate(ledger)
    made = backup(postgres_url, tmp_path, tmp_path / "copy.tar.gz", now=NOW)
    for url, told in ((postgres_url, "not empty"), (None, "name an empty database")):
        with pytest.raises(Conflict, match=told):
            restored(made.archive, tmp_path, url=url)
    assert not (tmp_path / "fresh").exists()


def test_the_erased_do_not_come_back(tmp_path: Path, sqlite: Ledger) -> None:
    """Whoever is on the list since the backup is erased again, and stays on the list."""
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    note_erasure(tmp_path / "data" / "erasures.jsonl", "bob", NOW)
    report = restored(made.archive, tmp_path, erasures=tmp_path / "data" / "erasures.jsonl")

    with closing(open_ledger(report.ledger_url)) as copy:
        graph = folded(copy)
        finish_erasures(copy, graph)
        with copy.read() as uow:
            bob = uow.members.get("bob")
        assert (report.erased, bob.status, bob.name) == (("bob",), MemberStatus.ERASED, "")
        assert graph.nodes(NodeKind.MEMBER, MEMBERS).keys() == {"ada", "cy", "dee"}
        assert {record.kind for record in history(copy) if record.member == "bob" and record.data is not None} == {
            RecordKind.MEMBER_ERASED
        }
    assert json.loads((report.data_dir / "erasures.jsonl").read_text())["member"] == "bob"


def test_a_duplicate_of_an_erased_member_does_not_come_back_either(tmp_path: Path, sqlite: Ledger) -> None:
    """They are the same person."""
    with sqlite.write() as uow:
        merge(uow, "cy", "bob", now=NOW)
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    note_erasure(tmp_path / "erasures.jsonl", "bob", NOW)
    report = restored(made.archive, tmp_path, erasures=tmp_path / "erasures.jsonl")
    with closing(open_ledger(report.ledger_url)) as copy, copy.read() as uow:
        assert [uow.members.get(id).status for id in ("bob", "cy")] == [MemberStatus.ERASED] * 2


def test_messages_that_were_waiting_wait_for_a_manager(tmp_path: Path, sqlite: Ledger) -> None:
    """They may have been sent since the backup was made."""
    message = Message(id="1", member="ada", kind="introduction.ask", subject="S", text="T", html="", locale="en")
    with sqlite.write() as uow:
        uow.outbox.add(message)
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    report = restored(made.archive, tmp_path)
    with closing(open_ledger(report.ledger_url)) as copy, copy.read() as uow:
        assert (report.held, uow.outbox.get("1").state) == (1, MessageState.PARKED)


def test_a_backup_is_its_owners_alone_and_replaces_nothing(tmp_path: Path, sqlite: Ledger) -> None:
    """Nor does it leave anything beside itself."""
    folder = tmp_path / "backups"
    for _ in range(2):
        folder.mkdir(exist_ok=True)
        if list(folder.iterdir()):
            with pytest.raises(Conflict, match="is there already"):
                backup(sqlite_url(tmp_path / "data"), tmp_path / "data", folder, now=NOW)
        else:
            backup(sqlite_url(tmp_path / "data"), tmp_path / "data", folder, now=NOW)
    [archive] = folder.iterdir()
    assert (archive.name, stat.S_IMODE(archive.stat().st_mode)) == ("serendipity-20260302T090000Z.tar.gz", 0o600)


@pytest.mark.parametrize("mails", [False, True])
def test_mails_are_in_it_only_when_asked_for(tmp_path: Path, sqlite: Ledger, mails: bool) -> None:
    """They hold names and addresses."""
    folder = tmp_path / "data" / "mails"
    folder.mkdir()
    (folder / "1.eml").write_text("To: ada@example.org")
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW, mails=mails)
    report = restored(made.archive, tmp_path)
    assert (report.data_dir / "mails" / "1.eml").exists() is mails


def test_nothing_is_restored_over_something(tmp_path: Path, sqlite: Ledger) -> None:
    """A folder that holds anything is left alone."""
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    with pytest.raises(Conflict, match="not empty"):
        restore(made.archive, tmp_path / "data", open_ledger=open_ledger, now=NOW)


def test_a_damaged_archive_is_refused_whole(tmp_path: Path, sqlite: Ledger) -> None:
    """Cut off or changed, nothing of it is used."""
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(made.archive.read_bytes()[:-1000])
    changed = tmp_path / "changed.tar.gz"
    with tarfile.open(made.archive) as old, tarfile.open(changed, "w:gz") as new:
        for entry in old.getmembers():
            new.addfile(entry, old.extractfile(entry))
        new.add(__file__, arcname="erasures.jsonl")
    for archive, told in ((cut, "cannot be read"), (changed, "damaged"), (Path(__file__), "cannot be read")):
        with pytest.raises(InvalidInput, match=told):
            restored(archive, tmp_path)
    assert not (tmp_path / "fresh").exists()


def test_a_backup_of_a_damaged_ledger_is_refused_whole(tmp_path: Path, sqlite: Ledger) -> None:
    """Also where it was damaged before it was archived, so that its checksum is right."""
    made = backup(sqlite_url(tmp_path / "data"), tmp_path / "data", tmp_path, now=NOW)
    folder, spoilt = tmp_path / "unpacked", tmp_path / "spoilt.tar.gz"
    with tarfile.open(made.archive) as archive:
        archive.extractall(folder, filter="data")
    manifest = json.loads((folder / "manifest.json").read_text())
    ledger = folder / manifest["ledger"]
    sound = ledger.read_bytes()
    ledger.write_bytes(sound[:-40960] + b"\xa5" * 40960)
    manifest["files"][manifest["ledger"]] = hashlib.sha256(ledger.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(spoilt, "w:gz") as archive:
        archive.add(folder, arcname=".")

    with pytest.raises(InvalidInput, match="The ledger in this backup is damaged"):
        restored(spoilt, tmp_path)
    assert not (tmp_path / "fresh").exists()


def test_without_a_ledger_there_is_no_backup(tmp_path: Path) -> None:
    """And it is said where it was looked for."""
    with pytest.raises(LedgerUnavailable, match="There is no ledger at"):
        backup(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path, tmp_path, now=NOW)
