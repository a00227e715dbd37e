"""Community settings of matching; one set of defaults for all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

SHORTEST = 0.2  # of a list, however large the community is
FEW_WALKERS = 60  # in large communities; so the forty nearest by ties are the same but for one in seventy
LARGEST_EVENT = 1_000  # of large communities, that proposes people to each other
DEFAULT_WEIGHTS = MappingProxyType({"interests": 1.0, "paths": 3.0, "events": 1.0, "wants": 1.0})


@dataclass(frozen=True, kw_only=True)
class MatchSettings:
    """Settings of the matcher; shares, floors and thresholds lie in [0, 1], an exponent of 0 switches its rule off."""

    k: int = 3  # matches that a member gets at most
    cap: int = 1  # introductions that a member takes part in at most, per round
    late_days: float = 30.0  # who waited so long comes first; twice as long, before those
    held_back: float = 0.0  # share of the pairs that sit a round out, by lot
    by_lot: float = 0.0  # share of the members who get a pair drawn by lot in a round of all
    exploration: float = 0.5  # of what outcomes teach: 0 the most probable weights, 1 weights drawn from the posterior
    group_size: int = 2  # of more than 2: pairs grow into groups of at most so many (5)
    surprise: float = 0.25  # the dial: 0 ranks by relevance alone, 1 by unexpectedness above all

    # Sources: a weight of 0 switches one off.
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS, hash=False)
    candidates: int = 200  # taken of each source
    shortlist: int = 150  # kept of their union
    full_lists: int = 30_000  # members up to whom lists are so long; in larger communities they are shorter
    rank_constant: float = 60.0  # of the fusion: how little the first ranks stand out
    score_share: float = 0.5  # 0: only ranks count; 1: also how far a score lies below the best
    widening: float = 0.5  # share of an interest that spreads to related topics
    related_topics: int = 10  # the nearest of a topic that it spreads to
    damping: float = 0.85  # chance that a walk over ties goes on
    steps: int = 5  # longest walk over ties
    walkers: int = 20_000  # members that each step of a walk goes on from at most, the most reached; FEW_WALKERS beyond
    hub_damping: float = 0.0  # 0: the well-connected come first; 0.5: they get no bonus
    event_half_life_days: float = 1460.0
    largest_event: int | None = None  # members up to whom an event proposes people to each other; LARGEST_EVENT beyond

    # Who may not be matched.
    acquainted: float = 0.5  # decayed strength of a tie from which two know each other
    recent_days: float = 180.0  # no second introduction of a pair within
    same_organisation: bool = True  # False: only members of different organisations

    # What is good enough.
    evidence_floor: float = 0.1
    unexpectedness_floor: float = 0.05

    # Fairness.
    reciprocity: float = 0.1  # 0: only what this member's list says; 1: the harmonic mean with the other's
    exposure: float = 0.1  # exponent of the expected exposure that a score is divided by
    exposure_sweeps: int = 3
    reciprocal_candidates: int = 20  # whose side a triggered run looks at

    # The humps: where familiarity and overlap are best, how wide, and what is usual.
    familiarity_peak: float = 0.1
    familiarity_width: float = 0.4
    overlap_peak: float = 0.35
    overlap_width: float = 0.5
    usual_closeness: float = 0.01  # the damped walks of two with one common acquaintance of ten ties

    def in_community(self, members: int) -> "MatchSettings":
        """Return the settings for so many members: beyond `full_lists` the lists of all hold about as much together.

        A round chooses from the first places of each list, and the larger a community is, the less the last ones count:
        with lists of a fifth, the total score of a round of 30,000 made-up members was 0.8 % lower.

        >>> MatchSettings().in_community(1_000_000).candidates
        40
        """
        share = max(min(self.full_lists / max(members, 1), 1.0), SHORTEST)
        if share == 1.0:
            return self
        return replace(
            self,
            candidates=max(round(self.candidates * share), 1),
            shortlist=max(round(self.shortlist * share), 1),
            walkers=min(self.walkers, FEW_WALKERS),
            largest_event=self.largest_event or LARGEST_EVENT,
        )
