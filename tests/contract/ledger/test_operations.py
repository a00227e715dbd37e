"""Access, runs, audit, offsets, leases, parked work and settings."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from serendipity.domain.errors import Conflict, NotFound
from serendipity.domain.model import (
    ApiKey,
    AuditEntry,
    DeadLetter,
    Kiosk,
    Link,
    LinkPurpose,
    Manager,
    Run,
    RunPart,
    Session,
    Verdict,
)
from serendipity.stores.ledger_sql import SqlLedger
from tests.contract.ledger.making import MONDAY, later


def lease(ledger: SqlLedger, holder: str, seconds: float = 60) -> int | None:
    with ledger.write() as unit:
        return unit.operations.lease("projector", holder=holder, seconds=seconds)


def test_who_has_a_lease_is_told_until_it_is_given_back_or_runs_out(ledger: SqlLedger) -> None:
    """On the database's clock; nobody has one that was never taken."""
    with ledger.read() as unit:
        assert unit.operations.lease_holder("projector") is None
    lease(ledger, "a")
    with ledger.read() as unit:
        assert unit.operations.lease_holder("projector") == "a"
    with ledger.write() as unit:
        unit.operations.release("projector", holder="a")
        assert unit.operations.lease_holder("projector") is None
    lease(ledger, "b", seconds=-1)
    with ledger.read() as unit:
        assert unit.operations.lease_holder("projector") is None


def test_verdicts_of_a_run_come_by_outcome_and_in_pages(ledger: SqlLedger) -> None:
    """By member; `after` goes on behind one."""
    told = [Verdict(run="r", member=f"m-{n}", outcome="away" if n % 2 else "proposed") for n in range(5)]
    with ledger.write() as unit:
        unit.operations.add_verdicts(told)

    with ledger.read() as unit:
        away = unit.operations.verdicts(run="r", outcome="away")
        rest = unit.operations.verdicts(run="r", after="m-2")
    assert [each.member for each in away] == ["m-1", "m-3"]
    assert [each.member for each in rest] == ["m-3", "m-4"]


# --- access ---


def test_managers_are_found_by_id_and_address(ledger: SqlLedger) -> None:
    """Case does not matter; two cannot share an address."""
    ada = Manager(id="a", email="Ada@Example.org", name="Ada", password_hash="h", locale="nl")
    with ledger.write() as unit:
        unit.access.put_manager(ada)

    with ledger.read() as unit:
        assert unit.access.manager("a") == unit.access.manager_by_email("ADA@example.org") == ada
        assert (unit.access.managers(), unit.access.manager_by_email("x@example.org")) == ([ada], None)
        with pytest.raises(NotFound):
            unit.access.manager("b")
    with pytest.raises(Conflict), ledger.write() as unit:
        unit.access.put_manager(Manager(id="b", email="ada@example.org", name="B", password_hash="h"))


def test_all_sessions_of_somebody_end_but_the_one_that_is_kept(ledger: SqlLedger) -> None:
    """Those of others go on."""
    with ledger.write() as unit:
        for token, subject in (("t1", "manager:a"), ("t2", "manager:a"), ("t3", "manager:b")):
            unit.access.add_session(Session(token_hash=token, subject=subject, csrf="c", expires_at=later(hours=1)))
        assert unit.access.end_sessions("manager:a", but="t1") == 1
        assert [token for token in ("t1", "t2", "t3") if unit.access.session(token, now=MONDAY)] == ["t1", "t3"]
        assert unit.access.end_sessions("manager:b") == 1


def test_a_session_ends_by_itself_or_by_logging_out(ledger: SqlLedger) -> None:
    """Expired is as good as gone."""
    session = Session(token_hash="t", subject="manager:a", csrf="c", expires_at=later(hours=1))
    with ledger.write() as unit:
        unit.access.add_session(session)
        assert unit.access.session("t", now=MONDAY) == session
        assert unit.access.session("t", now=later(hours=1)) is None
        unit.access.end_session("t")
        assert unit.access.session("t", now=MONDAY) is None


