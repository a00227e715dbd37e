"""The append-only history: once, in order, without gaps, erased in place."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from serendipity.domain.errors import DifferentBody, InvalidInput, NotFound
from serendipity.domain.model import Appended, NewRecord, Record, RecordKind
from serendipity.stores.ledger_sql import SqlLedger
from tests.contract.ledger.making import MONDAY, append, check_in, later, understanding
from tests.fakes import FakeClock


def append_all(ledger: SqlLedger, *new: NewRecord) -> list[Appended]:
    with ledger.write() as unit:
        return unit.records.append(new)


def test_an_empty_ledger_has_head_zero_and_nothing_after_it(ledger: SqlLedger) -> None:
    """Readers start at position 0."""
    with ledger.read() as unit:
        assert (unit.records.head(), unit.records.count(), unit.records.after(0, limit=10)) == (0, 0, [])


def test_positions_start_at_one_and_follow_the_order_of_the_call(ledger: SqlLedger) -> None:
    """The answer names the records in the order given."""
    answers = append_all(ledger, *(check_in(f"c-{number}") for number in range(5)))

    assert [(each.record.position, each.record.id, each.fresh) for each in answers] == [
        (number + 1, f"c-{number}", True) for number in range(5)
    ]


def test_a_record_comes_back_as_it_was_appended(ledger: SqlLedger, clock: FakeClock) -> None:
    """Times keep their microseconds and come back in UTC; data comes back as JSON."""
    at = (MONDAY + timedelta(microseconds=123457)).astimezone(timezone(timedelta(hours=2)))
    new = check_in("c-1", at=at, data={"text": "naïve ✓", "seeks": ("a", "b"), "until": None, "n": 1.5})

    answered = append_all(ledger, new)[0].record
    with ledger.read() as unit:
        read = unit.records.get(1)

    assert read == answered
    assert (read.at, read.at.utcoffset(), read.received_at) == (at, timedelta(0), clock.time)
    assert read.data == {"text": "naïve ✓", "seeks": ["a", "b"], "until": None, "n": 1.5}


def test_a_record_sent_twice_is_answered_as_the_first_time(ledger: SqlLedger, clock: FakeClock) -> None:
    """The repeat, a day later, gets the first position and adds nothing."""
    first = append_all(ledger, check_in("c-1", fingerprint="f"))[0]
    clock.forward(days=1)

    again = append_all(ledger, check_in("c-1", fingerprint="f"))[0]

    assert again == Appended(record=first.record, fresh=False)
    with ledger.read() as unit:
        assert unit.records.head() == 1


def test_the_same_id_twice_in_one_call_behaves_like_two_calls(ledger: SqlLedger) -> None:
    """The second is the repeat of the first."""
    first, second, third = append_all(ledger, check_in("c-1"), check_in("c-1"), check_in("c-2"))

    assert (first.fresh, second.fresh, third.fresh) == (True, False, True)
    assert (second.record, third.record.position) == (first.record, 2)


def test_what_follows_a_new_record_is_appended_behind_in_the_same_call(ledger: SqlLedger) -> None:
    """Only what is new has something that follows; positions, the reading and its subject fit together."""
    append_all(ledger, check_in("c-1"))
    told: list[tuple[int, int]] = []

    def reading(number: int, record: Record) -> list[NewRecord]:
        told.append((number, record.position))
        return [understanding(f"u-{record.position}", record.position)]

    with ledger.write() as unit:
        new = [check_in(id) for id in ("c-1", "c-2", "c-3", "c-2")]
        answers = unit.records.append(new, then=reading)

    assert [(each.record.position, each.fresh) for each in answers] == [(1, False), (2, True), (3, True), (2, False)]
    assert told == [(1, 2), (2, 3)]
    with ledger.read() as unit:
        assert [record.id for record in unit.records.after(3, limit=9)] == ["u-2", "u-3"]
        assert {about: record.position for about, record in unit.records.about([1, 2, 3]).items()} == {2: 4, 3: 5}


def test_the_same_id_of_another_source_is_another_record(ledger: SqlLedger) -> None:
    """Ids are unique per source."""
    assert append(ledger, check_in("c-1", source="kiosk"), check_in("c-1", source="api")) == [1, 2]


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"data": {"text": "Law"}}, {"text": {"first": "Big data", "now": "Law"}}),
        ({"data": {}}, {"text": {"first": "Big data", "now": "(absent)"}}),
        ({"member": "m-2"}, {"member": {"first": "m-1", "now": "m-2"}}),
        (
            {"at": later(seconds=1)},
            {"at": {"first": "2026-01-05T10:00:00+00:00", "now": "2026-01-05T10:00:01+00:00"}},
        ),
        ({"kind": RecordKind.SIGNAL}, {"kind": {"first": "check_in.recorded", "now": "signal.received"}}),
        (
            {"fingerprint": "other"},
            {"text": {"first": "(contact data removed)", "now": "(contact data removed)"}},
        ),
    ],
)
def test_a_known_id_with_another_body_is_refused_with_the_difference(
    ledger: SqlLedger, change: dict[str, object], difference: dict[str, object]
) -> None:
    """The error names what was first and what came now, field by field."""
    append(ledger, check_in("c-1", fingerprint="f"))

    with pytest.raises(DifferentBody) as refused:
        append(ledger, replace(check_in("c-1", fingerprint="f"), **change))  # type: ignore[arg-type]

    assert refused.value.details == {"source": "kiosk", "id": "c-1", "difference": difference}


def test_a_refused_call_appends_nothing_even_when_its_transaction_goes_on(ledger: SqlLedger) -> None:
    """A line of a batch can be refused while the batch is committed."""
    append(ledger, check_in("c-1"))

    with ledger.write() as unit:
        with pytest.raises(DifferentBody):
            unit.records.append([check_in("c-2"), check_in("c-1", member="m-2")])
        unit.records.append([check_in("c-3")])

    with ledger.read() as unit:
        assert [record.id for record in unit.records.after(0, limit=10)] == ["c-1", "c-3"]


def test_a_repeat_without_a_named_time_is_a_repeat(ledger: SqlLedger) -> None:
    """Where the service set the time, another time is no other body; the first time stays."""
    first = append_all(ledger, check_in("c-1", timed=False))[0]

    again = append_all(ledger, check_in("c-1", timed=False, at=later(minutes=1)))[0]

    assert again == Appended(record=first.record, fresh=False)


def test_data_that_is_no_json_is_refused(ledger: SqlLedger) -> None:
    """A number beyond 64 bits cannot be kept, and the message says which record it is in."""
    with pytest.raises(InvalidInput, match="c-1"):
        append(ledger, check_in("c-1", data={"number": 2**70}))


def test_a_failing_block_leaves_nothing_behind(ledger: SqlLedger) -> None:
    """The transaction is rolled back and its positions are given out again."""

    def fail() -> None:
        with ledger.write() as unit:
            unit.records.append([check_in("c-1")])
            raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        fail()

    assert append(ledger, check_in("c-2")) == [1]


def test_reading_after_a_position_goes_on_in_order_by_kind_and_limit(ledger: SqlLedger) -> None:
    """Kinds are merged in order of position."""
    kinds = [RecordKind.CHECK_IN, RecordKind.ATTENDED, RecordKind.TIE] * 4
    append(ledger, *(replace(check_in(f"c-{number}"), kind=kind) for number, kind in enumerate(kinds)))

    with ledger.read() as unit:
        plain = unit.records.after(2, limit=3)
        two = unit.records.after(2, limit=4, kinds={RecordKind.CHECK_IN, RecordKind.TIE})
        none = unit.records.after(0, limit=4, kinds=[])

    assert [record.position for record in plain] == [3, 4, 5]
    assert [record.position for record in two] == [3, 4, 6, 7]
    assert none == []


def test_recent_records_come_newest_first_by_member_kind_and_before(ledger: SqlLedger) -> None:
    """A record that only names a member is not of that member."""
    append(ledger, check_in("c-1"), check_in("c-2", member="m-2", refs=("member:m-1",)), check_in("c-3"))
    append(ledger, replace(check_in("c-4"), kind=RecordKind.TIE))

    with ledger.read() as unit:
        recent = unit.records.recent
        assert [record.position for record in recent(limit=2)] == [4, 3]
        assert [record.position for record in recent(member="m-1")] == [4, 3, 1]
        assert [record.position for record in recent(member="m-1", kinds=[RecordKind.CHECK_IN])] == [3, 1]
        assert [record.position for record in recent(kinds=[RecordKind.CHECK_IN], before=3)] == [2, 1]
        assert recent(before=0) == []
        assert recent(kinds=[]) == []


def test_records_are_found_by_outside_id_and_by_position(ledger: SqlLedger) -> None:
    """An unknown outside id is None, an unknown position an error."""
    append(ledger, check_in("c-1"))

    with ledger.read() as unit:
        assert unit.records.find("kiosk", "c-1") == unit.records.get(1)
        assert unit.records.find("kiosk", "c-9") is None
        with pytest.raises(NotFound):
            unit.records.get(2)


def test_counting_can_be_by_kind(ledger: SqlLedger) -> None:
    """All records, or those of some kinds."""
    append(ledger, check_in("c-1"), replace(check_in("c-2"), kind=RecordKind.TIE))

    with ledger.read() as unit:
        assert unit.records.count() == 2
        assert unit.records.count(kinds=[RecordKind.TIE]) == 1


def test_touching_finds_each_record_once_by_any_of_its_refs(ledger: SqlLedger) -> None:
    """Its own member is a ref too; later positions and other kinds stay out."""
    append(
        ledger,
        check_in("c-1", refs=("topic:law", "topic:tax")),
        check_in("c-2", member="m-2", refs=("member:m-1", "topic:law")),
        check_in("c-3", member="m-3", refs=("topic:ai",)),
        replace(check_in("c-4", refs=("topic:law",)), kind=RecordKind.TIE),
        check_in("c-5", refs=("topic:law",)),
    )

    def positions(*refs: str, **options: object) -> list[int]:
        with ledger.read() as unit:
            return [record.position for record in unit.records.touching(refs, upto=4, **options)]  # type: ignore[arg-type]

    assert positions("topic:law", "topic:tax") == [1, 2, 4]
    assert positions("member:m-1") == [1, 2, 4]
    assert positions("topic:law", kinds=[RecordKind.CHECK_IN]) == [1, 2]
    assert positions("topic:none") == []


def test_members_behind_a_ref_are_counted_once_each(ledger: SqlLedger) -> None:
    """Two mentions by one member count once; a ref that nobody mentioned is left out."""
    append(
        ledger,
        check_in("c-1", refs=("phrase:web3",)),
        check_in("c-2", refs=("phrase:web3",)),
        check_in("c-3", member="m-2", refs=("phrase:web3", "phrase:defi")),
    )

    with ledger.read() as unit:
        assert unit.records.members_mentioning(["phrase:web3", "phrase:defi", "phrase:x"]) == {
            "phrase:web3": 2,
            "phrase:defi": 1,
        }


# --- understandings ---


def test_the_first_understanding_of_a_record_wins(ledger: SqlLedger) -> None:
    """The second is answered with the first, in another call and in the same one."""
    append(ledger, check_in("c-1"), check_in("c-2"))
    first = append_all(ledger, understanding("u-1", 1))[0]

    late = append_all(ledger, understanding("u-2", 1))[0]
    one, two = append_all(ledger, understanding("u-3", 2), understanding("u-4", 2))

    assert late == Appended(record=first.record, fresh=False)
    assert two == Appended(record=one.record, fresh=False)
    with ledger.read() as unit:
        assert unit.records.head() == 4
        assert unit.records.about([1, 2, 3]) == {1: first.record, 2: one.record}


def test_a_rereading_supersedes_and_is_itself_appended_once(ledger: SqlLedger) -> None:
    """The latest reading is the understanding; an ordinary one that comes later is answered with the first."""
    append(ledger, check_in("c-1"))
    first = append_all(ledger, understanding("u-1", 1))[0]
    again = understanding("u-1", 1, source="reread:2", data={"mentions": ["better"]})

    read, repeat = append_all(ledger, again, again)
    ordinary = append_all(ledger, understanding("u-2", 1))[0]

    assert (read.fresh, repeat.fresh, ordinary.fresh) == (True, False, False)
    assert ordinary.record == first.record
    with ledger.read() as unit:
        assert unit.records.about([1]) == {1: read.record}


def test_a_reading_of_an_event_is_an_understanding_too(ledger: SqlLedger) -> None:
    """First writer wins, and a rereading of its own kind supersedes it."""
    append(ledger, replace(check_in("e-1"), kind=RecordKind.EVENT_PUBLISHED))
    first = append_all(ledger, replace(understanding("u-1", 1), kind=RecordKind.EVENT_UNDERSTOOD))[0]
    late = append_all(ledger, replace(understanding("u-2", 1), kind=RecordKind.EVENT_UNDERSTOOD))[0]

    reread = append_all(ledger, replace(understanding("u-3", 1), kind=RecordKind.REREAD))[0]

    assert late == Appended(record=first.record, fresh=False)
    assert reread.fresh
    with ledger.read() as unit:
        assert unit.records.about([1]) == {1: reread.record}


# --- erasure ---


def test_blanking_removes_payload_and_phrases_and_keeps_the_rest(ledger: SqlLedger) -> None:
    """Position, ids, time and the other refs stay."""
    append(ledger, check_in("c-1", refs=("phrase:my firm", "topic:law")), check_in("c-2", refs=("phrase:my firm",)))

    with ledger.write() as unit:
        before = unit.records.get(1)
        unit.records.blank([1])

    with ledger.read() as unit:
        assert unit.records.get(1) == replace(before, data=None)
        assert [record.position for record in unit.records.touching(["topic:law"], upto=9)] == [1]
        assert [record.position for record in unit.records.touching(["phrase:my firm"], upto=9)] == [2]


def test_phrases_that_name_somebody_leave_understandings_and_topics_stay(ledger: SqlLedger) -> None:
    """The rest of the record stays as it is, and so do other phrases."""
    mentions = [["nora visser", None, 1.0, 0, 5, "interest"], ["nora", "nora-lamp", 1.0, 0, 4, "interest"]]
    mentions.append(["big data", "big-data", 1.0, 6, 9, "interest"])
    refs = ("phrase:nora visser", "phrase:nora", "phrase:big data")
    (said,) = append(ledger, check_in("1"))
    (read,) = append(ledger, understanding("u", said, data={"mentions": mentions, "use": True}, refs=refs))

    with ledger.write() as unit:
        named = unit.records.phrases(lambda phrase: "nora" in phrase)
        assert named == {"phrase:nora visser", "phrase:nora"}
        assert unit.records.forget_phrases(named, limit=9) == 1
        assert unit.records.forget_phrases(named, limit=9) == 0
    with ledger.read() as unit:
        kept = unit.records.get(read).data
        found = unit.records.members_mentioning(["phrase:nora visser", "phrase:big data"])
    assert kept == {"mentions": mentions[1:], "use": True}
    assert found == {"phrase:big data": 1}


def test_a_blanked_record_still_recognises_its_repeat(ledger: SqlLedger) -> None:
    """The keyed hash stays: the same body is the same record, another one is refused without showing the first."""
    append(ledger, check_in("c-1"))
    with ledger.write() as unit:
        unit.records.blank([1])

    again = append_all(ledger, check_in("c-1"))[0]
    with pytest.raises(DifferentBody) as refused:
        append(ledger, check_in("c-1", data={"text": "Law"}))

    assert (again.fresh, again.record.data) == (False, None)
    assert refused.value.details["difference"] == {"data": {"first": "(erased)", "now": "(another body)"}}
