"""What runs owe members and managers: rules, own numbers and dials are kept, and how far each run is can be told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serendipity.domain.model import Surprise
from serendipity.intake import members
from serendipity.intake.inputs import MustNotInput
from serendipity.usecases.introductions.must_not import state_rule
from serendipity.usecases.members.match_preferences import set_surprise
from serendipity.usecases.runs.execution import RunRequest, resume, run_matching, stop
from serendipity.usecases.runs.lease import LEASE
from serendipity.usecases.runs.replay import replay
from serendipity.usecases.runs.requests import RunPhase, RunProgress, accept, execute, progress_of, resume_quietly
from serendipity.usecases.services import Services
from tests.integration.sixty import PAIRS, killed_on_its_way, pairs, sixty, stored


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Sixty members of whom every two share a topic that nobody else works on."""
    with sixty(tmp_path) as built:
        yield built


def test_a_rule_of_the_managers_keeps_pairs_apart_and_says_so(services: Services) -> None:
    """The two it names are not introduced, and both are told apart from those for whom nobody was good."""
    strict = replace(services, matching=replace(services.matching, evidence_floor=0.3))
    state_rule(services, MustNotInput(one=("m00", "m02@example.org"), other=("Member 1",)), by="manager:mgr")

    report = run_matching(strict, RunRequest(kind="by_hand", seed=5))

    assert ("m00", "m01") not in pairs(services)
    assert (report.outcomes["m00"], report.outcomes["m01"]) == ("kept_apart", "kept_apart")
    assert report.outcomes["m02"] == "proposed"
    assert replay(strict, report.run.id).same


def test_a_rule_that_comes_later_ends_what_is_on_its_way(services: Services) -> None:
    """A queued introduction is cancelled, and one that a killed run still had to deliver is passed over."""
    cut_off = killed_on_its_way(services)
    [there, *_], everybody = pairs(services), {(f"m{2 * n:02}", f"m{2 * n + 1:02}") for n in range(PAIRS)}
    waiting = sorted(everybody - set(pairs(services)))[0]
    ended = [
        state_rule(services, MustNotInput(one=(one,), other=(other,)), by="manager:mgr").ended
        for one, other in (there, waiting)
    ]

    report = resume(services, cut_off.id)

    assert ended == [1, 0]
    assert report.outcomes[waiting[0]] == "left_meanwhile"
    with services.ledger.read() as uow:
        [cancelled] = uow.introductions.search(member=there[0])
    assert (cancelled.state, cancelled.reason) == ("cancelled", "rule")


def test_a_rule_follows_a_merge_and_forgets_who_is_erased(services: Services) -> None:
    """The member who stays takes the duplicate's place; with an erasure the rule and its note go."""
    kept = state_rule(services, MustNotInput(one=("m00",), other=("m01", "m05"), why="see m01"), by="manager:mgr").rule
    with services.ledger.write() as uow:
        members.merge(uow, "m05", "m07", now=services.clock.now())
        assert uow.members.must_nots()[0].other == ("m01", "m07")
        uow.members.erase("m01")
        assert uow.members.must_nots() == [replace(kept, other=("m07",), why="")]
        uow.members.erase("m00")
        assert uow.members.must_nots() == []


def test_a_member_may_want_fewer_introductions_and_is_told_which_number_was_reached(services: Services) -> None:
    """Their own number counts besides the community's; who paused is told that, and nobody is left out silently."""
    with services.ledger.write() as uow:
        uow.members.put(replace(uow.members.get("m00"), per_month=1))
        members.pause(uow, "m10")
    run_matching(services, RunRequest(kind="by_hand", seed=5))
    services.clock.forward(days=1)  # type: ignore[attr-defined]

    report = run_matching(services, RunRequest(kind="by_hand", seed=6))

    assert (report.outcomes["m00"], report.outcomes["m10"]) == ("own_quota_reached", "paused")
    assert set(report.outcomes) == {f"m{n:02}" for n in range(2 * PAIRS)}


def test_dials_of_members_are_in_the_record_of_a_run_and_replayed(services: Services) -> None:
    """Also when the members and the managers choose otherwise afterwards."""
    ledger, installed, now = services.ledger, services.matching, services.clock.now()
    set_surprise(ledger, installed, 0.5, by="manager:mgr", now=now)
    with services.ledger.write() as uow:
        for id, wish in (("m00", Surprise.MORE), ("m02", Surprise.CLOSER)):
            uow.members.put(replace(uow.members.get(id), surprise=wish))
    report = run_matching(services, RunRequest(kind="by_hand", seed=5))
    set_surprise(ledger, installed, None, by="manager:mgr", now=now)
    with services.ledger.write() as uow:
        uow.members.put(replace(uow.members.get("m00"), surprise=None))

    chosen = {match.members: match for match in report.matches}
    assert report.run.settings["surprise"] == 0.5
    assert {match.factors["dial"] for match in chosen.values()} > {0.5}
    assert replay(services, report.run.id).same


def test_how_far_a_run_is_follows_from_its_record_and_who_holds_the_lease(services: Services) -> None:
    """Accepted, under way with its pace, stopped, cut off, finished: each is told, also to who comes later."""
    run, fresh = accept(services, id="mine")
    assert (fresh, accept(services, id="mine")[1], progress(services, "mine").state) == (True, False, "starting")
    seen: list[RunProgress] = []

    def watch(done: int, total: int) -> None:
        if total == PAIRS and done < total:
            seen.append(progress(services, run.id))

    run_matching(services, RunRequest(kind="by_hand", id=run.id), progress=watch)
    assert (seen[0].state, seen[0].stage, seen[0].total) == ("under_way", "delivering", PAIRS)
    assert seen[0].per_minute
    assert seen[0].seconds_left is not None
    assert progress(services, run.id) == RunProgress(
        state=RunPhase.FINISHED, stage="delivering", done=PAIRS, total=PAIRS
    )


def test_a_run_that_was_cut_off_says_so_until_somebody_goes_on(services: Services) -> None:
    """Its process is gone: nobody holds the lease, and something is left to deliver."""
    cut_off = killed_on_its_way(services)
    told = progress(services, cut_off.id)
    assert (told.state, told.resumable, told.per_minute) == ("cut_off", True, None)

    resume_quietly(services, cut_off.id)

    assert progress(services, cut_off.id).state == "finished"


def test_a_run_that_is_stopped_while_it_matches_stays_stopped(services: Services) -> None:
    """What it decided is written down, so that it can be gone on with, and nothing is proposed before."""

    def stop_it(done: int, total: int) -> None:
        with services.ledger.read() as uow:
            [run] = uow.operations.runs()
        if run.error is None:
            stop(services, run.id)

    report = run_matching(services, RunRequest(kind="by_hand", seed=5), progress=stop_it)

    assert (report.run.state, pairs(services)) == ("stopped", [])
    assert (progress(services, report.run.id).state, progress(services, report.run.id).resumable) == ("stopped", True)
    resume_quietly(services, report.run.id)
    assert len(pairs(services)) == PAIRS


def test_a_run_that_fails_after_it_was_accepted_says_why(services: Services) -> None:
    """Another run took the lease in between."""
    run, _ = accept(services)
    with services.ledger.write() as uow:
        uow.operations.lease(LEASE, holder="another@host:1", seconds=3600)

    execute(services, run.id)

    assert (stored(services, run.id).error, progress(services, run.id).state) == ("Conflict", "failed")


def progress(services: Services, id: str) -> RunProgress:
    """How far a run is."""
    with services.ledger.read() as uow:
        return progress_of(uow, uow.operations.run(id), services.clock.now())
