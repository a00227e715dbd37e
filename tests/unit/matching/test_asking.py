"""Sources that answer in lists and pairs say what their whole blocks say; requests say what slow arithmetic says."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy import sparse

from serendipity.matching.candidates.exclusions import exclude_pairs
from serendipity.matching.candidates.fusion import Allowed, Candidates, fuse
from serendipity.matching.candidates.sources import SOURCES
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.candidates.sources.interests import FEW, Interests
from serendipity.matching.matcher import MatchInputs, all_candidates, match_all, match_one
from serendipity.matching.scoring.scoring import prepare, reciprocal, shortlist, surprise_factor
from serendipity.matching.scoring.unexpectedness import Familiarity
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Integers, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot
from tests.unit.matching.worlds import NOW, World, everyone

NAMES = [f"m{n}" for n in range(9)]
TOPICS = [f"t{n}" for n in range(6)]
USUAL = replace(MatchSettings(), same_organisation=False)
ENDS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any small world, in which some work for the same organisation."""
    world = World()
    for name in NAMES:
        world.members(name, organisation=draw(st.sampled_from([None, "Acme", "Ajax"])))
        said = draw(st.lists(st.sampled_from(TOPICS), max_size=4, unique=True))
        world.works_on(name, " ".join(said), days_ago=draw(st.integers(0, 90)))
    for one, other in draw(st.lists(ENDS, max_size=10)):
        world.know(one, other, days_ago=draw(st.integers(0, 900)))
    for event in ("dinner", "lunch"):
        world.meet_at(event, " ".join(draw(st.lists(st.sampled_from(NAMES), max_size=5, unique=True))))
    for one, other in draw(st.lists(ENDS, max_size=5)):
        topic = draw(st.sampled_from(TOPICS))
        world.seeks(one, topic).offers(other, topic)
    return world


def allowed_in(snapshot: Snapshot, eligible: Floats, blocked: set[tuple[str, str]]) -> Allowed:
    """Everybody eligible but those acquainted, those blocked and colleagues."""
    closed = exclude_pairs(snapshot, NOW, blocked, (), USUAL)
    return Allowed(eligible=eligible > 0, excluded=closed, organisations=snapshot.organisation_codes)


def open_scores(block: Sparse, rows: Integers, allowed: Allowed) -> Floats:
    """A block with 0 for whoever may not be matched, by the letter of what is allowed."""
    scores: Floats = np.array(block.toarray())
    for where, row in enumerate(rows.tolist()):
        scores[where, allowed.closed_to(row)] = 0.0
        scores[where, ~allowed.eligible] = 0.0
    return scores


def by_hand(scores: Floats, count: int) -> list[list[int]]:
    """The columns of the greatest positive scores of each row, ties by column."""
    ordered = [sorted(np.flatnonzero(row > 0).tolist(), key=lambda column: (-row[column], column)) for row in scores]
    return [columns[:count] for columns in ordered]


@examples(deadline=None, max_examples=60)
@given(
    worlds(),
    st.lists(st.integers(0, 1), min_size=9, max_size=9),
    st.sets(ENDS, max_size=3),
    st.sampled_from(sorted(SOURCES)),
    st.integers(1, 6),
)
def test_a_source_answers_in_lists_and_pairs_what_its_block_says(
    world: World, eligible: list[int], blocked: set[tuple[str, str]], name: str, count: int
) -> None:
    """The best of each row among those allowed, and the score of every pair there is."""
    snapshot = world.snapshot()
    allowed, rows = allowed_in(snapshot, np.array(eligible, dtype=np.float64), blocked), everyone(snapshot)
    source = SOURCES[name](snapshot, USUAL)
    block = source.block(rows)

    asked = source.asked(rows)
    lists = [[column for column in row if column >= 0] for row in asked.best(allowed, count).lists.tolist()]
    where, columns = (ends.ravel() for ends in np.meshgrid(rows, rows, indexing="ij"))

    scores = open_scores(block, rows, allowed)
    assert [pytest.approx(values, rel=1e-6) for values in worth(by_hand(scores, count), scores)] == worth(lists, scores)
    assert asked.of_pairs(where, columns) == pytest.approx(block.toarray()[where, columns])


def worth(lists: list[list[int]], scores: Floats) -> list[list[float]]:
    """What those listed score, nobody twice: two who differ by rounding only may stand for each other."""
    assert all(len(set(columns)) == len(columns) for columns in lists)
    return [[float(row[column]) for column in columns] for row, columns in zip(scores, lists, strict=True)]


