"""What first ties teach is put to use where it finds more; it is retired, taken back, and leaves with the erased."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serendipity.cli import app
from serendipity.domain.errors import NotFound
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import NewRecord, RecordKind
from serendipity.introductions.outcomes import SOURCE as INTRODUCTIONS
from serendipity.matching.learning.ranking_evaluation import FEWEST_MEMBERS
from serendipity.matching.scoring.re_ranker import LARGEST_JUDGED
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.usecases.learning.model_versions import TrainingOutcome
from serendipity.usecases.learning.re_ranker import (
    VERSIONS,
    LearnedTieModel,
    ReRankerReport,
    learn_from_first_ties,
    tie_model_of,
)
from serendipity.usecases.members.personal_data import erase
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up
from serendipity.workers.ticks import start_worker
from tests.fakes import FakeClock
from tests.integration.guilds import BY_CRAFT, EARLIER, LATER, SPAN, all_say, guilds, named, tie


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Members who tie themselves by words that are no topics."""
    with guilds(tmp_path) as services:
        yield services


def numbers(services: Services) -> list[int]:
    """The versions there are, the latest first."""
    with services.ledger.read() as uow:
        return [each.number for each in VERSIONS.all(uow)]


def used(report: ReRankerReport) -> int | None:
    """The version that was put to use."""
    return report.used.number if report.used else None


def test_what_finds_more_of_the_later_ties_is_put_to_use(services: Services) -> None:
    """All find their later tie as judged, few by fusion; wording speaks for a tie, and both shares are kept."""
    report = learn_from_first_ties(services)

    with services.ledger.read() as uow:
        version = VERSIONS.in_force(uow)
        [entry] = uow.operations.audit_entries(limit=1)
    assert version is not None
    assert version.learned is not None
    assert version.tried is not None
    assert version.tried["members"] == 2 * len(LATER)
    assert version.tried["before"]["found"] < 0.6 < version.tried["after"]["found"]
    assert version.tried["before"]["surprising"] <= version.tried["after"]["surprising"]
    assert dict(version.learned.tie_model.strongest())["wording"] > 0
    assert version.learned.tie_model.first_ties == 2 * len(EARLIER + LATER)  # from either side
    assert (used(report), entry.what, entry.data["tried"]) == (1, "judgement.learned", version.tried)
    assert "Version 1 ranks the rounds to come." in report.in_words()


def test_what_finds_fewer_is_not_put_to_use(tmp_path: Path) -> None:
    """Earlier ties were by guild and the later ones by craft, which fusion finds: nothing changes."""
    with guilds(tmp_path, later=BY_CRAFT) as services:
        report = learn_from_first_ties(services)

        assert report.trial is not None
        assert report.trial.before is not None
        assert report.trial.after is not None
        assert report.trial.after.found < report.trial.before.found
        assert (numbers(services), report.learned) == ([], None)
        assert "That is no better." in report.in_words()


