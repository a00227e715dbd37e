"""Checkpoints of consumers, dead letters, and the last runs of ticks."""

import builtins
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam, delete, func, select, update

from serendipity.domain.errors import NotFound, OffsetMoved
from serendipity.domain.model import Checkpoint, DeadLetter, TickRun
from serendipity.stores.ledger_sql.compiled_statements import CompiledStatements
from serendipity.stores.ledger_sql.stream_tables import consumers, dead_letters, ticks
from serendipity.stores.ledger_sql.transaction import Transaction, row_of

_POSITION = CompiledStatements(
    statement=select(consumers.c.position).where(
        consumers.c.consumer == bindparam("consumer"), consumers.c.partition == 0
    )
)


class SqlConsumers:
    """Checkpoints of consumers, and the last runs of ticks."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def checkpoint(self, consumer: str, *, partition: int = 0) -> Checkpoint:
        """Return how far a partition is."""
        row = self._transaction.run(select(consumers).where(_is(consumer, partition))).first()
        return Checkpoint(consumer=consumer, partition=partition) if row is None else Checkpoint(**row._mapping)

    def checkpoints(self) -> list[Checkpoint]:
        """Return all, by consumer and partition."""
        statement = select(consumers).order_by(consumers.c.consumer, consumers.c.partition)
        return [Checkpoint(**row._mapping) for row in self._transaction.run(statement)]

    def advance(self, consumer: str, *, since: int, to: int, at: datetime, partition: int = 0) -> None:
        """Move from one position to another, and forget failures. Raises OffsetMoved when another was first."""
        self._store(
            Checkpoint(consumer=consumer, partition=partition, position=to, attempts=0, moved_at=at), since=since
        )

    def note_failure(self, checkpoint: Checkpoint) -> None:
        """Store attempts and pause. Raises OffsetMoved when another was first."""
        self._store(checkpoint, since=checkpoint.position)

    def position(self, consumer: str) -> int:
        """Return the position of partition 0."""
        rows = self._transaction.ask(_POSITION, {"consumer": consumer})
        return int(rows[0][0]) if rows else 0

    def set_position(self, consumer: str, position: int) -> None:
        """Store the position of a consumer that keeps its checkpoint elsewhere, or of one that starts again."""
        self._transaction.put(
            consumers, row_of(Checkpoint(consumer=consumer, position=position, moved_at=self._transaction.now()))
        )

    def ticks(self) -> list[TickRun]:
        """Return the last noted run of each tick, by name."""
        return [TickRun(**row._mapping) for row in self._transaction.run(select(ticks).order_by(ticks.c.tick))]

    def note_tick(self, run: TickRun) -> None:
        """Insert or replace."""
        self._transaction.put(ticks, row_of(run))

    def _store(self, checkpoint: Checkpoint, *, since: int) -> None:
        """Compare the position and set the row; the first writer makes it."""
        here = _is(checkpoint.consumer, checkpoint.partition)
        if since == 0:
            self._transaction.add(
                consumers, row_of(Checkpoint(consumer=checkpoint.consumer, partition=checkpoint.partition))
            )
        statement = update(consumers).where(here, consumers.c.position == since).values(row_of(checkpoint))
        if self._transaction.run(statement).rowcount == 0:
            raise OffsetMoved


class SqlDeadLetters:
    """Work that failed for good."""

    def __init__(self, transaction: Transaction) -> None:
        """Work in this transaction."""
        self._transaction = transaction

    def add(self, letter: DeadLetter) -> None:
        """Insert or replace."""
        self._transaction.put(dead_letters, row_of(letter))

    def list(self, *, limit: int = 100) -> list[DeadLetter]:
        """Return dead letters, newest first."""
        statement = select(dead_letters).order_by(dead_letters.c.at.desc(), dead_letters.c.id).limit(limit)
        return [DeadLetter(**row._mapping) for row in self._transaction.run(statement)]

    def get(self, id: str) -> DeadLetter:
        """Return one. Raises NotFound."""
        row = self._transaction.run(select(dead_letters).where(dead_letters.c.id == id)).first()
        if row is None:
            raise NotFound(f"There is no dead letter {id!r}.", id=id)
        return DeadLetter(**row._mapping)

    def counts(self, *, consumers: Collection[str] | None = None) -> dict[str, int]:
        """Return how many there are by consumer."""
        statement = select(dead_letters.c.consumer, func.count()).group_by(dead_letters.c.consumer)
        if consumers is not None:
            statement = statement.where(dead_letters.c.consumer.in_(builtins.list(consumers)))
        return {consumer: int(count) for consumer, count in self._transaction.run(statement)}

    def remove(self, id: str) -> None:
        """Delete one that was retried or dismissed. Raises NotFound."""
        if self._transaction.run(delete(dead_letters).where(dead_letters.c.id == id)).rowcount == 0:
            raise NotFound(f"There is no dead letter {id!r}.", id=id)


def _is(consumer: str, partition: int) -> sa.ColumnElement[bool]:
    return (consumers.c.consumer == consumer) & (consumers.c.partition == partition)
