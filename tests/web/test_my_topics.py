"""My topics: pinned, hidden, struck out and taken back; what is hidden is nobody else's to see."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.decay import Weight, value
from serendipity.domain.graph import PIN_SHARE, EdgeKey, EdgeKind, NodeKind
from serendipity.domain.model import LinkPurpose, Purpose, RecordKind
from serendipity.intake import check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.introductions.evidence import read_sentence_context
from serendipity.outreach.links import issue_link
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.members.own_topics import decide
from serendipity.usecases.topics import drift
from serendipity.usecases.topics.curation import Decision
from serendipity.usecases.topics.curation import decide as curate
from serendipity.usecases.upkeep.graph import graph_as_of, rebuild
from tests.web.conftest import Community, form_token
from tests.web.introduced import proposed

PINNED, HIDDEN, STRUCK = RecordKind.TOPIC_PINNED, RecordKind.TOPIC_HIDDEN, RecordKind.TOPIC_STRUCK


def _says(community: Community, member: str, text: str, *, days_ago: float = 0) -> None:
    now = community.clock.now()
    item = CheckInInput(member=member, text=text, at=now - timedelta(days=days_ago) if days_ago else None)
    with community.services.ledger.write() as uow:
        check_ins.record_check_ins(uow, [item], source="test", now=now, scrub=community.services.scrub)


def _open(community: Community, client: TestClient, member: str) -> None:
    with community.services.ledger.write() as uow:
        now = community.clock.now()
        token = issue_link(uow, LinkPurpose.PROFILE, member, None, now=now, ttl=timedelta(hours=1))
    page = client.get(f"/me/{token}").text
    client.post(f"/me/{token}", data={"csrf": form_token(page)})


def _press(client: TestClient, do: str, topic: str, back: str = "") -> str:
    data = {"csrf": form_token(client.get("/me/topics").text), "do": do, "topic": topic, "back": back}
    return client.post("/me/topics", data=data).text


def _edges(community: Community, member: str) -> set[EdgeKey]:
    kinds = (EdgeKind.INTERESTED_IN, EdgeKind.SEEKS, EdgeKind.OFFERS, EdgeKind.PINNED)
    return set(community.services.graph.around(NodeKind.MEMBER, member, kinds))


def test_a_topic_is_shown_with_its_weight_and_why(community: Community, client: TestClient) -> None:
    """The text that it came from stands beside it, with its day."""
    member = community.member("Nora Visser").id
    _says(community, member, "Big data for the city archive")
    community.catch_up()
    _open(community, client, member)

    page = client.get("/me/topics").text

    assert "<h2>Big Data</h2>" in page
    assert "<q>Big data for the city archive</q> · 5 Jan 2026" in page


def test_a_topic_is_shown_by_its_name_in_the_readers_language(community: Community, client: TestClient) -> None:
    """Where it has one there; what is done about it stays the same."""
    member = community.member("Nora Visser").id
    _says(community, member, "Gardening and big data")
    community.catch_up()
    _open(community, client, member)

    page = client.get("/me/topics?lang=nl").text
    hidden = _press(client, "hide", "gardening")

    assert "<h2>tuinieren</h2>" in page
    assert "<h2>Big Data</h2>" in page
    assert "<b>tuinieren</b>" in hidden


def test_a_pinned_topic_keeps_half_the_weight_of_the_strongest(community: Community, client: TestClient) -> None:
    """On the page and in what the matcher reads, long after it was said; unpinned, it fades as it would have."""
    services, member = community.services, community.member("Nora Visser").id
    _says(community, member, "Photography", days_ago=300)
    for day in range(5):
        _says(community, member, "Big data", days_ago=day + 0.5)
    community.catch_up()
    _open(community, client, member)

    pinned = _press(client, "pin", "photography")
    community.catch_up()
    snapshot = services.snapshots.latest()
    assert snapshot is not None
    row = snapshot.interests[[snapshot.member_index[member]]].toarray()[0]
    page = client.get("/me/topics").text
    _press(client, "pin", "photography", back="1")
    community.catch_up()
    faded = services.snapshots.latest()

    assert "Pinned. It will not fade." in pinned
    assert '<span class="chip">pinned</span>' in page
    assert f'value="{PIN_SHARE:.3f}" aria-label="Photography"' in page
    strongest, lifted = (row[snapshot.topic_index[each]] for each in ("big-data", "photography"))
    assert lifted == pytest.approx(PIN_SHARE * strongest)
    assert faded is not None
    assert faded.interests[[0], [faded.topic_index["photography"]]] < 0.05 * strongest


def test_a_hidden_topic_is_seen_by_its_member_alone_and_used_for_nothing(
    community: Community, client: TestClient
) -> None:
    """No edge is left of it, also not in a rebuilt graph; its member sees it and can show it again."""
    member = community.member("Nora Visser").id
    _says(community, member, "Big data and photography")
    community.catch_up()
    before = _edges(community, member)
    _open(community, client, member)

    _press(client, "hide", "photography")
    community.catch_up()
    page, hidden = client.get("/me/topics").text, _edges(community, member)
    rebuild(community.services)
    rebuilt = _edges(community, member)
    _press(client, "hide", "photography", back="1")
    community.catch_up()

    assert hidden == {key for key in before if key.target != "photography"}
    assert rebuilt == hidden
    assert '<section class="card" id="hidden">' in page
    assert page.index("<b>Photography</b>") > page.index('id="hidden"')
    assert _edges(community, member) == before


def test_what_is_hidden_is_left_out_of_reasons_given_before(community: Community) -> None:
    """An introduction that waits names the topic no more to anybody."""
    introduction = proposed(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    topics = {topic for reason in introduction.reasons for topic in reason.topics}
    services = community.services
    first = introduction.parties[0].member
    for topic in topics:
        decide(services, first, HIDDEN, topic)
    with services.ledger.read() as uow:
        known = read_sentence_context(
            uow,
            introduction,
            topics=services.topics(),
            settings=services.introductions,
            now=community.clock.now(),
        )

    assert topics
    assert topics.isdisjoint(known.topics)


def test_what_is_hidden_is_not_told_at_the_kiosk(community: Community) -> None:
    """The answer to a check-in marks it as its member's alone."""
    member = community.member("Nora Visser").id
    decide(community.services, member, HIDDEN, "photography")

    answer = check_in(community.services, CheckInInput(member=member, text="Photography and big data"), source="test")

    assert {each.topic for each in answer.topics if each.sensitive} == {"photography"}


