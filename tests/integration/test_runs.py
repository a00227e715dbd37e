"""Runs of the matcher: delivered in batches, stopped, killed, resumed, replayed, and for chosen members only."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serendipity.domain.errors import Conflict, InvalidInput, NotFound, UnknownMember
from serendipity.domain.model import NewRecord, Purpose, RecordKind
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.usecases.runs.execution import EVERYBODY, RunRequest, resume, run_matching, stop
from serendipity.usecases.runs.lease import LEASE
from serendipity.usecases.runs.member_selection import MemberSelection, select_members
from serendipity.usecases.runs.replay import replay
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up
from tests.integration.sixty import PAIRS, killed_on_its_way, pairs, sixty


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Sixty members of whom every two share a topic that nobody else works on."""
    with sixty(tmp_path) as built:
        yield built


def test_everybody_is_told_what_was_decided_for_them(services: Services) -> None:
    """Each member has a verdict, and each of those proposed has an introduction, with its chance and reasons."""
    report = run_matching(services, RunRequest(kind="scheduled", seed=5))

    with services.ledger.read() as uow:
        verdicts = uow.operations.verdicts(run=report.run.id, limit=EVERYBODY)
        introductions = [uow.introductions.get(id) for id in report.introductions]
    assert {each.member for each in verdicts} == {f"m{n:02}" for n in range(2 * PAIRS)}
    assert len(introductions) == PAIRS == report.run.counts["delivered"] == report.run.counts["proposed"]
    assert all(each.reasons and each.factors["chance"] == 1.0 for each in introductions)


def test_a_run_that_was_killed_is_finished_by_the_next_tick(services: Services) -> None:
    """One batch is proposed when the process dies; the next tick brings the rest, nobody twice and nobody less."""
    cut_off = killed_on_its_way(services)
    before = pairs(services)

    report = run_matching(services, RunRequest(kind="scheduled"))

    assert 0 < len(before) < PAIRS
    assert cut_off.finished_at is None
    assert report.run.id == cut_off.id
    assert report.run.finished_at is not None
    assert len(pairs(services)) == len(set(pairs(services))) == PAIRS == len(report.introductions)


def test_a_run_that_was_stopped_waits_and_goes_on(services: Services) -> None:
    """A manager stops it between two batches; what is proposed stays, and resuming brings the rest."""

    def stop_it(done: int, total: int) -> None:
        if total == PAIRS and done < total:
            with services.ledger.read() as uow:
                id = uow.operations.runs()[0].id
            stop(services, id)

    first = run_matching(services, RunRequest(kind="by_hand", seed=5), progress=stop_it)
    halfway = len(pairs(services))
    second = resume(services, first.run.id)

    assert (first.run.state, halfway) == ("stopped", first.run.counts["delivered"])
    assert 0 < halfway < PAIRS == len(pairs(services))
    assert (second.run.error, second.run.finished_at is None) == (None, False)
    with pytest.raises(Conflict):
        resume(services, first.run.id)
    with pytest.raises(Conflict):
        stop(services, first.run.id)


def test_a_stopped_run_is_not_resumed_by_a_tick(services: Services) -> None:
    """What a manager stopped stays stopped: the next tick makes a run of its own."""
    cut_off = killed_on_its_way(services)
    stop(services, cut_off.id)

    report = run_matching(services, RunRequest(kind="scheduled"))

    assert report.run.id != cut_off.id
    assert len(pairs(services)) == PAIRS


def test_a_run_never_overlaps_another(services: Services) -> None:
    """While one holds the lease, neither a run nor a resumption starts; a dry run may."""
    with services.ledger.write() as uow:
        uow.operations.lease(LEASE, holder="another", seconds=3600)

    with pytest.raises(Conflict):
        run_matching(services, RunRequest(kind="scheduled"))
    with pytest.raises(Conflict):
        resume(services, "run-1")
    assert len(run_matching(services, RunRequest(kind="by_hand"), dry_run=True).matches) == PAIRS


def test_who_left_or_was_blocked_after_the_round_was_written_down_is_passed_over(services: Services) -> None:
    """Between the kill and the resumption one withdraws and one says never; both pairs are left out, and told why."""
    cut_off = killed_on_its_way(services)
    there = {id for pair in pairs(services) for id in pair}
    leaving, blocking = (n for n in range(PAIRS) if f"m{2 * n:02}" not in there and n % 2 == 0), f"m{2 * PAIRS - 1:02}"
    quitter = f"m{2 * next(leaving):02}"
    with services.ledger.write() as uow:
        uow.members.set_consent(quitter, Purpose.MATCHING, given=False, wording="v1", at=services.clock.now())
        if blocking not in there:
            uow.members.block(blocking, f"m{2 * PAIRS - 2:02}", why="never", at=services.clock.now())

    report = resume(services, cut_off.id)

    assert report.outcomes[quitter] == "left_meanwhile"
    assert quitter not in {id for pair in pairs(services) for id in pair}


