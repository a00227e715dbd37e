"""How things stand counts for the past as well: what was folded before is folded again, and equals a rebuilt graph."""

from datetime import timedelta

import pytest

from serendipity.domain.graph import COMMUNITY, EdgeKey, EdgeKind, MemberNode, TopicNode
from serendipity.domain.model import RecordKind, Stance, Visibility
from serendipity.ports import GraphStore, Ledger
from serendipity.stores.graph_memory import MemoryGraph
from tests.integration.projection.comparing import HALF_LIVES, assert_same, copy_in_memory
from tests.integration.projection.conftest import NewLedger
from tests.integration.projection.histories import MEMBERS, PHRASES, START, History, Step
from tests.integration.projection.living import assert_all_ways_agree, live_through, project

INTEREST = Stance.INTEREST


def says(member: str, *phrases: str, hours: int = 0, visibility: Visibility = Visibility.MEMBERS) -> Step:
    """A check-in that mentions these."""
    return ("says", member, [(phrase, 1.0, INTEREST) for phrase in phrases], hours, visibility, False)


def attends(member: str, event: str) -> Step:
    """An attendance."""
    return ("takes part", RecordKind.ATTENDED, member, event, "attendee", 5)


ABOUT_AMBER: Step = ("event is read", "e1", [("amber", 1.0, INTEREST)])

STORIES: dict[str, list[list[Step]]] = {
    "who took over a duplicate withdraws": [
        [says("m1", "amber", "basalt"), says("m2", "amber")],
        [("merges", "m1", "m2")],
        [("agrees", "m2", False)],
    ],
    "who took over a duplicate withdraws and agrees again": [
        [says("m1", "amber", "basalt"), attends("m1", "e1"), ABOUT_AMBER, ("merges", "m1", "m2")],
        [("agrees", "m2", False)],
        [("agrees", "m2", True)],
    ],
    "a chain of duplicates": [
        [says("m1", "amber", "basalt"), ("ties", "m1", "m4", "said_so", 3)],
        [("merges", "m1", "m2")],
        [("merges", "m2", "m3")],
    ],
    "a chain of duplicates leaves": [
        [says("m1", "amber", "basalt"), ("ties", "m1", "m4", "said_so", 3), ("merges", "m1", "m2")],
        [("merges", "m2", "m3")],
        [("leaves", "m3")],
    ],
    "who took over a chain of duplicates withdraws": [
        [says("m1", "amber", "basalt"), ("ties", "m1", "m4", "said_so", 3), ("merges", "m1", "m2")],
        [("merges", "m2", "m3")],
        [("agrees", "m3", False)],
    ],
    "a duplicate agrees after the merge": [
        [attends("m5", "e1"), ("merges", "m5", "m2"), attends("m2", "e1")],
        [("agrees", "m5", True)],
    ],
    "two who were tied become one": [
        [("ties", "m1", "m2", "said_so", 3), ("introduced", "m1", "m2", "met", 4), says("m1", "amber")],
        [("merges", "m1", "m2")],
    ],
    "a narrower topic of a sensitive one": [
        [says("m1", "amber", "basalt"), ("parented", "t2", "t1")],
        [("flagged", "t1", True)],
        [("flagged", "t1", False)],
    ],
    "a parent that turns out sensitive comes late": [
        [("parented", "t2", "t1"), says("m1", "amber", "basalt", "cobalt")],
        [("added", "t5", "emerald", [], None, 1), ("added", "t1", "amber", [], "t5", 0)],
    ],
    "a retracted topic comes back sensitive": [
        [("parented", "t2", "t1"), says("m1", "amber", "basalt", "cobalt")],
        [("retracted", "t1")],
        [("added", "t1", "amber", [], None, 1)],
    ],
    "a retracted topic that others were merged into comes back": [
        [says("m1", "amber", "basalt", "cobalt"), ("topics merge", "t2", "t1")],
        [("retracted", "t1")],
        [("added", "t1", "amber", [], None, 0)],
        [("topics merge", "t3", "t1")],
    ],
    "a topic is merged into one that is merged on": [
        [says("m1", "amber", "basalt", "cobalt"), ("topics merge", "t1", "t2")],
        [("topics merge", "t2", "t3")],
        [("retracted", "t3")],
    ],
    "a phrase changes hands": [
        [says("m1", "amber", "emerald"), ("strikes", "m1", "t1", None)],
        [("aliased", "t2", "amber")],
        [("aliased", "t3", "emerald"), ("renamed", "t1", "amber")],
    ],
    "a phrase is blocked and let go": [
        [says("m1", "amber", "basalt"), ABOUT_AMBER, attends("m2", "e1")],
        [("blocked", "amber", True)],
        [("blocked", "amber", False)],
    ],
    "an event is cancelled and published again": [
        [ABOUT_AMBER, attends("m1", "e1")],
        [("cancels", "e1")],
        [("publishes", "e1", "again")],
    ],
    "an event's topic is merged": [
        [ABOUT_AMBER, attends("m1", "e1")],
        [("topics merge", "t1", "t2")],
        [("flagged", "t2", True)],
        [("flagged", "t2", False)],
    ],
    "a text is read twice more": [
        [says("m1", "amber", "basalt"), says("m2", "amber", hours=9)],
        [("reads again", 0, [("cobalt", 1.0, INTEREST)])],
        [("reads again", 0, [("cobalt", 0.7, INTEREST), ("amber", 0.3, INTEREST)])],
    ],
}


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.replace(" ", "-"))
def test_the_past_is_folded_again_where_things_stand_otherwise(ledger: Ledger, story: str, batch: int) -> None:
    """Each change of how things stand gives the graph that a rebuild gives."""
    graph = MemoryGraph(HALF_LIVES)
    live_through(ledger, graph, [(steps, batch, None) for steps in STORIES[story]])
    assert_all_ways_agree(ledger, graph)


