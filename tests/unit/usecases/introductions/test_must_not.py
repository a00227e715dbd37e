"""Rules on who must not be introduced: they end introductions on their way."""

import pytest

from serendipity.domain.errors import NotFound
from serendipity.domain.model import Introduction, IntroductionState, Match, MustNot
from serendipity.intake import members
from serendipity.intake.inputs import MemberInput, MustNotInput
from serendipity.introductions import queue
from serendipity.usecases.introductions.must_not import drop_rule, end_forbidden_introductions, state_rule
from serendipity.usecases.services import Services

MILA = "manager:mila"
ANNA_AND_BRAM = MustNotInput(one=("anna",), other=("bram",))


@pytest.fixture
def proposed(services: Services) -> Introduction:
    """A proposal for Anna and Bram."""
    now = services.clock.now()
    match = Match(member="anna", other="bram", score=0.5, relevance=0.5, unexpectedness=0.5, reasons=())
    with services.ledger.write() as uow:
        for id in ("anna", "bram"):
            members.join(uow, MemberInput(id=id, name=id), source="test", now=now, scrub=services.scrub)
        return queue.propose(uow, match, run="r-1", now=now, policy=services.introductions)


def read(services: Services, id: str) -> Introduction:
    with services.ledger.read() as uow:
        return uow.introductions.get(id)


def test_a_stated_rule_ends_what_it_forbids(services: Services, proposed: Introduction) -> None:
    """Stated again, it is the same rule and ends nothing more."""
    stated = state_rule(services, ANNA_AND_BRAM, by=MILA)
    again = state_rule(services, ANNA_AND_BRAM, by=MILA)

    ended = read(services, proposed.id)
    assert (stated.fresh, stated.ended) == (True, 1)
    assert (again.fresh, again.ended, again.rule.id) == (False, 0, stated.rule.id)
    assert (ended.state, ended.by, ended.reason) == (IntroductionState.CANCELLED, MILA, "rule")


def test_rules_that_were_imported_end_what_they_forbid(services: Services, proposed: Introduction) -> None:
    """The import itself stores the rules alone."""
    rule = MustNot(id="rule-1", one=("anna",), other=("bram",), why="", by=MILA, at=services.clock.now())
    with services.ledger.write() as uow:
        uow.members.put_must_not(rule)

    assert end_forbidden_introductions(services, by=MILA) == 1
    assert read(services, proposed.id).state is IntroductionState.CANCELLED


def test_a_dropped_rule_holds_no_more(services: Services, proposed: Introduction) -> None:
    """What it ended stays ended; an unknown rule is not found."""
    rule = state_rule(services, ANNA_AND_BRAM, by=MILA).rule
    drop_rule(services.ledger, rule.id, by=MILA, now=services.clock.now())

    with pytest.raises(NotFound):
        drop_rule(services.ledger, rule.id, by=MILA, now=services.clock.now())
    with services.ledger.read() as uow:
        assert uow.members.must_nots() == []
        entries = uow.operations.audit_entries(subject=f"rule:{rule.id}")
    assert [(entry.who, entry.what) for entry in entries] == [(MILA, "rule.dropped"), (MILA, "rule.stated")]
    assert read(services, proposed.id).state is IntroductionState.CANCELLED
