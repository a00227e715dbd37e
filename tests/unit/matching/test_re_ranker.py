"""Rounds that are judged, on toy worlds: relevance, the price on odds, and whom a ranking would have found."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.matching.candidates.exclusions import of_pairs
from serendipity.matching.candidates.fusion import Allowed, Candidates
from serendipity.matching.learning.ranking_evaluation import RankingQuality, Trial, evaluate_ranking
from serendipity.matching.learning.tie_model import TieModel, fit_tie_model
from serendipity.matching.learning.time_split import TimeSplit
from serendipity.matching.matcher import MatchInputs, at_odds, match_all, scored_all
from serendipity.matching.scoring.pair_features import TRAITS
from serendipity.matching.scoring.re_ranker import ReRanker, RoundReRanker, settings_for_re_ranking
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.edges import Floats, Sparse
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.matching.snapshot.word_profiles import WordProfiles
from tests.unit.matching.worlds import HALF_LIVES, NOW, World

SETTINGS = MatchSettings(evidence_floor=0.05)
WORDS = 5


def circles(size: int = 40) -> World:
    """Crafts that every fourth shares, and everybody's common one; neighbours by number are acquainted."""
    world = World()
    for n in range(size):
        world.works_on(f"m{n:02}", f"craft{n % 4} common")
    for n in range(0, size - 1, 2):
        world.know(f"m{n:02}", f"m{n + 1:02}", days_ago=400.0)
    return world


def wording_of(snapshot: Snapshot) -> WordProfiles:
    """Every fifth puts things alike."""
    said = [(member, [f"word{n % WORDS}", f"own{n}"]) for n, member in enumerate(snapshot.members)]
    return WordProfiles.of(snapshot, said)


def by_wording() -> TieModel:
    """A judgement for which wording is all."""
    nothing = fit_tie_model(np.zeros((0, len(TRAITS))), np.zeros(0, dtype=np.bool_))
    weights = tuple(2.0 * (name == "wording") for name in TRAITS)
    return replace(nothing, weights=weights, usual_log_odds=-1.0)


def judge_of(snapshot: Snapshot, tie_model: TieModel, **by: float) -> RoundReRanker:
    """What judges a round that many days after the snapshot was made."""
    now = snapshot.landmark + timedelta(**by)
    re_ranker = ReRanker.of(snapshot, wording_of(snapshot), settings_for_re_ranking(SETTINGS), now=now)
    return RoundReRanker(re_ranker=re_ranker, tie_model=tie_model)


def test_a_judged_round_introduces_whom_the_judgement_puts_first() -> None:
    """Those who put things alike, who are not those of one craft; floors and acquaintance hold as ever."""
    snapshot = circles().snapshot()
    found = match_all(
        snapshot,
        now=NOW,
        eligible=frozenset(snapshot.members),
        settings=SETTINGS,
        rng=np.random.default_rng(0),
        inputs=MatchInputs(re_ranker=judge_of(snapshot, by_wording())),
    )

    assert len(found.chosen) > 10
    alike = [int(match.member[1:]) % WORDS == int(match.other[1:]) % WORDS for match in found.chosen]
    assert np.mean(alike) > 0.9
    for match in found.chosen:
        assert match.factors["unexpectedness"] >= SETTINGS.unexpectedness_floor
        assert match.factors["evidence"] >= SETTINGS.evidence_floor
        assert match.relevance == pytest.approx(match.factors["reciprocal"], abs=1e-6)


class Halving:
    """Foresees half as much of the pairs that one member is in."""

    def __init__(self, row: int) -> None:
        self._row = row

    def relative(self, snapshot: Snapshot, profiles: Sparse, found: Candidates) -> Floats:
        """Return what scores are multiplied by."""
        return np.where((found.rows == self._row) | (found.columns == self._row), 0.5, 1.0)


def test_what_outcomes_taught_multiplies_what_was_judged() -> None:
    """The score of each pair is the product of its factors, propensity among them."""
    snapshot = circles().snapshot()
    rows = np.arange(len(snapshot.members))
    everyone = Allowed(eligible=np.ones(len(rows), dtype=np.bool_), excluded=of_pairs(snapshot, []))
    re_ranker = judge_of(snapshot, by_wording())
    scored = scored_all(
        snapshot,
        rows,
        everyone,
        settings=SETTINGS,
        inputs=MatchInputs(re_ranker=re_ranker, outcome_model=Halving(row=3)),
    )
    factors = scored.found.factors

    assert set(factors["propensity"].tolist()) == {0.5, 1.0}
    product = factors["relevance"] * factors["surprise"] * factors["propensity"] * factors["exposure"]
    assert scored.scores == pytest.approx(product, abs=1e-8)


@given(seed=st.integers(0, 1000))
def test_a_price_takes_the_same_share_of_all_odds(seed: int) -> None:
    """Great ones and small ones; a price of 1 takes nothing."""
    rng = np.random.default_rng(seed)
    relevance, price = rng.uniform(0.001, 0.999, 9), rng.uniform(1.0, 4.0, 9)
    priced = at_odds(relevance, price)

    assert priced / (1.0 - priced) == pytest.approx(relevance / (1.0 - relevance) / price)
    assert at_odds(relevance, np.ones(9)) == pytest.approx(relevance)


