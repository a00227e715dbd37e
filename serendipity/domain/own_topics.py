"""Members' decisions about their own topics (strike, pin, hide), and their effect on the edges that are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from serendipity.domain.decay import Weight, value
from serendipity.domain.graph import PIN_SHARE, EdgeKey, EdgeKind, Fact, HalfLives
from serendipity.domain.model import Record, RecordKind

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnTopics:
    """Topics that a member keeps from fading, keeps to themselves, and struck out (with the text; None: everywhere)."""

    pinned: frozenset[str]
    hidden: frozenset[str]
    struck: frozenset[tuple[str, int | None]]


def collect_own_topics(records: Iterable[Record]) -> OwnTopics:
    """Fold a member's decisions, in any order: the latest about a topic holds."""
    pinned: dict[str, bool] = {}
    hidden: dict[str, bool] = {}
    struck: dict[tuple[str, int | None], bool] = {}
    for record in sorted(records, key=lambda each: each.position):
        data = record.data or {}
        match record.kind:
            case RecordKind.TOPIC_PINNED if data:
                pinned[str(data["topic"])] = bool(data.get("pinned", True))
            case RecordKind.TOPIC_HIDDEN if data:
                hidden[str(data["topic"])] = bool(data.get("hidden", True))
            case RecordKind.TOPIC_STRUCK if data:
                struck[str(data["topic"]), data.get("of")] = bool(data.get("struck", True))
    return OwnTopics(pinned=_those(pinned), hidden=_those(hidden), struck=_those(struck))


def read_weights(edges: Mapping[EdgeKey, Weight | Fact], now: datetime, half_lives: HalfLives) -> dict[EdgeKey, float]:
    """Return what a member's edges to topics weigh at `now`; a pinned interest is lifted to its share of the strongest.

    One that nothing speaks for any more weighs 1 where it is the only one.
    """
    weights = {
        key: value(edge, now, half_lives.of(key.kind)) for key, edge in edges.items() if isinstance(edge, Weight)
    }
    interests = [weight for key, weight in weights.items() if key.kind is EdgeKind.INTERESTED_IN]
    floor = PIN_SHARE * strongest if (strongest := max(interests, default=0.0)) > 0 else 1.0
    for key in edges:
        if key.kind is EdgeKind.PINNED:
            interest = key._replace(kind=EdgeKind.INTERESTED_IN)
            weights[interest] = max(weights.get(interest, 0.0), floor)
    return weights


def _those(chosen: dict[Key, bool]) -> frozenset[Key]:
    return frozenset(key for key, holds in chosen.items() if holds)
