"""A run again from its record: the same graph, company, settings and seed must give the same proposals."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from serendipity.domain.errors import NotFound
from serendipity.domain.graph import HalfLives
from serendipity.domain.model import Match, Run, RunPart
from serendipity.matching.settings import MatchSettings
from serendipity.usecases.runs.eligibility import Eligibility
from serendipity.usecases.runs.execution import decide_round
from serendipity.usecases.runs.queue_proposals import matches_of
from serendipity.usecases.services import Services
from serendipity.usecases.upkeep.graph import snapshot_at

TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The introductions that a run chose, and those it would choose again; each as its members' ids, sorted."""

    run: Run
    chosen: int
    only_then: tuple[tuple[str, ...], ...]
    only_again: tuple[tuple[str, ...], ...]
    scores_moved: int

    @property
    def same(self) -> bool:
        """Tell whether it is the same round, scores included."""
        return not (self.only_then or self.only_again or self.scores_moved)


def replay(services: Services, id: str, *, progress: Callable[[int, int], None] | None = None) -> Replay:
    """Run again what a run did, from its record alone, and compare; nothing is proposed.

    The graph is folded from the records up to the run's position. What was erased since is missing from it. Raises
    NotFound for a run of which nothing was written down.
    """
    with services.ledger.read() as uow:
        run, data = uow.operations.run(id), uow.operations.part(id, RunPart.START)
    if data is None:
        raise NotFound(f"Run {id!r} decided nothing that could be repeated.")
    lives = HalfLives(**run.settings["half_lives"])
    snapshot = snapshot_at(services, run.position, half_lives=lives, landmark=run.as_of)
    again = decide_round(services, snapshot, Eligibility.from_data(data), run, settings_of(run), progress)
    return _compare(run, matches_of(services, id), again.chosen)


def settings_of(run: Run) -> MatchSettings:
    """Return the settings that a run was made with."""
    names = {each.name for each in fields(MatchSettings)}
    given: dict[str, Any] = {name: value for name, value in run.settings.items() if name in names}
    return MatchSettings(**(given | {"weights": MappingProxyType(dict(given["weights"]))}))


def _compare(run: Run, then: list[Match], again: Any) -> Replay:
    before = {tuple(sorted(match.members)): match.score for match in then}
    after = {tuple(sorted(match.members)): match.score for match in again}
    moved = [pair for pair in before.keys() & after.keys() if abs(before[pair] - after[pair]) > TOLERANCE]
    return Replay(
        run=run,
        chosen=len(before),
        only_then=tuple(sorted(before.keys() - after.keys())),
        only_again=tuple(sorted(after.keys() - before.keys())),
        scores_moved=len(moved),
    )
