"""What managers do with forms: import, curate topics, find, merge and erase members, and retry parked work."""

import re
from collections.abc import Callable
from dataclasses import replace

from fastapi.testclient import TestClient

from serendipity.domain.graph import NodeKind
from serendipity.domain.model import (
    DeadLetter,
    IntroductionState,
    MemberStatus,
    RecordKind,
    Run,
    RunState,
    Verdict,
    Visibility,
)
from serendipity.intake import check_ins, events
from serendipity.intake.inputs import CheckInInput, EventInput
from serendipity.introductions import queue
from serendipity.introductions.deadlines import CONSUMER
from serendipity.usecases.check_in.check_in import check_in
from tests.web.conftest import Community, Send, form_token
from tests.web.introduced import proposed


def _topic(community: Community, phrase: str) -> str:
    found = community.services.reader.refresh().find(phrase)
    assert found, f"{phrase} is no topic"
    return found


def test_a_file_is_looked_at_before_it_is_imported(community: Community, send: Send) -> None:
    """A dry run tells what is wrong by line and writes nothing; the import then adds what is right."""
    file = {"file": ("members.csv", b"name,email\nKim Bos,kim@example.org\nJan,not-an-address\n")}

    looked = send("/manage/import", files=file, kind="members", dry_run="1").text
    with community.services.ledger.read() as uow:
        before = uow.members.count()
    imported = send("/manage/import", files=file, kind="members").text

    assert "Nothing was written yet" in looked
    assert re.search(r'<td class="number">3</td><td>email', looked)
    assert before == 0
    assert "<h2>Imported</h2>" in imported
    with community.services.ledger.read() as uow:
        assert [each.name for each in uow.members.page()] == ["Kim Bos"]


def test_an_import_without_a_file_says_so(send: Send) -> None:
    """The error stands beside the field."""
    answer = send("/manage/import", kind="members")

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_a_topic_is_renamed_gets_another_word_and_is_merged(community: Community, send: Send) -> None:
    """Each step holds at once, for phrases said before as well."""
    big, marketing = _topic(community, "big data"), _topic(community, "marketing")

    renamed = send(f"/manage/topics/{big}", do="rename", label="Large data").text
    send(f"/manage/topics/{big}", do="alias", phrase="heaps of data")
    alias = _topic(community, "heaps of data")
    send(f"/manage/topics/{big}", do="merge", into=marketing)

    assert "<h1>Large data</h1>" in renamed
    assert alias == big
    assert _topic(community, "heaps of data") == marketing


def test_a_phrase_is_blocked_and_the_block_taken_back(community: Community, manager: TestClient, send: Send) -> None:
    """A blocked phrase is listed with the way back; afterwards it means its topic again."""
    send("/manage/topics/block", phrase="marketing")
    blocked = manager.get("/manage/topics?list=blocked").text
    meaning = community.services.reader.refresh().find("marketing")
    send("/manage/topics", do="allow", chosen="marketing", list="blocked")

    assert '<input type="checkbox" name="chosen" value="marketing"' in blocked
    assert meaning is None
    assert _topic(community, "marketing")
    assert 'value="marketing"' not in manager.get("/manage/topics?list=blocked").text


def test_a_proposal_shows_what_members_let_others_read(curious: Community, manager: TestClient) -> None:
    """Sentences stand there of check-ins that members may read; the others are only counted."""
    said = {"Nora": Visibility.MEMBERS, "Bram": Visibility.MATCHING}
    for name, visibility in said.items():
        item = CheckInInput(id=name, member=curious.member(name).id, text=f"Gnorfling, {name}", visibility=visibility)
        check_in(curious.services, item, source="test")

    page = manager.get("/manage/topic-proposals").text

    assert "<b>gnorfling</b> <small>2 members · 2 of them agreed to matching</small>" in page
    assert "Gnorfling, Nora" in page
    assert "Gnorfling, Bram" not in page


def test_the_link_of_two_topics_is_drawn_over_time(community: Community, manager: TestClient) -> None:
    """A check-in that names both shows on the chart of their link."""
    member, marketing = community.member("Nora Visser").id, _topic(community, "marketing")
    item = CheckInInput(id="c", member=member, text="Big data for marketing")
    with community.services.ledger.write() as uow:
        check_ins.record_check_ins(
            uow, [item], source="test", now=community.clock.now(), scrub=community.services.scrub
        )
    community.catch_up()

    page = manager.get(f"/manage/topics/{_topic(community, 'big data')}?with={marketing}").text

    assert page.count('<svg class="chart"') == 2
    assert "Marketing mentioned together, over time" in page


def test_a_duplicate_is_found_by_name_and_merged(community: Community, manager: TestClient, send: Send) -> None:
    """The member who stays is chosen from those whose name fits; nobody chosen is told."""
    twice, stays = community.member("Nora Visser"), community.member("Eleonora Visser")

    offered = manager.get(f"/manage/members/{twice.id}?find=visser").text
    nobody = send(f"/manage/members/{twice.id}/merge")
    merged = send(f"/manage/members/{twice.id}/merge", into=stays.id)

    assert re.findall(r'name="into" value="([^"]+)"', offered) == [stays.id]
    assert nobody.status_code == 422
    assert "<h1>Eleonora Visser</h1>" in merged.text
    with community.services.ledger.read() as uow:
        assert uow.members.get(twice.id).status is MemberStatus.MERGED


