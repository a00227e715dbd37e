"""Stand-ins written by hand: a clock that one sets, and a channel that keeps what it is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from serendipity.domain.errors import SerendipityError
from serendipity.domain.model import Member, Message

MONDAY_MORNING = datetime(2026, 1, 5, 10, tzinfo=UTC)


@dataclass
class FakeClock:
    """Tells the time that it was set to."""

    time: datetime = MONDAY_MORNING

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time

    def forward(self, **by: float) -> datetime:
        """Move on, as in `forward(days=1)`, and return the new time."""
        self.time += timedelta(**by)
        return self.time


@dataclass(frozen=True)
class Delivered:
    """What a channel was given."""

    message: Message
    to: Member
    reply_to: tuple[Member, ...]


@dataclass
class FakeChannel:
    """Keeps what it delivers; raises the `faults` first, one a call."""

    faults: list[SerendipityError] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)

    def send(self, message: Message, to: Member, reply_to: Sequence[Member]) -> None:
        """Keep the message, or raise the next fault."""
        if self.faults:
            raise self.faults.pop(0)
        self.delivered.append(Delivered(message, to, tuple(reply_to)))

    def to(self, member: str) -> list[Message]:
        """Return what a member got, in order."""
        return [each.message for each in self.delivered if each.to.id == member]
