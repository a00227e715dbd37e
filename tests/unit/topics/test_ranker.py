"""Proposals are judged by how the community talks, and by what its members kept."""

import json

from serendipity.topics.pipeline import build_extractor
from serendipity.topics.ranker import Judgement, Ranker, Statistics, statistics_of
from serendipity.topics.vocabulary import Vocabulary

TEXTS = ["felt and a loom", "felt", "a loom, a loom", "pottery"]


def test_what_others_say_too_ranks_above_what_one_text_says_once() -> None:
    """All else equal."""
    statistics = statistics_of([{"zorble": True, "quimby": True}, {"quimby": True}, {"quimby": True}])

    seldom, often = (statistics.traits(one, first=0, mentions=1, weight=0.5) for one in ("zorble", "quimby"))

    assert Ranker().score(often) > Ranker().score(seldom)


def test_a_phrase_said_again_and_early_ranks_higher() -> None:
    """Than one said once at the end."""
    statistics = statistics_of([{"felt": True}])

    early = statistics.traits("felt", first=0, mentions=3, weight=0.5)
    late = statistics.traits("felt", first=40, mentions=1, weight=0.5)

    assert Ranker().score(early) > Ranker().score(late)


def test_what_qualifies_other_words_ranks_below_what_it_qualifies() -> None:
    """An adjective never ends what stands between joining words, and the texts tell so in any language."""
    extractor = build_extractor(Vocabulary())

    counted = extractor.count(["de zorblige quimby", "een zorblige quimby", "quimby en zorblige loom"])
    quimby, zorblige = (counted.traits(one, first=0, mentions=1, weight=0.25) for one in ("quimby", "zorblige"))

    assert (counted.endings["quimby"], counted.endings.get("zorblige", 0)) == (3, 0)
    assert quimby.ending > 0 > zorblige.ending
    assert Ranker().score(quimby) > Ranker().score(zorblige)


def test_what_nearly_every_text_says_ranks_below_what_some_say() -> None:
    """Only where there are texts enough to tell."""
    many = Statistics(texts=400, phrases={"reference": 350, "loom": 20})
    few = Statistics(texts=4, phrases={"reference": 4})

    everywhere, some = (many.traits(one, first=0, mentions=1, weight=0.5) for one in ("reference", "loom"))

    assert everywhere.formula > some.formula == 0
    assert few.traits("reference", first=0, mentions=1, weight=0.5).formula == 0


def test_a_ranker_written_down_before_a_trait_was_known_gives_it_no_weight() -> None:
    """And statistics without endings tell nothing of them."""
    written = Judgement(statistics=statistics_of([{"felt": True}])).as_data()
    del written["endings"], written["ranker"]["ending"]

    old = Judgement.from_data(written)

    assert old.ranker.weights.ending == 0
    assert old.statistics.traits("felt", first=0, mentions=1, weight=0.5).ending == 0


def test_the_ranker_learns_what_members_strike_out() -> None:
    """Long phrases struck out a hundred times rank lower afterwards, kept pairs do not."""
    statistics = statistics_of([{"felt hat": True, "felt hat making day": True}])
    pair = statistics.traits("felt hat", first=0, mentions=1, weight=0.5)
    long = statistics.traits("felt hat making day", first=0, mentions=1, weight=0.5)

    learned = Ranker().learn([(pair, True), (long, False)] * 100)

    assert learned.score(long) < Ranker().score(long)
    assert learned.score(pair) - learned.score(long) > Ranker().score(pair) - Ranker().score(long)


def test_one_judgement_changes_little_and_none_nothing() -> None:
    """The prior is worth as much as a few members."""
    traits = statistics_of([{"felt": True}]).traits("felt", first=0, mentions=1, weight=0.5)

    assert Ranker().learn([]) == Ranker()
    assert abs(Ranker().learn([(traits, False)]).score(traits) - Ranker().score(traits)) < 2


def test_the_same_history_gives_the_same_ranker_and_it_can_be_written_down() -> None:
    """As plain JSON, exactly."""
    traits = statistics_of([{"felt": True}]).traits("felt", first=0, mentions=1, weight=0.5)
    learned = Ranker().learn([(traits, True)] * 7)

    assert Ranker().learn([(traits, True)] * 7) == learned
    assert Ranker.from_data(json.loads(json.dumps(learned.as_data()))) == learned


def test_an_extractor_judges_by_the_statistics_of_its_texts() -> None:
    """A first pass counts, the second judges; weights are chances, the best first."""
    extractor = build_extractor(Vocabulary())

    extractor.judge_by(Judgement(statistics=extractor.count(TEXTS)))
    mentions = extractor.understand("a loom, and again the loom, with zorble").mentions

    assert mentions[0].phrase == "loom"
    assert all(0 < mention.weight <= 1 for mention in mentions)
