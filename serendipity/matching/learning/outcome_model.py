"""The outcome model as a round uses it: each candidate pair's propensity relative to the usual one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.kernels.identity_cache import IdentityCache
from serendipity.matching.kernels.pairs import two_products
from serendipity.matching.kernels.scratch_buffers import zeroed_buffer
from serendipity.matching.kernels.threads import parts_of
from serendipity.matching.learning.member_effects import MemberEffects, pair_effects
from serendipity.matching.learning.propensity import PAIR_TRAITS, Propensity, standardise
from serendipity.matching.learning.training_examples import TrainingExample
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse, exact, scale_columns
from serendipity.matching.snapshot.snapshot import Snapshot

PAIRS_AT_ONCE = 20_000  # whose traits stay in the processor's cache


class ScoreMultiplier(Protocol):
    """A model of how much better or worse than usual candidates' introductions come out."""

    def relative(self, snapshot: Snapshot, profiles: Sparse, found: Candidates) -> Floats:
        """Return what each candidate's score is multiplied by; `profiles` (members × topics) say what they share."""
        ...


@dataclass(frozen=True, kw_only=True)
class OutcomeModel:
    """A version in force, and what is known of members and topics at the moment of a round."""

    propensity: Propensity
    regards: MemberEffects = field(default_factory=MemberEffects)
    version: int = 0

    def drawn(self, rng: np.random.Generator, exploration: float) -> "OutcomeModel":
        """Return it with weights drawn from what is possible; once for a whole round."""
        return replace(self, propensity=self.propensity.drawn(rng, exploration))

    def relative(self, snapshot: Snapshot, profiles: Sparse, found: Candidates) -> Floats:
        """Return what each candidate's score is multiplied by, from all that is a trait among their factors."""
        regarded = self._regarded.of(snapshot)
        places = [np.arange(part.start, part.stop) for part in parts_of(len(found), PAIRS_AT_ONCE)]
        parts = [self.propensity.relative(*regarded.tables(profiles, found.where(some))) for some in places]
        return np.concatenate([np.zeros(0), *parts])

    @cached_property
    def _regarded(self) -> IdentityCache[Snapshot, "_PairContext"]:
        """Return the numbering of what a round asks about in many parts."""
        return IdentityCache(lambda snapshot: _PairContext(regards=self.regards, snapshot=snapshot), kept=1)

    def relative_of(self, lessons: Sequence[TrainingExample]) -> Floats:
        """Return the same for pairs that were proposed already, as they would be weighed now."""
        pairs = pair_effects([lesson.factors for lesson in lessons])
        z = standardise(pairs, np.array(self.regards.centre), np.array(self.regards.scale))
        one, other = (
            np.array([self.regards.of_side(lesson, n, of) for lesson, of in zip(lessons, z, strict=True)])
            for n in (0, 1)
        )
        return self.propensity.relative(np.column_stack([pairs, one]), np.column_stack([pairs, other]))

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "propensity": self.propensity.as_data(),
            "regards": self.regards.as_data(),
            "version": self.version,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "OutcomeModel":
        """Read what `as_data` wrote."""
        propensity, regards = Propensity.from_data(data["propensity"]), MemberEffects.from_data(data["regards"])
        return cls(propensity=propensity, regards=regards, version=int(data["version"]))


@dataclass(frozen=True, kw_only=True, eq=False)
class _PairContext:
    """Members' and topics' regards, by their numbers in a snapshot."""

    regards: MemberEffects
    snapshot: Snapshot

    def tables(self, profiles: Sparse, found: Candidates) -> tuple[Floats, Floats]:
        """Return the traits of both sides of pairs (pairs × TRAITS each)."""
        unknown = np.full(len(found), np.nan)
        pairs = np.column_stack([found.factors.get(trait, unknown) for trait in PAIR_TRAITS])
        z = standardise(pairs, np.array(self.regards.centre), np.array(self.regards.scale))
        topics = self._topics(profiles, found.rows, found.columns)
        one, other = (
            np.column_stack([pairs, self._asked[end], self._answers[end], self._liked(end, z), topics])
            for end in (found.rows, found.columns)
        )
        return one, other

    @cached_property
    def _asked(self) -> Floats:
        return self._by_row(self.regards.asked)

    @cached_property
    def _answers(self) -> Floats:
        return self._by_row(self.regards.answers)

    def _by_row(self, known: Mapping[str, float]) -> Floats:
        values = np.zeros(len(self.snapshot.members))
        rows = self.snapshot.member_index.of(known)
        values[rows[rows >= 0]] = np.fromiter(known.values(), dtype=np.float64, count=len(known))[rows >= 0]
        return values

    def _liked(self, rows: Integers, z: Floats) -> Floats:
        """Return how much pairs with these traits are to the taste of members."""
        if not self.regards.tastes:
            return np.zeros(len(rows))
        places, tastes = self._tastes
        return np.asarray(np.einsum("pt,pt->p", tastes[places[rows]], z), dtype=np.float64)

    @cached_property
    def _tastes(self) -> tuple[Integers, Floats]:
        """Return where each member's taste is, and all tastes; the last is that of members without one."""
        tastes = np.vstack([np.array(list(self.regards.tastes.values())), np.zeros(len(PAIR_TRAITS))])
        places = np.full(len(self.snapshot.members), len(tastes) - 1, dtype=np.int64)
        rows = self.snapshot.member_index.of(self.regards.tastes)
        places[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
        return places, tastes

    def _topics(self, profiles: Sparse, rows: Integers, columns: Integers) -> Floats:
        """Return the mean regard of the topics that pairs share, by what each adds to their cosine."""
        if not self.regards.topics:
            return np.zeros(len(rows))
        plain, regarded = exact(profiles), exact(self._regarded.of(profiles))
        with zeroed_buffer(profiles.shape[1]) as spread, zeroed_buffer(profiles.shape[1]) as wide:
            total, weighed = two_products(plain, rows, regarded, rows, plain, columns, spread, wide)
        return np.asarray(np.divide(weighed, total, out=np.zeros(len(rows)), where=total > 0), dtype=np.float64)

    @cached_property
    def _regarded(self) -> IdentityCache[Sparse, Sparse]:
        return IdentityCache(lambda profiles: scale_columns(profiles, self._regards), kept=1)

    @cached_property
    def _regards(self) -> Floats:
        values, index = np.zeros(len(self.snapshot.topics)), self.snapshot.topic_index
        for id, regard in self.regards.topics.items():
            if id in index:
                values[index[id]] = regard
        return values
