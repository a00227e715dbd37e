"""What was learned weighs runs, which repeat exactly; erased members leave it, and merged ones count as one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Answer, DeclineReason, Introduction, IntroductionState, Party
from serendipity.intake import members
from serendipity.matching.learning.propensity import Propensity
from serendipity.usecases.learning.model_versions import Version
from serendipity.usecases.learning.outcome_model import (
    VERSIONS,
    learn_from_outcomes,
    outcome_model_of,
    score_changes_of_last_round,
)
from serendipity.usecases.members.personal_data import erase
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.runs.replay import replay
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import catch_up
from tests.integration.sixty import PAIRS, sixty

MEMBERS = [f"m{n:02}" for n in range(2 * PAIRS)]
TAKEN_IN = 160


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Sixty members, who said yes to the unexpected in the past and no to the rest."""
    with sixty(tmp_path) as services:
        now = services.clock.now()
        with services.ledger.write() as uow:
            for n in range(TAKEN_IN):
                uow.introductions.add(_came(n, good=n % 3 == 0, at=now - timedelta(days=400 - n)))
        yield services


def _came(n: int, *, good: bool, at: datetime) -> Introduction:
    """An introduction of long ago: both said yes, or the first one no."""
    pair = MEMBERS[n % 60], MEMBERS[(n * 7 + 3) % 60]
    yes = Party(member="", answer=Answer.ACCEPTED, asked_at=at)
    no = Party(member="", answer=Answer.DECLINED, reason=DeclineReason.NOT_RELEVANT, asked_at=at)
    sides = (yes, yes) if good else (no, Party(member=""))
    return Introduction(
        id=f"old-{n}",
        parties=tuple(replace(side, member=member) for side, member in zip(sides, pair, strict=True)),
        state=IntroductionState.FOLLOWED_UP if good else IntroductionState.DECLINED,
        score=0.5,
        reasons=(),
        factors={"unexpectedness": 0.9 if good else 0.2 + (n % 5) / 10, "evidence": (n % 7) / 7},
        run=None,
        proposed_at=at,
        changed_at=at + timedelta(hours=9),
        introduced_at=at if good else None,
    )


def learn(services: Services, *, automatic: bool = False) -> Version[Propensity]:
    """Learn, where something is to be learned."""
    report = learn_from_outcomes(services, automatic=automatic)
    assert report.used is not None, report.in_words()
    return report.used


def proposed(services: Services, ids: tuple[str, ...]) -> list[Introduction]:
    """Introductions by their ids."""
    with services.ledger.read() as uow:
        return [uow.introductions.get(id) for id in ids]


def test_a_run_is_weighed_by_the_version_in_force_and_repeats_exactly(services: Services) -> None:
    """Its number is in the run's record; learning again, taking back and new answers change nothing of the past."""
    learn(services)
    report = run_matching(services, RunRequest(kind="scheduled", seed=5))
    hopes = {each.factors["propensity"] for each in proposed(services, report.introductions)}
    VERSIONS.roll_back(services, 0, by="service")

    assert report.run.settings["propensity"] == 1
    assert len(hopes) > 1
    assert replay(services, report.run.id).same


def test_without_a_version_a_run_weighs_nothing(services: Services) -> None:
    """Neither before the first, nor after it was taken back."""
    first = run_matching(services, RunRequest(kind="by_hand", seed=5), dry_run=True)
    learn(services)
    weighed = run_matching(services, RunRequest(kind="by_hand", seed=5), dry_run=True)
    VERSIONS.roll_back(services, by="service")
    last = run_matching(services, RunRequest(kind="by_hand", seed=5), dry_run=True)

    scores = [[each.score for each in report.matches] for report in (first, weighed, last)]
    assert scores[0] == scores[2] != scores[1]
    assert [report.run.settings["propensity"] for report in (first, weighed, last)] == [0, 1, 0]


def test_a_run_for_chosen_members_is_weighed_and_repeats_too(services: Services) -> None:
    """Also in groups of who was chosen."""
    learn(services)
    report = run_matching(services, RunRequest(kind="emergency", members=MEMBERS[:8], seed=3))

    assert all("propensity" in each.factors for each in proposed(services, report.introductions))
    assert report.introductions
    assert replay(services, report.run.id).same