def test_unexpectedness_is_that_of_every_round() -> None:
    """The humps of familiarity and overlap, not the rule of back-tests."""
    snapshot = circles().snapshot()
    rows = np.arange(len(snapshot.members))
    everyone = Allowed(eligible=np.ones(len(rows), dtype=np.bool_), excluded=of_pairs(snapshot, []))
    fused, judged = (
        scored_all(snapshot, rows, everyone, settings=SETTINGS, inputs=MatchInputs(re_ranker=re_ranker)).found
        for re_ranker in (None, judge_of(snapshot, by_wording()))
    )
    usual = dict(zip(zip(fused.rows, fused.columns, strict=True), fused.factors["unexpectedness"], strict=True))
    both = [
        (usual[pair], value)
        for pair, value in zip(
            zip(judged.rows, judged.columns, strict=True), judged.factors["unexpectedness"], strict=True
        )
        if pair in usual
    ]

    assert len(both) > 100
    assert np.allclose([before for before, _ in both], [after for _, after in both])


@given(days=st.integers(0, 400))
def test_a_judgement_is_the_same_whatever_moment_a_snapshot_is_scaled_to(days: int) -> None:
    """Traits are read at the moment of the round."""
    early, priority = (
        Snapshot.build(circles(12).changes(), HALF_LIVES, landmark) for landmark in (NOW, NOW + timedelta(days=days))
    )
    everyone = Allowed(eligible=np.ones(12, dtype=np.bool_), excluded=of_pairs(early, []))
    kept = judge_of(early, by_wording(), days=days).re_ranker.proposed(np.arange(12), everyone)
    fresh = judge_of(priority, by_wording()).re_ranker.proposed(np.arange(12), everyone)

    assert kept[0].columns.tolist() == fresh[0].columns.tolist()
    assert np.allclose(kept[1], fresh[1], atol=1e-9)


@given(seed=st.integers(0, 1000))
def test_what_the_kinds_of_traits_add_is_the_log_odds(seed: int) -> None:
    """Of any judgement and any pairs, with what is usual taken off."""
    rng = np.random.default_rng(seed)
    tie_model = fit_tie_model(rng.normal(size=(60, len(TRAITS))), rng.random(60) < 0.3)
    pairs = rng.normal(size=(7, len(TRAITS)))

    assert np.allclose(sum(tie_model.by_kind(pairs).values()), tie_model.log_odds(pairs))


def test_foresight_counts_members_who_find_one_and_a_surprising_one() -> None:
    """All four who became tied later are found by wording; two of them were joined by a walk over somebody."""
    snapshot = circles().know("m02", "m39", days_ago=9.0).know("m39", "m22", days_ago=9.0).snapshot()
    rows = np.arange(len(snapshot.members))
    allowed = Allowed(eligible=np.ones(len(rows), dtype=np.bool_), excluded=of_pairs(snapshot, []))
    split = TimeSplit.of(snapshot, rows, allowed, [("m00", "m05"), ("m02", "m22")])
    judged = scored_all(
        snapshot, rows, allowed, settings=SETTINGS, inputs=MatchInputs(re_ranker=judge_of(snapshot, by_wording()))
    )
    nobody = replace(judged, good=np.zeros(len(judged.found), dtype=np.bool_))

    assert evaluate_ranking(split, wording_of(snapshot), judged) == RankingQuality(found=1.0, surprising=0.5)
    assert evaluate_ranking(split, wording_of(snapshot), nobody) == RankingQuality(found=0.0, surprising=0.0)


def test_colleagues_are_no_first_ties_where_they_are_not_matched() -> None:
    """A round could not have introduced them."""
    snapshot = World().members("ann bob", "acme").members("cas").snapshot()
    allowed = Allowed(
        eligible=np.ones(3, dtype=np.bool_),
        excluded=of_pairs(snapshot, []),
        organisations=snapshot.organisation_codes,
    )
    split = TimeSplit.of(snapshot, np.arange(3), allowed, [("ann", "bob"), ("ann", "cas")])

    assert split.tied.tolist() == [[0, 2], [2, 0]]


@pytest.mark.parametrize(
    ("after", "better", "worse"),
    [
        (RankingQuality(found=0.5, surprising=0.3), True, False),
        (RankingQuality(found=0.5, surprising=0.1), False, True),
        (RankingQuality(found=0.4, surprising=0.3), False, False),
        (RankingQuality(found=0.3, surprising=0.3), False, True),
    ],
)
def test_better_is_more_found_and_no_fewer_surprising_ones(after: RankingQuality, better: bool, worse: bool) -> None:
    """Worse is fewer of either; the same is neither."""
    before = RankingQuality(found=0.4, surprising=0.2)

    assert (after.is_better_than(before), after.is_worse_than(before)) == (better, worse)
    assert Trial(members=50, first_ties=60, before=before, after=after).better is better
