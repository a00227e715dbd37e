"""Each source on a toy world whose answer is visible."""

import pytest

from serendipity.matching.candidates.sources.bridging import Bridging
from serendipity.matching.candidates.sources.events import Events
from serendipity.matching.candidates.sources.interests import Interests
from serendipity.matching.candidates.sources.paths import Paths
from serendipity.matching.candidates.sources.walks import CROWD, Walks
from serendipity.matching.candidates.sources.wants import Wants
from serendipity.matching.settings import MatchSettings
from tests.unit.matching.worlds import NOW, PLAIN, World, dense, everyone


def test_a_rare_shared_topic_is_worth_more_than_a_common_one() -> None:
    """All but one work on ai; only ann and bob on falconry, and ann and cas share no more than ai."""
    world = World().works_on("ann", "ai falconry").works_on("bob", "ai falconry").works_on("cas", "ai baking")
    snapshot = world.works_on("dov", "ai chess").snapshot()

    scores = dense(snapshot, Interests.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "bob"] == pytest.approx(1.0)
    assert 0.0 < scores["ann", "cas"] < 0.5


def test_related_topics_make_candidates_of_members_who_share_none() -> None:
    """Drawn: ann: wood · bob: carpentry · the two topics are often mentioned together, by cas."""
    world = World().works_on("ann", "wood").works_on("bob", "carpentry").works_on("dov", "tax")
    for day in range(5):
        world.works_on("cas", "wood carpentry", days_ago=day)
    snapshot = world.snapshot()

    scores = dense(snapshot, Interests.of(snapshot, PLAIN).block(everyone(snapshot)))
    narrow = dense(snapshot, Interests.of(snapshot, MatchSettings(widening=0.0)).block(everyone(snapshot)))

    assert scores["ann", "bob"] > 0.1
    assert scores["ann", "dov"] == 0.0
    assert narrow["ann", "bob"] == 0.0


def test_an_old_interest_counts_less_than_a_fresh_one() -> None:
    """Drawn: ann works on tea and ink; bob said tea today, cas said ink a year ago beside something fresh."""
    world = World().works_on("ann", "tea ink").works_on("bob", "tea").works_on("bob", "zinc", days_ago=360)
    snapshot = world.works_on("cas", "ink", days_ago=360).works_on("cas", "iron").snapshot()

    scores = dense(snapshot, Interests.of(snapshot, MatchSettings(widening=0.0)).block(everyone(snapshot)))

    assert scores["ann", "bob"] > 10 * scores["ann", "cas"] > 0.0


def test_a_walk_over_ties_reaches_the_friend_of_a_friend_before_the_one_behind() -> None:
    """Drawn: ann — bob — cas — dov, and eve alone."""
    snapshot = World().know("ann", "bob").know("bob", "cas").know("cas", "dov").members("eve").snapshot()

    scores = dense(snapshot, Paths.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "cas"] > scores["ann", "dov"] > 0.0
    assert scores["ann", "eve"] == 0.0


def test_a_faded_tie_carries_less_than_a_fresh_one() -> None:
    """Drawn: ann — bob — cas (fresh) and ann — bob — dov (four years old)."""
    snapshot = World().know("ann", "bob").know("bob", "cas").know("bob", "dov", days_ago=1460).snapshot()

    scores = dense(snapshot, Paths.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "cas"] > scores["ann", "dov"] > 0.0


def test_a_dinner_together_says_more_than_a_conference() -> None:
    """Drawn: ann was at the dinner with bob, and at the fair with all."""
    others = " ".join(f"m{n:02}" for n in range(40))
    snapshot = World().meet_at("dinner", "ann bob").meet_at("fair", f"ann cas {others}").snapshot()

    scores = dense(snapshot, Events.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "bob"] > 2 * scores["ann", "cas"] > 0.0