def test_what_was_weighed_is_weighed_anew_in_the_last_rounds_order(services: Services) -> None:
    """A run as scores were: the version moves its pairs; one weighed by it already stays nearly as it was."""
    assert score_changes_of_last_round(services) == []
    run_matching(services, RunRequest(kind="by_hand", seed=5))
    learn(services)
    moved = score_changes_of_last_round(services)

    assert sorted(each.after for each in moved) == sorted(each.before for each in moved) == list(range(1, 31))
    assert [each.after for each in moved] == list(range(1, 31))
    assert [each.after for each in moved] != [each.before for each in moved]
    with services.ledger.read() as uow:
        assert {each.introduction for each in moved} == {
            each.id for each in uow.introductions.search(limit=500) if each.run
        }


def test_an_erased_members_outcomes_leave_the_next_version(services: Services) -> None:
    """The week's learning makes one without them, and a run knows nothing of them any more."""
    before = learn(services)
    erase(services, "m00", by="manager:1")
    catch_up(services)

    after = learn(services, automatic=True)
    outcome_model = outcome_model_of(services, services.clock.now())

    assert before.tried is not None
    assert after.tried is not None
    assert after.tried["outcomes"] == before.tried["outcomes"] - _naming(services, "m00")
    assert after.learned != before.learned
    assert outcome_model is None or "m00" not in {*outcome_model.regards.answers, *outcome_model.regards.asked}


def test_a_version_that_is_held_goes_too_where_somebody_it_was_learned_from_is_erased(services: Services) -> None:
    """Scores stand as they are then, and that is held."""
    learn(services)
    VERSIONS.roll_back(services, 0, by="service")
    VERSIONS.roll_back(services, 1, by="service")
    erase(services, "m00", by="manager:1")
    catch_up(services)

    after = learn(services, automatic=True)

    assert (after.learned, after.restores) == (None, 0)
    assert learn_from_outcomes(services, automatic=True).used is None


def _naming(services: Services, member: str) -> int:
    with services.ledger.read() as uow:
        return len(uow.introductions.search(member=member, limit=100))


def test_merged_members_are_known_as_one(services: Services) -> None:
    """Whom m00 is merged into has the answers of both."""
    learn(services)
    with services.ledger.write() as uow:
        members.merge(uow, "m00", "m01", now=services.clock.now())
    outcome_model = outcome_model_of(services, services.clock.now())

    assert outcome_model is not None
    assert "m00" not in outcome_model.regards.answers
    assert "m01" in outcome_model.regards.answers


def test_learning_twice_from_the_same_outcomes_makes_one_version(services: Services) -> None:
    """And a dry run none."""
    learn_from_outcomes(services, dry_run=True)
    with services.ledger.read() as uow:
        assert VERSIONS.in_force(uow) is None
    learn(services)

    assert learn_from_outcomes(services).used is None
    with services.ledger.read() as uow:
        assert [each.number for each in VERSIONS.all(uow)] == [1]


def test_versions_are_brought_back_by_number_and_the_audit_says_by_whom(services: Services) -> None:
    """One that was brought back is a version itself; one that never was is told."""
    with pytest.raises(NotFound):
        VERSIONS.roll_back(services, by="service")
    first = learn(services)
    nothing, again = VERSIONS.roll_back(services, by="manager:1"), VERSIONS.roll_back(services, 1, by="manager:2")
    with pytest.raises(NotFound):
        VERSIONS.roll_back(services, 9, by="service")

    assert (nothing.learned, nothing.restores, nothing.number) == (None, 0, 2)
    assert (again.learned, again.restores, again.number) == (first.learned, 1, 3)
    with services.ledger.read() as uow:
        audit_entries = uow.operations.audit_entries(limit=3)
    assert [(each.what, each.who) for each in audit_entries] == [
        ("propensity.rolled_back", "manager:2"),
        ("propensity.rolled_back", "manager:1"),
        ("propensity.learned", "service"),
    ]
