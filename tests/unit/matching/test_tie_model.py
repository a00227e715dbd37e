"""What is learned from a community's own ties, and how attention is shared out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from serendipity.matching.candidates.exclusions import of_pairs
from serendipity.matching.candidates.fusion import Candidates
from serendipity.matching.learning.backtest import rank_for_backtest, rankable_members
from serendipity.matching.learning.tie_model import PRIOR, TieModel, fit_tie_model
from serendipity.matching.learning.time_split import TimeSplit
from serendipity.matching.scoring.exposure_fairness import FAIR, gini, spread_exposure
from serendipity.matching.scoring.pair_features import TRAITS
from serendipity.matching.scoring.re_ranker import FAMILIAR, ReRanker, settings_for_re_ranking
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.word_profiles import WordProfiles
from tests.unit.matching.worlds import World

SETTINGS = settings_for_re_ranking(MatchSettings(surprise=0.0))


def crowd(size: int = 40) -> World:
    """Two circles who work on the same and never met, and others who each work on something else."""
    world = World()
    for n in range(size):
        world.works_on(f"m{n:02}", f"craft{n % 4} tool{n % 8}")
    for n in range(0, size - 4, 4):
        world.know(f"m{n:02}", f"m{n + 4:02}", days_ago=100.0)
    return world


def a_split() -> TimeSplit:
    """Members with even numbers tie themselves later to those who work on the same craft and tool."""
    snapshot = crowd().snapshot()
    rows = np.arange(len(snapshot.members))
    known = sparse.csr_array((snapshot.knows > 0).astype(np.float64))
    allowed, rows = rankable_members(snapshot, snapshot.members, known)
    later = [(f"m{n:02}", f"m{n + 8:02}") for n in range(0, 32)]
    return TimeSplit.of(snapshot, rows, allowed, [*later, ("m00", "m04"), ("m00", "nobody")])


def no_words(split: TimeSplit) -> WordProfiles:
    """Nothing but topics is known."""
    return WordProfiles.of(split.snapshot, [])


def test_weights_follow_what_happened_and_stay_near_the_prior_without_history() -> None:
    """Nothing learned: the prior itself. Ties made by silence alone: silence counts most."""
    rng = np.random.default_rng(3)
    table = rng.normal(size=(2_000, len(TRAITS)))
    by_silence = table[:, TRAITS.index("silence")] > 1.5

    nothing = fit_tie_model(np.zeros((0, len(TRAITS))), np.zeros(0, dtype=np.bool_))
    taught = fit_tie_model(table, by_silence)

    assert dict(zip(TRAITS, nothing.weights, strict=True)) == pytest.approx(
        {name: PRIOR.get(name, 0.0) for name in TRAITS}, abs=0.01
    )
    assert TRAITS[int(np.argmax(taught.weights))] == "silence"
    assert np.median(taught.log_odds(table)[by_silence]) == pytest.approx(0.0, abs=1e-9)


def test_a_judgement_survives_being_written_down() -> None:
    """What is stored as JSON is what was learned; a trait that was none then weighs nothing."""
    judged = fit_tie_model(np.random.default_rng(1).normal(size=(50, len(TRAITS))), np.arange(50) < 5)
    data = judged.as_data()

    assert TieModel.from_data(data) == judged
    before = TieModel.from_data({**data, "weights": {"closeness": 0.5, "moon": 2.0}})
    assert dict(zip(TRAITS, before.weights, strict=True)) == {name: 0.5 * (name == "closeness") for name in TRAITS}


def test_a_split_keeps_the_ties_that_a_match_could_have_made() -> None:
    """Both ways; who was tied before, and who is not a member, do not count."""
    split = a_split()

    assert len(split.tied) == 64
    assert split.found_by("interests", SETTINGS) == 1.0
    assert split.found_by("paths", SETTINGS) < 1.0


def test_learning_raises_who_became_tied() -> None:
    """Whom the judgement puts first is tied later more often than whom the sources do at day one."""
    split = a_split()
    words = no_words(split)
    tie_model = split.learn(words, SETTINGS, np.random.default_rng(0), lambda done, total: None)

    tied = {(int(one), int(other)) for one, other in split.tied}
    lists = rank_for_backtest(
        split.snapshot,
        split.snapshot.members,
        excluded=split.allowed.excluded,
        settings=SETTINGS,
        rng=np.random.default_rng(0),
        re_ranker=ReRanker.of(split.snapshot, words, SETTINGS, tie_model),
    )
    index = split.snapshot.member_index
    hits = sum((index[one], index[other]) in tied for one, list_ in lists.items() for other in list_[:2])

    assert tie_model.first_ties == 64
    assert hits > 30  # chance gives three; half of those who share craft and tool are tied
    assert all(len(list_) == 10 and one not in list_ for one, list_ in lists.items())


@pytest.mark.parametrize("lacking", ["ties", "ties and events", "texts", "texts and ties"])
def test_without_ties_events_or_texts_what_is_left_decides(lacking: str) -> None:
    """Circles of four that work on the same, dine together, and are tied to the same broker; nobody was tied later."""
    world = World().members(" ".join(f"m{n:02}" for n in range(40)))
    for n in range(40):
        if "texts" not in lacking:
            world.works_on(f"m{n:02}", f"craft{n % 10} ai")
        if "ties" not in lacking:
            world.know(f"m{n:02}", f"broker{n % 10}", days_ago=50.0)
    for n in range(0 if "events" in lacking else 10):
        world.meet_at(f"dinner{n}", " ".join(f"m{m:02}" for m in range(n, 40, 10)))
    snapshot = world.snapshot()
    members = [member for member in snapshot.members if member.startswith("m")]
    allowed, rows = rankable_members(snapshot, members, sparse.csr_array((len(snapshot.members),) * 2))
    split = TimeSplit.of(snapshot, rows, allowed, [])
    words = no_words(split)
    tie_model = split.learn(words, SETTINGS, np.random.default_rng(0), lambda done, total: None)

    lists = rank_for_backtest(
        snapshot,
        members,
        excluded=allowed.excluded,
        settings=SETTINGS,
        rng=np.random.default_rng(0),
        re_ranker=ReRanker.of(snapshot, words, SETTINGS, tie_model),
    )

    assert tie_model.first_ties == 0
    assert all(len(list_) == 10 for list_ in lists.values())
    assert all(int(one[1:]) % 10 == int(other[1:]) % 10 for one, list_ in lists.items() for other in list_[:3])


def test_surprise_puts_strangers_and_the_unlike_first() -> None:
    """A stranger is fully unexpected; who is joined by ties and speaks alike is not."""
    split = a_split()
    said = [(member, [f"craft{n % 8}", f"thing{n}"]) for n, member in enumerate(split.snapshot.members)]
    words = WordProfiles.of(split.snapshot, said)
    tie_model = split.learn(words, SETTINGS, np.random.default_rng(0), lambda done, total: None)
    found = ReRanker.of(split.snapshot, words, SETTINGS, tie_model).candidates(split.rows, split.allowed)

    unexpected, stranger = found.factors["unexpectedness"], found.factors["strangers"] > 0

    assert set(found.factors["strangers"].tolist()) == {0.0, 1.0}
    assert (unexpected[stranger] == 1.0).all()
    assert (unexpected >= FAMILIAR).all()
    assert unexpected[~stranger].min() < 0.9
    assert ((found.relevance > 0) & (found.relevance < 1)).all()


def test_a_judgement_is_the_same_from_either_side() -> None:
    """r(u, v) = r(v, u), so that no second look from the other side is needed."""
    split = a_split()
    re_ranker = ReRanker.of(split.snapshot, no_words(split), SETTINGS)
    found, traits = re_ranker.proposed(split.rows, split.allowed)
    lists = {(int(u), int(v)): traits[n] for n, (u, v) in enumerate(zip(found.rows, found.columns, strict=True))}
    pairs = [(u, v) for u, v in lists if (v, u) in lists]

    assert pairs
    for u, v in pairs:
        assert lists[u, v] == pytest.approx(lists[v, u])


def test_words_that_all_or_one_use_say_nothing() -> None:
    """Ann and bob share "falcon"; everybody says "work", and only cas says "zinc"."""
    snapshot = World().members("ann bob cas").snapshot()
    texts = [("ann", ["work", "falcon"]), ("bob", ["work", "falcon", "hood"]), ("cas", ["work", "zinc"])]
    words = WordProfiles.of(snapshot, [*texts, *((f"x{n}", ["work", f"tool{n}"]) for n in range(20))])

    likeness = words.of_pairs(np.array([0, 0]), np.array([1, 2]))

    assert likeness.tolist() == pytest.approx([1.0, 0.0])


def test_the_same_phrases_are_a_trait_beside_the_same_words() -> None:
    """Those of a craft who put it in the same phrase are alike in phrasing, and in wording nobody is."""
    split = a_split()
    phrases = [(member, [f"fine craft {n % 8}", f"thing {n}"]) for n, member in enumerate(split.snapshot.members)]
    re_ranker = ReRanker.of(split.snapshot, WordProfiles.of(split.snapshot, [], phrases), SETTINGS)

    found, traits = re_ranker.proposed(split.rows, split.allowed)
    same = found.rows % 8 == found.columns % 8

    assert same.any()
    assert np.ptp(traits[:, TRAITS.index("wording")]) == 0.0
    assert (traits[same, TRAITS.index("phrasing")] > traits[~same, TRAITS.index("phrasing")].max()).all()


def test_a_pair_of_a_crowd_is_not_split() -> None:
    """Ties that were excluded by a block of pairs are never taught."""
    split = a_split()
    everyone = of_pairs(split.snapshot, [(a, b) for a in split.snapshot.members for b in split.snapshot.members])
    closed = TimeSplit.of(split.snapshot, split.rows, replace(split.allowed, excluded=everyone), [("m00", "m08")])

    assert len(closed.tied) == 0
    assert closed.found_by("interests", SETTINGS) == 0.0


@given(seed=st.integers(0, 1000), even=st.floats(0.1, 0.8), more=st.floats(0.0, 0.2))
def test_attention_is_shared_evenly_or_within_the_bounds(seed: int, even: float, more: float) -> None:
    """A fair price is paid for evenness, a steeper one only to stay within bounds; prices only lower scores."""
    rng = np.random.default_rng(seed)
    rows, columns = (ends.ravel() for ends in np.meshgrid(np.arange(12), np.arange(12), indexing="ij"))
    scores = rng.random(144) * rng.random(12)[columns]
    found = Candidates(rows=rows, columns=columns, relevance=scores, factors={})

    shared = spread_exposure(found, scores, np.arange(12), depth=3, even=even, most_unequal=even + more)

    gentle = spread_exposure(found, scores, np.arange(12), depth=3, even=1.0, most_unequal=1.0)
    assert shared.gini <= max(even + more, gentle.gini)
    assert shared.exponent <= FAIR or shared.gini <= even + more or shared.gini <= gentle.gini
    assert (shared.scores <= scores + 1e-12).all()
    assert (shared.price >= 1.0).all()


@given(st.lists(st.integers(0, 9), max_size=30))
def test_the_gini_coefficient_is_that_of_all_pairs(counts: list[int]) -> None:
    """Half the mean difference of all pairs, over the mean."""
    given_ = np.array(counts, dtype=np.float64)
    differences = np.abs(given_[:, None] - given_[None, :])
    expected = differences.mean() / (2 * given_.mean()) if given_.sum() else 0.0

    assert gini(given_) == pytest.approx(expected)
