"""The stream of signals on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command

from serendipity.domain.errors import DifferentBody
from serendipity.domain.model import NewRecord, NewSignal, RecordKind
from serendipity.stores.ledger_sql import SqlLedger, open_ledger
from serendipity.stores.ledger_sql.databases import open_database
from serendipity.stores.ledger_sql.migration import configuration
from tests.fakes import MONDAY_MORNING as NOW
from tests.fakes import FakeClock

BOOKED = NewSignal(
    source="crm",
    id="s-1",
    name="ADDTOCART",
    at=NOW,
    category="transaction-status",
    member="m-1",
    subject="a chair",
    data={"price": 12, "deep": [{"x": 1}]},
)


def append(ledger: SqlLedger, *new: NewSignal) -> list[tuple[int, bool]]:
    """Append, and return positions and whether each is new."""
    with ledger.write() as uow:
        return [(each.signal.position, each.fresh) for each in uow.signals.append(new)]


def test_a_signal_is_kept_as_it_came_and_positions_count_up(ledger: SqlLedger, clock: FakeClock) -> None:
    """It has positions of its own: the records' stay where they are."""
    assert append(ledger, BOOKED, replace(BOOKED, id="s-2", member=None)) == [(1, True), (2, True)]
    with ledger.read() as uow:
        first = uow.signals.find("crm", "s-1")
        assert first is not None
        assert (first.name, first.category, first.member, first.subject) == (
            "ADDTOCART",
            "transaction-status",
            "m-1",
            "a chair",
        )
        assert (first.data, first.at, first.received_at) == (BOOKED.data, NOW, clock.now())
        assert (uow.records.head(), uow.signals.head()) == (0, 2)


def test_a_repeat_answers_as_the_first_time_and_another_body_is_refused(ledger: SqlLedger) -> None:
    """Also within one call; nothing of a refused call is appended."""
    assert append(ledger, BOOKED, BOOKED) == [(1, True), (1, False)]
    with pytest.raises(DifferentBody) as refused:
        append(ledger, replace(BOOKED, id="s-9"), replace(BOOKED, data={"price": 13}))
    assert refused.value.details["difference"]["data"]["now"] == {"price": 13}
    assert append(ledger, BOOKED, replace(BOOKED, source="erp")) == [(1, False), (2, True)]


def test_signals_are_read_in_order_by_name_without_case(ledger: SqlLedger) -> None:
    """After a position, and the latest of a member, name or subject first."""
    append(ledger, *(replace(BOOKED, id=f"s-{n}", name=("addToCart", "other")[n % 2]) for n in range(6)))
    with ledger.read() as uow:
        assert [each.id for each in uow.signals.after(1, limit=2, names={"ADDTOCART"})] == ["s-2", "s-4"]
        assert [each.id for each in uow.signals.after(0, limit=9)] == [f"s-{n}" for n in range(6)]
        assert [each.id for each in uow.signals.recent(name="Other", member="m-1", limit=2)] == ["s-5", "s-3"]
        assert [each.id for each in uow.signals.recent(subject="a chair", before=3)] == ["s-1", "s-0"]
        assert uow.signals.recent(without_source="crm") == []


def test_an_erasure_leaves_name_time_and_ids(ledger: SqlLedger) -> None:
    """Of that member alone; a repeat of an erased signal is still known."""
    append(ledger, BOOKED, replace(BOOKED, id="s-2", member="m-2"))
    with ledger.write() as uow:
        assert (uow.signals.erase("m-1"), uow.signals.erase("m-1")) == (1, 0)
    with ledger.read() as uow:
        erased, other = uow.signals.after(0, limit=9)
    assert (erased.name, erased.at, erased.data, erased.subject) == ("ADDTOCART", NOW, None, None)
    assert other.data == BOOKED.data
    assert append(ledger, BOOKED) == [(1, False)]


def test_an_expired_signal_is_gone_and_its_id_stays_known(ledger: SqlLedger) -> None:
    """The last one stays, so that its position is not given again."""
    old = replace(BOOKED, at=NOW - timedelta(days=500))
    append(ledger, old, replace(BOOKED, id="s-2"), replace(old, id="s-3"))
    with ledger.write() as uow:
        assert uow.signals.expire(NOW - timedelta(days=400)) == 1
    with ledger.read() as uow:
        assert [each.id for each in uow.signals.after(0, limit=9)] == ["s-2", "s-3"]
    [(_, fresh)] = append(ledger, old)
    assert not fresh
    with pytest.raises(DifferentBody):
        append(ledger, replace(old, name="another"))
    assert append(ledger, replace(BOOKED, id="s-4")) == [(4, True)]


def test_a_thousand_at_once_are_one_call(ledger: SqlLedger) -> None:
    """More ids than a statement takes parameters on some databases."""
    many = [replace(BOOKED, id=f"s-{n}") for n in range(2500)]
    assert append(ledger, *many) == [(n + 1, True) for n in range(2500)]
    assert {fresh for _, fresh in append(ledger, *many)} == {False}


def test_signals_of_an_earlier_release_move_out_of_the_records(empty_url: str, clock: FakeClock) -> None:
    """With their order and their digests; a record behind them keeps its position, and so does the next one."""
    database = open_database(empty_url)
    with database.writer.begin() as connection:
        command.upgrade(configuration(connection), "0006")
    database.close()
    ledger = open_ledger(empty_url, clock=clock)
    said = {"name": BOOKED.name, "category": BOOKED.category, "subject": BOOKED.subject, "data": BOOKED.data}
    record = NewRecord(kind=RecordKind.SIGNAL, source="crm", id="s-1", at=NOW, member="m-1", data=said)
    other = NewRecord(kind=RecordKind.CHECK_IN, source="api", id="c-1", at=NOW, member="m-1", data={"text": "x"})
    with ledger.write() as uow:
        uow.records.append([record, other, replace(record, id="s-2", refs=("topic:x",)), replace(record, id="s-3")])
        uow.records.blank([3])

    ledger.migrate()

    with ledger.read() as uow:
        moved = uow.signals.after(0, limit=9)
        assert [(each.id, each.name) for each in moved] == [
            ("s-1", "ADDTOCART"),
            ("s-2", "erased"),
            ("s-3", "ADDTOCART"),
        ]
        assert [each.data for each in moved] == [BOOKED.data, None, BOOKED.data]
        left = uow.records.after(0, limit=9)
        assert [(each.position, each.kind, each.data) for each in left] == [
            (2, RecordKind.CHECK_IN, {"text": "x"}),
            (4, RecordKind.SIGNAL, None),
        ]
        assert uow.records.touching({"topic:x"}, upto=9) == []
    assert append(ledger, BOOKED) == [(1, False)]
    with ledger.write() as uow:
        assert uow.records.append([replace(other, id="c-2")])[0].record.position == 5
    ledger.close()
