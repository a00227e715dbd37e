"""What happens rarely: pauses that end, duplicates, doubled ticks, late arrivals, damaged files, unreadable texts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.errors import Conflict, GraphAhead, InvalidInput
from serendipity.domain.model import (
    Answer,
    DeclineReason,
    Introduction,
    IntroductionState,
    MemberStatus,
    Mention,
    NewRecord,
    Party,
    Purpose,
    Record,
    RecordKind,
    Understanding,
    Visibility,
)
from serendipity.intake import members
from serendipity.intake.inputs import MemberInput
from serendipity.intake.timing import resolve_time
from serendipity.introductions.outcomes import record_no
from serendipity.topics.understandings import understanding_data
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.members.personal_data import erase, export
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.services import Services, new_standing
from serendipity.usecases.topics.reading import Reader, read_pending
from serendipity.usecases.upkeep.dead_letters import retry
from serendipity.usecases.upkeep.graph import catch_up, publish
from serendipity.workers.consume import RETRY_PAUSES
from tests.fakes import FakeClock
from tests.integration.small_house import Words, installation, say


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(time=datetime.now(UTC))


@pytest.fixture
def services(tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """A fresh installation with a place and four members who agreed to everything."""
    with installation(tmp_path / "data", clock) as services:
        yield services


def here(services: Services) -> set[str]:
    """Who is at the place now."""
    with services.ledger.read() as uow:
        return {presence.member for presence in uow.places.present("main", now=services.clock.now())}


def agreed(services: Services) -> set[str]:
    """Who may be matched now."""
    with services.ledger.read() as uow:
        return uow.members.with_purpose(Purpose.MATCHING)


def add_topics(services: Services, *labels: str) -> None:
    """Add topics."""
    with services.ledger.write() as uow:
        uow.records.append(
            [
                NewRecord(
                    kind=RecordKind.TOPIC_ADDED,
                    source="test",
                    id=label,
                    at=services.clock.now(),
                    data={"topic": label, "label": label, "aliases": [], "parent": None, "sensitive": False},
                    refs=(f"topic:{label}", f"phrase:{label}"),
                )
                for label in labels
            ]
        )


# --- pauses ---


def test_a_pause_until_a_day_ends_on_that_day(services: Services, clock: FakeClock) -> None:
    """Who paused for a while is matched again afterwards without coming back to say so."""
    with services.ledger.write() as uow:
        members.pause(uow, "ada", until=clock.now() + timedelta(days=1))
        members.pause(uow, "bob", until=clock.now() - timedelta(seconds=1))
        members.pause(uow, "cas")
    assert agreed(services) == {"bob", "dee"}


def test_a_not_now_shortens_no_pause_without_an_end(services: Services, clock: FakeClock) -> None:
    """Who is away until they come back stays so after declining what was on its way."""
    found, settings = between_ada_and_bob(IntroductionState.ASKED, clock.now()), services.introductions
    with services.ledger.write() as uow:
        members.pause(uow, "bob")
        record_no(uow, found, "bob", DeclineReason.NOT_NOW, now=clock.now(), settings=settings)
        assert uow.members.get("bob").paused_until is None


def test_to_resume_makes_no_member_of_a_guest(services: Services, clock: FakeClock) -> None:
    """A guest becomes a member by saying so only."""
    with services.ledger.write() as uow:
        guest = MemberInput(id="gus", name="Gus", guest=True)
        members.join(uow, guest, source="test", now=clock.now(), scrub=services.scrub)
        members.resume(uow, "gus")
        with pytest.raises(Conflict):
            members.pause(uow, "gus")
        assert uow.members.get("gus").status is MemberStatus.GUEST


# --- erasure ---


def test_an_erasure_takes_the_mails_in_the_folder_along(services: Services, tmp_path: Path) -> None:
    """Those to the member and those that name them; the others' stay."""
    with services.ledger.read() as uow:
        found = uow.members.many({"ada", "bob", "cas"})
    for id, to, replies in (("1", "ada", ()), ("2", "bob", ("ada", "bob")), ("3", "cas", ())):
        message = services.composer.compose("introduction.closed", found[to], {"first_name": to}, id=id)
        services.channels["email"].send(message, found[to], [found[reply] for reply in replies])
    erase(services, "ada", by="test")
    [kept] = (tmp_path / "data" / "mails").glob("*.eml")
    assert b"cas@example.org" in kept.read_bytes()


