"""The doctor: each finding has a level, says how things stand, and what to do."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serendipity.domain.errors import DeliveryFailed
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import DeadLetter, Kiosk, Manager, Member, Message, MessageState, NewRecord, RecordKind
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.ledger_sql import open_ledger
from serendipity.upkeep import doctor
from serendipity.upkeep.doctor import Finding, Installation, Level, checks_of, examine, healthy

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation that keeps its mail in files."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    tmp_path.chmod(0o700)
    yield Installation(
        ledger=ledger,
        graph=MemoryGraph(HalfLives()),
        half_lives=HalfLives(),
        now=NOW,
        data_dir=tmp_path,
        base_url="http://127.0.0.1:8080",
        zone="Europe/Brussels",
        channel="file",
        languages=("en", "nl"),
    )
    ledger.close()


def levels(place: Installation) -> dict[str, Level]:
    """What the doctor finds, by title."""
    checks = checks_of(place)
    return {title: finding.level for title, finding in zip(checks, examine(checks), strict=True)}


def test_a_fresh_installation_has_no_problem(place: Installation) -> None:
    """What is still to be done before going live is a warning."""
    found = levels(place)
    warned = {title for title, level in found.items() if level is Level.WARNING}
    assert Level.PROBLEM not in found.values()
    assert warned - {"Disk"} == {"Snapshot", "Mail", "Managers"}


def test_every_finding_that_is_not_fine_says_what_to_do(place: Installation) -> None:
    """Else it would only worry."""
    broken = replace(place, zone="Mars/Base", base_url="meet", languages=("xx",), half_lives=HalfLives(ties=1.0))
    found = examine(checks_of(broken))
    assert not healthy(found)
    assert [finding.title for finding in found if finding.level is not Level.OK and not finding.advice] == []


def test_a_check_that_fails_does_not_keep_the_others_from_looking() -> None:
    """Its error is the finding."""

    def fail() -> Finding:
        raise DeliveryFailed("no answer")

    found = examine({"One": fail, "Two": lambda: Finding(level=Level.OK, title="Two: fine")})
    assert [(each.level, each.title) for each in found] == [
        (Level.PROBLEM, "One: no answer"),
        (Level.OK, "Two: fine"),
    ]


def test_an_unmigrated_ledger_is_a_problem(place: Installation, tmp_path: Path) -> None:
    """Nothing could be acknowledged."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'other.db'}")
    found = levels(replace(place, ledger=ledger))
    ledger.close()
    assert found["Ledger"] is Level.PROBLEM


def test_other_half_lives_than_the_graphs_are_a_problem(place: Installation) -> None:
    """It has to be rebuilt."""
    assert levels(replace(place, half_lives=HalfLives(ties=1.0)))["Graph"] is Level.PROBLEM


def test_a_graph_far_behind_is_a_warning(place: Installation) -> None:
    """It says by how much."""
    records = [
        NewRecord(kind=RecordKind.SIGNAL, source="tests", id=str(number), at=NOW, data={})
        for number in range(doctor.FAR_BEHIND + 1)
    ]
    with place.ledger.write() as uow:
        uow.records.append(records)
    finding = doctor.graph(place.ledger, place.graph, place.half_lives)
    assert (finding.level, f"behind by {len(records)}" in finding.title) == (Level.WARNING, True)


@pytest.mark.parametrize(
    ("offset", "age", "level"),
    [(None, 0, Level.WARNING), (0, 48, Level.OK), (-5, 1, Level.OK), (-5, 48, Level.WARNING)],
)
def test_a_snapshot_is_old_only_when_the_graph_went_on(
    place: Installation, offset: int | None, age: int, level: Level
) -> None:
    """One of a quiet week is as good as new."""
    there = replace(place, snapshot_offset=lambda: offset, snapshot_at=lambda: NOW - timedelta(hours=age))
    assert doctor.snapshot(there).level is level


def refuse() -> None:
    """A mail server that does not answer."""
    raise ConnectionRefusedError("connection refused")


@pytest.mark.parametrize(
    ("probe", "level"), [(None, Level.WARNING), (lambda: "250 OK", Level.OK), (refuse, Level.PROBLEM)]
)
def test_mail_is_probed_where_it_leaves(probe: Callable[[], object] | None, level: Level) -> None:
    """Files reach nobody, a server has to answer."""
    assert doctor.mail("smtp", probe).level is level


