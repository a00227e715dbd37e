"""Rising and fading topics: what is told from chance, and what is not."""

import numpy as np
import pytest

from serendipity.topics.drift import Mention, drifts, npmi, sparkline

MEMBERS, TOPICS, DAYS = 60, 40, 120


def _community(seed: int, *, risen: int | None = None, faded: int | None = None) -> list[Mention]:
    """Sixty members with lasting interests who come about weekly; one topic may grow or shrink in the last 30 days."""
    rng = np.random.default_rng(seed)
    popular = 1.0 / np.arange(1, TOPICS + 1)
    mentions = []
    for member in range(MEMBERS):
        mine = rng.choice(TOPICS, size=5, replace=False, p=popular / popular.sum())
        for day in np.flatnonzero(rng.random(DAYS) < 1 / 7):
            said = set(rng.choice(mine, size=2, replace=False).tolist())
            if risen is not None and day < 30 and rng.random() < 0.15:
                said.add(risen)
            if faded is not None and day >= 30 and rng.random() < 0.25:
                said.add(faded)
            mentions += [Mention(member=f"m{member}", topic=f"t{each}", days_ago=int(day)) for each in said]
    return mentions


def test_where_nothing_changes_hardly_anything_is_told() -> None:
    """Of a hundred communities with lasting interests, five at most may show something."""
    alarmed = [seed for seed in range(100) if drifts(_community(seed), days=30)]

    assert len(alarmed) <= 5


def test_a_topic_that_many_take_up_rises_and_one_they_leave_fades() -> None:
    """Both are found, and nothing else, in each of ten communities."""
    for seed in range(10):
        found = drifts(_community(seed, risen=39, faded=38), days=30)

        assert ("t39", True) in {(each.topic, each.rising) for each in found}
        assert ("t38", False) in {(each.topic, each.rising) for each in found}
        assert len(found) <= 3


def test_one_enthusiast_is_no_trend() -> None:
    """A member who says it every day counts once."""
    quiet = [Mention(member=f"m{n}", topic="tea", days_ago=day) for n in range(20) for day in range(0, 28, 3)]
    loud = [Mention(member="m0", topic="yoga", days_ago=day) for day in range(7)]

    assert drifts(quiet + loud, days=7) == []


def test_fewer_visits_are_no_fading() -> None:
    """What matters is the share of those who came: in holidays everything is said less."""
    before = [Mention(member=f"m{n}", topic=f"t{n % 2}", days_ago=day) for n in range(40) for day in (8, 15, 22)]
    now = [Mention(member=f"m{n}", topic=f"t{n % 2}", days_ago=1) for n in range(10)]

    assert drifts(before + now, days=7) == []


def test_without_a_past_nothing_rises() -> None:
    """A community of a week has nothing to compare with."""
    assert drifts([Mention(member=f"m{n}", topic="tea", days_ago=1) for n in range(30)], days=7) == []


def test_a_sparkline_counts_members_a_stretch() -> None:
    """The oldest first; a member who repeats themselves counts once."""
    mentions = [Mention(member=m, topic="tea", days_ago=ago) for m, ago in (("a", 0), ("a", 1), ("b", 1), ("a", 5))]

    assert sparkline(mentions, "tea", days=6, points=3) == [1, 0, 2]


@pytest.mark.parametrize(
    ("together", "one", "other", "total", "expected"),
    [(5, 5, 5, 100, 1.0), (1, 10, 10, 100, 0.0), (0, 10, 10, 100, -1.0), (10, 10, 10, 10, None), (1, 0, 1, 9, None)],
)
def test_npmi_has_its_ends_where_it_should(
    together: float, one: float, other: float, total: float, expected: float | None
) -> None:
    """Only together, as by chance, never together, always everything, never said."""
    found = npmi(together, one, other, total)

    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))
