"""A dial of one's own: it orders one's own list, costs nobody anything, and is followed in a round."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from serendipity.domain.model import Stance
from serendipity.matching.assignment.rounds import Round
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.matcher import MatchInputs, match_all, match_one
from serendipity.matching.people_here import Said, encounters
from serendipity.matching.scoring.scoring import ranks, surprise_factor
from serendipity.matching.settings import MatchSettings
from tests.unit.matching.worlds import NOW, World, ids

USUAL = MatchSettings(surprise=0.3, exposure=0.0, evidence_floor=0.0, unexpectedness_floor=0.01)


def near_and_far() -> World:
    """Ann shares nearly all with Bob, and one thing with Cas, whom she does not know; Eve and Fay fit each other."""
    world = World().works_on("ann", "ai chess wool hats").works_on("bob", "ai wool hats")
    world.works_on("cas", "chess tin lead oats").works_on("eve", "rye figs").works_on("fay", "rye kelp")
    return world.meet_at("salon", "ann bob").meet_at("supper", "ann bob")


def best_of(dial: float | None) -> str:
    """Whom Ann should meet first."""
    dials = {} if dial is None else {"ann": dial}
    world = near_and_far().snapshot()
    found = match_one(world, "ann", now=NOW, eligible=world.members, settings=USUAL, inputs=MatchInputs(dials=dials))
    return found[0].other


def a_round(dials: dict[str, float], settings: MatchSettings = USUAL) -> Round:
    """Match all of them."""
    world, rng = near_and_far().snapshot(), np.random.default_rng(7)
    return match_all(
        world, now=NOW, eligible=world.members, settings=settings, rng=rng, inputs=MatchInputs(dials=dials)
    )


def test_a_members_own_dial_decides_who_comes_first() -> None:
    """At 0 it is Bob, who does the same; at 1 Cas, whom Ann would not have met."""
    assert (best_of(0.0), best_of(1.0)) == ("bob", "cas")


def test_a_round_follows_the_dial_of_the_one_who_turned_it() -> None:
    """Also where the other side, who turned none, sees the pair otherwise; the others' pairs stay."""
    closer, bolder = ({frozenset(m.members) for m in a_round({"ann": dial}).chosen} for dial in (0.0, 1.0))

    assert frozenset({"ann", "bob"}) in closer
    assert frozenset({"ann", "cas"}) in bolder
    assert frozenset({"eve", "fay"}) in closer & bolder


def test_the_factors_multiply_to_the_score_and_name_the_dial() -> None:
    """Whoever asks why gets the numbers that were used."""
    for match in a_round({"ann": 1.0}).chosen:
        parts = [match.factors[name] for name in ("reciprocal", "surprise", "exposure")]
        assert abs(np.prod(parts) - match.score) < 1e-4
        assert match.factors["dial"] == (1.0 if match.member == "ann" else 0.3)


def test_a_dial_at_the_communitys_own_value_changes_nothing() -> None:
    """Not by a rounding either."""
    plain, turned = a_round({}), a_round({"ann": 0.3})

    assert [m.members for m in plain.chosen] == [m.members for m in turned.chosen]
    assert [m.score for m in plain.chosen] == [m.score for m in turned.chosen]


@examples(max_examples=60, deadline=None)
@given(
    unexpected=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=12),
    own=st.floats(0.05, 1.0),
    community=st.floats(0.05, 1.0),
)
def test_turning_ones_dial_moves_no_other_list(unexpected: list[float], own: float, community: float) -> None:
    """The other rows stay as they are; one's own keeps its best at the community's value, in [0, 1], in one order."""
    half = len(unexpected) // 2
    rows = np.array([0] * half + [1] * (len(unexpected) - half), dtype=np.int64)
    columns = np.arange(2, 2 + len(rows))
    found = Candidates(
        rows=rows,
        columns=columns,
        relevance=np.ones(len(rows)),
        factors={"unexpectedness": np.array(unexpected)},
    )
    settings = replace(USUAL, surprise=community)
    usual = surprise_factor(found, settings)
    turned = surprise_factor(found, settings, np.array([own, *[community] * (1 + len(rows))]))

    assert np.array_equal(usual[rows == 1], turned[rows == 1])
    assert ((turned >= 0) & (turned <= 1)).all()
    assert np.isclose(turned[rows == 0].max(), usual[rows == 0].max())
    if len(set(np.maximum(np.array(unexpected[:half]), settings.unexpectedness_floor).round(6))) == half:
        assert np.array_equal(ranks(rows, columns, usual)[:half], ranks(rows, columns, turned)[:half])


def test_at_a_check_in_the_dial_orders_those_who_are_here() -> None:
    """Ann says wool: Bob, whom she meets at small events and who does the same, or Cas, whom she never met."""
    world = near_and_far().works_on("cas", "wool", days_ago=4).snapshot()
    said = [Said(topic="wool", stance=Stance.INTEREST, weight=1.0)]

    def first(dial: float) -> str:
        settings = replace(USUAL, surprise=dial)
        return ids(encounters(world, "ann", said, among={"bob", "cas"}, now=NOW, settings=settings))[0]

    assert (first(0.0), first(1.0)) == ("bob", "cas")