@pytest.mark.parametrize(
    ("url", "channel", "level"),
    [
        ("https://meet.example.org", "smtp", Level.OK),
        ("http://meet.example.org", "smtp", Level.WARNING),
        ("http://127.0.0.1:8080", "file", Level.OK),
        ("http://localhost:8080", "smtp", Level.PROBLEM),
        ("http://[::1]:8080", "smtp", Level.PROBLEM),
        ("meet.example.org", "smtp", Level.PROBLEM),
    ],
)
def test_the_links_in_mails_have_to_work_for_those_who_get_them(url: str, channel: str, level: Level) -> None:
    """An address of this machine is of no use to them."""
    assert doctor.base_url(url, channel).level is level


@pytest.mark.parametrize(("free", "level"), [(10**10, Level.OK), (10**9, Level.WARNING), (10**8, Level.PROBLEM)])
def test_space_runs_out_in_two_steps(free: int, level: Level) -> None:
    """A warning first."""
    assert doctor.disk(free).level is level


def test_what_everybody_may_read_is_told(tmp_path: Path) -> None:
    """Secrets and the data folder are their owner's."""
    secret = tmp_path / ".env"
    secret.write_text("x")
    tmp_path.chmod(0o700)
    secret.chmod(0o644)
    assert doctor.data_folder(tmp_path, [secret]).level is Level.WARNING
    secret.chmod(0o600)
    assert doctor.data_folder(tmp_path, [secret]).level is Level.OK
    assert doctor.data_folder(tmp_path / "nowhere").level is Level.PROBLEM


def test_managers_kiosks_and_parked_work_are_counted(place: Installation) -> None:
    """A kiosk that was not seen for a week is named; a revoked one is no matter."""
    old = NOW - timedelta(days=30)
    kiosk = Kiosk(id="k-1", label="Door", place="hub", token_hash="1", paired_at=old)
    with place.ledger.write() as uow:
        uow.access.put_manager(Manager(id="1", email="m@example.org", name="M", password_hash="x"))
        uow.access.put_kiosk(kiosk)
        uow.access.put_kiosk(replace(kiosk, id="k-2", token_hash="2", label="Bar", revoked_at=NOW))
        uow.dead_letters.add(DeadLetter(id="1", consumer="outbox", subject="1", error="refused", attempts=3, at=NOW))
    found = levels(place)
    assert (found["Managers"], found["Parked work"]) == (Level.OK, Level.WARNING)
    assert doctor.kiosks(place.ledger, NOW).title == "Kiosks: not seen for a week: Door"


def test_addresses_that_earlier_releases_took_in_are_named(place: Installation) -> None:
    """Two members of one address, and one that no mail can be sent to; the door refuses both by now."""
    with place.ledger.write() as uow:
        for id, email in (("m-1", "anna@example.org"), ("m-2", "bram@example.org")):
            uow.members.put(Member(id=id, name=id, email=email))
    assert levels(place)["Addresses"] is Level.OK
    with sqlite3.connect(place.data_dir / "ledger.db") as ledger:
        ledger.execute("UPDATE members SET email = 'bram@example..org', email_key = email WHERE id = 'm-2'")
    unusable = doctor.addresses(place.ledger).title
    with sqlite3.connect(place.data_dir / "ledger.db") as ledger:
        ledger.execute("UPDATE members SET email = 'anna@example.org.' WHERE id = 'm-2'")

    assert unusable == "Addresses: no mail can be sent to 1 members, such as m-2"
    assert doctor.addresses(place.ledger).title == "Addresses: 1 of two members each, such as m-1 and m-2"


def test_messages_that_were_parked_are_counted_too(place: Installation) -> None:
    """They wait for a manager as work does."""
    with place.ledger.write() as uow:
        uow.members.put(Member(id="m-1", name="Anna", email="anna@example.org"))
        message = Message(id="w", member="m-1", kind="welcome", subject="Hi", text="Hi", html="Hi", locale="en")
        uow.outbox.add(message)
        uow.outbox.mark("w", MessageState.PARKED, at=NOW, error="refused")
    assert doctor.check_dead_letters(place.ledger).title == "Parked work: 1 (messages)"


def test_the_oldest_erasure_that_is_not_carried_out_is_a_problem(place: Installation) -> None:
    """However lately another one began; one is carried out once its traces have left the files."""
    with place.ledger.write() as uow:
        first, second = uow.records.append([_erased("m-1"), _erased("m-2")])
    later = replace(place, now=first.record.received_at + timedelta(minutes=2))
    assert levels(later)["Erasures"] is Level.PROBLEM
    with place.ledger.write() as uow:
        uow.consumers.set_position("erasure", second.record.position)
    assert levels(later)["Erasures"] is Level.PROBLEM
    with place.ledger.write() as uow:
        uow.consumers.set_position("traces", second.record.position)
    assert levels(later)["Erasures"] is Level.OK


def _erased(member: str) -> NewRecord:
    return NewRecord(kind=RecordKind.MEMBER_ERASED, source="members", id=f"erase:{member}", at=NOW, member=member)
