"""A community's own strikes teach the running service, with a record, an audit entry and no surprise to the past."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.model import RecordKind, Visibility
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.check_in.check_in import strike
from serendipity.usecases.learning.phrase_ranker import learn_from_history
from serendipity.usecases.services import Services
from serendipity.usecases.topics.reading import Reader, read_pending
from serendipity.usecases.topics.rereading import reread
from tests.fakes import FakeClock
from tests.integration.projection.community import join, services_in

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHECK_INS = 80


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A community in which "design" was found in every check-in, and struck out in every one."""
    services = services_in(tmp_path, FakeClock(START + timedelta(days=100)))
    join(services, ("a", "b", "c"))
    said(services, "pottery, by design", CHECK_INS)
    with services.ledger.read() as uow:
        texts = uow.records.after(0, limit=500, kinds={RecordKind.CHECK_IN})
    for text in texts:
        assert text.member
        strike(services, text.member, text.position, "design")
    return services


def said(services: Services, text: str, count: int, *, first: int = 0, visibility: str = "members") -> None:
    """Let members check in, and read what they said."""
    inputs = [
        CheckInInput(
            id=f"c-{first + i}",
            member="abc"[i % 3],
            text=f"{text} {first + i}",
            at=START + timedelta(hours=first + i),
            visibility=Visibility(visibility),
        )
        for i in range(count)
    ]
    with services.ledger.write() as uow:
        record_check_ins(uow, inputs, source="test", now=services.clock.now(), scrub=services.scrub)
    read_pending(services.ledger, services.reader, now=services.clock.now())


def found(reader: Reader, text: str) -> set[str | None]:
    """Return the topics that a check-in would have."""
    return {m.topic for m in reader.understand(RecordKind.CHECK_IN, {"text": text}).mentions if m.topic}


def test_what_members_strike_out_again_and_again_is_found_no_more(services: Services) -> None:
    """In this process and in any other, from a record that says how it was tried."""
    before, version = found(services.reader, "pottery and design"), services.reader.extractor().version

    report = learn_from_history(services.ledger, services.reader, now=services.clock.now(), by="manager:1")
    elsewhere = build_services(Settings(data_dir=services.settings.data_dir), clock=services.clock)

    assert report.used
    assert "instead of" in report.in_words()
    assert "design" in before
    for reader in (services.reader, elsewhere.reader):
        assert found(reader, "pottery and design") == {"craft"}
        assert reader.extractor().version != version
    with services.ledger.read() as uow:
        entry = uow.operations.audit_entries(limit=1)[0]
    assert (entry.what, entry.who) == ("ranker.learned", "manager:1")
    assert entry.data["lessons"] == 2 * CHECK_INS


def test_a_dry_run_writes_nothing_and_a_second_run_finds_nothing_better(services: Services) -> None:
    """Learning can be tried, and repeated."""
    with services.ledger.read() as uow:
        head = uow.records.head()

    tried = learn_from_history(services.ledger, services.reader, now=services.clock.now(), dry_run=True)
    with services.ledger.read() as uow:
        after_trial = uow.records.head()
    first = learn_from_history(services.ledger, services.reader, now=services.clock.now())
    second = learn_from_history(services.ledger, services.reader, now=services.clock.now())

    assert not tried.used
    assert after_trial == head
    assert first.used
    assert not second.used
    assert "no better" in second.in_words()


def test_the_past_changes_only_when_it_is_read_again_and_then_the_same_each_time(services: Services) -> None:
    """A preview says how many texts, and reading again twice changes nothing more."""
    learn_from_history(services.ledger, services.reader, now=services.clock.now())

    preview = reread(services, dry_run=True)
    first, second = reread(services), reread(services)

    assert preview.changed == first.changed == CHECK_INS
    assert second.changed == 0


def test_nothing_is_learned_from_a_community_that_strikes_nothing_out(tmp_path: Path) -> None:
    """Too little is known of whoever does not look."""
    services = services_in(tmp_path, FakeClock(START + timedelta(days=100)))
    join(services, ("a", "b", "c"))
    said(services, "pottery, by design", 30)

    report = learn_from_history(services.ledger, services.reader, now=services.clock.now())

    assert not report.used
    assert "too few" in report.in_words()


def test_phrases_said_in_private_are_neither_counted_nor_promoted(services: Services) -> None:
    """However many members say them."""
    said(services, "zirconium whisker growth", 30, first=500, visibility="private")

    learn_from_history(services.ledger, services.reader, now=services.clock.now())

    assert not services.reader.vocabulary.is_known("zirconium whisker growth")
    tie_model = services.reader.judgement
    assert tie_model is not None
    assert not [phrase for phrase in tie_model.statistics.phrases if "zirconium" in phrase]


def test_it_is_counted_which_phrases_end_what_they_stand_in(services: Services) -> None:
    """A noun does nearly always, what qualifies it never does; what is said in private counts for neither."""
    said(services, "felted wool, by the river", 30, first=500)
    said(services, "felted, by the river", 30, first=600, visibility="private")

    learn_from_history(services.ledger, services.reader, now=services.clock.now())

    tie_model = services.reader.judgement
    assert tie_model is not None
    counted = tie_model.statistics
    assert counted.phrases["wool"] == counted.phrases["felted"] == 30
    assert counted.endings["wool"] == 29
    assert counted.endings["felted"] == 1
