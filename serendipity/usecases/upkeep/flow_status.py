"""Status of each consumer and tick: the tables of flow.py with their state."""

from dataclasses import dataclass
from datetime import datetime

from serendipity.domain.model import Checkpoint, TickRun
from serendipity.flow import CONSUMERS, TICKS, Consumer, Tick
from serendipity.ports import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsumerStatus:
    """One consumer: its position, how many records wait (up to 100,000), and how many became dead letters."""

    consumer: Consumer
    position: int
    lag: int
    dead_letters: int
    attempts: int
    moved_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TickStatus:
    """One tick and its last noted run, None before the first."""

    tick: Tick
    last: TickRun | None


def read_consumers(uow: UnitOfWork) -> list[ConsumerStatus]:
    """Return the state of every consumer, in the order of flow.py; of several partitions the one furthest behind."""
    checkpoints = uow.consumers.checkpoints()
    dead = uow.dead_letters.counts()
    return [
        _status(uow, consumer, [each for each in checkpoints if each.consumer == consumer.name], dead)
        for consumer in CONSUMERS
    ]


def read_ticks(uow: UnitOfWork) -> list[TickStatus]:
    """Return every tick with its last noted run, in the order of flow.py."""
    noted = {run.tick: run for run in uow.consumers.ticks()}
    return [TickStatus(tick=tick, last=noted.get(tick.name)) for tick in TICKS]


def _status(uow: UnitOfWork, consumer: Consumer, checkpoints: list[Checkpoint], dead: dict[str, int]) -> ConsumerStatus:
    complete = len(checkpoints) == consumer.partitions
    position = min((each.position for each in checkpoints), default=0) if complete else 0
    return ConsumerStatus(
        consumer=consumer,
        position=position,
        lag=uow.records.count_after(position, kinds=consumer.kinds),
        dead_letters=dead.get(consumer.name, 0),
        attempts=max((each.attempts for each in checkpoints), default=0),
        moved_at=max((each.moved_at for each in checkpoints if each.moved_at), default=None),
    )