def test_too_few_members_with_a_later_tie_teach_nothing(tmp_path: Path) -> None:
    """One below what is needed, and the report says how many there are."""
    few = LATER[: FEWEST_MEMBERS // 2 - 1]
    with guilds(tmp_path, later=few) as services:
        report = learn_from_first_ties(services)

        assert report.trial is not None
        assert (report.trial.members, report.trial.before, numbers(services)) == (FEWEST_MEMBERS - 2, None, [])
        assert "38 members had a later first tie; too few yet" in report.in_words()


def test_ties_that_introductions_made_are_not_first_ties(tmp_path: Path) -> None:
    """The matcher would learn its own choices."""
    with guilds(tmp_path, later=[]) as services:
        with services.ledger.write() as uow:
            made = [
                NewRecord(
                    kind=RecordKind.TIE,
                    source=INTRODUCTIONS,
                    id=f"tie-{one}",
                    at=services.clock.now() - SPAN / 2,
                    member=named(one),
                    data={"other": named(other), "why": "introduced"},
                    refs=(f"member:{named(one)}", f"member:{named(other)}"),
                )
                for one, other in LATER
            ]
            uow.records.append(made)
        trial = learn_from_first_ties(services).trial

        assert trial is not None
        assert trial.members == 0


def test_a_version_that_has_become_worse_than_fusion_is_taken_out_of_use(tmp_path: Path) -> None:
    """Half a year later ties are by craft: the guilds' version goes, and nothing takes its place."""
    with guilds(tmp_path) as services:
        learn_from_first_ties(services)
        clock = services.clock
        assert isinstance(clock, FakeClock)
        clock.forward(days=SPAN.days)
        all_say(services, clock.now() - SPAN / 4)
        tie(services, BY_CRAFT, clock.now() - SPAN / 2)
        catch_up(services)

        report = learn_from_first_ties(services, automatic=True)

        assert report.used is not None
        assert (report.used.number, report.used.learned) == (2, None)
        assert "Version 2 puts rounds back on fusion." in report.in_words()
        with services.ledger.read() as uow:
            assert uow.operations.audit_entries(limit=1)[0].what == "judgement.retired"


def test_a_dry_run_keeps_nothing_and_twice_is_once(services: Services) -> None:
    """The same history teaches the same version."""
    tried = learn_from_first_ties(services, dry_run=True)
    untouched = numbers(services)
    learn_from_first_ties(services)
    again = learn_from_first_ties(services)

    assert tried.learned is not None
    assert (untouched, used(again), numbers(services)) == ([], None, [1])


def test_what_was_taken_back_is_held_until_somebody_learns_by_hand(services: Services) -> None:
    """Sunday's turn changes nothing then; a hand does; what never was cannot be brought back."""
    worker = start_worker(services, match_at="06:00", match_weekdays="mon", zone="UTC")
    weekly = worker.get_job("re_ranker")
    worker.shutdown()
    weekly.func()
    back = VERSIONS.roll_back(services, by="manager:1")
    weekly.func()
    held = learn_from_first_ties(services, automatic=True, dry_run=True)

    assert (weekly.next_run_time.strftime("%a"), weekly.next_run_time.hour) == ("Sun", 4)
    assert (back.number, back.learned, back.restores) == (2, None, 0)
    assert (numbers(services), held.held) == ([2, 1], True)
    assert used(learn_from_first_ties(services)) == 3
    with pytest.raises(NotFound):
        VERSIONS.roll_back(services, 9, by="manager:1")


def test_what_came_into_force_while_it_was_learned_stays(services: Services) -> None:
    """A manager brings a version back while learning goes on: what was found before that is not put to use."""
    first = learn_from_first_ties(services).used
    assert first is not None
    begun: TrainingOutcome[LearnedTieModel] = TrainingOutcome(
        present=first, learned=None, upto=first.upto, tried={}, retire=True
    )
    brought_back = VERSIONS.roll_back(services, first.number, by="a manager")

    assert VERSIONS.put_to_use(services, begun, by="service") is None
    with services.ledger.read() as uow:
        assert VERSIONS.in_force(uow) == brought_back


def test_an_erased_member_leaves_the_next_version(services: Services) -> None:
    """What they may have taught is learned anew without them."""
    before = learn_from_first_ties(services).used
    erase(services, named(0), by="manager:1")
    catch_up(services)
    after = learn_from_first_ties(services, automatic=True).used

    assert before is not None
    assert before.learned is not None
    assert after is not None
    assert after.learned is not None
    assert after.learned.tie_model.first_ties == before.learned.tie_model.first_ties - 2
    assert after.upto > before.upto


def test_a_version_that_is_held_goes_too_where_somebody_is_erased(services: Services) -> None:
    """Rounds are ranked by fusion then, and that is held."""
    learn_from_first_ties(services)
    VERSIONS.roll_back(services, 0, by="manager:1")
    VERSIONS.roll_back(services, 1, by="manager:1")
    erase(services, named(0), by="manager:1")
    catch_up(services)

    after = learn_from_first_ties(services, automatic=True).used

    assert after is not None
    assert (after.learned, after.restores) == (None, 0)
    assert learn_from_first_ties(services, automatic=True).used is None


def test_a_version_ranks_under_its_own_half_lives_only(services: Services) -> None:
    """Under others a pair's traits are not the same; then, and without a version, fusion ranks."""
    snapshot = Snapshot.empty(services.half_lives, services.clock.now())
    before = tie_model_of(services, snapshot)
    version = learn_from_first_ties(services).used

    assert version is not None
    assert version.learned is not None
    assert before == (None, 0)
    assert tie_model_of(services, snapshot) == (version.learned.tie_model, 1)
    assert tie_model_of(replace(services, half_lives=HalfLives(ties=17.0)), snapshot) == (None, 0)


def test_too_large_a_community_is_ranked_by_fusion(services: Services) -> None:
    """One member more than can be judged; nothing is learned there, and the version in force stays."""
    learn_from_first_ties(services)
    empty = Snapshot.empty(services.half_lives, services.clock.now())
    large, largest = (
        replace(empty, members=[f"m{n}" for n in range(size)]) for size in (LARGEST_JUDGED + 1, LARGEST_JUDGED)
    )

    assert tie_model_of(services, large) == (None, 0)
    assert tie_model_of(services, largest)[1] == 1
    services.snapshots.publish(large)
    report = learn_from_first_ties(services)
    assert (report.trial, numbers(services)) == (None, [1])
    assert "More than 20,000 members: rounds stay on fusion." in report.in_words()


def learn(folder: Path, *words: str) -> Result:
    """Run the command on the installation in a folder."""
    return CliRunner().invoke(app, ["--data-dir", str(folder / "data"), "learn-matching", *words])


def test_the_command_tries_learns_and_takes_back(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks back from now, where nobody had a tie lately; a version there is can be taken back and brought back."""
    monkeypatch.chdir(tmp_path)
    learn_from_first_ties(services)
    tried = json.loads(learn(tmp_path, "--dry-run", "--json").stdout)
    back, again = learn(tmp_path, "--roll-back"), json.loads(learn(tmp_path, "--roll-back-to", "1", "--json").stdout)
    missing, both = learn(tmp_path, "--roll-back-to", "9"), learn(tmp_path, "--dry-run", "--roll-back")

    assert (tried["tried"]["before"], tried["used"]) == (None, None)
    assert "Version 2 brings version 0 back" in back.stdout
    assert (again["number"], again["restores"]) == (3, 1)
    assert (missing.exit_code, both.exit_code) == (1, 1)
    assert "NotFound: There is no such version" in " ".join(missing.stderr.split())
    assert "InvalidInput" in both.stderr
