"""Introductions on their way, and the outbox."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from serendipity.domain.errors import Conflict, LeaseLost, NotFound
from serendipity.domain.model import (
    Answer,
    DeclineReason,
    Introduction,
    IntroductionState,
    Message,
    MessageState,
    Party,
    Purpose,
)
from serendipity.stores.ledger_sql import SqlLedger
from tests.contract.ledger.making import MONDAY, introduction, later, message
from tests.waiting import PATIENCE

S = IntroductionState


def add(ledger: SqlLedger, *added: Introduction) -> None:
    with ledger.write() as unit:
        for each in added:
            unit.introductions.add(each)


def queue(ledger: SqlLedger, *queued: Message) -> None:
    with ledger.write() as unit:
        for each in queued:
            assert unit.outbox.add(each)


def claim(ledger: SqlLedger, holder: str, *, minutes: float = 0, limit: int = 10) -> list[str]:
    """Claim for a minute at so many minutes after MONDAY."""
    with ledger.write() as unit:
        now = later(minutes=minutes)
        return [each.id for each in unit.outbox.claim(now, holder=holder, lease_seconds=60, limit=limit)]


# --- introductions ---


def test_an_introduction_comes_back_as_added_with_parties_in_order(ledger: SqlLedger) -> None:
    """Reasons, factors, texts and every answer survive."""
    full = introduction(
        "i-1",
        on_path=("m-3",),
        parties=(
            Party(member="m-2", answer=Answer.DECLINED, reason=DeclineReason.NOT_NOW, asked_at=MONDAY, met=False),
            Party(member="m-1", answer=Answer.ACCEPTED, answered_at=MONDAY, relevance=5, surprise=1, known_before=True),
        ),
        texts={"nl": "Hallo"},
        reader_texts={"m-1": {"locale": "nl", "asked": [{"text": "Hallo"}]}},
        deadline=later(days=3),
        by="manager:x",
        reason="why",
    )
    add(ledger, full)

    with ledger.read() as unit:
        assert unit.introductions.get("i-1") == full
        with pytest.raises(NotFound):
            unit.introductions.get("i-9")


def test_pairs_on_their_way_are_those_of_open_introductions(ledger: SqlLedger) -> None:
    """Each with the smaller id first, of groups too; ended ones are on no way."""
    parties = tuple(Party(member=id) for id in ("m-2", "m-1", "m-3"))
    add(ledger, introduction("i-1", state=S.ASKED, parties=parties))
    add(ledger, introduction("i-2", state=S.EXPIRED, parties=(Party(member="m-2"), Party(member="m-4"))))

    with ledger.read() as unit:
        assert unit.introductions.on_their_way("m-2") == {("m-1", "m-2"), ("m-2", "m-3")}
        assert unit.introductions.on_their_way("m-4") == set()


def test_the_same_introduction_twice_is_a_conflict(ledger: SqlLedger) -> None:
    """The first stays as it is."""
    add(ledger, introduction("i-1"))

    with pytest.raises(Conflict):
        add(ledger, introduction("i-1", score=0.9))

    with ledger.read() as unit:
        assert unit.introductions.get("i-1").score == 0.5


def test_saving_counts_the_version_up_and_refuses_a_stale_one(ledger: SqlLedger) -> None:
    """Of two who read version 1, the second to save loses."""
    add(ledger, introduction("i-1"))
    with ledger.read() as unit:
        read = unit.introductions.get("i-1")

    with ledger.write() as unit:
        unit.introductions.save(replace(read, state=S.APPROVED, parties=read.parties[::-1]))
    with pytest.raises(Conflict), ledger.write() as unit:
        unit.introductions.save(replace(read, state=S.DECLINED))
    with pytest.raises(NotFound), ledger.write() as unit:
        unit.introductions.save(introduction("i-9"))

    with ledger.read() as unit:
        stored = unit.introductions.get("i-1")
    assert (stored.state, stored.version) == (S.APPROVED, 2)
    assert [party.member for party in stored.parties] == ["m-2", "m-1"]


def test_two_managers_who_decide_at_once_do_not_both_win(ledger: SqlLedger) -> None:
    """Exactly one save of a version succeeds."""
    add(ledger, introduction("i-1"))

    def decide(state: IntroductionState) -> bool:
        try:
            with ledger.write() as unit:
                unit.introductions.save(introduction("i-1", state=state))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(decide, [S.APPROVED, S.DECLINED] * 4))

    assert won.count(True) == 1


def test_the_queue_shows_the_best_score_and_other_searches_the_newest_change(ledger: SqlLedger) -> None:
    """By states, by member, up to a limit."""
    add(
        ledger,
        introduction("i-1", "m-1", "m-2", score=0.2),
        introduction("i-2", "m-1", "m-3", score=0.9),
        introduction("i-3", "m-2", "m-3", state=S.ASKED, changed_at=later(days=1)),
    )

    with ledger.read() as unit:
        search = unit.introductions.search
        assert [each.id for each in search(states=[S.PROPOSED])] == ["i-2", "i-1"]
        assert [each.id for each in search(states=[S.PROPOSED, S.ASKED])] == ["i-3", "i-1", "i-2"]
        assert [each.id for each in search(member="m-2")] == ["i-3", "i-1"]
        assert [each.id for each in search(limit=1)] == ["i-3"]
        assert search(states=[]) == []


def test_open_introductions_fall_due_when_their_deadline_has_passed(ledger: SqlLedger) -> None:
    """Ended ones and those without a deadline never do."""
    add(
        ledger,
        introduction("i-1", deadline=later(days=2)),
        introduction("i-2", deadline=later(days=1), state=S.ASKED),
        introduction("i-3", deadline=later(days=1), state=S.INTRODUCED),
        introduction("i-4"),
    )

    with ledger.read() as unit:
        assert [each.id for each in unit.introductions.due(later(days=1))] == ["i-2"]
        assert [each.id for each in unit.introductions.due(later(days=3))] == ["i-2", "i-1"]
        assert unit.introductions.due(MONDAY) == []


def test_introduced_ones_are_followed_up_once(ledger: SqlLedger) -> None:
    """Those from before a time that were not followed up."""
    add(
        ledger,
        introduction("i-1", state=S.INTRODUCED, introduced_at=MONDAY),
        introduction("i-2", state=S.INTRODUCED, introduced_at=later(days=5)),
        introduction("i-3", state=S.INTRODUCED, introduced_at=MONDAY, followed_up_at=later(days=1)),
        introduction("i-4"),
    )

    with ledger.read() as unit:
        assert [each.id for each in unit.introductions.to_follow_up(later(days=3))] == ["i-1"]


def test_pairs_since_name_every_pair_with_its_latest_change(ledger: SqlLedger) -> None:
    """Three parties are three pairs, the smaller id first."""
    add(
        ledger,
        introduction("i-1", "m-2", "m-1", changed_at=later(days=1)),
        introduction("i-2", "m-1", "m-2", "m-3", changed_at=later(days=2)),
        introduction("i-3", "m-8", "m-9"),
    )

    with ledger.read() as unit:
        pairs = unit.introductions.pairs_since(later(days=1))

    assert pairs == {
        (first, second): later(days=2) for first, second in [("m-1", "m-2"), ("m-1", "m-3"), ("m-2", "m-3")]
    }


def test_counts_leave_out_what_no_member_ever_saw(ledger: SqlLedger) -> None:
    """Declined by a manager or expired unreviewed does not count; declined by a member does."""
    said_no = (Party(member="m-1", answer=Answer.DECLINED, answered_at=MONDAY), Party(member="m-2"))
    add(
        ledger,
        introduction("i-1", state=S.DECLINED),
        introduction("i-2", state=S.EXPIRED),
        introduction("i-3", state=S.DECLINED, parties=said_no),
        introduction("i-4"),
        introduction("i-5", proposed_at=later(days=-9)),
    )

    with ledger.read() as unit:
        assert unit.introductions.counts_since(MONDAY) == {"m-1": 2, "m-2": 2}
        assert unit.introductions.answered("m-1", Answer.DECLINED, MONDAY) == 1
        assert unit.introductions.answered("m-1", Answer.DECLINED, later(days=1)) == 0
        assert unit.introductions.answered("m-2", Answer.DECLINED, MONDAY) == 0


def test_erasing_a_member_cancels_and_blanks_all_that_names_them(ledger: SqlLedger) -> None:
    """As a party or on the path of a reason; those of others stay; whoever read before saves in vain."""
    add(
        ledger,
        introduction("i-1", "m-1", "m-2", texts={"en": "Ada"}, reason="Ada asked"),
        introduction("i-2", "m-2", "m-3", on_path=("m-1",)),
        introduction("i-3", "m-1", "m-3", state=S.INTRODUCED),
        introduction("i-4", "m-2", "m-3", on_path=("m-4",)),
    )

    with ledger.write() as unit:
        unit.introductions.erase("m-1")

    with ledger.read() as unit:
        found = {id: unit.introductions.get(id) for id in ("i-1", "i-2", "i-3", "i-4")}
    assert [found[id].state for id in found] == [S.CANCELLED, S.CANCELLED, S.INTRODUCED, S.PROPOSED]
    assert [len(found[id].reasons) for id in found] == [0, 0, 0, 1]
    assert (found["i-1"].texts, found["i-1"].reason) == ({}, None)
    with pytest.raises(Conflict), ledger.write() as unit:
        unit.introductions.save(introduction("i-3", "m-1", "m-3"))


# --- outbox ---


def test_a_message_is_queued_once(ledger: SqlLedger) -> None:
    """The same id again changes nothing."""
    full = message(
        "x",
        purpose=Purpose.INTRODUCTIONS,
        introduction="i-1",
        reply_to=("m-2",),
        headers={"List-Id": "s"},
        not_before=MONDAY,
        not_after=later(days=1),
        next_at=MONDAY,
    )
    queue(ledger, full)

    with ledger.write() as unit:
        assert not unit.outbox.add(message("x", subject="Other"))
        assert unit.outbox.get("x") == full
        with pytest.raises(NotFound):
            unit.outbox.get("y")


def test_due_messages_are_claimed_oldest_first_and_not_before_their_time(ledger: SqlLedger) -> None:
    """Neither next_at nor not_before may lie ahead; each claim counts an attempt."""
    queue(
        ledger,
        message("second", next_at=later(minutes=-1)),
        message("first", next_at=later(minutes=-2)),
        message("tomorrow", next_at=later(days=1)),
        message("held", next_at=later(minutes=-9), not_before=later(days=1)),
    )

    assert claim(ledger, "a", limit=1) == ["first"]
    assert claim(ledger, "a") == ["second"]
    with ledger.read() as unit:
        assert [unit.outbox.get(id).attempts for id in ("first", "tomorrow")] == [1, 0]


def test_a_leased_message_is_nobody_elses_until_the_lease_runs_out(ledger: SqlLedger) -> None:
    """Whoever lost it cannot mark it any more."""
    queue(ledger, message("x"))

    assert claim(ledger, "a") == ["x"]
    assert claim(ledger, "b") == []
    assert claim(ledger, "b", minutes=1) == ["x"]
    with pytest.raises(LeaseLost), ledger.write() as unit:
        unit.outbox.mark("x", MessageState.SENT, holder="a", at=MONDAY)
    with ledger.write() as unit:
        unit.outbox.mark("x", MessageState.SENT, holder="b", at=later(minutes=1))

    with ledger.read() as unit:
        sent = unit.outbox.get("x")
    assert (sent.state, sent.sent_at, sent.attempts) == (MessageState.SENT, later(minutes=1), 2)


def test_two_holders_who_claim_at_once_share_the_messages(ledger: SqlLedger) -> None:
    """Every message is claimed, by exactly one."""
    queue(ledger, *(message(f"x-{number}") for number in range(40)))

    def work(holder: str) -> list[str]:
        mine: list[str] = []
        while claimed := claim(ledger, holder, limit=3):
            mine += claimed
        return mine

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, ["a", "b", "c", "d"]))
    left = claim(ledger, "e", limit=99)

    assert sorted([id for share in shares for id in share] + left) == sorted(f"x-{number}" for number in range(40))


def test_a_claim_in_progress_is_passed_over_or_waited_for(ledger: SqlLedger) -> None:
    """While one holder's claim is not committed, another gets none of its messages."""
    queue(ledger, message("x"), message("y"))
    with ThreadPoolExecutor(1) as pool:
        with ledger.write() as unit:
            first = [each.id for each in unit.outbox.claim(MONDAY, holder="a", lease_seconds=60, limit=1)]
            other = pool.submit(claim, ledger, "b")
        second = other.result(PATIENCE)

    assert (first, second) == (["x"], ["y"])


