"""The moments that histories are split at."""

from dataclasses import dataclass
from datetime import UTC, datetime

from serendipity.usecases.learning.tie_model import Span


@dataclass(frozen=True, kw_only=True)
class Where:
    """A pack, and the year at whose start it is split; outcomes are those of two years."""

    pack: str
    year: int
    span: Span

    @property
    def name(self) -> str:
        """Return a short name, such as uboot:2018."""
        return f"{self.pack}:{self.year}"

    @property
    def at(self) -> datetime:
        """Return the moment."""
        return datetime(self.year, 1, 1, tzinfo=UTC)


PAPERS, COMMITS = Span(active_days=1095), Span(active_days=730, tie_days=730)
SPLITS = (
    *(Where(pack="uboot", year=year, span=COMMITS) for year in range(2012, 2021, 2)),
    *(Where(pack="acl", year=year, span=PAPERS) for year in range(2014, 2019, 2)),
)
