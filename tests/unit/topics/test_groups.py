"""Topic groups: what hangs together, the same each time."""

from itertools import combinations

from serendipity.topics.groups import topic_groups

CRAFTS, FARMS = ("felt", "loom", "yarn"), ("bees", "garden", "soil")
COUNTS = dict.fromkeys((*CRAFTS, *FARMS), 10.0)


def test_two_circles_are_two_groups() -> None:
    """One link between them does not join them; the order of what is given does not matter."""
    together = [(*pair, 6.0) for circle in (CRAFTS, FARMS) for pair in combinations(circle, 2)]
    together.append(("bees", "felt", 1.0))

    found = topic_groups(together, COUNTS, 100.0)

    assert sorted(map(sorted, found)) == [list(FARMS), list(CRAFTS)]
    assert topic_groups(together[::-1], COUNTS, 100.0) == found


def test_what_is_together_as_by_chance_is_no_group() -> None:
    """Everything with everything, as often as chance has it."""
    together = [(*pair, 1.0) for pair in combinations((*CRAFTS, *FARMS), 2)]

    assert topic_groups(together, COUNTS, 100.0) == []