def test_a_failed_message_waits_is_parked_and_can_be_retried(ledger: SqlLedger) -> None:
    """A retry queues a parked one only."""
    queue(ledger, message("x"))
    claim(ledger, "a")
    with ledger.write() as unit:
        unit.outbox.mark("x", MessageState.QUEUED, holder="a", at=MONDAY, error="busy", next_at=later(minutes=5))

    assert claim(ledger, "a", minutes=4) == []
    assert claim(ledger, "a", minutes=5) == ["x"]
    with ledger.write() as unit:
        unit.outbox.mark("x", MessageState.PARKED, holder="a", at=MONDAY, error="refused")
        unit.outbox.retry("x", later(minutes=9))
        assert unit.outbox.get("x").state is MessageState.QUEUED
    assert claim(ledger, "a", minutes=8) == []
    assert claim(ledger, "a", minutes=9) == ["x"]


def test_messages_are_found_newest_first_and_counted_when_sent(ledger: SqlLedger) -> None:
    """By state and member; what is only queued does not count."""
    queue(ledger, message("a"), message("b", queued_at=later(days=1), kind="login.link"), message("c", member="m-2"))
    with ledger.write() as unit:
        for id in ("a", "b"):
            unit.outbox.mark(id, MessageState.SENT, at=later(days=2))

    with ledger.read() as unit:
        outbox = unit.outbox
        assert [each.id for each in outbox.search()] == ["b", "c", "a"]
        assert [each.id for each in outbox.search(states=[MessageState.SENT], limit=1)] == ["b"]
        assert [each.id for each in outbox.search(member="m-2")] == ["c"]
        assert outbox.sent_since("m-1", later(days=2)) == 2
        assert outbox.sent_since("m-1", MONDAY, kinds=["login.link"]) == 1
        assert outbox.sent_since("m-1", later(days=3)) == outbox.sent_since("m-2", MONDAY) == 0