def test_attendance_is_noted_by_name(community: Community, manager: TestClient, send: Send) -> None:
    """A search lists members to choose from; the one chosen took part."""
    member = community.member("Nora Visser")
    event = EventInput.model_validate({"id": "e-1", "title": "Lunch", "starts_at": "2026-01-04T12:00:00+00:00"})
    with community.services.ledger.write() as uow:
        events.publish(uow, [event], now=community.clock.now(), scrub=community.services.scrub)

    offered = manager.get("/manage/events/e-1?find=nora").text
    send("/manage/events/e-1/attendance", member=member.id, role="speaker")

    assert f'name="member" value="{member.id}"' in offered
    with community.services.ledger.read() as uow:
        [record] = uow.records.recent(member=member.id, kinds={RecordKind.ATTENDED})
    assert record.data is not None
    assert record.data["role"] == "speaker"


def test_an_event_without_a_place_is_in_the_communitys_zone(
    community: Community, browser_of: Callable[[], TestClient]
) -> None:
    """Nine in the evening, typed in Brussels, is eight in UTC, and shown as nine again."""
    settings = replace(community.services.settings, zone="Europe/Brussels")
    community.services = replace(community.services, settings=settings)
    manager = browser_of()
    login = {"csrf": form_token(manager.get("/manage/login").text), "email": "ann@example.org"}
    manager.post("/manage/login", data=login | {"password": "correct horse battery"})
    token = form_token(manager.get("/manage/events").text)

    shown = manager.post(
        "/manage/events", data={"csrf": token, "title": "Evening", "starts_at": "2026-02-01T21:00"}
    ).text

    assert "21:00" in shown
    with community.services.ledger.read() as uow:
        [event] = uow.places.events()
    assert event.starts_at.isoformat() == "2026-02-01T20:00:00+00:00"


def test_a_member_is_erased_only_with_the_word(community: Community, send: Send) -> None:
    """A wrong word changes nothing; the right one erases everywhere."""
    member = community.member("Nora Visser")
    community.catch_up()

    wrong = send(f"/manage/members/{member.id}/erase", word="no")
    with community.services.ledger.read() as uow:
        kept = uow.members.get(member.id).name
    right = send(f"/manage/members/{member.id}/erase", word="Erase")

    assert wrong.status_code == 422
    assert kept == "Nora Visser"
    assert "Everything about you was erased." not in right.text
    assert "Nora" not in right.text
    community.catch_up()
    assert community.services.graph.around(NodeKind.MEMBER, member.id, set()) == {}


def test_a_verdict_is_told_in_plain_words(community: Community, manager: TestClient) -> None:
    """The member's page says why the last run matched them with nobody."""
    member, now = community.member("Nora Visser"), community.clock.now()
    run = Run(id="r-1", kind="by_hand", as_of=now, started_at=now, seed=1, position=0, settings={})
    with community.services.ledger.write() as uow:
        uow.operations.put_run(run)
        uow.operations.add_verdicts([Verdict(run="r-1", member=member.id, outcome="nobody_good_enough")])

    page = manager.get(f"/manage/members/{member.id}").text

    assert "Nobody fitted well enough" in page


def test_the_page_of_runs_follows_one_that_is_under_way(community: Community, manager: TestClient) -> None:
    """It refreshes by itself until the run ends."""
    now = community.clock.now()
    run = Run(
        id="r-1",
        kind="scheduled",
        as_of=now,
        started_at=now,
        seed=1,
        position=0,
        settings={},
        state=RunState.ACCEPTED,
    )
    with community.services.ledger.write() as uow:
        uow.operations.put_run(run)
    going_on = manager.get("/manage/runs").text
    with community.services.ledger.write() as uow:
        uow.operations.put_run(replace(run, finished_at=now, state=RunState.FINISHED))

    ended = manager.get("/manage/runs").text

    assert 'http-equiv="refresh"' in going_on
    assert "A run is under way" in going_on
    assert 'http-equiv="refresh"' not in ended


def _parked(community: Community, subject: str) -> str:
    now = community.clock.now()
    work = DeadLetter(
        id=f"{CONSUMER}:{subject}",
        consumer=CONSUMER,
        subject=subject,
        error="TemplateBroken",
        attempts=1,
        at=now,
    )
    with community.services.ledger.write() as uow:
        uow.dead_letters.add(work)
    return work.id


def test_parked_work_is_tried_again_from_the_health_page(community: Community, manager: TestClient, send: Send) -> None:
    """What stopped it stands there in words; once it works the introduction is a step further and nothing is parked."""
    introduction = proposed(community, community.member("Nora Visser"), community.member("Bram Peeters"))
    with community.services.ledger.write() as uow:
        queue.approve(uow, introduction.id, by="manager:mgr", now=community.clock.now(), texts={})
    id = _parked(community, introduction.id)
    before = manager.get("/manage/health").text

    after = send(f"/manage/parked/{id}/retry").text

    assert "The template cannot be rendered" in before
    assert "It worked this time." in after
    with community.services.ledger.read() as uow:
        assert uow.introductions.get(introduction.id).state is IntroductionState.ASKED
        assert uow.dead_letters.list() == []


def test_parked_work_that_fails_again_stays_with_its_new_cause(community: Community, send: Send) -> None:
    """Nothing is lost: the attempt is counted and the new error shown."""
    id = _parked(community, "no-such-introduction")

    page = send(f"/manage/parked/{id}/retry").text

    assert "It failed again" in page
    assert "NotFound" in page
    assert "2 attempts" in page
