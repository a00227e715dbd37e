"""Rounds that a judgement ranks: whom they introduce, what is stored of it, and the same again from the record."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from serendipity.domain.model import NewRecord, RecordKind
from serendipity.intake import members
from serendipity.matching.scoring.pair_features import KINDS
from serendipity.usecases.learning.history_queries import word_profiles_before
from serendipity.usecases.learning.re_ranker import VERSIONS, learn_from_first_ties
from serendipity.usecases.runs.execution import RunReport, RunRequest, run_matching
from serendipity.usecases.runs.replay import replay
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up, publish
from tests.fakes import FakeClock
from tests.integration.guilds import GUILD, guilds, named, said
from tests.integration.small_house import say

IN_FORCE = 1


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Members of whom a version of the judgement says that those of one guild become tied."""
    with guilds(tmp_path) as services:
        assert learn_from_first_ties(services).used is not None
        yield services


def of_one_guild(report: RunReport) -> float:
    """The share of a run's pairs who are of one guild, which no topic of theirs says."""
    guild = [{int(id[1:]) // GUILD for id in match.members} for match in report.matches]
    return sum(len(each) == 1 for each in guild) / len(guild)


def test_a_round_over_all_is_ranked_by_the_version_in_force(services: Services) -> None:
    """It introduces those of one guild; taken back, the round is the one without."""
    judged = run_matching(services, RunRequest(kind="scheduled", seed=5), dry_run=True)
    VERSIONS.roll_back(services, by="manager:1")
    fused = run_matching(services, RunRequest(kind="scheduled", seed=5), dry_run=True)

    assert [report.run.settings["judgement"] for report in (judged, fused)] == [IN_FORCE, 0]
    assert of_one_guild(judged) > 0.5 > of_one_guild(fused)
    assert not any(kind in match.factors for match in fused.matches for kind in KINDS)


def test_a_match_keeps_what_each_kind_of_trait_added(services: Services) -> None:
    """Its score is the product of its factors, relevance among them, which is the same from both sides."""
    report = run_matching(services, RunRequest(kind="by_hand", seed=5), dry_run=True)

    assert len(report.matches) > 10
    for match in report.matches:
        factors = match.factors
        assert factors.keys() >= {*KINDS, "wording", "familiarity", "overlap", "evidence", "exposure", "surprise"}
        assert factors["relevance"] == factors["reciprocal"]
        product = factors["reciprocal"] * factors["surprise"] * factors["exposure"]
        assert match.score == pytest.approx(product, abs=1e-4)
        assert match.reasons


def test_runs_for_chosen_members_and_of_an_earlier_moment_stay_on_fusion(services: Services) -> None:
    """A list of a few is made as at a check-in; an earlier moment did not know what was learned since."""
    chosen = run_matching(
        services, RunRequest(kind="emergency", members=[named(n) for n in range(8)], seed=3), dry_run=True
    )
    earlier = run_matching(
        services, RunRequest(kind="by_hand", as_of=services.clock.now() - timedelta(days=2), seed=3), dry_run=True
    )

    assert [report.run.settings["judgement"] for report in (chosen, earlier)] == [0, 0]
    assert not any("by_ties" in match.factors for report in (chosen, earlier) for match in report.matches)


def test_a_judged_run_repeats_exactly_whatever_came_since(services: Services) -> None:
    """What is said, told of before it, learned, taken back or made sensitive later changes nothing of the past."""
    clock = services.clock
    assert isinstance(clock, FakeClock)
    report = run_matching(services, RunRequest(kind="scheduled", seed=5))
    at_once = replay(services, report.run.id)
    then = clock.now()
    clock.forward(days=30)
    say(services, named(0), said(20), at=then - timedelta(days=3))
    _make_sensitive(services, "weaving")
    catch_up(services)
    learn_from_first_ties(services)
    later = replay(services, report.run.id)
    VERSIONS.roll_back(services, 0, by="manager:1")

    assert report.run.settings["judgement"] == IN_FORCE
    assert at_once.chosen > 10
    assert [each.same for each in (at_once, later, replay(services, report.run.id))] == [True] * 3


def test_a_run_is_the_same_from_a_snapshot_that_was_kept_for_weeks(services: Services) -> None:
    """The traits of a pair are read at the run's moment, not at the moment that the snapshot is scaled to."""
    clock = services.clock
    assert isinstance(clock, FakeClock)
    clock.forward(days=21)
    say(services, named(3), said(3))
    catch_up(services)
    latest = services.snapshots.latest()
    report = run_matching(services, RunRequest(kind="scheduled", seed=5))

    assert latest is not None
    assert latest.landmark < report.run.as_of
    assert replay(services, report.run.id).same


def test_what_a_merged_member_said_counts_as_theirs_who_stays(services: Services) -> None:
    """A word that the first of them said joins the other to whoever says it too."""
    now = services.clock.now()
    say(services, named(0), "zeppelin", at=now - timedelta(days=2))
    say(services, named(30), "zeppelin", at=now - timedelta(days=2))
    catch_up(services)
    likeness = []
    for merging in (True, False):
        snapshot = publish(services)
        pair = snapshot.rows([named(1), named(30)])
        words = word_profiles_before(services.ledger, snapshot, now, upto=snapshot.head.offset)
        likeness.append(float(words.of_pairs(pair[:1], pair[1:])[0]))
        if merging:
            with services.ledger.write() as uow:
                members.merge(uow, named(0), named(1), now=now)
            catch_up(services)

    assert likeness[0] == 0.0
    assert likeness[1] > 0.1


def _make_sensitive(services: Services, topic: str) -> None:
    new = NewRecord(
        kind=RecordKind.TOPIC_FLAGGED,
        source="test",
        id=f"{topic}-flagged",
        at=services.clock.now(),
        data={"topic": topic, "sensitive": True},
        refs=(f"topic:{topic}",),
    )
    with services.ledger.write() as uow:
        uow.records.append([new])
