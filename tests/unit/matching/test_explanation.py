"""Evidence for a pair on toy worlds."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from serendipity.domain.model import Reason
from serendipity.matching.explanation.explanation import explain_each
from serendipity.matching.settings import MatchSettings
from serendipity.matching.snapshot.snapshot import Snapshot
from tests.unit.matching.worlds import NOW, World


def _explained(snapshot: Snapshot, members: Sequence[str]) -> tuple[Reason, ...]:
    return explain_each(snapshot, [members], now=NOW, settings=MatchSettings())[0]


def reasons(snapshot: Snapshot, one: str = "ann", other: str = "bob") -> dict[str, list[Reason]]:
    """Return the evidence by kind."""
    found: dict[str, list[Reason]] = {}
    for reason in _explained(snapshot, (one, other)):
        found.setdefault(reason.kind, []).append(reason)
    return found


def test_shared_topics_come_with_each_side_s_weight_and_date() -> None:
    """Rare ones first."""
    world = World().works_on("ann", "ai falconry").works_on("bob", "ai falconry", days_ago=45).works_on("cas", "ai")

    shared = reasons(world.snapshot())["shared_topic"]

    assert [reason.topics for reason in shared] == [("falconry",), ("ai",)]
    assert shared[0].data == {
        "labels": ["Falconry"],
        "weights": [1.0, 0.5],
        "said_at": ["2026-03-01T09:00:00+00:00", "2026-01-15T09:00:00+00:00"],
    }


def test_adjacent_topics_name_both_ends_and_how_near_they_are() -> None:
    """Drawn: ann — wood ~ carpentry — bob; cas mentions the two together."""
    world = World().works_on("ann", "wood").works_on("bob", "carpentry").works_on("cas", "wood carpentry")

    (adjacent,) = reasons(world.snapshot())["adjacent_topics"]

    assert adjacent.topics == ("wood", "carpentry")
    assert adjacent.data["labels"] == ["Wood", "Carpentry"]
    assert adjacent.data["affinity"] == pytest.approx(0.5)


def test_what_one_seeks_and_the_other_offers_names_the_giver() -> None:
    """Both directions."""
    world = World().seeks("ann", "law").offers("bob", "law").offers("ann", "code").seeks("bob", "code")

    favours = reasons(world.snapshot())["seek_offer"]

    assert {(reason.topics, reason.data["giver"]) for reason in favours} == {(("law",), "bob"), (("code",), "ann")}


def test_shared_events_come_with_their_size_small_ones_first() -> None:
    """A dinner says more than a fair."""
    world = World().meet_at("fair", "ann bob " + " ".join(f"m{n}" for n in range(30))).meet_at("dinner", "ann bob")

    events = reasons(world.snapshot())["shared_event"]

    assert [(reason.events[0], reason.data["size"]) for reason in events] == [("dinner", 2), ("fair", 32)]


@pytest.mark.parametrize(("chain", "length"), [("ann bob", 1), ("ann cas bob", 2), ("ann cas dov bob", 3)])
def test_a_path_names_those_in_between(chain: str, length: int) -> None:
    """The shortest chain of ties."""
    names = chain.split()
    world = World()
    for one, other in pairwise(names):
        world.know(one, other, strength=0.4)

    (path,) = reasons(world.snapshot())["path"]

    assert path.members == tuple(names)
    assert path.data["length"] == length


def test_the_strongest_of_the_shortest_paths_is_told() -> None:
    """Through eve, whom both know well, not through cas."""
    world = World().know("ann", "cas", days_ago=900).know("cas", "bob", days_ago=900)
    world.know("ann", "eve").know("eve", "bob")

    (path,) = reasons(world.snapshot())["path"]

    assert path.members == ("ann", "eve", "bob")


def test_what_differs_and_why_they_would_not_have_met_are_told_beside() -> None:
    """Strangers of different organisations."""
    world = World().members("ann", organisation="Acme").members("bob", organisation="Beta")
    world.works_on("ann", "tea law").works_on("bob", "tea code")

    found = reasons(world.snapshot())

    (difference,), (distance,) = found["difference"], found["distance"]
    assert difference.data == {
        "only_one": [{"id": "law", "label": "Law"}],
        "only_other": [{"id": "code", "label": "Code"}],
    }
    assert distance.data == {
        "steps": None,
        "different_organisation": True,
        "shared_events": 0,
        "shared_weekdays": None,
    }
    assert difference.weight == distance.weight == 0.0


def test_the_days_on_which_both_are_seen_are_told_once_enough_is_known() -> None:
    """1 March 2026 is a Sunday (6): ann comes on Sunday, Saturday and Friday, bob on Friday, Thursday, Wednesday."""
    world = World()
    for n in range(3):
        world.works_on("ann", f"a{n}", days_ago=n).works_on("bob", f"b{n}", days_ago=n + 2)

    (distance,) = reasons(world.snapshot())["distance"]

    assert distance.data["shared_weekdays"] == [4]


def test_the_weights_of_the_reasons_add_up_to_one() -> None:
    """Each says which share of the case it makes, the weightiest first."""
    world = World().works_on("ann", "ai law").works_on("bob", "ai law tea").meet_at("dinner", "ann bob")
    world.know("ann", "cas").know("cas", "bob").seeks("ann", "code").offers("bob", "code")

    found = _explained(world.snapshot(), ("ann", "bob"))

    assert sum(reason.weight for reason in found) == pytest.approx(1.0)
    assert [reason.weight for reason in found] == sorted((reason.weight for reason in found), reverse=True)


def test_many_pairs_are_explained_as_each_by_itself() -> None:
    """Groups and those whom the graph does not have, too."""
    world = World().works_on("ann", "ai wood law").works_on("bob", "ai carpentry", days_ago=45).seeks("bob", "law")
    world.works_on("cas", "wood carpentry").offers("ann", "law").meet_at("dinner", "bob cas").know("ann", "cas")
    snapshot, settings = world.snapshot(), MatchSettings()
    groups = [("ann", "bob"), ("ann", "bob", "cas"), ("zoe", "bob"), ("bob", "ann"), ("cas", "bob")]

    explained = explain_each(snapshot, groups, now=NOW, settings=settings)

    assert explained == [_explained(snapshot, members) for members in groups]
    assert [bool(each) for each in explained] == [True, True, False, True, True]
    assert explain_each(snapshot, [], now=NOW, settings=settings) == []
