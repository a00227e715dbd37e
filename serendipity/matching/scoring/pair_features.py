"""Features of a pair before the two have met: the traits that a tie model weighs.

Every trait is the same seen from either side, so that a judgement is reciprocal by itself. Scores enter as ln(x + ε),
as their ratios matter; those of one member (how much they say, whom they know) as the sum over both, and as how far
the two are apart: newcomers are tied to the established more often than to each other.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from serendipity.domain.decay import DAY
from serendipity.domain.graph import EdgeKind
from serendipity.matching.snapshot.edges import Floats, Integers, row_sums
from serendipity.matching.snapshot.snapshot import Snapshot

# Of a pair, with the ε of each; then of both members.
OF_PAIRS = {
    "closeness": 1e-6,
    "fresh_closeness": 1e-6,
    "interests": 0.005,
    "events": 0.01,
    "fresh_events": 0.01,
    "neighbours": 0.005,
    "wording": 0.005,
    "phrasing": 0.005,
    "bridging": 0.005,
    "walks": 1e-5,
}
OF_MEMBERS = {"said": 1.0, "known": 0.5, "tied": 0.3, "attended": 1.0, "silence": 30.0}
APART = tuple(f"{name}_apart" for name in OF_MEMBERS)
TRAITS = (*OF_PAIRS, "strangers", *OF_MEMBERS, *APART)
LONGEST_SILENCE = 10_000.0

# What a judgement is told by: all traits that say the same kind of thing, together.
KINDS = {
    "by_ties": ("closeness", "fresh_closeness", "strangers", "walks"),
    "by_interests": ("interests", "neighbours"),
    "by_wording": ("wording", "phrasing", "bridging"),
    "by_events": ("events", "fresh_events"),
    "by_members": (*OF_MEMBERS, *APART),
}


def pair_features(scores: Mapping[str, Floats], of_members: Floats, rows: Integers, columns: Integers) -> Floats:
    """Return the traits of pairs (pairs × TRAITS) from `scores` by name, "strangers" among them."""
    logarithms = [np.log(np.maximum(scores[name], 0.0) + epsilon) for name, epsilon in OF_PAIRS.items()]
    one, other = of_members[rows], of_members[columns]
    return np.column_stack([*logarithms, scores["strangers"], one + other, np.abs(one - other)])


def of_members(snapshot: Snapshot, now: datetime) -> Floats:
    """Return the traits of single members (members × OF_MEMBERS): counts, sums, and days since they were heard of."""
    silence = (now.timestamp() - snapshot.last_active) / DAY.total_seconds()
    known, attended = (np.diff(matrix.indptr).astype(np.float64) for matrix in (snapshot.knows, snapshot.attended))
    parts = (
        row_sums(snapshot.interests) * snapshot.decayed_by(EdgeKind.INTERESTED_IN, now),
        known,
        row_sums(snapshot.knows) * snapshot.decayed_by(EdgeKind.KNOWS, now),
        attended,
        np.clip(silence, 0.0, LONGEST_SILENCE),
    )
    logarithms = [np.log(part + epsilon) for part, epsilon in zip(parts, OF_MEMBERS.values(), strict=True)]
    return np.column_stack(logarithms)
