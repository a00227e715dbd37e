"""The table of what is done with each kind of record."""

import pytest

from serendipity.domain.model import RecordKind
from serendipity.domain.projection_state import STANDING_KINDS
from serendipity.flow import EFFECT_KINDS, READ_KINDS, ROUTES


@pytest.mark.parametrize("kind", RecordKind)
def test_every_kind_of_record_names_its_stage_and_its_graph_effect(kind: RecordKind) -> None:
    """A new kind of record has to say what it does."""
    assert ROUTES[kind].stage
    assert ROUTES[kind].graph


def test_what_is_read_is_what_people_write() -> None:
    """Check-ins, profiles and events hold texts; nothing else does."""
    assert {kind.value for kind in READ_KINDS} == {
        "check_in.recorded",
        "profile.changed",
        "event.published",
        "event.changed",
    }


def test_only_a_rereading_is_both_an_observation_and_a_change_of_standing() -> None:
    """It counts as an understanding, and says that the earlier one does not."""
    assert {RecordKind.REREAD} == EFFECT_KINDS & STANDING_KINDS


def test_a_kind_without_effect_and_standing_says_that_it_moves_nothing() -> None:
    """What the table says in words is what happens."""
    idle = set(ROUTES) - EFFECT_KINDS - STANDING_KINDS
    assert {kind: ROUTES[kind].graph.split()[0] for kind in idle} == {
        RecordKind.CHECK_IN: "none",
        RecordKind.SIGNAL: "none:",
        RecordKind.RANKER_LEARNED: "none:",
        RecordKind.PROPENSITY_LEARNED: "none:",
        RecordKind.JUDGEMENT_LEARNED: "none:",
    }
