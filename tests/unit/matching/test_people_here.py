"""Whom to meet here and now, by what was just said and by what was said before."""

from datetime import timedelta

from serendipity.domain.model import Stance
from serendipity.matching.people_here import Said, cached_encounters, encounters
from serendipity.matching.settings import MatchSettings
from tests.unit.matching.worlds import NOW, World, ids

USUAL = MatchSettings()
DATA = [Said(topic="big-data", stance=Stance.INTEREST, weight=1.0)]


def three() -> World:
    """Ann, Bob who works on big data, and Cas who does so less and works on bees."""
    world = World().works_on("ann", "bees").works_on("bob", "big-data").works_on("cas", "bees")
    return world.works_on("cas", "big-data", days_ago=90)


def test_who_works_most_on_what_was_just_said_comes_first() -> None:
    """Interests as they stand now decide."""
    found = encounters(three().snapshot(), "ann", DATA, among={"ann", "bob", "cas"}, now=NOW, settings=USUAL)
    assert ids(found) == ["bob", "cas"]
    assert found[0].score > found[1].score
    assert [reason.topics for reason in found[0].reasons] == [("big-data",)]


def test_only_those_who_are_here_are_found() -> None:
    """Bob has gone home."""
    found = encounters(three().snapshot(), "ann", DATA, among={"ann", "cas"}, now=NOW, settings=USUAL)
    assert ids(found) == ["cas"]


def test_who_is_known_already_or_blocked_is_left_out() -> None:
    """A tie above the threshold, and a block in either order."""
    snapshot = three().know("ann", "bob").snapshot()
    here = {"ann", "bob", "cas"}
    assert ids(encounters(snapshot, "ann", DATA, among=here, now=NOW, settings=USUAL)) == ["cas"]
    blocked = {("cas", "ann")}
    assert encounters(snapshot, "ann", DATA, among=here, now=NOW, blocked=blocked, settings=USUAL) == []


def test_colleagues_are_left_out_where_the_community_wants_it_so() -> None:
    """Same organisation, and the setting that allows it."""
    world = three().members("ann bob", organisation="Acme")
    apart = MatchSettings(same_organisation=False)
    here = {"ann", "bob", "cas"}
    assert ids(encounters(world.snapshot(), "ann", DATA, among=here, now=NOW, settings=apart)) == ["cas"]
    assert ids(encounters(world.snapshot(), "ann", DATA, among=here, now=NOW, settings=USUAL)) == ["bob", "cas"]


def test_a_favour_counts_in_full_and_names_who_gives() -> None:
    """What is sought now is offered by somebody here; what is offered now is sought by somebody here."""
    snapshot = three().offers("cas", "welding").seeks("bob", "baking").snapshot()
    said = [
        Said(topic="welding", stance=Stance.SEEK, weight=1.0),
        Said(topic="baking", stance=Stance.OFFER, weight=1.0),
    ]
    found = encounters(snapshot, "ann", said, among={"bob", "cas"}, now=NOW, settings=USUAL)
    givers = {match.other: match.reasons[0].members for match in found}
    assert givers == {"cas": ("cas",), "bob": ("ann",)}
    assert {match.reasons[0].kind for match in found} == {"seek_offer"}


def test_somebody_new_meets_people_by_their_first_words() -> None:
    """The graph has not heard of them yet."""
    found = encounters(three().snapshot(), "zoe", DATA, among={"zoe", "bob"}, now=NOW, settings=USUAL)
    assert ids(found) == ["bob"]


def test_nobody_is_found_by_a_topic_that_the_graph_does_not_have() -> None:
    """Nothing to go by is no reason to meet."""
    unheard = [Said(topic="unheard-of", stance=Stance.INTEREST, weight=1.0)]
    assert encounters(three().snapshot(), "ann", unheard, among={"bob"}, now=NOW, settings=USUAL) == []


def test_what_was_said_before_is_remembered_with_its_stance_and_fades() -> None:
    """Strongest first; a half-life later it weighs half."""
    snapshot = three().seeks("ann", "welding").snapshot()
    assert {(one.topic, one.stance) for one in cached_encounters(snapshot, "ann", NOW)} == {
        ("bees", Stance.INTEREST),
        ("welding", Stance.SEEK),
    }
    later = {one.topic: one.weight for one in cached_encounters(snapshot, "ann", NOW + timedelta(days=45))}
    assert round(later["bees"], 6) == 0.5
    assert cached_encounters(snapshot, "zoe", NOW) == []
