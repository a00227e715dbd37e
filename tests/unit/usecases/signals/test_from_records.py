"""What records say becomes signals: by name, time and member, and never by a text."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.domain.model import PRODUCT_SIGNALS, NewRecord, RecordKind, Signal
from serendipity.flow import RECORDS, SIGNALS
from serendipity.ports import Ledger
from serendipity.stores.ledger_sql import open_ledger
from serendipity.usecases.signals.from_records import SIGNALS_KEPT, RecordSignals
from serendipity.workers.consume import Worker
from tests.fakes import MONDAY_MORNING as NOW

CHECK_IN = NewRecord(
    kind=RecordKind.CHECK_IN,
    source="kiosk",
    id="c-1",
    at=NOW,
    member="m-1",
    data={"text": "my secret", "place": "hub", "visibility": "members", "seeks": ["help"]},
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    opened.migrate()
    yield opened
    opened.close()


def signals_of(ledger: Ledger, *records: NewRecord) -> list[Signal]:
    """Append records, let the consumer handle them twice, and return what the stream holds."""
    with ledger.write() as uow:
        uow.records.append(records)
    for _ in range(2):
        Worker(ledger, SIGNALS, RecordSignals(NOW), now=NOW).run(holder="w")
    with ledger.read() as uow:
        return uow.signals.after(0, limit=100)


def test_a_check_in_is_a_signal_without_its_texts(ledger: Ledger) -> None:
    """Once, however often the consumer runs."""
    [signal] = signals_of(ledger, CHECK_IN)
    assert (signal.name, signal.source, signal.id, signal.member, signal.at) == (
        "check_in.recorded",
        "records",
        "1",
        "m-1",
        NOW,
    )
    assert signal.category == "behaviour-person"
    assert signal.data == {"place": "hub", "visibility": "members"}


def test_what_happens_to_an_event_is_about_the_event(ledger: Ledger) -> None:
    """Titles and descriptions stay with the event."""
    data = {"event": "e-1", "title": "Evening", "description": "x", "starts_at": "2026-01-05T19:00:00+00:00"}
    [signal] = signals_of(ledger, replace(CHECK_IN, kind=RecordKind.EVENT_PUBLISHED, member=None, data=data))
    assert (signal.name, signal.subject) == ("event.published", "event:e-1")
    assert signal.data == {"event": "e-1", "starts_at": "2026-01-05T19:00:00+00:00"}


def test_what_is_older_than_signals_are_kept_becomes_none(ledger: Ledger) -> None:
    """An upgrade over years of history fills the stream with what it would keep, and no more."""
    old = replace(CHECK_IN, id="old", at=NOW - SIGNALS_KEPT - timedelta(days=1))
    assert [signal.id for signal in signals_of(ledger, old, CHECK_IN)] == ["2"]


def test_answers_to_introductions_are_no_signals_yet() -> None:
    """Who said no is nobody's to know; the kinds that do become signals have a reserved name."""
    assert RECORDS[RecordKind.INTRODUCTION].signal is None
    assert {flow.signal for flow in RECORDS.values() if flow.signal} <= PRODUCT_SIGNALS.keys()
