"""Pairs drawn by lot: with the chances that are said, and never beyond anybody's room."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serendipity.matching.assignment.control_arm import ControlArm, draw_control_arm
from serendipity.matching.candidates.fusion import Candidates


def among(listed: list[tuple[int, int]]) -> Candidates:
    """Return candidates of (row, column), by row."""
    rows, columns = np.array(sorted(listed), dtype=np.int64).reshape(-1, 2).T
    return Candidates(rows=rows, columns=columns, relevance=np.ones(len(rows)), factors={})


def control_arm(found: Candidates, capacity: int, share: float, seed: int, size: int = 8) -> ControlArm:
    """Draw lots among candidates that are all good enough."""
    good, rng = np.ones(len(found), dtype=bool), np.random.default_rng(seed)
    return draw_control_arm(found, good, np.full(size, capacity), share=share, rng=rng)


EVERYBODY = among([(one, other) for one in range(8) for other in range(8) if one != other])
SOME = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda ends: ends[0] != ends[1]), min_size=1)


@example(listed=[(0, 1), (1, 0)], capacity=2, share=1.0, seed=0)
@given(listed=SOME, capacity=st.integers(0, 3), share=st.floats(0, 1), seed=st.integers(0, 1000))
def test_nobody_is_drawn_beyond_their_room_nor_a_pair_twice(
    listed: list[tuple[int, int]], capacity: int, share: float, seed: int
) -> None:
    """Whoever lists whom, in whatever share; and every chance is one."""
    found = among(list(set(listed)))
    drawn = control_arm(found, capacity, share, seed)
    pairs = [
        frozenset(ends)
        for ends in zip(found.rows[drawn.entries].tolist(), found.columns[drawn.entries].tolist(), strict=True)
    ]

    assert max(Counter(row for ends in pairs for row in ends).values(), default=0) <= capacity
    assert len(set(pairs)) == len(pairs)
    assert ((drawn.chances > 0) & (drawn.chances <= 1)).all()


def test_a_share_of_nothing_draws_nothing_and_no_random_number() -> None:
    """What is drawn after it is as it would be without lots."""
    rng = np.random.default_rng(1)
    drawn = draw_control_arm(EVERYBODY, np.ones(56, dtype=bool), np.ones(8, dtype=int), share=0.0, rng=rng)

    assert len(drawn.entries) == 0
    assert rng.random() == np.random.default_rng(1).random()


def test_only_who_is_good_enough_is_drawn() -> None:
    """An entry that is not good enough never is."""
    good = EVERYBODY.columns == (EVERYBODY.rows + 1) % 8
    drawn = draw_control_arm(EVERYBODY, good, np.full(8, 2), share=1.0, rng=np.random.default_rng(2))

    assert len(drawn.entries) == 8
    assert good[drawn.entries].all()


def test_the_chances_are_those_with_which_pairs_are_drawn() -> None:
    """Over many rounds each pair comes as often as its chance says, all together as many as members are drawn."""
    found, share, rounds = among([(0, 1), (0, 2), (1, 0), (2, 3), (3, 2), (4, 0), (4, 5), (4, 6), (5, 4)]), 0.04, 20_000
    said: dict[frozenset[int], float] = {}
    times: Counter[frozenset[int]] = Counter()
    for seed in range(rounds):
        drawn = control_arm(found, 3, share, seed)
        for entry, chance in zip(drawn.entries.tolist(), drawn.chances.tolist(), strict=True):
            ends = frozenset((int(found.rows[entry]), int(found.columns[entry])))
            said[ends] = chance
            times[ends] += 1

    assert sum(said.values()) == pytest.approx(6 * share)
    for ends, chance in said.items():
        assert times[ends] / rounds == pytest.approx(chance, abs=4 * np.sqrt(chance / rounds) + share**2)
