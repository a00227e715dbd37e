"""No sensitive topic is ever told: in random worlds no sentence, picture or data names one, and no page does."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import cast

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from serendipity.domain.model import (
    Introduction,
    IntroductionState,
    LinkPurpose,
    Match,
    NewRecord,
    Party,
    Reason,
    RecordKind,
    Topic,
)
from serendipity.domain.sensitive_topics import is_covered
from serendipity.introductions.match_summary import drop_sensitive_reasons, summarise
from serendipity.introductions.sentences import SentenceContext, sentences_for, sentences_for_all
from serendipity.topics.pipeline import build_extractor
from serendipity.usecases.topics.reading import Reader
from serendipity.web.pages import PageRequest
from serendipity.web.path_picture import path_picture
from tests.web.conftest import Community
from tests.web.introduced import asked, first_asked, link
from tests.web.test_kiosk_and_sessions import _by_code, find, kiosk  # noqa: F401 - a paired tablet

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
NAMES = [f"zqx{n}" for n in range(8)]  # labels that stand nowhere by accident
PEOPLE = ("ann", "bob", "cas")


class Plain:
    """A page that says its texts as they stand."""

    locale = "nl"

    def say(self, text: str, **values: str) -> str:
        """Return the text, filled in."""
        return text % values if values else text


@st.composite
def vocabularies(draw: st.DrawFn) -> dict[str, Topic]:
    """Topics in two languages, some sensitive, some beneath another; a loop of parents too."""
    found = {}
    for name in NAMES:
        parent = draw(st.none() | st.sampled_from(NAMES))
        labels = (("nl", f"{name}-nl"),)
        found[name] = Topic(name, f"{name}-en", labels=labels, sensitive=draw(st.booleans()), parent=parent)
    return found


@st.composite
def reasons(draw: st.DrawFn, parties: tuple[str, ...]) -> Reason:
    """Any kind of evidence, on any topics, with its data as the matcher writes it."""
    kinds = ["shared_topic", "difference"] if len(parties) > 2 else KINDS
    kind = draw(st.sampled_from(kinds))
    topics = tuple(draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3)))
    members = (draw(st.sampled_from(parties)),) if len(parties) > 2 and kind == "difference" else parties
    named = [{"id": id, "label": f"{id}-en"} for id in topics]
    data: dict[str, object] = {"labels": [f"{id}-en" for id in topics]}
    if kind == "difference":
        data = {"only_one": named[:1], "only_other": named[1:]} if len(parties) == 2 else {}
    if kind == "seek_offer":
        data |= {"giver": parties[0]}
    return Reason(kind=kind, weight=draw(st.floats(0, 1)), topics=topics, members=members, data=data)


KINDS = ["shared_topic", "adjacent_topics", "seek_offer", "bridge", "difference"]


@examples(max_examples=150, deadline=None)
@given(data=st.data(), topics=vocabularies(), size=st.sampled_from([2, 3]))
def test_in_no_world_a_sensitive_topic_is_told(data: st.DataObject, topics: dict[str, Topic], size: int) -> None:
    """To either side, to both, in the picture, in the account or in the reasons; the open ones may be."""
    parties = PEOPLE[:size]
    evidence = tuple(data.draw(st.lists(reasons(parties), min_size=1, max_size=6)))
    known = SentenceContext(
        parties=parties, topics=topics, events={}, names={id: id for id in parties}, now=NOW, locale="nl"
    )
    match = Match(
        member="ann",
        other="bob",
        more=parties[2:],
        score=0.5,
        relevance=0.5,
        unexpectedness=0.5,
        reasons=evidence,
    )
    introduction = Introduction(
        id="i-1",
        parties=tuple(Party(member=id) for id in parties),
        state=IntroductionState.PROPOSED,
        score=0.5,
        reasons=evidence,
        factors={},
        run=None,
        proposed_at=NOW,
        changed_at=NOW,
    )
    said = [
        *(each.text for id in parties for each in sentences_for(evidence, known, reader=id, gettext=str)),
        *(each.text for each in sentences_for_all(evidence, known, gettext=str)),
        str(path_picture(cast(PageRequest, Plain()), introduction, known, "ann", "you")),
        json.dumps([summarise(match, topics, locale="nl"), asdict(drop_sensitive_reasons(match, topics))]),
    ]

    covered = [id for id in NAMES if is_covered(topics, id)]
    assert [(id, text) for id in covered for text in said if id in text] == []


def test_no_page_tells_a_topic_that_became_sensitive_after_it_was_a_reason(
    community: Community, manager: TestClient
) -> None:
    """Of an introduction that is on its way: not to managers, not to either side, not to programs."""
    one, other = community.member("Nora Visser"), community.member("Bram de Wit")
    introduction = asked(community, one, other)
    paths = [
        "/manage?state=all",
        f"/manage/introductions/{introduction.id}",
        f"/manage/introductions/{introduction.id}/why",
        f"/manage/members/{one.id}",
        f"/answer/{link(community, LinkPurpose.ANSWER, first_asked(introduction), introduction.id)}",
    ]
    before = {path: manager.get(path).text.casefold() for path in paths}
    topic = community.services.reader.vocabulary.find("big data")
    flag = {"topic": topic, "sensitive": True}
    with community.services.ledger.write() as uow:
        record = NewRecord(
            kind=RecordKind.TOPIC_FLAGGED,
            source="t",
            id="flag",
            at=community.clock.now(),
            data=flag,
            refs=(f"topic:{topic}",),
        )
        uow.records.append([record])
    community.catch_up()
    community.services.reader.refresh()

    after = {path: manager.get(path).text.casefold() for path in paths}

    assert [path for path in paths if "big data" in before[path]]
    assert [path for path in paths if "big data" in after[path]] == []


@pytest.fixture
def reading(community: Community) -> Community:
    """The community with the extractor of the product, in place of one that looks for phrases."""
    reader = Reader(community.services.ledger, build_extractor)
    community.services = replace(community.services, reader=reader)
    reader.refresh()
    return community


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("I lost my job, so big data it is", "job loss"),
        ("I have MS and do big data from bed", "neurological"),
        ("Ik ben werkloos en doe big data", "job loss"),
        ("Seeing a psychiatrist, then big data", "mental health"),
        ("Als transvrouw in big data", "gender"),
        ("Python, React, Vue, Rust, Java and big data, and just divorced", "divorce"),
    ],
)
def test_what_a_member_tells_of_themselves_is_shown_to_nobody_else(
    reading: Community,
    kiosk: TestClient,  # noqa: F811
    manager: TestClient,
    said: str,
    topic: str,
) -> None:
    """Not on a tablet, to a manager, to a program, or to the other side of an introduction."""
    shown = shown_to_others(reading, kiosk, manager, said)

    assert [path for path, text in shown.items() if said.casefold() in text or topic in text] == []


def test_what_a_member_tells_of_their_work_is_shown(
    reading: Community,
    kiosk: TestClient,  # noqa: F811
    manager: TestClient,
) -> None:
    """On each of those pages; the tablet tells it at the next check-in only."""
    said = "Big data for diabetes care"

    shown = shown_to_others(reading, kiosk, manager, said)

    assert {path for path, text in shown.items() if said.casefold() in text} == shown.keys() - {"tablet"}


def shown_to_others(community: Community, tablet: TestClient, manager: TestClient, said: str) -> dict[str, str]:
    """Return the pages that others read, once two members said it at a tablet and one is asked about the other."""
    codes = ("ABCD-2345", "EFGH-6789")
    one, other = (community.member(name, code=code) for name, code in zip(("Nora", "Bram"), codes, strict=True))
    shown = {"tablet": "".join(_by_code(tablet, code, text=said, visibility="members") for code in codes)}
    shown["again"] = find(tablet, codes[0]).text
    community.catch_up()
    introduction = asked(community, one, other)
    paths = [f"/answer/{link(community, LinkPurpose.ANSWER, first_asked(introduction), introduction.id)}"]
    paths += [f"/manage/members/{one.id}", f"/manage/introductions/{introduction.id}"]
    shown |= {path: manager.get(path).text for path in paths}
    shown["program"] = manager.get("/v1/check-ins", auth=community.key()).text
    return {path: text.casefold() for path, text in shown.items()}
