"""What outcomes teach, as managers and programs see it: try, learn, take back, and the numbers of introductions."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose
from serendipity.usecases.introductions.product_metrics import compute_product_metrics, difference, rate
from serendipity.usecases.learning.outcome_model import VERSIONS
from tests.integration.outcomes import with_outcomes
from tests.web.conftest import Community, Send, words
from tests.web.introduced import asked, first_asked, link, proposed

CHANCE = "found by chance, to measure what matching adds"


@pytest.fixture
def taught(community: Community) -> Community:
    """A community whose outcomes teach something."""
    with_outcomes(community.services)
    return community


def test_a_manager_tries_what_would_be_learned_and_then_learns_it(taught: Community, send: Send) -> None:
    """The dry run shows the effect and keeps nothing; learning shows a version, its effect and what it weighs."""
    tried = words(send("/manage/learning", do="try").text)
    with taught.services.ledger.read() as uow:
        untouched = VERSIONS.all(uow)
    learned = words(send("/manage/learning", do="learn").text)

    assert "Better: learning it makes it the version in force." in tried
    assert untouched == []
    assert "version 1 in force" in learned
    assert re.search(r"evidence: how much speaks for the pair at all for × \d", learned)
    assert "Foreseen and come" in learned
    with taught.services.ledger.read() as uow:
        [entry] = uow.operations.audit_entries(limit=1)
    assert (entry.who, entry.what) == ("manager:mgr", "propensity.learned")


def test_a_manager_takes_back_what_was_learned(taught: Community, manager: TestClient, send: Send) -> None:
    """Scores are as they are and held; the version can be brought back; one that never was is told."""
    send("/manage/learning", do="learn")
    back = words(send("/manage/learning", do="back", version="0").text)
    again = words(send("/manage/learning", do="back", version="1").text)
    missing, none = (send("/manage/learning", do="back", version=each) for each in ("77", "last"))

    assert "version 0 brought back, held" in back
    assert "the weekly learning changes nothing" in back
    assert "version 3 in force held" in again
    assert "What it foresees" in again
    assert (missing.status_code, none.status_code) == (404, 422)
    assert "Wat uitkomsten leren" in manager.get("/manage/learning?lang=nl").text
    with taught.services.ledger.read() as uow:
        assert [entry.who for entry in uow.operations.audit_entries(limit=2)] == ["manager:mgr", "manager:mgr"]


def test_nothing_is_learned_from_a_community_without_outcomes(community: Community, send: Send) -> None:
    """The page says that it is too little, and what it does not know is a dash, not a nought."""
    tried = words(send("/manage/learning", do="try").text)
    learned = words(send("/manage/learning", do="learn").text)

    assert "0 introductions came to something so far: too few to learn from." in tried
    assert "Experienced serendipity –" in tried
    assert "Nothing better was found; all stays as it was." in learned
    assert "No version yet" in learned


def test_a_form_from_elsewhere_learns_nothing(taught: Community, manager: TestClient) -> None:
    """Without the page's token nothing changes."""
    answer = manager.post("/manage/learning", data={"do": "learn"})

    assert answer.status_code == 409
    with taught.services.ledger.read() as uow:
        assert VERSIONS.in_force(uow) is None


def test_the_numbers_are_those_of_the_introductions(taught: Community) -> None:
    """Counted once more by hand: what was accepted, by lot and else, rated, and who got none."""
    found = compute_product_metrics(taught.services, taught.clock.now())
    with taught.services.ledger.read() as uow:
        all_of_them = uow.introductions.search(limit=1000)
    lots = [each for each in all_of_them if "by_lot" in each.factors]
    good = [each for each in all_of_them if each.introduced_at]

    assert found.by_lot.accepted == rate(sum(each in good for each in lots), len(lots))
    assert found.chosen.met == rate(sum(each not in lots for each in good), len(all_of_them) - len(lots))
    assert found.serendipity == rate(2 * len(good), 2 * len(good))
    assert found.lift_accepted == difference(found.chosen.accepted, found.by_lot.accepted)
    assert found.unserved.of == 30
    assert 0.0 <= found.gini < 0.5


def test_whoever_had_no_introduction_lately_is_counted(community: Community) -> None:
    """Of four members two are introduced to each other; the others had none, and hold none of all."""
    nora, bram, *_ = (community.member(name) for name in ("Nora A", "Bram B", "Elif C", "Tom D"))
    proposed(community, nora, bram)

    found = compute_product_metrics(community.services, community.clock.now() + timedelta(minutes=1))

    assert (found.unserved.value, found.gini) == (0.5, 0.5)
    assert (found.chosen.funnel.open, found.chosen.accepted.value, found.lift_accepted) == (1, None, None)


def test_what_was_drawn_by_lot_is_said_to_managers(taught: Community, manager: TestClient) -> None:
    """In the queue, on its own page and among the steps of its score; other pairs are not said to be."""
    with taught.services.ledger.read() as uow:
        by_lot = next(each for each in uow.introductions.search(limit=1000) if "by_lot" in each.factors)
        other = next(each for each in uow.introductions.search(limit=1000) if "by_lot" not in each.factors)

    assert CHANCE in manager.get("/manage?state=all").text
    assert CHANCE in manager.get(f"/manage/introductions/{by_lot.id}").text
    assert "drawn by lot among all" in manager.get(f"/manage/introductions/{by_lot.id}/why").text
    assert CHANCE not in manager.get(f"/manage/introductions/{other.id}").text


def test_members_are_not_told_that_they_were_drawn_by_lot(community: Community, client: TestClient) -> None:
    """Neither the page that asks them nor their own says so, nor does the mail."""
    one, other = community.member("Nora Visser"), community.member("Bram Peeters")
    introduction = asked(community, one, other)
    drawn = replace(introduction, factors={"by_lot": 1.0, "chance": 0.1})
    with community.services.ledger.write() as uow:
        uow.introductions.save(drawn)
        mails = [each.text for each in uow.outbox.search(member=first_asked(drawn))]
    asking = link(community, LinkPurpose.ANSWER, first_asked(drawn), drawn.id)
    own = link(community, LinkPurpose.PROFILE, first_asked(drawn))
    pages = [client.get(f"/{path}?lang=en").text for path in (f"answer/{asking}", f"me/{own}")]

    assert len(mails) == 1
    assert not [text for text in (*mails, *pages) if re.search(r"by chance|by lot|drawn", text)]


def test_programs_read_versions_and_numbers(taught: Community, client: TestClient, send: Send) -> None:
    """With the scope that reads runs, and no other."""
    send("/manage/learning", do="learn")
    client.cookies.clear()
    client.auth = taught.key("runs:read")
    found = client.get("/v1/learning").json()

    [version] = found["versions"]
    assert version["number"] == 1
    assert version["leanings"][0]["trait"] == "evidence"
    assert version["tried"]["after"]["brier"] < version["tried"]["before"]["brier"]
    assert found["numbers"]["by_lot"]["accepted"]["of"] > 0


def test_programs_without_the_scope_read_nothing(taught: Community, client: TestClient) -> None:
    """Reading topics is not reading what was learned."""
    client.auth = taught.key("topics:read")

    assert client.get("/v1/learning").status_code == 403
