"""Curating topics: several at once, undone again, as a table, and without showing what is private."""

import re

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.errors import Conflict
from serendipity.domain.model import Mention, RecordKind, Topic, Understanding, Visibility
from serendipity.intake.inputs import CheckInInput
from serendipity.topics.vocabulary import Vocabulary
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.members.own_topics import decide as decide_own
from serendipity.usecases.topics import curation
from serendipity.usecases.topics.curation import Decision, decide
from serendipity.usecases.topics.reading import understood_record
from serendipity.usecases.topics.vocabulary_table import export_table, import_table
from tests.web.conftest import Community, Send

BY = "manager:mgr"


def _known(community: Community) -> Vocabulary:
    return community.services.reader.refresh()


def _topic(community: Community, phrase: str) -> Topic:
    topic = _known(community).topic(_known(community).find(phrase) or "")
    assert topic is not None
    return topic


def _says(community: Community, name: str, text: str, visibility: Visibility = Visibility.MEMBERS) -> str:
    member = community.member(name).id
    check_in(community.services, CheckInInput(member=member, text=text, visibility=visibility), source="test")
    return member


def _meanings(community: Community) -> tuple[list[Topic], dict[str, str], list[str]]:
    known = _known(community)
    return known.topics(), dict(known.phrases()), known.blocked()


def test_a_topic_is_found_by_any_part_of_any_word_whatever_its_accents(manager: TestClient) -> None:
    """Search looks into the middle of words and into other words for a topic."""
    page = manager.get("/manage/topics?search=Tadsländ").text

    assert re.search(r">Urban Farming</a>", page)
    assert ">Big Data</a>" not in page


def test_a_topic_is_found_by_its_name_in_another_language(manager: TestClient) -> None:
    """A reader of that language sees the name beside the label."""
    page = manager.get("/manage/topics?search=fotografie&lang=nl").text

    assert re.search(r">Photography</a> <small class=\"soft\">fotografie</small>", page)


def test_the_lists_part_sensitive_promoted_and_blocked(community: Community, manager: TestClient, send: Send) -> None:
    """Each filter shows its own."""
    send("/manage/topics/big-data", do="flag", sensitive="1")
    send("/manage/topics/block", phrase="happy friday")

    assert ">Big Data</a>" in manager.get("/manage/topics?list=sensitive").text
    assert ">Marketing</a>" not in manager.get("/manage/topics?list=sensitive&search=marketing").text
    assert "happy friday" in manager.get("/manage/topics?list=blocked").text
    assert ">Big Data</a>" not in manager.get("/manage/topics?list=promoted&search=big").text


@pytest.mark.parametrize("do", ["merge", "parent", "sensitive", "block", "retract"])
def test_several_topics_are_changed_and_each_change_is_undone(community: Community, send: Send, do: str) -> None:
    """Afterwards every phrase means what it meant, and the audit knows who did what."""
    ids = [_topic(community, each).id for each in ("accounting", "photography")]
    before = _meanings(community)

    answer = send("/manage/topics", do=do, chosen=ids, other="Big Data")
    changed = _meanings(community)
    with community.services.ledger.read() as uow:
        done = curation.latest_decisions(community.services, uow, limit=2)
    for each in done:
        send(f"/manage/topic-decisions/{each.position}/undo")

    assert answer.status_code == 200
    assert changed != before
    assert _meanings(community) == before
    assert {each.who for each in done} == {BY}


def test_a_change_of_several_is_done_whole_or_not_at_all(community: Community, send: Send) -> None:
    """One that cannot hold keeps the others back, and says why."""
    before = _meanings(community)

    answer = send("/manage/topics", do="merge", chosen=["photography", "no-such-topic"], other="Big Data")

    assert answer.status_code == 422
    assert "no-such-topic" in answer.text
    assert _meanings(community) == before


def test_an_undoing_is_undone(community: Community, send: Send) -> None:
    """A merge, taken back and made again; nothing is undone twice."""
    [merge] = decide(
        community.services,
        Decision(kind=RecordKind.TOPIC_MERGED, data={"topic": "photography", "into": "big-data"}),
        by=BY,
    )
    back = curation.undo(community.services, merge.position, by=BY)
    alone = _topic(community, "photography").id

    with pytest.raises(Conflict):
        curation.undo(community.services, merge.position, by=BY)
    curation.undo(community.services, back.position, by=BY)

    assert alone == "photography"
    assert _topic(community, "photography").id == "big-data"


