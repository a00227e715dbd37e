"""Sources of candidates: each gives, for a block of members, a sparse score per candidate."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from serendipity.matching.candidates.fusion import SourceScores
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.candidates.sources.interests import Interests
from serendipity.matching.candidates.sources.paths import Paths
from serendipity.matching.candidates.sources.wants import Wants
from serendipity.matching.factors import Factor
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Integers, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot


class Source(Protocol):
    """One way to find candidates, prepared for a snapshot."""

    def asked(self, rows: Integers) -> SourceScores:
        """Return what answers who is best for these rows, and how good given pairs are, among up to all members."""
        ...

    def block(self, rows: Integers) -> Sparse:
        """Return a score in [0, 1] per candidate (rows × members); 0 means: not a candidate. Rows include oneself."""
        ...


SOURCES: Mapping[str, Callable[[Snapshot, MatchSettings], Source]] = MappingProxyType(
    {Factor.INTERESTS: Interests.of, Factor.PATHS: Paths.of, Factor.EVENTS: Events.of, Factor.WANTS: Wants.of}
)