def test_a_recent_event_says_more_than_an_old_one() -> None:
    """Two dinners, eight years apart."""
    snapshot = World().meet_at("dinner", "ann bob").meet_at("lunch", "ann cas", days_ago=2930).snapshot()

    scores = dense(snapshot, Events.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "bob"] > 2 * scores["ann", "cas"] > 0.0


def test_a_favour_both_ways_beats_a_favour_one_way() -> None:
    """Bob offers what ann seeks and seeks what she offers; cas offers it only; dov seeks the same as ann."""
    world = World().seeks("ann", "law").offers("ann", "code").offers("bob", "law").seeks("bob", "code")
    snapshot = world.offers("cas", "law").seeks("dov", "law").snapshot()

    scores = dense(snapshot, Wants.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "bob"] == pytest.approx(1.0)
    assert 0.0 < scores["ann", "cas"] < 0.5
    assert scores["ann", "dov"] == 0.0
    assert scores["ann", "bob"] == pytest.approx(scores["bob", "ann"])


def test_a_walk_goes_over_whatever_joins_people_and_further_is_less() -> None:
    """Drawn: ann — bob (a tie) · bob and cas at the dinner · cas and dov on falconry · eve alone."""
    world = (
        World().know("ann", "bob").meet_at("dinner", "bob cas").works_on("cas", "falconry").works_on("dov", "falconry")
    )
    snapshot = world.members("eve").snapshot()

    scores = dense(snapshot, Walks.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "bob"] > scores["ann", "cas"] > scores["ann", "dov"] > 0.0
    assert scores["ann", "eve"] == 0.0
    assert scores["ann", "dov"] == pytest.approx(scores["dov", "ann"])


def test_a_walk_over_what_many_share_leads_to_each_of_them_less() -> None:
    """Ann shares falconry with bob alone, and ai with forty."""
    world = World().works_on("ann", "falconry ai").works_on("bob", "falconry")
    for n in range(40):
        world.works_on(f"m{n:02}", "ai")
    snapshot = world.snapshot()

    scores = dense(snapshot, Walks.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "bob"] > 5 * scores["ann", "m07"] > 0.0


def test_what_a_crowd_shares_joins_nobody() -> None:
    """An event of more than so many members is walked past."""
    crowd = " ".join(f"m{n:04}" for n in range(CROWD))
    snapshot = World().meet_at("fair", f"ann bob {crowd}").meet_at("dinner", "ann cas").snapshot()

    of_ann = Walks.of(snapshot, PLAIN).block(snapshot.rows(["ann"])).toarray()[0]

    assert of_ann[snapshot.member_index["cas"]] > 0.0
    assert of_ann[snapshot.member_index["bob"]] == 0.0


def test_a_bridge_leads_to_whom_somebody_of_ones_own_craft_knows() -> None:
    """Drawn: ann and bob work on falconry · bob knows cas, a baker · dov bakes too, and knows nobody."""
    world = World().works_on("ann", "falconry").works_on("bob", "falconry").works_on("cas", "baking")
    snapshot = world.works_on("dov", "baking").know("bob", "cas").snapshot()

    scores = dense(snapshot, Bridging.of(snapshot, PLAIN).block(everyone(snapshot)))

    assert scores["ann", "cas"] == pytest.approx(0.5)  # all that the circle of cas does, and nothing the other way
    assert scores["ann", "dov"] == 0.0
    assert scores["ann", "cas"] == pytest.approx(scores["cas", "ann"])


def test_sources_read_the_same_lists_at_any_moment() -> None:
    """The landmark scales all weights alike, so that lists do not depend on it."""
    world = World().works_on("ann", "a b").works_on("bob", "b c", days_ago=9).works_on("cas", "c a", days_ago=30)
    early = world.snapshot()
    priority = type(early).build(world.changes(), early.half_lives, NOW.replace(year=2027))

    one, other = (Interests.of(snapshot, PLAIN).block(everyone(snapshot)).toarray() for snapshot in (early, priority))

    assert one == pytest.approx(other)
