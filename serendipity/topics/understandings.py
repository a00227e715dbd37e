"""The compact JSON form of an understanding, as kept in its record."""

from collections.abc import Mapping
from typing import Any

from serendipity.domain.model import Mention, Stance, Understanding

_STANCES = {stance.value: stance for stance in Stance}


def understanding_data(understanding: Understanding) -> dict[str, Any]:
    """Return {"language", "extractor", "mentions": [[phrase, topic or null, weight, start, end, stance], …]}.

    >>> understanding_data(Understanding(mentions=(Mention(phrase="big data", start=3, end=11),)))["mentions"]
    [['big data', None, 1.0, 3, 11, 'interest']]
    """
    mentions = [[m.phrase, m.topic, m.weight, m.start, m.end, m.stance.value] for m in understanding.mentions]
    return {"language": understanding.language, "extractor": understanding.extractor, "mentions": mentions}


def understanding_from(data: Mapping[str, Any]) -> Understanding:
    """Return the understanding that `understanding_data` wrote down."""
    mentions = tuple(
        Mention(phrase=phrase, topic=topic, weight=weight, start=start, end=end, stance=_STANCES[stance])
        for phrase, topic, weight, start, end, stance in data["mentions"]
    )
    return Understanding(mentions=mentions, language=data["language"], extractor=data["extractor"])