def test_a_revoked_key_is_still_known(ledger: SqlLedger) -> None:
    """Revoking twice keeps the first time; an unknown key is an error."""
    key = ApiKey(id="k", key_hash="h", label="door", scopes=frozenset({"b:read", "a:write"}), created_at=MONDAY)
    with ledger.write() as unit:
        unit.access.add_key(key)
        assert (unit.access.key("k"), unit.access.keys(), unit.access.key("x")) == (key, [key], None)
        unit.access.revoke_key("k", later(days=1))
        unit.access.revoke_key("k", later(days=2))
        revoked = unit.access.key("k")
        with pytest.raises(NotFound):
            unit.access.revoke_key("x", MONDAY)

    assert revoked is not None
    assert revoked.revoked_at == later(days=1)


def test_a_revoked_kiosk_no_longer_checks_in(ledger: SqlLedger) -> None:
    """Its token stops working, its row stays."""
    kiosk = Kiosk(id="k", label="Door", place="p", token_hash="t", paired_at=MONDAY)
    revoked = Kiosk(id="k", label="Door", place="p", token_hash="t", paired_at=MONDAY, revoked_at=later(days=1))
    with ledger.write() as unit:
        unit.access.put_kiosk(kiosk)
        assert unit.access.kiosk_by_token("t") == kiosk
        unit.access.put_kiosk(revoked)
        assert unit.access.kiosk_by_token("t") is None
        assert unit.access.kiosks() == [revoked]


def test_links_of_a_purpose_are_dropped_and_others_stay(ledger: SqlLedger) -> None:
    """Of one member only."""
    made = [("a", "m-1", LinkPurpose.PROFILE), ("b", "m-1", LinkPurpose.ANSWER), ("c", "m-2", LinkPurpose.PROFILE)]
    with ledger.write() as unit:
        for token, member, purpose in made:
            unit.access.add_link(
                Link(token_hash=token, purpose=purpose, member=member, subject=None, expires_at=later(hours=1))
            )
        unit.access.drop_links("m-1", LinkPurpose.PROFILE)

        assert [token for token, _, _ in made if unit.access.link(token)] == ["b", "c"]


def test_of_many_who_use_a_link_at_once_one_does(ledger: SqlLedger) -> None:
    """A link works once, and its first use is remembered."""
    link = Link(token_hash="l", purpose=LinkPurpose.ANSWER, member="m", subject="i-1", expires_at=later(days=1))
    with ledger.write() as unit:
        unit.access.add_link(link)
        assert unit.access.link("l") == link

    def use(minute: int) -> bool:
        with ledger.write() as unit:
            return unit.access.use_link("l", later(minutes=minute))

    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(use, range(8)))

    assert used.count(True) == 1
    with ledger.write() as unit:
        stored = unit.access.link("l")
        assert stored is not None
        assert stored.used_at == later(minutes=used.index(True))
        with pytest.raises(NotFound):
            unit.access.use_link("x", MONDAY)


# --- runs and audit ---