def community(size: int) -> tuple[Interests, Allowed]:
    """Members with up to six of 200 topics, which spread to each other; some not eligible, colleagues, or excluded."""
    rng = np.random.default_rng(4)
    dense = np.zeros((size, 200))
    np.put_along_axis(dense, np.minimum(rng.zipf(1.3, (size, 6)), 200) - 1, rng.random((size, 6)) + 0.1, axis=1)
    profiles = sparse.csr_array(dense / np.linalg.norm(dense, axis=1, keepdims=True))
    related = sparse.random_array((200, 200), density=0.03, rng=rng) * 0.5
    interests = Interests(profiles=profiles, spread=sparse.csr_array(sparse.eye_array(200) + related))
    ends = rng.integers(size, size=(2, 4 * size))
    pairs = sparse.csr_array(sparse.coo_array((np.ones(4 * size), (ends[0], ends[1])), shape=(size, size)))
    codes = np.where(rng.random(size) < 0.5, rng.integers(40, size=size), -1)
    return interests, Allowed(eligible=rng.random(size) < 0.9, excluded=pairs, organisations=codes)


def test_among_many_a_search_finds_what_multiplying_everything_finds() -> None:
    """Whoever may not be matched takes nobody's place in a list."""
    interests, allowed = community(FEW + 500)
    rows = np.arange(0, FEW + 500, 7, dtype=np.int64)
    scores = open_scores(interests.block(rows), rows, allowed)

    found = interests.asked(rows).best(allowed, 20).lists

    for where, row in enumerate(found.tolist()):
        best = -np.sort(-scores[where])[: len(row)]
        named = [scores[where, column] if column >= 0 else 0.0 for column in row]
        assert named == pytest.approx(np.minimum(best, 1.0), abs=2e-6)


def slow_answer(snapshot: Snapshot, name: str, settings: MatchSettings, allowed: Allowed) -> Mapping[str, float]:
    """The k best of a member with their scores: whole blocks of everybody, and every list of every other side."""
    rows, ready = everyone(snapshot), prepare(snapshot, settings)
    blocks = {source: ready.sources[source].block(rows) for source in ready.sources}
    found = shortlist(ready.with_factors(fuse(blocks, rows, allowed, settings)), settings)
    scores = reciprocal(found, found, settings) * surprise_factor(found, settings)
    good = (found.factors["evidence"] >= settings.evidence_floor) & (
        found.factors["unexpectedness"] >= settings.unexpectedness_floor
    )
    own = np.flatnonzero(good & (found.rows == snapshot.member_index[name]))
    best = own[np.argsort(-scores[own], kind="stable")][: settings.k]
    return {snapshot.members[found.columns[entry]]: float(scores[entry]) for entry in best}