# --- what the other answered ---


@pytest.mark.parametrize("state", [IntroductionState.DECLINED, IntroductionState.EXPIRED])
def test_an_export_does_not_tell_the_others_no_from_silence(
    services: Services, clock: FakeClock, state: IntroductionState
) -> None:
    """Who said yes reads the same of a no and of no answer, in their data as well."""
    now = clock.now()
    ended = between_ada_and_bob(state, now)
    with services.ledger.write() as uow:
        uow.introductions.add(ended)
    assert [one["state"] for one in export(services, "ada")["introductions"]] == ["asked"]
    clock.forward(days=30)
    assert [one["state"] for one in export(services, "ada")["introductions"]] == ["ended"]


def between_ada_and_bob(state: IntroductionState, now: datetime) -> Introduction:
    """An introduction to which Ada said yes and Bob no."""
    return Introduction(
        id="i-1",
        parties=(
            Party(member="ada", answer=Answer.ACCEPTED, asked_at=now, answered_at=now),
            Party(member="bob", answer=Answer.DECLINED, asked_at=now, answered_at=now),
        ),
        state=state,
        score=1.0,
        reasons=(),
        factors={},
        run=None,
        proposed_at=now,
        changed_at=now,
    )


# --- runs ---


def matchable(services: Services) -> None:
    """Give the members something to be matched by."""
    add_topics(services, "amber", "basalt", "coral")
    for member in ("ada", "bob", "cas", "dee"):
        say(services, member, "amber basalt")
    say(services, "ada", "coral")
    say(services, "bob", "coral")
    catch_up(services)


def test_two_workers_at_the_same_hour_make_one_scheduled_run(services: Services, clock: FakeClock) -> None:
    """The second tick of the day finds the run done, and proposes nothing."""
    matchable(services)
    first = run_matching(services, RunRequest(kind="scheduled"))
    clock.forward(seconds=5)
    second = run_matching(services, RunRequest(kind="scheduled"))
    assert first.introductions
    assert (second.run.id, second.introductions) == (first.run.id, ())
    clock.forward(days=1)
    assert run_matching(services, RunRequest(kind="scheduled")).run.id != first.run.id


def test_who_is_erased_while_a_run_goes_on_is_not_proposed(services: Services) -> None:
    """Consent is looked at once more when a match becomes an introduction."""
    matchable(services)

    def leave(_done: int, _total: int) -> None:
        with services.ledger.write() as uow:
            for member in ("ada", "bob", "cas", "dee"):
                members.set_consent(uow, member, Purpose.MATCHING, given=False, now=services.clock.now())

    report = run_matching(services, RunRequest(kind="by_hand"), progress=leave)
    assert report.run.counts["chosen"] > 0
    assert (report.matches, report.introductions) == ((), ())
    assert set(report.outcomes.values()) == {"left_meanwhile"}


# --- time ---


def test_a_late_check_in_moves_nobody_back(services: Services, clock: FakeClock) -> None:
    """One from this morning that arrives now does not end the presence of who came since."""
    say(services, "ada", "amber", clock.now() - timedelta(hours=1))
    say(services, "ada", "amber", clock.now() - timedelta(hours=9))
    assert here(services) == {"ada"}


def test_who_checks_in_privately_is_not_shown_as_being_here(services: Services) -> None:
    """A private check-in is for its member only; it also ends an earlier presence."""
    say(services, "ada", "amber", services.clock.now() - timedelta(hours=1))
    say(services, "ada", "amber", visibility=Visibility.PRIVATE)
    say(services, "bob", "amber", visibility=Visibility.PRIVATE)
    assert here(services) == set()


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_beyond_the_calendar_is_told(at: str) -> None:
    """It is an answer to the sender, not a failure of the service."""
    with pytest.raises(InvalidInput):
        resolve_time(datetime.fromisoformat(at), now=datetime(2026, 1, 1, tzinfo=UTC))


# --- reading ---


