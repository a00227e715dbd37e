"""Topics that rise and fade: what more or fewer members speak of now than before, beyond chance."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.stats import false_discovery_control, hypergeom

WINDOWS_DAYS = (7, 30, 90)
BLOCKS_BEFORE = 3  # the baseline: as many windows before this one
FALSE_SHARE = 0.05  # of what is told, at most so much may be chance
FEWEST_MEMBERS = 3
FEWEST_MENTIONS = 5  # with fewer, nothing can be told from chance


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Mention of a topic by a member, some whole days ago (0: within the last 24 hours)."""

    member: str
    topic: str
    days_ago: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """Change of how much a topic is mentioned in a window, against the windows before it.

    `members` of the `active` members of the window spoke of it; before, `members_before` of `active_before`, each
    member counted once a window. `q` is the p-value after correction, `ratio` how many times the share is what it was.
    """

    topic: str
    days: int
    rising: bool
    members: int
    active: int
    members_before: int
    active_before: int
    ratio: float
    q: float


def drifts(mentions: Iterable[Mention], *, days: int) -> list[Drift]:
    """Return the topics that rose or faded in a window, the surest first.

    Each member counts once a window however often they come, so that one enthusiast is no trend. Of all pairs of member
    and window in which the member came, those with the topic fall into the last window by chance as a hypergeometric
    variable says: Fisher's exact test (Fisher 1934), one-sided in either direction, and over all topics and directions
    the step-up procedure of Benjamini and Hochberg (1995).

    >>> spoken = [Mention(member=f"m{n}", topic="yoga", days_ago=n % 7) for n in range(9)]
    >>> before = [Mention(member=f"m{n}", topic="tax", days_ago=7 + n) for n in range(21)]
    >>> [(each.topic, each.rising, each.members) for each in drifts(spoken + before, days=7)]
    [('tax', False, 0), ('yoga', True, 9)]
    """
    now, before = _members_by_topic(mentions, days)
    active, active_before = now.pop("", 0), before.pop("", 0)
    topics = sorted(id for id in now | before if now[id] + before[id] >= FEWEST_MENTIONS)
    if not topics or not active or not active_before:
        return []
    here, there = (np.array([counts[id] for id in topics]) for counts in (now, before))
    rose = hypergeom.sf(here - 1, active + active_before, here + there, active)
    fell = hypergeom.cdf(here, active + active_before, here + there, active)
    corrected = false_discovery_control(np.concatenate([rose, fell])).reshape(2, -1)
    found = [
        Drift(
            topic=id,
            days=days,
            rising=rising,
            members=now[id],
            active=active,
            members_before=before[id],
            active_before=active_before,
            ratio=(now[id] + 0.5) / (active + 1) / ((before[id] + 0.5) / (active_before + 1)),
            q=float(q),
        )
        for rising, row in zip((True, False), corrected, strict=True)
        for id, q in zip(topics, row, strict=True)
        if q <= FALSE_SHARE
    ]
    told = (each for each in found if max(each.members, each.members_before / BLOCKS_BEFORE) >= FEWEST_MEMBERS)
    return sorted(told, key=lambda each: (each.q, each.topic))


def npmi(together: float, one: float, other: float, total: float) -> float | None:
    """Return how much more two topics are mentioned together than by chance, from -1 (never) to 1 (only together).

    Normalised pointwise mutual information (Bouma 2009) of (decayed) counts; None where it has no value.

    >>> npmi(10, 10, 10, 100), npmi(0, 10, 10, 100), round(npmi(3, 10, 10, 100), 2)
    (1.0, -1.0, 0.31)
    """
    if one <= 0 or other <= 0 or total <= 0:
        return None
    share = min(together / total, 1.0)
    if share <= 0:
        return -1.0
    if share >= 1:
        return None
    return max(-1.0, min(1.0, log(share / ((one / total) * (other / total))) / -log(share)))


def sparkline(mentions: Iterable[Mention], topic: str, *, days: int, points: int = 30) -> list[int]:
    """Return how many members spoke of a topic in each of `points` equal stretches of days, the oldest first."""
    each = max(1, days // points)
    seen = {(m.days_ago // each, m.member) for m in mentions if m.topic == topic and m.days_ago < each * points}
    counts = Counter(stretch for stretch, _ in seen)
    return [counts[n] for n in range(points - 1, -1, -1)]


def _members_by_topic(mentions: Iterable[Mention], days: int) -> tuple[Counter[str], Counter[str]]:
    """Count the pairs of member and window for each topic, in this window and in those before; "" counts all."""
    pairs = {
        (id, mention.member, window)
        for mention in mentions
        if 0 <= (window := mention.days_ago // days) <= BLOCKS_BEFORE
        for id in ("", mention.topic)
    }
    now = Counter(id for id, _, window in pairs if window == 0)
    before = Counter(id for id, _, window in pairs if window > 0)
    return now, before