def test_a_run_is_replayed_exactly_from_its_record(services: Services) -> None:
    """The same pairs and scores, although there are more check-ins, a topic less and introductions by now."""
    report = run_matching(services, RunRequest(kind="scheduled", seed=11))
    services.clock.forward(days=3)  # type: ignore[attr-defined]
    now = services.clock.now()
    with services.ledger.write() as uow:
        said = [CheckInInput(member="m00", text="topic9 own9", place="main", at=now)]
        record_check_ins(uow, said, source="test", now=now, scrub=services.scrub)
        flag = {"topic": "topic3", "sensitive": True}
        refs = ("topic:topic3",)
        record = NewRecord(kind=RecordKind.TOPIC_FLAGGED, source="t", id="flag", at=now, data=flag, refs=refs)
        uow.records.append([record])
    catch_up(services)

    again = replay(services, report.run.id)

    assert (again.same, again.chosen) == (True, PAIRS)
    assert len(pairs(services)) == PAIRS


def test_a_replay_tells_a_record_that_does_not_fit(services: Services) -> None:
    """Of a run whose seed or settings were changed afterwards, what differs is said."""
    report = run_matching(services, RunRequest(kind="by_hand", seed=11))
    with services.ledger.write() as uow:
        run = uow.operations.run(report.run.id)
        uow.operations.put_run(replace(run, settings={**run.settings, "held_back": 0.9}))

    again = replay(services, report.run.id)

    assert not again.same
    assert again.only_then
    with services.ledger.write() as uow:
        uow.operations.put_run(replace(run, id="empty"))
    with pytest.raises(NotFound):
        replay(services, "empty")


def test_an_emergency_run_is_for_those_chosen(services: Services) -> None:
    """Two are named: their introductions are proposed and no others; with each other only, where that is asked."""
    wanted = ["m00", "m02"]

    dry = run_matching(services, RunRequest(kind="emergency", members=wanted), dry_run=True)
    alone = run_matching(services, RunRequest(kind="emergency", members=wanted, among_themselves=True), dry_run=True)
    run_matching(services, RunRequest(kind="emergency", members=wanted))

    assert {match.members for match in dry.matches} == {("m00", "m01"), ("m02", "m03")}
    assert {frozenset(match.members) for match in alone.matches} <= {frozenset(wanted)}
    assert pairs(services) == [("m00", "m01"), ("m02", "m03")]


def test_an_emergency_run_is_replayed_too(services: Services) -> None:
    """Also what was chosen, and whether among themselves, is in the record."""
    report = run_matching(services, RunRequest(kind="emergency", members=["m00", "m02", "m03"], seed=3))

    assert replay(services, report.run.id).same


def test_groups_grow_from_pairs_and_share_a_reason(services: Services) -> None:
    """With groups of up to four, the sixty get groups in which all work on something; nobody is in two."""
    settings = replace(services.matching, evidence_floor=0.0, unexpectedness_floor=0.0)
    report = run_matching(replace(services, matching=settings), RunRequest(kind="by_hand", group_size=4))

    sizes = [len(match.members) for match in report.matches]
    everybody = [id for match in report.matches for id in match.members]
    assert max(sizes) > 2
    assert max(sizes) <= 4
    assert len(everybody) == len(set(everybody))
    with services.ledger.read() as uow:
        groups = [each for each in uow.introductions.search(limit=100) if len(each.parties) > 2]
    assert groups
    assert all(each.reasons[0].kind in ("shared_topic", "shared_event") for each in groups)


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (MemberSelection(named=("m07", "m03@example.org")), ["m03", "m07"]),
        (MemberSelection(segments=("organisation:Org 1",), search="Member 1"), ["m01", "m15"]),
        (MemberSelection(segments=("topic:topic4",)), ["m08", "m09"]),
        (MemberSelection(segments=("topic:topic4", "organisation:org 1")), ["m08"]),
        (MemberSelection(segments=("new",)), []),
        (MemberSelection(), []),
    ],
)
def test_members_are_chosen_by_name_segment_and_text(
    services: Services, choice: MemberSelection, found: list[str]
) -> None:
    """Those named, and those who are in all segments and have the text."""
    assert sorted(each.id for each in select_members(services, choice)) == found


def test_who_was_introduced_lately_does_not_wait(services: Services) -> None:
    """The segment of those who wait loses the two of an introduction."""
    run_matching(services, RunRequest(kind="emergency", members=["m00"]))

    waiting = {each.id for each in select_members(services, MemberSelection(segments=("waiting",)))}

    assert waiting == {f"m{n:02}" for n in range(2, 2 * PAIRS)}


def test_an_unknown_member_or_segment_is_refused(services: Services) -> None:
    """A slip of the pen chooses nobody silently."""
    with pytest.raises(UnknownMember):
        select_members(services, MemberSelection(named=("nobody",)))
    for segment in ("friends", "topic:", "topic:unheard"):
        with pytest.raises(InvalidInput):
            select_members(services, MemberSelection(segments=(segment,)))