def test_a_text_that_cannot_be_read_stops_nobody(services: Services, clock: FakeClock) -> None:
    """It is tried three times and is a dead letter then; those after it are read, and it is once the cause is gone."""
    bad, good = say(services, "ada", "unreadable"), say(services, "bob", "amber")
    for pause in (timedelta(), *RETRY_PAUSES):
        clock.time += pause
        done = read_pending(services.ledger, services.reader, now=services.clock.now())
    assert done == 2
    with services.ledger.read() as uow:
        assert uow.records.about([bad, good]).keys() == {good}
        [work] = uow.dead_letters.list()
    assert (work.consumer, work.subject, work.error) == ("reading", str(bad), "ValueError")
    still = retry(services, work.id)
    assert still is not None
    assert still.attempts == 4
    cured = replace(services, reader=Reader(services.ledger, lambda vocabulary: Words(vocabulary, cannot="nothing")))
    assert retry(cured, work.id) is None
    with services.ledger.read() as uow:
        assert uow.records.about([bad]).keys() == {bad}
        assert uow.dead_letters.list() == []


def test_a_reader_that_cannot_begin_parks_nothing(services: Services) -> None:
    """Without its model no text can be read: they all wait, and are read once it is there."""

    def broken(_vocabulary: Vocabulary) -> Words:
        raise OSError("no model")

    say(services, "ada", "amber")
    with pytest.raises(OSError, match="no model"):
        read_pending(services.ledger, Reader(services.ledger, broken), now=services.clock.now())
    assert read_pending(services.ledger, services.reader, now=services.clock.now()) == 1


def test_an_older_text_of_an_event_read_again_does_not_win(clock: FakeClock) -> None:
    """An event is about what its latest text says, in whatever order the texts are read."""
    standing = new_standing()
    for position, kind, data, about in (
        (1, RecordKind.EVENT_PUBLISHED, {}, None),
        (2, RecordKind.EVENT_CHANGED, {}, None),
        (3, RecordKind.EVENT_UNDERSTOOD, {"phrase": "new"}, 2),
        (4, RecordKind.EVENT_UNDERSTOOD, {"phrase": "old"}, 1),
    ):
        told = {"event": "e", "title": "E", "starts_at": clock.now().isoformat()}
        if about:
            told |= understanding_data(Understanding(mentions=(Mention(phrase=data["phrase"]),)))
        standing.apply(record(position, kind, told, about, clock.now()))
    assert [mention.phrase for mention in standing._event_mentions["e"]] == ["new"]


def record(position: int, kind: RecordKind, data: Mapping[str, object], about: int | None, at: datetime) -> Record:
    """Make a record."""
    return Record(
        position=position,
        kind=kind,
        source="t",
        id=str(position),
        at=at,
        received_at=at,
        member=None,
        data=data,
        about=about,
    )


def test_a_process_of_pages_only_follows_the_vocabulary(services: Services, clock: FakeClock) -> None:
    """What another process made a topic is one for the next check-in here."""
    services.reader.keep_up(clock.now())
    assert services.reader.understand(RecordKind.CHECK_IN, {"text": "amber"}).mentions[0].topic is None
    add_topics(services, "amber")
    services.reader.keep_up(clock.forward(minutes=1))
    [mention] = services.reader.understand(RecordKind.CHECK_IN, {"text": "amber"}).mentions
    assert mention.topic == "amber"


# --- snapshot and graph ---


def test_a_damaged_snapshot_is_none_and_is_made_anew(services: Services, tmp_path: Path) -> None:
    """As a machine leaves it that lost its power; check-ins are answered, and the worker goes on."""
    matchable(services)
    folder = tmp_path / "data" / "snapshots"
    for path in folder.glob("*/*.npy"):
        path.write_bytes(b"")
    again = build_services(Settings(data_dir=tmp_path / "data"), clock=services.clock, prepare=False)
    assert again.snapshots.latest() is None
    assert publish(again).members
    (folder / "latest.json").write_bytes(b"")
    once_more = build_services(Settings(data_dir=tmp_path / "data"), clock=services.clock, prepare=False)
    assert once_more.snapshots.latest() is None


def test_a_graph_that_begins_anew_keeps_nobody_from_the_old_snapshot(services: Services) -> None:
    """A snapshot further than the graph is of another graph."""
    matchable(services)
    services.graph.clear(services.half_lives)
    assert not publish(services).members


def test_a_graph_further_than_its_ledger_is_told(services: Services) -> None:
    """As after restoring an older ledger beside a graph that stayed: what comes next would be passed over."""
    matchable(services)
    with services.graph.write() as transaction:
        transaction.advance(replace(services.graph.head(), offset=10_000))
    with pytest.raises(GraphAhead):
        catch_up(services)
