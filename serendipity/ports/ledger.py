"""The ledger: units of work."""

from contextlib import AbstractContextManager
from typing import Protocol

from serendipity.ports.consumers import Consumers, DeadLetters
from serendipity.ports.history import Members, Places, Records
from serendipity.ports.running import Access, Operations
from serendipity.ports.signals import Signals
from serendipity.ports.workflow import Introductions, Outbox


class UnitOfWork(Protocol):
    """One transaction on the ledger, with its small repositories."""

    @property
    def records(self) -> Records: ...  # noqa: D102
    @property
    def members(self) -> Members: ...  # noqa: D102
    @property
    def places(self) -> Places: ...  # noqa: D102
    @property
    def introductions(self) -> Introductions: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def access(self) -> Access: ...  # noqa: D102
    @property
    def operations(self) -> Operations: ...  # noqa: D102
    @property
    def signals(self) -> Signals: ...  # noqa: D102
    @property
    def consumers(self) -> Consumers: ...  # noqa: D102
    @property
    def dead_letters(self) -> DeadLetters: ...  # noqa: D102


class Ledger(Protocol):
    """The durable truth: opens units of work."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a write transaction; commits durably at the end of the block, rolls back on an error.

        Positions are assigned under one lock held until commit, so that a reader never misses a late committer.
        """
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a read-only transaction: one consistent view, never blocked by a writer."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this version (Alembic)."""
        ...

    def check(self) -> str:
        """Return the database and its schema revision in one line. Raises LedgerUnavailable."""
        ...

    def settle(self) -> bool:
        """Bring what was overwritten out of the database's files; False where a reader is in the way just now."""
        ...

    def damage(self) -> list[str]:
        """Read everything and return what is damaged, in the database's words, a few of them; takes its time."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
