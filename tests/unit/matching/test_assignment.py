"""The round's decision on small worlds that a reader can solve, and what holds in any."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from serendipity.matching.assignment.assignment import (
    Assignment,
    Entry,
    MemberTerms,
    Pairs,
    assign,
    exact,
    greedy,
    improve_greedily,
)

MEMBERS = 9


def pairs_of(scores: dict[tuple[int, int], float]) -> Pairs:
    """Pairs with their scores, in order."""
    ends = sorted(scores)
    return Pairs(
        ones=np.array([one for one, _ in ends], dtype=np.int64),
        others=np.array([other for _, other in ends], dtype=np.int64),
        scores=np.array([scores[end] for end in ends], dtype=np.float64),
    )


def terms_of(capacity: int | list[int] = 1, priority: list[int] | None = None) -> MemberTerms:
    """Terms of nine members."""
    rooms = [capacity] * MEMBERS if isinstance(capacity, int) else capacity
    return MemberTerms(
        capacity=np.array(rooms, dtype=np.int64), priority=np.array(priority or [0] * MEMBERS, dtype=np.int64)
    )


def decided(pairs: Pairs, terms: MemberTerms, *, held_back: float = 0.0, seed: int = 1) -> Assignment:
    """The round."""
    return assign(pairs, terms, held_back=held_back, rng=np.random.default_rng(seed))


def chosen(pairs: Pairs, result: Assignment) -> set[tuple[int, int]]:
    """Who is introduced to whom."""
    kept = pairs.where(result.chosen)
    return set(zip(kept.ones.tolist(), kept.others.tolist(), strict=True))


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Pairs, MemberTerms]:
    """Any small round."""
    ends = st.tuples(st.integers(0, MEMBERS - 1), st.integers(0, MEMBERS - 1)).filter(lambda pair: pair[0] < pair[1])
    scores = draw(st.dictionaries(ends, st.integers(1, 100).map(lambda score: score / 100), min_size=1, max_size=20))
    capacity = draw(st.lists(st.integers(0, 3), min_size=MEMBERS, max_size=MEMBERS))
    priority = draw(st.lists(st.integers(0, 4), min_size=MEMBERS, max_size=MEMBERS))
    return pairs_of(scores), terms_of(capacity, priority)


def able(pairs: Pairs, terms: MemberTerms) -> Entry:
    """What the two algorithms are given: pairs whose members both have room."""
    return Entry.of(pairs.where((terms.capacity[pairs.ones] > 0) & (terms.capacity[pairs.others] > 0)), terms)


def test_the_best_pair_is_passed_over_when_two_others_are_worth_more() -> None:
    """On a path of four, greedy takes the middle; the round takes both ends and nobody is left out."""
    path = pairs_of({(0, 1): 0.6, (1, 2): 0.7, (2, 3): 0.6})

    assert chosen(path, decided(path, terms_of())) == {(0, 1), (2, 3)}
    assert greedy(path, terms_of()).tolist() == [1]


def test_who_waited_longest_goes_first() -> None:
    """One of three is left out: it is the one who waited least, though their match is the best."""
    star = pairs_of({(0, 1): 0.9, (0, 2): 0.5, (0, 3): 0.2})

    assert chosen(star, decided(star, terms_of(priority=[0, 0, 1, 3, 0, 0, 0, 0, 0]))) == {(0, 3)}


def test_lateness_counts_for_the_first_introduction_only() -> None:
    """A late member with room for two gets one by right; the other goes to the better pair."""
    pairs = pairs_of({(0, 1): 0.3, (0, 2): 0.2, (2, 3): 0.9})
    terms = terms_of([2, 1, 1, 1, 1, 1, 1, 1, 1], priority=[5, 0, 0, 0, 0, 0, 0, 0, 0])

    assert chosen(pairs, decided(pairs, terms)) == {(0, 1), (2, 3)}


def test_who_has_no_room_is_in_no_pair() -> None:
    """A quota of none is a quota."""
    pairs = pairs_of({(0, 1): 0.9, (1, 2): 0.1})

    assert chosen(pairs, decided(pairs, terms_of([0, 1, 1, 1, 1, 1, 1, 1, 1]))) == {(1, 2)}


def test_a_pair_is_used_once_although_both_have_room_for_more() -> None:
    """Room for three does not introduce the same two three times."""
    pairs = pairs_of({(0, 1): 0.9})

    assert decided(pairs, terms_of(3)).chosen.tolist() == [0]


def test_no_pair_is_more_likely_than_the_lots_allow() -> None:
    """The only pair there is sits out as often as the setting says, and the chance of the others is noted."""
    pairs = pairs_of({(0, 1): 0.9})

    results = [decided(pairs, terms_of(), held_back=0.25, seed=seed) for seed in range(400)]
    shares = Counter(len(result.chosen) for result in results)

    assert 0.18 < shares[0] / 400 < 0.32
    assert {result.chance for result in results} == {0.75}


def test_what_sat_out_was_not_chosen_and_would_have_been_had_it_not() -> None:
    """Given the lots of the others, a chosen pair's chance is that of its own lot: without the lot it is chosen."""
    pairs = pairs_of({(0, 1): 0.9, (2, 3): 0.8, (1, 2): 0.5})
    result = next(r for seed in range(100) if (r := decided(pairs, terms_of(), held_back=0.3, seed=seed)).sat_out[0])

    assert 0 not in result.chosen.tolist()