def test_runs_are_replaced_and_come_newest_first(ledger: SqlLedger) -> None:
    """A run is put when it starts and again when it ends."""

    def run(id: str, **fields: object) -> Run:
        given = {"as_of": MONDAY, "started_at": MONDAY, "seed": 2**40, "position": 7, "settings": {"floor": 0.3}}
        return Run(id=id, kind="by_hand", **{**given, **fields})  # type: ignore[arg-type]

    ended = run("r-1", counts={"proposed": 3}, finished_at=later(minutes=1), error=None)
    with ledger.write() as unit:
        for each in (run("r-1"), run("r-2", started_at=later(days=1)), ended):
            unit.operations.put_run(each)
        unit.operations.add_verdicts([Verdict(run="r-1", member="m-1", outcome="paused")])
        unit.operations.add_verdicts([Verdict(run="r-2", member="m-1", outcome="proposed", introduction="i-1")])
        unit.operations.add_verdicts([Verdict(run="r-2", member="m-2", outcome="quota", detail="2 of 2")])
        unit.operations.add_verdicts([Verdict(run="r-2", member="m-2", outcome="quota", detail="2 of 2")])

    with ledger.read() as unit:
        assert [each.id for each in unit.operations.runs()] == ["r-2", "r-1"]
        assert unit.operations.run("r-1") == ended
        assert [each.id for each in unit.operations.runs(kinds={"by_hand"}, limit=1)] == ["r-2"]
        assert unit.operations.runs(kinds={"triggered"}) == []
        with pytest.raises(NotFound):
            unit.operations.run("r-3")
        verdicts = unit.operations.verdicts
        assert [(each.run, each.member) for each in verdicts()] == [("r-2", "m-1"), ("r-2", "m-2"), ("r-1", "m-1")]
        assert [(each.run, each.introduction) for each in verdicts(member="m-1")] == [("r-2", "i-1"), ("r-1", None)]
        assert [each.detail for each in verdicts(run="r-2", limit=2)] == ["", "2 of 2"]


def test_the_audit_tells_with_whom_something_was_done_since(ledger: SqlLedger) -> None:
    """By the same one, the same thing, and of those who were asked for."""
    with ledger.write() as unit:
        for who, what, subject, at in [
            ("manager:x", "read", "member:m-1", MONDAY),
            ("manager:x", "read", "member:m-2", later(hours=-1)),
            ("manager:y", "read", "member:m-3", MONDAY),
            ("manager:x", "opened", "member:m-4", MONDAY),
            ("manager:x", "read", "member:m-5", MONDAY),
        ]:
            unit.operations.audit(AuditEntry(at=at, who=who, what=what, subject=subject))

    with ledger.read() as unit:
        asked = {f"member:m-{number}" for number in range(1, 5)}
        assert unit.operations.noted("manager:x", "read", subjects=asked, since=MONDAY) == {"member:m-1"}
        assert unit.operations.noted("manager:x", "read", subjects=set(), since=MONDAY) == set()


def test_the_audit_comes_newest_first_and_by_subject(ledger: SqlLedger) -> None:
    """Two entries of the same moment keep their order."""
    with ledger.write() as unit:
        for what, subject in [("a", "member:m-1"), ("b", "member:m-2"), ("c", "member:m-1")]:
            unit.operations.audit(AuditEntry(at=MONDAY, who="manager:x", what=what, subject=subject, data={"n": 1}))

    with ledger.read() as unit:
        assert [entry.what for entry in unit.operations.audit_entries()] == ["c", "b", "a"]
        assert [entry.what for entry in unit.operations.audit_entries(subject="member:m-1", limit=1)] == ["c"]
        assert unit.operations.audit_entries(limit=1)[0].data == {"n": 1}
        assert [entry.what for entry in unit.operations.audit_entries(without={"b", "z"})] == ["c", "a"]


def test_what_was_decided_about_a_phrase_leaves_the_audit_and_who_decided_stays(ledger: SqlLedger) -> None:
    """Of the decisions at these positions alone."""
    with ledger.write() as unit:
        for position in (1, 2):
            data = {"phrase": "nora visser", "position": position}
            entry = AuditEntry(
                at=MONDAY, who="manager:x", what="phrase.blocked", subject="phrase:nora visser", data=data
            )
            unit.operations.audit(entry)
        unit.operations.forget_decisions({1}, {"phrase:nora visser"})
        assert [(each.who, each.subject, each.data) for each in unit.operations.audit_entries()] == [
            ("manager:x", "phrase:nora visser", {"phrase": "nora visser", "position": 2}),
            ("manager:x", "topics", {"position": 1}),
        ]


# --- offsets, leases, parked work, settings ---


