"""A round and a triggered match on toy worlds, and what must hold in any world."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from serendipity.domain.errors import UnknownMember
from serendipity.domain.model import Match
from serendipity.matching.assignment.rounds import Round
from serendipity.matching.matcher import MatchInputs, match_all, match_one
from serendipity.matching.scoring.scoring import ranks
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from tests.unit.matching.worlds import NOW, World

USUAL = MatchSettings()


def a_round(snapshot: Snapshot, settings: MatchSettings = USUAL, **options: object) -> Round:
    """Match all members of a world."""
    options = {"now": NOW, "eligible": snapshot.members, **options}
    return match_all(snapshot, settings=settings, rng=np.random.default_rng(7), **options)  # type: ignore[arg-type]


def pairs(matches: object) -> set[tuple[str, str]]:
    """Return who is matched with whom."""
    return {(match.member, match.other) for match in matches}  # type: ignore[attr-defined]


def four() -> World:
    """Two who share falconry and two who share chess; all four work on ai."""
    world = World().works_on("ann", "ai falconry hats pens").works_on("bob", "ai falconry mats oats")
    return world.works_on("cas", "ai chess wool silk").works_on("dov", "ai chess tin lead")


def test_those_who_share_something_rare_are_introduced() -> None:
    """The two obvious pairs, each once, each with reasons."""
    result = a_round(four().snapshot())

    assert {tuple(sorted(pair)) for pair in pairs(result.chosen)} == {("ann", "bob"), ("cas", "dov")}
    assert set(result.outcomes.values()) == {"proposed"}
    assert all(match.reasons for match in result.chosen)


@pytest.mark.parametrize("why", ["acquainted", "introduced", "blocked", "frozen", "not eligible", "colleagues"])
def test_an_excluded_pair_is_never_matched(why: str) -> None:
    """Whatever keeps ann and bob apart, they are not matched; without it they are."""
    world, settings = four(), USUAL
    options: dict[str, object] = {}
    match why:
        case "acquainted":
            world.know("ann", "bob", days_ago=300)
        case "introduced":
            world.introduced("ann", "bob", days_ago=100)
        case "blocked":
            options["inputs"] = MatchInputs(blocked={("ann", "bob")})
        case "frozen":
            options["inputs"] = MatchInputs(frozen=[("bob", "ann")])
        case "not eligible":
            options["eligible"] = ["ann", "cas", "dov"]
        case _:
            world.members("ann bob", organisation="Acme")
            settings = replace(USUAL, same_organisation=False)
    snapshot = world.snapshot()

    result = a_round(snapshot, settings, **options)
    eligible = options.pop("eligible", snapshot.members)
    one = match_one(snapshot, "ann", now=NOW, eligible=eligible, settings=settings, **options)  # type: ignore[arg-type]

    everyone = [match for matches in result.matches.values() for match in matches]
    assert not {("ann", "bob"), ("bob", "ann")} & pairs([*result.chosen, *everyone, *one])


def test_a_faded_tie_and_an_old_introduction_keep_nobody_apart() -> None:
    """A tie of 1 is below the threshold after more than its half-life; an introduction a year ago is long ago."""
    world = four().know("ann", "bob", days_ago=370).introduced("ann", "bob", days_ago=400)

    result = a_round(world.snapshot())

    assert ("ann", "bob") in {tuple(sorted(pair)) for pair in pairs(result.chosen)}


def test_nobody_good_enough_is_an_answer() -> None:
    """Dov works on what nobody else does; eve has not said a thing."""
    world = World().works_on("ann", "ai law").works_on("bob", "ai law").works_on("dov", "mats").members("eve")

    result = a_round(world.snapshot(), eligible=["ann", "bob", "dov", "eve", "unknown"])

    assert result.outcomes == {
        "ann": "proposed",
        "bob": "proposed",
        "dov": "nobody_good_enough",
        "eve": "nothing_said_yet",
        "unknown": "nothing_said_yet",
    }
    assert match_one(world.snapshot(), "dov", now=NOW, eligible=["ann", "bob"], settings=USUAL) == []


def test_a_round_respects_the_cap_of_each_member() -> None:
    """Three who all fit each other: one pair, and the third is told that all good ones are taken."""
    world = World().works_on("ann", "ai law").works_on("bob", "ai law").works_on("cas", "ai law").works_on("d", "x")

    result = a_round(world.snapshot())

    assert len(result.chosen) == 1
    assert sorted(result.outcomes[member] for member in ("ann", "bob", "cas")) == [
        "all_taken",
        "proposed",
        "proposed",
    ]


def test_a_triggered_match_looks_only_among_those_who_are_here() -> None:
    """Bob fits best, and is away."""
    snapshot = four().works_on("cas", "falconry").snapshot()
    everyone = set(snapshot.members)

    anywhere = match_one(snapshot, "ann", now=NOW, eligible=everyone, settings=USUAL)
    here = match_one(snapshot, "ann", now=NOW, eligible=everyone, among={"cas", "ann"}, settings=USUAL)

    assert "bob" in {match.other for match in anywhere}
    assert [match.other for match in here] == ["cas"]


def test_matching_an_unknown_member_says_so() -> None:
    """The graph does not have them."""
    with pytest.raises(UnknownMember):
        match_one(four().snapshot(), "zoe", now=NOW, eligible=(), settings=USUAL)


def test_surprise_turns_from_the_close_to_the_far() -> None:
    """Ann's friend of a friend and a stranger share the same with her; turned up, the dial prefers the stranger."""
    world = World().works_on("ann", "ai law").works_on("fay", "ai law").works_on("joe", "ai law").works_on("m", "b")
    world.know("ann", "mia").know("fay", "mia")
    snapshot = world.snapshot()

    def best(surprise: float) -> str:
        settings = replace(USUAL, surprise=surprise, reciprocity=0.0)
        return match_one(snapshot, "ann", now=NOW, eligible=["ann", "fay", "joe"], settings=settings)[0].other

    assert best(0.0) == "fay"
    assert best(1.0) == "joe"