@examples(max_examples=150, deadline=None)
@given(rounds(), st.floats(0, 0.9), st.integers(0, 99))
def test_nobody_takes_part_in_more_than_there_is_room_for(
    world: tuple[Pairs, MemberTerms], held: float, seed: int
) -> None:
    """Whatever the pairs, room, lateness and lots: room is kept, no pair twice, nothing that sat out."""
    pairs, terms = world
    result = decided(pairs, terms, held_back=held, seed=seed)
    kept = pairs.where(result.chosen)
    load = np.bincount(np.concatenate([kept.ones, kept.others]), minlength=MEMBERS)

    assert (load <= terms.capacity).all()
    assert len(set(result.chosen.tolist())) == len(result.chosen)
    assert not result.sat_out[result.chosen].any()


@examples(max_examples=50, deadline=None)
@given(rounds(), st.integers(0, 99))
def test_the_same_seed_gives_the_same_round(world: tuple[Pairs, MemberTerms], seed: int) -> None:
    """A round can be repeated exactly."""
    pairs, terms = world
    one, other = (decided(pairs, terms, held_back=0.2, seed=seed) for _ in range(2))

    assert one.chosen.tolist() == other.chosen.tolist()


@examples(max_examples=150, deadline=None)
@given(rounds())
def test_both_answers_are_never_worse_than_greedy(world: tuple[Pairs, MemberTerms]) -> None:
    """Lateness served comes first, then the total score: exact ≥ improved ≥ greedy in both."""
    pairs, terms = world
    entry = able(pairs, terms)
    taken = set(
        greedy(pairs.where((terms.capacity[pairs.ones] > 0) & (terms.capacity[pairs.others] > 0)), terms).tolist()
    )

    best, better, least = entry.value(exact(entry)), entry.value(improve_greedily(entry)), entry.value(taken)

    assert best >= better >= least
    assert best[0] >= better[0] >= least[0]


@examples(max_examples=60, deadline=None)
@given(rounds())
def test_nobody_could_still_be_introduced(world: tuple[Pairs, MemberTerms]) -> None:
    """No pair is left of which both have room: who gets nobody had no match, no room, or all were taken."""
    pairs, terms = world
    result = decided(pairs, terms)
    kept = pairs.where(result.chosen)
    left = terms.capacity - np.bincount(np.concatenate([kept.ones, kept.others]), minlength=MEMBERS)
    others = np.setdiff1d(np.arange(len(pairs)), result.chosen)

    assert not ((left[pairs.ones[others]] > 0) & (left[pairs.others[others]] > 0)).any()


@pytest.mark.parametrize("priority", [0, 3])
def test_a_large_round_gains_on_greedy_and_comes_close_to_the_best(priority: int) -> None:
    """On 1,200 drawn pairs: all the lateness that can be served, more in total than greedy, nine tenths of the best."""
    rng = np.random.default_rng(5)
    keys = np.unique(np.sort(rng.integers(0, 160, (1300, 2)), axis=1), axis=0)
    keys = keys[keys[:, 0] < keys[:, 1]]
    pairs = Pairs(ones=keys[:, 0], others=keys[:, 1], scores=rng.random(len(keys)))
    terms = MemberTerms(capacity=np.ones(160, dtype=np.int64), priority=rng.integers(0, priority + 1, 160))
    entry = Entry.of(pairs, terms)

    best, better, least = (
        entry.value(set(f)) for f in (exact(entry), improve_greedily(entry), greedy(pairs, terms).tolist())
    )

    assert better[0] == best[0] >= least[0]
    assert best[1] >= better[1] > least[1]
    assert better[1] >= 0.9 * best[1]
