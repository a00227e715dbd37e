"""Pairs drawn by lot: good enough, within everybody's room, with a chance that is true, and few."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from serendipity.matching.fusion import Candidates
from serendipity.matching.lessons import BY_LOT, CHANCE
from serendipity.matching.lots import draw_lots
from serendipity.matching.matcher import match_all
from serendipity.matching.rounds import Round, RoundTerms
from serendipity.matching.settings import MatchSettings
from tests.unit.matching.worlds import NOW, World

SETTINGS = MatchSettings(by_lot=0.5)


def star() -> Candidates:
    """Everybody lists the hub (0); the hub lists 1 and 2; 3 and 4 list each other too."""
    rows, columns = np.array([0, 0, 1, 2, 3, 3, 4, 4]), np.array([1, 2, 0, 0, 0, 4, 0, 3])
    return Candidates(rows=rows, columns=columns, relevance=np.ones(8), factors={})


def drawn(found: Candidates, *, share: float, seed: int, room: int = 1) -> dict[tuple[int, int], float]:
    """The pairs drawn, each with its chance."""
    lots = draw_lots(
        found,
        np.ones(len(found), dtype=np.bool_),
        np.full(5, room, dtype=np.int64),
        share=share,
        rng=np.random.default_rng(seed),
    )
    pairs = np.sort(np.column_stack([found.rows[lots.entries], found.columns[lots.entries]]), axis=1)
    return {(one, other): chance for (one, other), chance in zip(pairs.tolist(), lots.chances.tolist(), strict=True)}


def test_a_pairs_chance_is_how_often_it_is_drawn() -> None:
    """Counted over four thousand rounds with small shares, in which hardly any two lots meet."""
    share, rounds = 0.05, 4000
    found = [drawn(star(), share=share, seed=seed) for seed in range(rounds)]
    times = Counter(pair for each in found for pair in each)
    chances = {pair: chance for each in found for pair, chance in each.items()}

    assert chances[0, 1] == pytest.approx(share / 2 + share)
    assert chances[0, 3] == pytest.approx(share / 2)
    assert chances[3, 4] == pytest.approx(share / 2 + share / 2)
    for pair, chance in chances.items():
        assert times[pair] / rounds == pytest.approx(chance, abs=0.012)


def test_nobody_is_drawn_beyond_their_room() -> None:
    """Everybody lists the hub, who has room for one."""
    for seed in range(30):
        ends = Counter(end for pair in drawn(star(), share=1.0, seed=seed) for end in pair)
        assert max(ends.values()) == 1
    assert drawn(star(), share=1.0, seed=1, room=0) == {}


def world() -> World:
    """Ten members in pairs that fit best, all of whom share something."""
    built = World()
    for n in range(10):
        built.works_on(f"m{n}", f"ai law pair{n // 2} own{n}")
    return built


def a_round(settings: MatchSettings = SETTINGS, seed: int = 7, **options: object) -> Round:
    """Match all of them."""
    snapshot = world().snapshot()
    given = {"now": NOW, "eligible": snapshot.members, **options}
    return match_all(snapshot, settings=settings, rng=np.random.default_rng(seed), **given)  # type: ignore[arg-type]


def by_lot(found: Round) -> list[tuple[str, str]]:
    """Who was drawn."""
    return [(each.member, each.other) for each in found.chosen if BY_LOT in each.factors]


def test_a_round_introduces_those_drawn_by_lot_and_matches_the_others() -> None:
    """Nobody twice, each with its chance and reasons; everybody else's lot is marked by nothing."""
    found = a_round()
    ends = Counter(end for each in found.chosen for end in each.members)

    assert 0 < len(by_lot(found)) < len(found.chosen)
    assert max(ends.values()) == 1
    assert all(each.reasons for each in found.chosen)
    assert {each.factors[CHANCE] for each in found.chosen if BY_LOT not in each.factors} == {1.0}
    assert all(0 < each.factors[CHANCE] < 1 for each in found.chosen if BY_LOT in each.factors)
    assert all(found.outcomes[end] == "proposed" for pair in by_lot(found) for end in pair)


def test_lots_keep_to_what_keeps_members_apart() -> None:
    """Blocks, freezes, room and the floors hold for lots as for everybody."""
    blocked = {(f"m{n}", f"m{m}") for n in range(10) for m in range(n) if (n, m) != (9, 2)}
    everybody = replace(SETTINGS, by_lot=1.0)

    for seed in range(10):
        assert set(by_lot(a_round(everybody, seed, blocked=blocked))) <= {("m9", "m2"), ("m2", "m9")}
        terms = RoundTerms(room={"m2": 0})
        assert a_round(everybody, seed, blocked=blocked, terms=terms).chosen == []
    assert a_round(replace(everybody, evidence_floor=1.01)).chosen == []


def test_a_pair_drawn_by_lot_is_not_chosen_once_more() -> None:
    """Also where everybody has room for several."""
    for seed in range(10):
        found = a_round(replace(SETTINGS, cap=3), seed)
        pairs = Counter(tuple(sorted(each.members)) for each in found.chosen)
        assert max(pairs.values()) == 1
        assert max(Counter(end for pair in pairs for end in pair).values()) <= 3


def test_without_a_share_nothing_is_drawn() -> None:
    """The round is that of a matcher that knows no lots."""
    found = a_round(replace(SETTINGS, by_lot=0.0))

    assert by_lot(found) == []
    assert len(found.chosen) == 5