def test_a_struck_out_topic_comes_back(community: Community, client: TestClient) -> None:
    """Struck out everywhere it does not count; taken back it does."""
    member = community.member("Nora Visser").id
    _says(community, member, "Photography")
    community.catch_up()
    _open(community, client, member)

    _press(client, "strike", "photography")
    community.catch_up()
    struck = _edges(community, member)
    page = _press(client, "strike", "photography", back="1")
    community.catch_up()

    assert struck == set()
    assert "Undone." in page
    assert {key.target for key in _edges(community, member)} == {"photography"}


def test_a_sensitive_topic_stands_with_what_only_its_member_sees(community: Community, client: TestClient) -> None:
    """It counts for nothing, and nobody else is shown it."""
    member = community.member("Nora Visser").id
    _says(community, member, "Photography")
    curate(
        community.services,
        Decision(kind=RecordKind.TOPIC_FLAGGED, data={"topic": "photography", "sensitive": True}),
        by="manager:mgr",
    )
    community.catch_up()
    _open(community, client, member)

    page = client.get("/me/topics").text

    assert "sensitive: never used" in page
    assert "<h2>Photography</h2>" not in page


def test_choices_follow_merged_topics(community: Community) -> None:
    """A pin on a topic that is merged is a pin on what it became; so is hiding."""
    services, member = community.services, community.member("Nora Visser").id
    _says(community, member, "Photography")
    decide(services, member, PINNED, "photography")
    curate(
        services,
        Decision(kind=RecordKind.TOPIC_MERGED, data={"topic": "photography", "into": "big-data"}),
        by="manager:mgr",
    )
    community.catch_up()
    pinned = _edges(community, member)
    decide(services, member, HIDDEN, "photography")
    community.catch_up()

    assert EdgeKey(EdgeKind.PINNED, member, "big-data") in pinned
    assert _edges(community, member) == set()


def test_the_link_of_two_topics_is_what_the_graph_held(community: Community) -> None:
    """Now and at earlier moments, under strikes, hiding and withdrawn consent, the counts equal those of the fold."""
    services, now = community.services, community.clock.now()
    people = [community.member(f"Nora{n} Visser").id for n in range(4)]
    people.append(community.member("Bram de Wit", purposes=frozenset({Purpose.NAME_LOOKUP})).id)
    for n, member in enumerate(people):
        for days in (1, 20, 45):
            _says(community, member, "Big data and photography" if n % 2 else "Photography", days_ago=days + n)
    community.catch_up()
    decide(services, people[1], HIDDEN, "photography")
    community.catch_up()
    one, other = (services.topics()[id] for id in ("big-data", "photography"))
    moments = [now - timedelta(days=30), now]

    with services.ledger.read() as uow:
        points = drift.link_over_time(services, uow, one, other, points=moments)

    key = EdgeKey(EdgeKind.RELATED_TO, "big-data", "photography")
    for point in points:
        edge = graph_as_of(services, point.at).around(NodeKind.TOPIC, "big-data", {EdgeKind.RELATED_TO}).get(key)
        assert isinstance(edge, Weight)
        assert point.together == pytest.approx(value(edge, point.at, services.half_lives.affinity))
        assert point.npmi is not None


def test_what_rises_is_told_once_a_window(community: Community) -> None:
    """A signal per topic and window; counted again, nothing is told again."""
    services = community.services
    people = [community.member(f"Nora{n} Visser").id for n in range(12)]
    for member in people:
        for days in (1.2, 9, 16, 23):
            _says(community, member, "Big data and photography" if days < 7 else "Big data", days_ago=days)
    community.catch_up()

    first = drift.tell_drift(services)
    again = drift.tell_drift(services)
    daily = drift.tell_drift_daily(services)
    with services.ledger.read() as uow:
        [signal] = uow.signals.recent(limit=10)

    assert (first, again, daily) == (1, 0, 0)
    assert signal.member is None
    assert signal.data is not None
    assert (signal.name, signal.subject) == ("topic.rising", "topic:photography")
    assert signal.data["members"] == 12
    kept = drift.latest_drift(services)
    assert [(each.topic, each.days) for each in kept.drifts] == [("photography", 7)]