def test_what_was_added_is_retracted_and_stays_so(community: Community, send: Send) -> None:
    """Undoing an addition must not let the topic come back by itself."""
    send("/manage/topics/add", label="gnorfling")
    with community.services.ledger.read() as uow:
        [added] = curation.latest_decisions(community.services, uow, limit=1)

    curation.undo(community.services, added.position, by=BY)

    assert _known(community).find("gnorfling") is None
    assert _known(community).was_retracted("gnorfling")
    with pytest.raises(Conflict):
        curation.undo(community.services, added.position, by=BY)


def test_the_addition_of_a_merged_topic_is_not_undone(community: Community) -> None:
    """It would take away what the topic became; the merge comes first."""
    data = {"topic": "photography", "into": "big-data"}
    [merge] = decide(community.services, Decision(kind=RecordKind.TOPIC_MERGED, data=data), by=BY)
    with community.services.ledger.read() as uow:
        told = curation.history(community.services, uow, {"topic:photography"})
    added = next(each for each in told if each.kind is RecordKind.TOPIC_ADDED)

    with pytest.raises(Conflict):
        curation.undo(community.services, added.position, by=BY)
    curation.undo(community.services, merge.position, by=BY)
    curation.undo(community.services, added.position, by=BY)

    assert not added.holds
    assert _topic(community, "big data").id == "big-data"
    assert _known(community).find("photography") is None


def test_words_are_split_off_with_what_was_said_with_them(community: Community, send: Send) -> None:
    """The new topic has the words, its parent is that of the old one; retracting it gives them back."""
    whole = _topic(community, "ceramics")

    page = send(f"/manage/topics/{whole.id}", do="split", phrases=["ceramics", "pottery"], new_label="Ceramics").text
    new = _topic(community, "pottery")

    assert "<h1>Ceramics</h1>" in page
    assert (new.label, new.parent) == ("Ceramics", whole.parent)
    assert "pottery" not in _topic(community, whole.label).aliases
    send(f"/manage/topics/{new.id}", do="retract")
    assert _topic(community, "pottery").id == whole.id


def test_a_table_read_back_changes_nothing(community: Community) -> None:
    """What is exported is what is imported, in the same community."""
    report = import_table(community.services, export_table(_known(community)).encode(), by=BY)

    assert (report.changes, report.errors) == ((), ())


def test_a_table_makes_the_same_vocabulary_elsewhere(community: Community) -> None:
    """Every topic is retracted and comes back from the table, with words, parents, flags and blocks."""
    services = community.services
    formula = {"phrase": "=cmd", "topic": "big-data"}
    decide(services, Decision(kind=RecordKind.TOPIC_ALIASED, data=formula), by=BY)
    decide(services, Decision(kind=RecordKind.PHRASE_BLOCKED, data={"phrase": "happy friday", "blocked": True}), by=BY)
    table = export_table(_known(community))
    every = [topic.id for topic in _known(community).topics()]
    decide(services, *(Decision(kind=RecordKind.TOPIC_RETRACTED, data={"topic": id}) for id in every), by=BY)

    report = import_table(services, table.encode(), by=BY)

    assert report.errors == ()
    assert export_table(_known(community)) == table


def test_a_table_is_looked_at_first_and_its_errors_told_by_line(community: Community, send: Send) -> None:
    """A dry run writes nothing; good lines are told, bad ones with what is wrong."""
    table = (
        "label;aliases;parent;sensitive\n"
        "Gnorfling;gnorf|gnorfen;Food;no\n"
        ";;;\n"
        "Sleep;;;perhaps\n"
        "Felting;;No Such Parent;\n"
    )
    file = {"file": ("topics.csv", table.encode())}

    looked = send("/manage/topic-table", files=file, dry_run="1").text
    nothing = _known(community).find("gnorfling")
    send("/manage/topic-table", files=file)

    assert nothing is None
    assert "Nothing was written yet" in looked
    assert re.search(r'<td class="number">4</td><td>sensitive: write yes or no', looked)
    assert re.search(r'<td class="number">5</td><td>parent: names no topic', looked)
    assert _topic(community, "gnorfen").label == "Gnorfling"
    assert _topic(community, "gnorfling").parent == "food"


