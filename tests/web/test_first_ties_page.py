"""What first ties teach, as managers and programs see it: what it found, what speaks for a tie, and taking it back."""

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.graph import HalfLives
from serendipity.matching.scoring.pair_features import TRAITS
from serendipity.usecases.learning.re_ranker import VERSIONS
from serendipity.web.manage import re_ranker
from tests.web.conftest import Community, Send, words
from tests.web.judged import with_judgement

PAGE = "/manage/learning/first-ties"


@pytest.fixture
def taught(community: Community) -> Community:
    """A community with a version in force."""
    with_judgement(community.services)
    return community


def test_a_manager_sees_what_was_found_and_what_speaks_for_a_tie(taught: Community, manager: TestClient) -> None:
    """Both shares of both ways, and the traits, the strongest first; in Dutch too."""
    page = words(manager.get(PAGE).text)
    told = page.partition("What speaks for a tie")[2]

    assert "version 1 in force" in page
    assert "find a later tie among their ten best 43 % 55 % find a surprising one 29 % 35 %" in page
    assert "107 first ties that were not learned from: shares of the 88 members" in page
    assert re.search(r"wording: how alike the two put things for × \d", told)
    assert re.search(r"silence: how long the two were not heard of against × 0", told)
    assert told.index("silence: how long") < told.index("said: how much") or "said: how much" not in told
    assert "Wat eerste banden leren" in manager.get(f"{PAGE}?lang=nl").text
    assert PAGE in manager.get("/manage/runs").text


def test_every_trait_is_said_in_words() -> None:
    """What is learned of a new trait cannot be shown without."""
    assert re_ranker.TRAITS.keys() == set(TRAITS)


def test_a_manager_takes_back_what_was_learned(taught: Community, manager: TestClient, send: Send) -> None:
    """Rounds are ranked by fusion and that is held; the version can be brought back; one that never was is told."""
    back = words(send(PAGE, version="0").text)
    again = words(send(PAGE, version="1").text)
    missing, none = (send(PAGE, version=each) for each in ("77", "last"))

    assert "ranked by fusion held" in back
    assert "version 0 brought back, held" in back
    assert "the weekly learning changes nothing" in back
    assert "version 3 in force held" in again
    assert "What it found" in again
    assert (missing.status_code, none.status_code) == (404, 422)
    with taught.services.ledger.read() as uow:
        audit_entries = uow.operations.audit_entries(limit=2)
    assert [(each.who, each.what) for each in audit_entries] == [("manager:mgr", "judgement.rolled_back")] * 2
    assert "a version of what first ties taught brought back" in manager.get("/manage/settings/audit").text


def test_a_form_from_elsewhere_takes_nothing_back(taught: Community, manager: TestClient) -> None:
    """Without the page's token nothing changes."""
    answer = manager.post(PAGE, data={"version": "0"})

    assert answer.status_code == 409
    with taught.services.ledger.read() as uow:
        assert [each.number for each in VERSIONS.all(uow)] == [1]


def test_without_a_version_the_page_says_that_fusion_ranks(community: Community, manager: TestClient) -> None:
    """There is nothing to take back."""
    page = words(manager.get(PAGE).text)

    assert "No version yet: runs are ranked by fusion." in page
    assert "Rank by fusion again" not in page


def test_a_version_of_other_half_lives_is_said_to_rest(community: Community, manager: TestClient) -> None:
    """Runs are ranked by fusion until it is learned again."""
    with_judgement(replace(community.services, half_lives=HalfLives(ties=17.0)))

    assert "learned under other half-lives" in manager.get(PAGE).text


def test_programs_read_the_judgements(taught: Community, client: TestClient) -> None:
    """Beside what outcomes taught: figures of the trial, and what weighs how much."""
    client.auth = taught.key("runs:read")

    [version] = client.get("/v1/learning").json()["judgements"]

    assert (version["number"], version["tried"]["after"]["found"]) == (1, 0.55)
    assert version["weights"]["wording"] > 0 > version["weights"]["silence"]
