"""Random histories: whatever is appended in whatever portions, the ledger reads as one list without repeats."""

from collections.abc import Iterable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serendipity.domain.errors import DifferentBody
from serendipity.domain.model import NewRecord, Record, RecordKind
from serendipity.stores.ledger_sql import SqlLedger
from serendipity.stores.ledger_sql.columns import from_us, to_us
from serendipity.stores.ledger_sql.schema import record_refs, records
from tests.contract.ledger.making import MONDAY, later

EARLY, LATE = MONDAY.replace(year=1, tzinfo=None), MONDAY.replace(year=9999, tzinfo=None)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.builds(
    NewRecord,
    kind=st.sampled_from([RecordKind.CHECK_IN, RecordKind.TIE, RecordKind.SIGNAL]),
    source=st.sampled_from(["a", "b"]),
    id=st.sampled_from(["1", "2", "3", "é"]),
    at=st.sampled_from([MONDAY, later(microseconds=1)]),
    member=st.sampled_from([None, "m-1"]),
    data=st.dictionaries(TEXT, JSON, max_size=2),
    refs=st.lists(st.sampled_from(["topic:x", "topic:y"]), max_size=3).map(tuple),
    fingerprint=st.sampled_from([None, "f"]),
)
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Model:
    """The ledger as one would write it for a handful of records: a list."""

    def __init__(self) -> None:
        self.kept: list[NewRecord] = []

    def append(self, portion: Iterable[NewRecord]) -> list[int] | None:
        """Return positions, or None where the portion is refused."""
        kept, answers = list(self.kept), []
        for new in portion:
            known = next((n for n, old in enumerate(kept, 1) if (old.source, old.id) == (new.source, new.id)), None)
            if known is not None and body(kept[known - 1]) != body(new):
                return None
            if known is None:
                kept.append(new)
            answers.append(known or len(kept))
        self.kept = kept
        return answers


def body(new: NewRecord) -> str:
    """What has to be the same in a repeat (repr tells 1 from 1.0 and from True)."""
    return repr((new.kind, new.at, new.member, sorted_data(new.data), new.fingerprint))


def sorted_data(value: object) -> object:
    if isinstance(value, dict):
        return sorted((key, sorted_data(inner)) for key, inner in value.items())
    return [sorted_data(inner) for inner in value] if isinstance(value, list) else value


def forget(ledger: SqlLedger) -> None:
    with ledger._database.writer.begin() as connection:
        connection.execute(sa.delete(record_refs))
        connection.execute(sa.delete(records))


@PATIENT
@given(portions=st.lists(st.lists(RECORDS, max_size=4), max_size=4), step=st.integers(1, 3))
def test_any_history_reads_as_the_list_of_its_first_bodies(
    ledger: SqlLedger, portions: list[list[NewRecord]], step: int
) -> None:
    """Positions, refusals, order, data and refs agree with a plain list."""
    forget(ledger)
    model = Model()
    for portion in portions:
        expected = model.append(portion)
        try:
            with ledger.write() as unit:
                answered: list[int] | None = [each.record.position for each in unit.records.append(portion)]
        except DifferentBody:
            answered = None
        assert answered == expected

    read: list[Record] = []
    with ledger.read() as unit:
        while more := unit.records.after(len(read), limit=step):
            read += more
        touching = {ref: unit.records.touching([ref], upto=99) for ref in ("topic:x", "member:m-1")}
    assert [(r.kind, r.source, r.id, r.at, r.member) for r in read] == [
        (n.kind, n.source, n.id, n.at, n.member) for n in model.kept
    ]
    assert [r.data for r in read] == [dict(n.data) for n in model.kept]
    assert touching["topic:x"] == [r for r, n in zip(read, model.kept, strict=True) if "topic:x" in n.refs]
    assert touching["member:m-1"] == [r for r, n in zip(read, model.kept, strict=True) if n.member == "m-1"]


@given(at=st.datetimes(EARLY, LATE))
def test_times_survive_to_the_microsecond(at: object) -> None:
    """From the year 1 to 9999."""
    aware = at.replace(tzinfo=MONDAY.tzinfo)  # type: ignore[attr-defined]

    assert from_us(to_us(aware)) == aware


@pytest.mark.parametrize("size", [1, 25_000])
def test_a_call_of_any_size_is_one_call(ledger: SqlLedger, size: int) -> None:
    """More ids, refs and positions than one statement takes."""
    new = [
        NewRecord(kind=RecordKind.CHECK_IN, source="import", id=str(number), at=MONDAY, member=f"m-{number}")
        for number in range(size)
    ]
    with ledger.write() as unit:
        first = unit.records.append(new)
        again = unit.records.append(new)

    with ledger.write() as unit:
        assert [each.record for each in first] == [each.record for each in again]
        assert len(unit.records.touching([f"member:m-{number}" for number in range(size)], upto=size)) == size
        unit.records.blank(range(1, size + 1))
        assert {record.data is None for record in unit.records.after(0, limit=size)} == {True}