@pytest.mark.parametrize("kept_back", ["private", "sensitive", "hidden", "struck"])
def test_a_proposal_quotes_nothing_that_is_kept_back(curious: Community, manager: TestClient, kept_back: str) -> None:
    """Not what is private, nor a text that names something sensitive, hidden or struck out."""
    services = curious.services
    visibility = Visibility.MATCHING if kept_back == "private" else Visibility.MEMBERS
    _says(curious, "Nora", "Gnorfling, openly")
    other = _says(curious, "Bram", "Gnorfling beside photography", visibility)
    with services.ledger.read() as uow:
        said = uow.records.recent(member=other, kinds={RecordKind.CHECK_IN}, limit=1)[0]
    _read_as(curious, said.position, "gnorfling", "photography")
    if kept_back == "sensitive":
        data = {"topic": "photography", "sensitive": True}
        decide(services, Decision(kind=RecordKind.TOPIC_FLAGGED, data=data), by=BY)
    elif kept_back != "private":
        kind = {"hidden": RecordKind.TOPIC_HIDDEN, "struck": RecordKind.TOPIC_STRUCK}[kept_back]
        decide_own(services, other, kind, "photography")

    page = manager.get("/manage/topic-proposals").text

    assert "Gnorfling, openly" in page
    assert "beside photography" not in page


def _read_as(community: Community, position: int, *phrases: str) -> None:
    """Let a text be read again with these phrases, the first one new."""
    known = _known(community)
    with community.services.ledger.write() as uow:
        mentions = tuple(Mention(phrase=each, topic=known.find(each)) for each in phrases)
        reading = understood_record(uow.records.get(position), Understanding(mentions=mentions), reread="test")
        uow.records.append([reading])


def test_a_suggestion_is_accepted_or_kept_apart_for_good(curious: Community, manager: TestClient, send: Send) -> None:
    """Each stands there with its reason; what was kept apart is not suggested again."""
    for number in range(3):
        _says(curious, f"Nora{number}", "Gnorfilisation")
        _says(curious, f"Bram{number}", "Gnorfilization")
    page = manager.get("/manage/topic-proposals").text
    found = re.search(
        r'name="kept" value="([^"]+)"><input type="hidden" name="gone" value="([^"]+)">'
        r'<input type="hidden" name="phrase" value="([^"]+)"><input type="hidden" name="other" value="([^"]+)"',
        page,
    )
    assert found, "nothing was suggested"
    kept, gone, phrase, other = found.groups()

    after = send("/manage/topic-proposals/suggestions", do="dismiss", phrase=phrase, other=other).text
    send("/manage/topic-proposals/suggestions", do="accept", kept=kept, gone=gone)

    assert f'name="gone" value="{gone}"' not in after
    assert _known(curious).find(phrase) == _known(curious).find(other)
    assert _known(curious).find(phrase) is not None


def test_a_proposal_becomes_another_word_for_a_topic(curious: Community, send: Send) -> None:
    """Accepted, merged into a topic, or never."""
    _says(curious, "Nora", "Gnorfling")

    send("/manage/topic-proposals", do="merge", phrase="gnorfling", into="Big Data")
    merged = _known(curious).find("gnorfling")
    send("/manage/topic-proposals", do="block", phrase="gnorfling")

    assert merged == "big-data"
    assert _known(curious).is_blocked("gnorfling")


def test_programs_read_topics_and_no_sensitive_one(community: Community, client: TestClient, send: Send) -> None:
    """GET /v1/topics, one of them, and how they move."""
    send("/manage/topics/big-data", do="flag", sensitive="1")
    key = community.key("topics:read")

    listed = client.get("/v1/topics", params={"limit": 1000}, auth=key).json()["topics"]
    found = client.get("/v1/topics", params={"search": "stadslandbouw"}, auth=key).json()["topics"]

    assert "big-data" not in {each["id"] for each in listed}
    assert [each["label"] for each in found] == ["Urban Farming"]
    assert client.get("/v1/topics/big-data", auth=key).status_code == 404
    assert client.get("/v1/topics/photography", auth=key).json()["related"] == []
    assert client.get("/v1/topic-trends", auth=key).json()["rising"] == []
