"""The manager's queue and the policies that may go past it."""

from dataclasses import replace

import pytest

from serendipity.domain.errors import Conflict
from serendipity.domain.model import IntroductionState
from serendipity.introductions import queue
from serendipity.introductions.settings import IntroductionSettings, Review
from tests.unit.introductions.community import MATCH, Community


def test_every_match_waits_for_a_manager_by_default(community: Community) -> None:
    """Nobody is asked before somebody approved."""
    introduction = community.propose()
    community.later(hours=1)

    assert community.introduction(introduction.id).state is IntroductionState.PROPOSED
    assert community.channel.delivered == []


def test_the_same_proposal_twice_is_one_introduction(community: Community) -> None:
    """The id comes from the run and the pair, in either direction."""
    first = community.propose()
    again = community.propose(replace(MATCH, member="bram", other="anna"))

    assert again == first


def test_a_pair_on_its_way_is_not_proposed_again_by_another_run(community: Community) -> None:
    """The introduction that stands is returned."""
    first = community.propose()

    assert community.propose(run="r-2").id == first.id


def test_a_match_above_the_score_goes_out_by_itself(community: Community) -> None:
    """The policy decides, and says so."""
    community.settings = IntroductionSettings(review=Review.ABOVE, review_above=0.6)
    introduction = community.propose()
    community.tick()

    assert introduction.by == "policy"
    assert community.inbox("anna") == ["ask"]


def test_a_sample_is_reviewed_about_as_often_as_asked() -> None:
    """A quarter of many ids is drawn, the same ones every time."""
    policy = IntroductionSettings(review=Review.SAMPLE, review_sample=0.25)
    ids = [queue.introduction_id("r", "m-1", f"m-{n}") for n in range(1000)]
    drawn = [id for id in ids if queue.needs_review(id, 0.5, policy)]

    assert 200 < len(drawn) < 300
    assert drawn == [id for id in ids if queue.needs_review(id, 0.5, policy)]


def test_an_unreviewed_proposal_expires_without_a_word(community: Community) -> None:
    """Its time to be reviewed passed."""
    introduction = community.propose()
    community.later(days=8)

    expired = community.introduction(introduction.id)
    assert (expired.state, expired.reason) == (IntroductionState.EXPIRED, "not reviewed in time")
    assert community.channel.delivered == []


def test_a_proposal_is_decided_on_once(community: Community) -> None:
    """A second manager is told that it was decided meanwhile."""
    introduction = community.propose()
    community.approve(introduction.id)

    with pytest.raises(Conflict), community.ledger.write() as uow:
        queue.decline(uow, introduction.id, by="manager:n", reason="odd", now=community.clock.now())


def test_a_manager_who_looked_at_an_older_version_is_told(community: Community) -> None:
    """Somebody else edited the text between looking and approving."""
    looked_at = community.propose()
    now = community.clock.now()
    with community.ledger.write() as uow:
        queue.edit(uow, looked_at.id, by="manager:m", texts={"en": "You two should talk."}, now=now)

    with pytest.raises(Conflict), community.ledger.write() as uow:
        queue.approve(uow, looked_at.id, by="manager:n", now=now, version=looked_at.version)


def test_a_declined_proposal_reaches_nobody(community: Community) -> None:
    """It leaves the queue with the manager's reason, which the audit knows of."""
    introduction = community.propose()
    with community.ledger.write() as uow:
        queue.decline(uow, introduction.id, by="manager:m", reason="colleagues", now=community.clock.now())
    community.later(days=10)

    with community.ledger.read() as uow:
        audit_entries = [
            entry.what for entry in uow.operations.audit_entries(subject=f"introduction:{introduction.id}")
        ]
    assert community.introduction(introduction.id).reason == "colleagues"
    assert community.channel.delivered == []
    assert audit_entries == ["introduction.declined", "introduction.proposed"]


def test_an_edited_text_is_what_both_read(community: Community) -> None:
    """In the question, and in the mail to both."""
    community.approve(community.propose().id, en="You both run a newsroom.")
    community.deliver()

    assert "You both run a newsroom." in community.messages("anna")[0].text
    assert "big data" not in community.messages("anna")[0].text


def test_an_edited_text_does_not_give_away_a_name_that_is_not_shared(community: Community) -> None:
    """Bram shares no name before a yes, so Anna reads the generated words."""
    community.change("bram", shares=frozenset({"organisation"}))
    community.approve(community.propose().id, en="Bram runs a newsroom, as you do.")
    community.deliver()

    (ask,) = community.messages("anna")
    everything = ask.subject + ask.text + ask.html
    assert "You and this member both work on big data." in ask.text
    assert "Bram runs" not in everything


def test_an_edit_that_is_empty_brings_the_generated_text_back(community: Community) -> None:
    """Clearing the field undoes the edit."""
    introduction = community.propose()
    now = community.clock.now()
    with community.ledger.write() as uow:
        queue.edit(uow, introduction.id, by="manager:m", texts={"en": "Hm."}, now=now)
        edited = queue.edit(uow, introduction.id, by="manager:m", texts={"en": " "}, now=now)

    assert edited.texts == {}