def test_exposure_control_spreads_suggestions() -> None:
    """The hub was at every small dinner; it is suggested less often when exposure has a price."""
    world = World()
    for n in range(12):
        world.meet_at(f"dinner{n}", f"hub m{n:02}").meet_at(f"lunch{n // 3}", f"m{n:02}")
    snapshot = world.snapshot()

    def suggested(exposure: float) -> float:
        settings = replace(USUAL, exposure=exposure, reciprocity=0.0, surprise=0.0, k=1)
        firsts = [match for matches in a_round(snapshot, settings).matches.values() for match in matches]
        return sum(match.other == "hub" for match in firsts)

    assert suggested(1.0) < suggested(0.0)


def test_an_empty_community_has_an_empty_round() -> None:
    """Nobody, or one member alone."""
    assert a_round(World().snapshot()).chosen == []
    assert a_round(World().works_on("ann", "tea").snapshot()).outcomes == {"ann": "nobody_good_enough"}


def test_progress_reaches_the_end() -> None:
    """The caller is told how many members are done, of how many."""
    heard: list[tuple[int, int]] = []

    a_round(four().snapshot(), progress=lambda done, of: heard.append((done, of)))

    assert heard[-1] == (4, 4)


NAMES = [f"m{n}" for n in range(8)]
TOPICS = [f"t{n}" for n in range(6)]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any small world."""
    world = World().members(" ".join(NAMES))
    for name in NAMES:
        said = draw(st.lists(st.sampled_from(TOPICS), max_size=3, unique=True))
        world.works_on(name, " ".join(said), days_ago=draw(st.integers(0, 90)))
    ends = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])
    for one, other in draw(st.lists(ends, max_size=8)):
        world.know(one, other, days_ago=draw(st.integers(0, 900)))
    world.meet_at("dinner", " ".join(draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True))))
    for one, other in draw(st.lists(ends, max_size=3)):
        world.seeks(one, TOPICS[0]).offers(other, TOPICS[0])
    return world


def check(match: Match, snapshot: Snapshot) -> None:
    """What holds for any match."""
    assert match.member != match.other
    figures = [match.score, match.relevance, match.unexpectedness, *match.factors.values()]
    assert all(0.0 <= figure <= 1.0 + 1e-9 for figure in figures), match
    for reason in match.reasons:
        assert set(reason.topics) <= set(snapshot.topics)
        assert set(reason.events) <= set(snapshot.events)
        assert set(reason.members) <= set(snapshot.members)


@examples(deadline=None, max_examples=40)
@given(worlds(), st.randoms(use_true_random=False))
def test_in_any_world_matches_are_sound(world: World, random: object) -> None:
    """Nobody meets themselves, an excluded pair or too many; figures lie in [0, 1]; the order of members is nothing."""
    snapshot = world.snapshot()
    blocked = {(NAMES[0], NAMES[1]), (NAMES[3], NAMES[2])}
    shuffled = list(NAMES)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    result = a_round(snapshot, eligible=NAMES[:7], inputs=MatchInputs(blocked=blocked))
    again = a_round(
        snapshot, eligible=[name for name in shuffled if name != NAMES[7]], inputs=MatchInputs(blocked=list(blocked))
    )

    everyone = [match for matches in result.matches.values() for match in matches]
    for match in (*everyone, *result.chosen):
        check(match, snapshot)
        one, other = sorted((match.member, match.other))
        assert (one, other) not in {("m0", "m1"), ("m2", "m3")}
        assert NAMES[7] not in (one, other)
        assert snapshot.knows[snapshot.member_index[one], snapshot.member_index[other]] < USUAL.acquainted
    taken = [name for match in result.chosen for name in (match.member, match.other)]
    assert len(taken) == len(set(taken))
    assert all(len(matches) <= USUAL.k for matches in result.matches.values())
    assert result == again


@examples(deadline=None, max_examples=25)
@given(worlds(), st.sampled_from(NAMES))
def test_in_any_world_a_triggered_match_agrees_with_a_round(world: World, name: str) -> None:
    """The same pairs with the same scores, once exposure is out of the play and all other sides are asked."""
    snapshot = world.snapshot()
    settings = replace(USUAL, exposure=0.0)

    one = match_one(snapshot, name, now=NOW, eligible=NAMES, settings=settings)
    of_round = a_round(snapshot, settings, eligible=NAMES).matches.get(name, [])

    assert [match.other for match in one] == [match.other for match in of_round]
    assert [match.score for match in one] == pytest.approx([match.score for match in of_round])


def test_an_interest_fades_from_the_reasons_of_a_match_as_time_goes_by() -> None:
    """The weight in the evidence is the one at the moment of matching."""
    snapshot = four().snapshot()

    now = match_one(snapshot, "ann", now=NOW, eligible=snapshot.members, settings=USUAL)[0]
    later = match_one(snapshot, "ann", now=NOW + timedelta(days=45), eligible=snapshot.members, settings=USUAL)[0]

    assert now.reasons[0].data["weights"] == [1.0, 1.0]
    assert later.reasons[0].data["weights"] == [0.5, 0.5]


def test_ranks_of_long_arrays_are_those_of_each_row_by_itself() -> None:
    """They are found in parts, cut between rows; of what is in no order too."""
    rng = np.random.default_rng(1)
    rows = np.sort(rng.integers(0, 40, size=1_200_000))
    columns = np.arange(len(rows), dtype=np.int64)
    scores = rng.random(len(rows)).round(3)
    shuffled = rng.permutation(len(rows))

    found = ranks(rows, columns, scores)

    row = rows == 17
    assert found[row].tolist() == ranks(rows[row], columns[row], scores[row]).tolist()
    assert (ranks(rows[shuffled], columns[shuffled], scores[shuffled]) == found[shuffled]).all()
