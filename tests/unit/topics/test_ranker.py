"""Proposals are judged by how the community talks, and by what its members kept."""

import json

from serendipity.topics.pipeline import build_extractor
from serendipity.topics.ranker import Judgement, Ranker, statistics_of
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
