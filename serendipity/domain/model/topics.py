"""Topics and what is understood of a text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Stance(StrEnum):
    """Relation of a member to a topic that they mention."""

    INTEREST = "interest"
    SEEK = "seek"
    OFFER = "offer"


class Mention(NamedTuple):
    """A topic, or a phrase that may become one, found in a text; a tuple, because reading a text makes many.

    `phrase` is normalised; `topic` is the id known at the time, None for a proposal. `weight` lies in (0, 1];
    a negation ("no longer doing crypto") is negative. `start` and `end` are offsets into the scrubbed text.
    """

    phrase: str
    topic: str | None = None
    weight: float = 1.0
    start: int = 0
    end: int = 0
    stance: Stance = Stance.INTEREST


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """Result of reading a text, written once: mentions (best first), language and the extractor's version."""

    mentions: tuple[Mention, ...] = ()
    language: str = "en"
    extractor: str = ""


class Topic(NamedTuple):
    """A canonical thing people work on."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    sensitive: bool = False
    labels: tuple[tuple[str, str], ...] = ()  # what it is called in other languages: (locale, label)

    def called(self, locale: str) -> str:
        """Return the label in a language, where there is one.

        >>> Topic("taxes", "Taxes", labels=(("nl", "belastingen"),)).called("nl")
        'belastingen'
        """
        return dict(self.labels).get(locale, self.label)