def test_queued_messages_of_an_introduction_or_member_can_be_cancelled(ledger: SqlLedger) -> None:
    """What was sent stays sent; without a choice nothing is cancelled."""
    queue(ledger, message("a", introduction="i-1"), message("b", introduction="i-1", member="m-2"), message("c"))
    with ledger.write() as unit:
        unit.outbox.mark("a", MessageState.SENT, at=MONDAY)
        assert unit.outbox.cancel(at=MONDAY, why="nothing chosen") == 0
        assert unit.outbox.cancel(introduction="i-1", at=MONDAY, why="a tie") == 1
        assert unit.outbox.cancel(member="m-1", at=MONDAY, why="paused") == 1

    assert claim(ledger, "x", minutes=9) == []
    with ledger.read() as unit:
        assert [(unit.outbox.get(id).state.value, unit.outbox.get(id).error) for id in "abc"] == [
            ("sent", None),
            ("cancelled", "a tie"),
            ("cancelled", "paused"),
        ]


def test_erasing_a_member_blanks_messages_to_and_about_them(ledger: SqlLedger) -> None:
    """To them, naming them for replies, or of an introduction that names them; others' stay."""
    add(ledger, introduction("i-1", "m-1", "m-2"), introduction("i-2", "m-2", "m-3", on_path=("m-1",)))
    queue(
        ledger,
        message("to"),
        message("reply", member="m-2", reply_to=("m-1",)),
        message("about", member="m-2", introduction="i-1"),
        message("path", member="m-2", introduction="i-2"),
        message("other", member="m-2"),
    )
    with ledger.write() as unit:
        unit.outbox.mark("to", MessageState.SENT, at=MONDAY, error="ada@example.org")

    with ledger.write() as unit:
        unit.outbox.erase("m-1")

    with ledger.read() as unit:
        found = [unit.outbox.get(id) for id in ("to", "reply", "about", "path", "other")]
    assert [each.state.value for each in found] == ["sent", *["cancelled"] * 3, "queued"]
    assert [each.subject + each.text + each.html for each in found[:4]] == [""] * 4
    assert (found[0].error, found[4].text) == (None, "Hello")
