"""Time, topics, wording and delivery."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from serendipity.domain.model import (
    Member,
    Message,
    Stance,
    Understanding,
)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current time, UTC and aware."""
        ...


class TopicExtractor(Protocol):
    """Makes an understanding of a text; safe to call from several threads (it takes turns)."""

    @property
    def version(self) -> str:
        """Name the pipeline and the vocabulary it stands on."""
        ...

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Read one text; `stance` is that of what names no other."""
        ...


class Composer(Protocol):
    """Words messages: one template per kind, in the language of who reads it."""

    def gettext(self, locale: str) -> Callable[[str], str]:
        """Return what translates a text of the catalogue into a language."""
        ...

    def compose(self, kind: str, member: Member, context: Mapping[str, Any], *, id: str) -> Message:
        """Return the rendered message of a kind to a member, not yet queued.

        `context` is plain (strings, numbers, lists, dicts). Raises TemplateBroken.
        """
        ...


class Channel(Protocol):
    """Carries messages out."""

    def send(self, message: Message, to: Member, reply_to: Sequence[Member]) -> None:
        """Deliver one message.

        Raises DeliveryFailed (try again later) or DeliveryRefused (never again).
        """
        ...
