"""The stream of signals."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from serendipity.domain.model import AppendedSignal, NewSignal, Signal


class Signals(Protocol):
    """The stream of signals, with positions and retention of its own."""

    def append(self, new: Sequence[NewSignal]) -> list[AppendedSignal]:
        """Append in order and answer in order; a known id answers as the first time.

        Raises DifferentBody when a known id comes with another body, also long after the signal itself expired; then
        nothing of the call is appended.
        """
        ...

    def after(self, position: int, *, limit: int, names: Collection[str] | None = None) -> list[Signal]:
        """Return signals with a greater position, in order, of these names; never misses a late committer."""
        ...

    def recent(
        self,
        *,
        member: str | None = None,
        name: str | None = None,
        subject: str | None = None,
        without_source: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[Signal]:
        """Return the latest signals by position, newest first; names compare without case."""
        ...

    def find(self, source: str, id: str) -> Signal | None:
        """Return the signal of an outside id; None where there is none, or it expired."""
        ...

    def head(self) -> int:
        """Return the last position, 0 for an empty stream."""
        ...

    def erase(self, member: str) -> int:
        """Null data and subject of a member's signals; name, time and opaque ids stay. Returns how many."""
        ...

    def expire(self, before: datetime) -> int:
        """Delete signals that happened before a time, but the last one; their ids stay known. Returns how many."""
        ...
