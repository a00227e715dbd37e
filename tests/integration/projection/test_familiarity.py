"""Having been at an event together: some familiarity after a small one, hardly any after a large one."""

from datetime import UTC, datetime

import numpy as np
import pytest

from serendipity.domain.graph import EdgeKind
from serendipity.domain.model import Purpose
from serendipity.intake.events import attend, publish
from serendipity.intake.inputs import AttendanceInput, EventInput, MemberInput
from serendipity.intake.members import join_all
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.scoring.unexpectedness import Familiarity
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.ports import GraphStore, Ledger
from serendipity.projection import Projector
from serendipity.usecases.services import new_standing
from tests.integration.projection.comparing import HALF_LIVES

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
THEN = datetime(2026, 2, 20, 18, tzinfo=UTC)
CROWD = [f"m{number:03}" for number in range(500)]


def hold_a_dinner_and_a_conference(ledger: Ledger) -> None:
    """The first two dine; all five hundred are at the conference."""
    joining = [MemberInput(id=id, name=id, purposes=frozenset({Purpose.MATCHING})) for id in CROWD]
    events = [EventInput(id=id, title=id, starts_at=THEN) for id in ("dinner", "conference")]
    attended = [AttendanceInput(member=id, event="dinner") for id in CROWD[:2]]
    attended += [AttendanceInput(member=id, event="conference") for id in CROWD]
    with ledger.write() as uow:
        join_all(uow, joining, source="test", now=NOW, scrub=str)
        publish(uow, events, now=NOW, scrub=str)
        attend(uow, attended, source="test", now=NOW)


@pytest.fixture
def snapshot(ledger: Ledger, graph: GraphStore) -> Snapshot:
    """The snapshot of a dinner for two and a conference of five hundred, by way of every graph store."""
    hold_a_dinner_and_a_conference(ledger)
    projector = Projector(ledger, graph, HALF_LIVES, new_standing, batch=2000)
    while projector.step():
        pass
    assert graph.counts()[EdgeKind.KNOWS] == 0
    return Snapshot.build(graph.changes_since(0), HALF_LIVES, NOW)


def test_a_small_event_makes_some_familiarity_and_a_large_one_hardly_any(snapshot: Snapshot) -> None:
    """Two who dined are somewhat familiar, two of five hundred are strangers, and nobody is tied."""
    rows = np.array([snapshot.members.index(id) for id in ("m000", "m000")])
    columns = np.array([snapshot.members.index(id) for id in ("m001", "m002")])
    dined, listened = Familiarity.of(snapshot).of_pairs(rows, columns, np.zeros(2), MatchSettings())
    assert dined > 0.3
    assert 0 < listened < 0.01


def test_a_shared_event_is_evidence_for_a_candidate(snapshot: Snapshot) -> None:
    """Either event brings its guests forward, the small one more."""
    first, second, third = (snapshot.members.index(id) for id in ("m000", "m001", "m002"))
    scores = Events.of(snapshot, MatchSettings()).block(np.array([first])).toarray()[0]
    assert scores[second] > scores[third] > 0