def test_an_offset_is_stored_with_its_effects_or_not_at_all(ledger: SqlLedger) -> None:
    """A rolled back batch leaves the offset where it was."""

    def fail() -> None:
        with ledger.write() as unit:
            unit.consumers.set_position("journeys", 9)
            raise ValueError("lost")

    with ledger.write() as unit:
        assert unit.consumers.position("journeys") == 0
        unit.consumers.set_position("journeys", 5)
    with pytest.raises(ValueError, match="lost"):
        fail()

    with ledger.read() as unit:
        assert unit.consumers.position("journeys") == 5


def test_a_lease_has_one_holder_and_a_number_that_grows_with_each_change(ledger: SqlLedger) -> None:
    """Renewing keeps the number; a lease that ran out or was given back goes to another under a greater one."""
    assert lease(ledger, "a") == 1
    assert lease(ledger, "b") is None
    assert lease(ledger, "a", seconds=0) == 1
    assert lease(ledger, "b") == 2
    with ledger.write() as unit:
        unit.operations.release("projector", holder="a")
    assert lease(ledger, "a") is None
    with ledger.write() as unit:
        unit.operations.release("projector", holder="b")
    assert lease(ledger, "a") == 3


def test_the_lease_runs_on_the_databases_clock(ledger: SqlLedger) -> None:
    """The ledger's own clock stands in January 2026 and does not matter: a minute's lease still runs."""
    assert lease(ledger, "a", seconds=60) == 1
    assert lease(ledger, "b", seconds=60) is None
    assert lease(ledger, "a", seconds=-60) == 1
    assert lease(ledger, "b", seconds=60) == 2


def test_of_many_who_want_a_lease_at_once_one_gets_it(ledger: SqlLedger) -> None:
    """Everybody else gets None."""
    with ThreadPoolExecutor(10) as pool:
        got = list(pool.map(lambda number: lease(ledger, f"holder-{number}"), range(10)))

    assert sorted(got, key=str) == [1, *[None] * 9]


def test_parked_work_waits_for_a_manager(ledger: SqlLedger) -> None:
    """Newest first; parked again it is replaced; taken up again it is gone."""
    with ledger.write() as unit:
        for id, days, attempts in [("a", 0, 1), ("b", 1, 1), ("a", 2, 2)]:
            unit.dead_letters.add(
                DeadLetter(id=id, consumer="c", subject="s", error="e", attempts=attempts, at=later(days=days))
            )
        assert [(work.id, work.attempts) for work in unit.dead_letters.list()] == [("a", 2), ("b", 1)]
        unit.dead_letters.remove("a")
        assert [work.id for work in unit.dead_letters.list()] == ["b"]
        with pytest.raises(NotFound):
            unit.dead_letters.remove("a")


@pytest.mark.parametrize("value", [{"cap": 2}, ["a"], "text", 0, False, 1.5])
def test_a_setting_is_any_json_value(ledger: SqlLedger, value: object) -> None:
    """Unset it is None; set again it is replaced."""
    with ledger.write() as unit:
        assert unit.operations.setting("s") is None
        unit.operations.set_setting("s", "first")
        unit.operations.set_setting("s", value)
        assert unit.operations.setting("s") == value


def test_parts_of_a_round_are_delivered_in_order_and_once(ledger: SqlLedger) -> None:
    """What it started from is no part to deliver; of the others the first that is not done comes next."""
    with ledger.write() as unit:
        unit.operations.put_part("r-1", RunPart.START, {"packed": "x"})
        for number, data in ((2, [{"member": "m-2"}]), (1, [{"member": "m-1"}])):
            unit.operations.put_part("r-1", RunPart.BATCH, data, number=number)

    with ledger.write() as unit:
        first = unit.operations.next_batch("r-1")
        unit.operations.end_batch("r-1", 1, MONDAY)
        second = unit.operations.next_batch("r-1")
        unit.operations.end_batch("r-1", 2, MONDAY)

        assert (first, second) == ((1, [{"member": "m-1"}]), (2, [{"member": "m-2"}]))
        assert unit.operations.next_batch("r-1") is None
        assert unit.operations.part("r-1", RunPart.START) == {"packed": "x"}
        assert unit.operations.part("r-2", RunPart.START) is None
