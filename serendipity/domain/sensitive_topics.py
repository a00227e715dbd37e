"""Which topics nobody but their member sees: those flagged as sensitive, and all beneath them."""

from collections.abc import Mapping

from serendipity.domain.model import Topic


def is_covered(topics: Mapping[str, Topic], id: str) -> bool:
    """Tell whether a topic, or one that it is narrower than, is flagged as sensitive."""
    seen: set[str] = set()
    at: str | None = id
    while at is not None and at in topics and at not in seen:
        if topics[at].sensitive:
            return True
        seen.add(at)
        at = topics[at].parent
    return False
