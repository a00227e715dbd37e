"""What was learned from outcomes, as a round uses it: each candidate pair's propensity relative to the usual one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from serendipity.matching.edges import Floats, Integers, Sparse, row_sums, scaled_columns
from serendipity.matching.fusion import Candidates
from serendipity.matching.propensity import PAIR_TRAITS, Propensity, standardised
from serendipity.matching.regards import Regards
from serendipity.matching.snapshot import Snapshot

PAIRS_AT_ONCE = 500_000


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """A version in force, and what is known of members and topics at the moment of a round."""

    propensity: Propensity
    regards: Regards = field(default_factory=Regards)
    version: int = 0

    def drawn(self, rng: np.random.Generator, exploration: float) -> "Outlook":
        """Return it with weights drawn from what is possible; once for a whole round."""
        return replace(self, propensity=self.propensity.drawn(rng, exploration))

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "propensity": self.propensity.as_data(),
            "regards": self.regards.as_data(),
            "version": self.version,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Outlook":
        """Read what `as_data` wrote."""
        propensity, regards = Propensity.from_data(data["propensity"]), Regards.from_data(data["regards"])
        return cls(propensity=propensity, regards=regards, version=int(data["version"]))


def relative_propensities(outlook: Outlook, snapshot: Snapshot, profiles: Sparse, found: Candidates) -> Floats:
    """Return what each candidate's score is multiplied by; `profiles` (members × topics) say which topics they share.

    Of a candidate's factors all that are traits of a pair must be there.
    """
    regarded = _Regarded(outlook=outlook, snapshot=snapshot, profiles=profiles)
    starts = range(0, len(found), PAIRS_AT_ONCE)
    parts = [outlook.propensity.relative(regarded.table(found.where(_slice(start, len(found))))) for start in starts]
    return np.concatenate([np.zeros(0), *parts])


def _slice(start: int, end: int) -> Integers:
    return np.arange(start, min(start + PAIRS_AT_ONCE, end), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Regarded:
    """Members' and topics' regards by their numbers in a snapshot."""

    outlook: Outlook
    snapshot: Snapshot
    profiles: Sparse

    def table(self, found: Candidates) -> Floats:
        """Return the traits of pairs (pairs × TRAITS)."""
        regards = self.outlook.regards
        unknown = np.full(len(found), np.nan)
        pairs = np.column_stack([found.factors.get(trait, unknown) for trait in PAIR_TRAITS])
        z = standardised(pairs, np.array(regards.centre), np.array(regards.scale))
        ends = found.rows, found.columns
        liked = sum(np.einsum("pt,pt->p", self._tastes[end], z) for end in ends)
        asked, answers = (sum(known[end] for end in ends) for known in (self._asked, self._answers))
        return np.column_stack([pairs, asked, answers, liked, self._topics(*ends)])

    @cached_property
    def _asked(self) -> Floats:
        return self._by_row(self.outlook.regards.asked)

    @cached_property
    def _answers(self) -> Floats:
        return self._by_row(self.outlook.regards.answers)

    def _by_row(self, known: Mapping[str, float]) -> Floats:
        values, index = np.zeros(len(self.snapshot.members)), self.snapshot.member_index
        for id, value in known.items():
            if id in index:
                values[index[id]] = value
        return values

    @cached_property
    def _tastes(self) -> Floats:
        values, index = np.zeros((len(self.snapshot.members), len(PAIR_TRAITS))), self.snapshot.member_index
        for id, taste in self.outlook.regards.tastes.items():
            if id in index:
                values[index[id]] = taste
        return values

    def _topics(self, rows: Integers, columns: Integers) -> Floats:
        """Return the mean regard of the topics that pairs share, by what each adds to their cosine."""
        shared = self.profiles[rows].multiply(self.profiles[columns]).tocsr()
        total = row_sums(shared)
        regarded = row_sums(scaled_columns(shared, self._regards))
        return np.divide(regarded, total, out=np.zeros(len(rows)), where=total > 0)

    @cached_property
    def _regards(self) -> Floats:
        values, index = np.zeros(len(self.snapshot.topics)), self.snapshot.topic_index
        for id, regard in self.outlook.regards.topics.items():
            if id in index:
                values[index[id]] = regard
        return values