@examples(deadline=None, max_examples=40)
@given(worlds(), st.sampled_from(NAMES), st.sets(ENDS, max_size=3), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_request_is_answered_as_by_slow_arithmetic(
    world: World, name: str, blocked: set[tuple[str, str]], reciprocity: float, surprise: float
) -> None:
    """Only those are asked about the other side who may be among the best: no answer is another for it."""
    snapshot = world.snapshot()
    settings = replace(USUAL, exposure=0.0, reciprocity=reciprocity, surprise=surprise)
    allowed = allowed_in(snapshot, np.ones(len(NAMES)), blocked)

    found = match_one(
        snapshot, name, now=NOW, eligible=frozenset(NAMES), settings=settings, inputs=MatchInputs(blocked=blocked)
    )

    wanted = slow_answer(snapshot, name, settings, allowed)
    assert [match.score for match in found] == pytest.approx(list(wanted.values()))
    assert {match.other: match.score for match in found} == pytest.approx(dict(wanted))


@examples(deadline=None, max_examples=25)
@given(worlds(), st.sets(ENDS, max_size=3), st.sets(st.sampled_from(NAMES), min_size=1))
def test_whom_a_few_may_not_meet_is_what_it_is_among_all(
    world: World, blocked: set[tuple[str, str]], few: set[str]
) -> None:
    """Acquainted, introduced, blocked and frozen, of some rows and of every row."""
    snapshot = world.introduced("m0", "m4", days_ago=30).introduced("m2", "m3", days_ago=400).snapshot()
    rows = snapshot.rows(few)

    whole = exclude_pairs(snapshot, NOW, blocked, [("m5", "m6")], USUAL).toarray() > 0
    part = exclude_pairs(snapshot, NOW, blocked, [("m5", "m6")], USUAL, of=rows).toarray() > 0

    assert (part[rows] == whole[rows]).all()
    assert part.sum() == whole[rows].sum()


@pytest.mark.parametrize("entries_per_part", [1, 20, 10_000])
def test_candidates_found_in_several_threads_and_any_order_are_the_same(entries_per_part: int) -> None:
    """Blocks of two rows, two threads, rows the other way round: the same lists in the order of members."""
    world = World()
    for n, name in enumerate(NAMES):
        world.works_on(name, f"{TOPICS[n % 4]} {TOPICS[n % 3 + 3]}").know(name, NAMES[(n * 4 + 1) % 9], days_ago=800)
    snapshot = world.snapshot()
    allowed, rows = allowed_in(snapshot, np.ones(len(NAMES)), set()), everyone(snapshot)
    ready = prepare(snapshot, USUAL)

    alone = ready.candidates(rows, allowed)
    together = all_candidates(ready, rows[::-1], allowed, at_once=2, threads=2, part_of=entries_per_part)

    assert_same(alone, together)


def assert_same(one: Candidates, other: Candidates) -> None:
    """The same pairs with the same figures, in the same order."""
    assert (one.rows.tolist(), one.columns.tolist()) == (other.rows.tolist(), other.columns.tolist())
    assert one.relevance == pytest.approx(other.relevance)
    assert all(one.factors[name] == pytest.approx(other.factors[name]) for name in one.factors)


def test_the_largest_events_of_a_large_community_propose_nobody_and_still_count() -> None:
    """Ann was at the fair with all, and at the dinner with bob: at most of three members, the dinner alone proposes."""
    snapshot = World().meet_at("dinner", "ann bob").meet_at("fair", "ann bob cas dov").snapshot()
    allowed = Allowed(eligible=np.ones(4, dtype=np.bool_), excluded=sparse.csr_array((4, 4)))
    ann = snapshot.rows(["ann"])

    asked = Events.of(snapshot, replace(USUAL, largest_event=3)).asked(ann)
    whole = Events.of(snapshot, USUAL).block(ann).toarray()[0]

    assert asked.best(allowed, 3).columns.tolist() == [snapshot.member_index["bob"]]
    assert asked.of_pairs(np.zeros(4, dtype=np.int64), everyone(snapshot)) == pytest.approx(whole)


def test_lists_grow_shorter_in_large_communities_and_no_shorter_than_a_fifth() -> None:
    """Small communities keep what is set."""
    usual = MatchSettings()

    assert usual.in_community(usual.full_lists) == usual
    assert usual.in_community(2 * usual.full_lists).candidates == usual.candidates // 2
    assert usual.in_community(10**9).shortlist == usual.shortlist // 5


def test_a_round_tells_of_those_who_are_asked_for() -> None:
    """Matches and reasons are made when they are looked at; slices, order and equality are those of a list."""
    world = World().works_on("ann", "ai law").works_on("bob", "ai law").works_on("cas", "tax ink").works_on("d", "tax")
    snapshot = world.snapshot()

    result = match_all(
        snapshot, now=NOW, eligible=snapshot.members, settings=MatchSettings(), rng=np.random.default_rng(1)
    )

    assert [match.members for match in result.chosen] == [match.members for match in result.planned]
    assert result.chosen[0] == result.chosen[:1][0] == next(iter(result.chosen))
    assert result.chosen[::-1] == list(result.chosen)[::-1]
    assert [bool(match.reasons) for match in result.planned] == [False, False]
    with pytest.raises(IndexError):
        result.chosen[2]
    with pytest.raises(KeyError):
        result.matches["zoe"]


@examples(deadline=None, max_examples=40)
@given(worlds())
def test_one_member_is_as_familiar_with_each_as_in_a_round(world: World) -> None:
    """What is worked out at a check-in, without compiled code, is what a round works out of pairs."""
    snapshot = world.snapshot()
    familiarity, rows = Familiarity.of(snapshot), everyone(snapshot)
    for own in rows.tolist():
        pairs = familiarity.of_pairs(np.full(len(rows), own), rows, np.zeros(len(rows)), USUAL)
        assert familiarity.of_one(own, rows, USUAL) == pytest.approx(pairs)
