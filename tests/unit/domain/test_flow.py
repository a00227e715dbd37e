"""The three tables of what moves in the product."""

import inspect

import pytest

from serendipity.domain.model import RecordKind
from serendipity.domain.projection_state import STANDING_KINDS
from serendipity.flow import CONSUMERS, EFFECT_KINDS, READ_KINDS, RECORDS, TICKS, Tick
from serendipity.workers.ticks import POOLS, resolve


@pytest.mark.parametrize("kind", RecordKind)
def test_every_kind_of_record_names_what_writes_it_and_its_graph_effect(kind: RecordKind) -> None:
    """A new kind of record has to say what it does."""
    assert RECORDS[kind].written_by
    assert RECORDS[kind].graph


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
    idle = set(RECORDS) - EFFECT_KINDS - STANDING_KINDS
    assert {kind: RECORDS[kind].graph.split()[0] for kind in idle} == {
        RecordKind.CHECK_IN: "none",
        RecordKind.SIGNAL: "none:",
        RecordKind.RANKER_LEARNED: "none:",
        RecordKind.PROPENSITY_LEARNED: "none:",
        RecordKind.JUDGEMENT_LEARNED: "none:",
    }


@pytest.mark.parametrize("path", [each.turn for each in (*CONSUMERS, *TICKS)])
def test_every_turn_that_the_tables_name_exists_and_takes_the_services(path: str) -> None:
    """A table of strings would else rot."""
    parameters = list(inspect.signature(resolve(path)).parameters.values())
    assert parameters[0].name == "services"
    assert all(each.default is not each.empty for each in parameters[1:])


def test_names_are_given_once() -> None:
    """Positions, leases and notes are kept under them."""
    for names in ([each.name for each in CONSUMERS], [each.name for each in TICKS]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("tick", TICKS, ids=lambda tick: str(tick.name))
def test_a_tick_has_one_rhythm_and_known_threads(tick: Tick) -> None:
    """Learners share no thread with what has to be quick, and one worker at a time learns."""
    assert tick.every is None or tick.sunday_at is None
    assert tick.pool in POOLS
    assert (tick.pool == "learning") == tick.lease_holder


def test_every_kind_that_moves_the_graph_is_followed_by_its_consumer() -> None:
    """And no other: the projector need not read check-ins, their understandings count."""
    graph = next(each for each in CONSUMERS if each.name == "graph")
    assert graph.kinds == EFFECT_KINDS | STANDING_KINDS
    assert RecordKind.CHECK_IN not in (graph.kinds or ())