@pytest.fixture
def history() -> History:
    """A small community that is about to tell its story."""
    return History.begun()


def told(ledger: Ledger, history: History, *steps: Step) -> MemoryGraph:
    """Take steps, and return the graph of everything so far, projected in small batches."""
    with ledger.read() as uow:
        head = uow.records.head()
    with ledger.write() as uow:
        uow.records.append(history.play(steps).new[head:])
    graph = MemoryGraph(HALF_LIVES)
    project(ledger, graph, batch=3)
    return graph


def members_named(graph: GraphStore) -> set[str]:
    """Every member that the graph knows, by a node or by an edge."""
    whole = graph.changes_since(0)
    named = {node.id for node in whole.nodes if isinstance(node, MemberNode)}
    return named | {end for key in (*whole.weights, *whole.facts) for end in key[1:] if end in MEMBERS}


def test_consent_withdrawn_takes_every_edge_away_and_given_again_brings_them_back(
    ledger: Ledger, history: History
) -> None:
    """Nothing of a member stays in the graph without their consent; their history is there again once they agree."""
    graph = MemoryGraph(HALF_LIVES)
    steps = [
        says("m1", "amber", "basalt"),
        attends("m1", "e1"),
        ABOUT_AMBER,
        ("ties", "m1", "m2", "said_so", 3),
        says("m2", "amber", hours=7),
    ]
    told(ledger, history, *steps)
    project(ledger, graph)
    before = copy_in_memory(graph)

    told(ledger, history, ("agrees", "m1", False))
    project(ledger, graph)
    without = copy_in_memory(graph)
    told(ledger, history, ("agrees", "m1", True))
    project(ledger, graph)

    assert "m1" in members_named(before)
    assert "m1" not in members_named(without)
    assert without.changes_since(0).weights.keys() == {
        EdgeKey(EdgeKind.INTERESTED_IN, "m2", "t1"),
        EdgeKey(EdgeKind.MENTIONED, "t1", "t1"),
        EdgeKey(EdgeKind.MENTIONED, COMMUNITY, COMMUNITY),
    }
    assert_same(graph, before, ledger)


def test_a_private_check_in_makes_no_edge(ledger: Ledger, history: History) -> None:
    """What is kept for the member only does not even count for the community."""
    graph = told(ledger, history, says("m1", "amber", "basalt", visibility=Visibility.PRIVATE))
    assert graph.changes_since(0).weights == {}


def test_a_check_in_for_matching_only_makes_the_same_edges_as_one_that_may_be_quoted(
    new_ledger: NewLedger,
) -> None:
    """Quoting is a matter of the page, not of the graph."""
    graphs = [
        told(new_ledger(), History.begun(), says("m1", "amber", "basalt", visibility=visibility))
        for visibility in (Visibility.MATCHING, Visibility.MEMBERS)
    ]
    assert graphs[0].changes_since(0).weights == graphs[1].changes_since(0).weights != {}


def test_a_sensitive_topic_makes_no_node_and_no_edge(ledger: Ledger, history: History) -> None:
    """Of a check-in about a sensitive and another topic, only the other is seen."""
    graph = told(
        ledger,
        history,
        ("flagged", "t1", True),
        ("parented", "t2", "t1"),
        says("m1", "amber", "basalt", "cobalt"),
        ABOUT_AMBER,
        attends("m1", "e1"),
    )
    whole = graph.changes_since(0)
    assert {node.id for node in whole.nodes if isinstance(node, TopicNode)} == {"t3", "t4"}
    assert not [key for key in (*whole.weights, *whole.facts) if {"t1", "t2"} & set(key[1:])]
    assert EdgeKey(EdgeKind.INTERESTED_IN, "m1", "t3") in whole.weights


def test_a_check_in_counts_at_most_ten_pairs_of_topics(ledger: Ledger, history: History) -> None:
    """The five strongest of eight topics are related with each other."""
    more: list[Step] = [("added", f"t{n}", phrase, [], None, 0) for n, phrase in zip((5, 6), PHRASES[4:6], strict=True)]
    graph = told(ledger, history, *more, says("m1", *PHRASES[:6]))
    assert graph.counts()[EdgeKind.RELATED_TO] == 10


def test_a_promotion_makes_earlier_mentions_count(ledger: Ledger, history: History) -> None:
    """A phrase that was a proposal when it was said counts from the moment it was said on."""
    said = told(ledger, history, says("m1", "emerald", hours=48))
    promoted = told(ledger, history, ("added", "t5", "emerald", [], None, 0))
    interest = promoted.changes_since(0).weights[EdgeKey(EdgeKind.INTERESTED_IN, "m1", "t5")]
    assert said.changes_since(0).weights == {}
    assert (interest.weight, interest.updated_at) == (1.0, START + timedelta(hours=48))


def test_a_strike_outlives_a_merge_of_its_topic(ledger: Ledger, history: History) -> None:
    """What a member struck out stays out, whatever the topic is called later."""
    graph = told(
        ledger, history, says("m1", "amber", "cobalt"), ("strikes", "m1", "t1", None), ("topics merge", "t1", "t2")
    )
    assert {key.target for key in graph.changes_since(0).weights if key.kind is EdgeKind.INTERESTED_IN} == {"t3"}
