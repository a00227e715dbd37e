"""Erasing a member with a long history, until the graph and the ledger have let go; the graph then equals a new one."""

import tempfile
from pathlib import Path

from rich.console import Console

from bench._communities import NOW, check_in, member, settle_community
from bench._rows import Row, Stopwatch, show, timed
from serendipity.bootstrap import build_services
from serendipity.config import Settings
from serendipity.domain.graph import NodeKind
from serendipity.projection import Projector
from serendipity.stores.graph_memory import MemoryGraph
from serendipity.stores.ledger_sql import SqlLedger
from serendipity.upkeep.erasure import finish_erasures
from serendipity.usecases.members.personal_data import erase
from serendipity.usecases.services import Services, new_standing
from serendipity.usecases.upkeep.graph import catch_up
from tests.fakes import FakeClock
from tests.integration.projection.comparing import absolute_contributions, differences

MEMBERS, CHECK_INS, OWN = 500, 10_000, 500
MOST_SECONDS = 2.0


def run(console: Console) -> list[Row]:
    """Erase one of several hundred members, and compare the graph with a rebuilt one."""
    with tempfile.TemporaryDirectory(prefix="serendipity-bench-") as folder:
        services = build_services(Settings(data_dir=Path(folder)), clock=FakeClock(NOW), prepare=False)
        _settle(services)
        watch = _erased(services, member(0))
        rows = [
            Row(
                what=f"a member with {OWN} check-ins, of {CHECK_INS:,}",
                measured=watch.wall,
                unit="s",
                at_most=MOST_SECONDS,
                peer=_rebuilt(services).wall,
                note=f"{watch.cpu:.2f} s CPU; {_compared(services)}",
            )
        ]
        services.graph.close()
        services.ledger.close()
    show(console, "Erasure with projection (peer: rebuilding the graph in memory)", rows)
    return rows


def _settle(services: Services) -> None:
    ledger = services.ledger
    assert isinstance(ledger, SqlLedger)
    topics = settle_community(ledger, members=MEMBERS)
    everybody = [member(number) for number in range(MEMBERS)]
    check_in(ledger, topics, count=CHECK_INS - OWN, members=everybody[1:])
    check_in(ledger, topics, count=OWN, members=everybody[:1], seed=2)
    services.graph.migrate()
    services.reader.extractor()
    catch_up(services)


def _erased(services: Services, who: str) -> Stopwatch:
    with timed() as watch:
        erase(services, who, by="bench")
        catch_up(services)
        finish_erasures(services.ledger, services.graph)
    if services.graph.nodes(NodeKind.MEMBER, [who]):
        raise RuntimeError("the graph still has the erased member")
    return watch


def _rebuilt(services: Services) -> Stopwatch:
    with timed() as watch:
        _anew(services)
    return watch


def _anew(services: Services) -> MemoryGraph:
    graph = MemoryGraph(services.half_lives)
    Projector(services.ledger, graph, services.half_lives, new_standing, batch=5000).catch_up(holder="anew")
    return graph


def _compared(services: Services) -> str:
    """Say that the graph equals one made anew. Raises RuntimeError with what differs."""
    found = differences(services.graph, _anew(services), absolute_contributions(services.ledger))
    if found:
        raise RuntimeError(f"{len(found)} differences from a rebuilt graph, such as {found[0]}")
    return "the graph equals a rebuilt one"
