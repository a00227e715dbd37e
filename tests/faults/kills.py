"""Kills a process many times, and looks at what is left."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from serendipity.domain.model import MessageState, RecordKind
from serendipity.projection import Projector
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.usecases.services import new_standing
from serendipity.usecases.upkeep.graph import catch_up
from serendipity.usecases.upkeep.worker_turns import deliver
from tests.faults.life import SENT, open_services
from tests.integration.projection.comparing import absolute_contributions, differences

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What the last, undisturbed life finds and what had been promised before."""

    acknowledged: list[str]
    check_ins: set[str]
    understood: int
    graph_differs: list[str]
    times_sent: Counter[str]
    possibly_twice: Counter[str]
    unsent: int


def lives_and_deaths(folder: Path, *, lives: int, seed: int) -> list[str]:
    """Run the lives in a process of their own; return what they acknowledged."""
    command = [sys.executable, "-m", "tests.faults.life", str(folder), str(lives), str(seed)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    acknowledged: list[str] = json.loads(run.stdout)
    return acknowledged


def aftermath(folder: Path, *, lives: int, seed: int) -> Aftermath:
    """Let it live and die, then finish the work in peace and look."""
    acknowledged = lives_and_deaths(folder, lives=lives, seed=seed)
    services = open_services(folder, life=lives + 1)
    catch_up(services)
    while deliver(services).sent:
        pass
    rebuilt = MemoryGraph(services.half_lives)
    projector = Projector(services.ledger, rebuilt, services.half_lives, new_standing)
    while projector.step():
        pass
    with services.ledger.read() as uow:
        records = uow.records.after(0, limit=1_000_000, kinds={RecordKind.CHECK_IN})
        understood = uow.records.count(kinds={RecordKind.UNDERSTOOD})
        audit_entries = [
            entry
            for entry in uow.operations.audit_entries(limit=100_000)
            if entry.what == "message.possibly_sent_twice"
        ]
        unsent = [one for one in uow.outbox.search(limit=100_000) if one.state is not MessageState.SENT]
    found = Aftermath(
        acknowledged=acknowledged,
        check_ins={record.id for record in records},
        understood=understood,
        graph_differs=differences(services.graph, rebuilt, absolute_contributions(services.ledger)),
        times_sent=Counter((folder / SENT).read_text().split()),
        possibly_twice=Counter(str(entry.subject).removeprefix("message:") for entry in audit_entries),
        unsent=len(unsent),
    )
    services.graph.close()
    services.ledger.close()
    return found


def assert_nothing_lost_and_nothing_doubled(found: Aftermath) -> None:
    """No acknowledged check-in is lost, the graph equals a rebuilt one, and a second mail was counted first."""
    assert found.acknowledged
    assert set(found.acknowledged) - found.check_ins == set()
    assert found.understood == len(found.check_ins)
    assert found.graph_differs == []
    assert found.unsent == 0
    twice = {id: times for id, times in found.times_sent.items() if times > 1 + found.possibly_twice[id]}
    assert twice == {}
