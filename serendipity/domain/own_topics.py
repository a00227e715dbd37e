"""What a member decided about their own topics: struck out, pinned, hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from serendipity.domain.model import Record, RecordKind

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnTopics:
    """Topics that a member keeps from fading, keeps to themselves, and struck out (with the text; None: everywhere)."""

    pinned: frozenset[str]
    hidden: frozenset[str]
    struck: frozenset[tuple[str, int | None]]


def own_topics(records: Iterable[Record]) -> OwnTopics:
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


def _those(chosen: dict[Key, bool]) -> frozenset[Key]:
    return frozenset(key for key, holds in chosen.items() if holds)
