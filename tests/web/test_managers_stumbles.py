"""What managers stumbled over: whom it was about, where they were, what can be taken back, what a link cannot say."""

import ast
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import (
    Answer,
    DeclineReason,
    Event,
    IntroductionState,
    LinkPurpose,
    MessageKind,
    MessageState,
    Purpose,
    RecordKind,
    Verdict,
)
from serendipity.matching.snapshot.snapshot import Snapshot
from serendipity.outreach.links import open_link
from serendipity.outreach.render import MailComposer
from serendipity.usecases.members.personal_data import export
from serendipity.usecases.runs.eligibility import PAUSED, eligibility_of
from serendipity.usecases.upkeep.worker_turns import advance_introductions
from serendipity.web.labels import WORDS, word
from serendipity.web.locale import texts
from tests.web.conftest import Community, form_token, words
from tests.web.introduced import asked, first_asked, link, proposed

PACKAGE = Path(__file__).parent.parent.parent / "serendipity"


def test_approving_says_whom_and_stays_where_one_was(community: Community, manager: TestClient) -> None:
    """At the next card of the same view; the notice is not said again when the page is loaded again."""
    one = proposed(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    other = proposed(community, community.member("Elif Kaya"), community.member("Tom Peeters"))
    page = manager.get("/manage?state=proposed").text
    first, second = re.findall(r'<article class="card" id="([^"]+)"', page)
    form = re.search(rf'<form method="post" action="/manage/introductions/{first}">.*?</form>', page, re.DOTALL)
    assert form
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))

    answer = manager.post(f"/manage/introductions/{first}", data=data, follow_redirects=False)
    shown, again = manager.get(answer.headers["location"]).text, manager.get("/manage").text

    assert answer.headers["location"] == f"/manage?state=proposed#{second}"
    names = "Nora Visser and Bram de Wit" if first == one.id else "Elif Kaya and Tom Peeters"
    assert f"{names}: Approved." in words(shown)
    assert "Approved." not in again
    assert {one.id, other.id} == {first, second}


@pytest.mark.parametrize("done", ["erased", "approved", "member_erased"])
def test_no_link_makes_a_page_say_what_was_not_done(manager: TestClient, done: str) -> None:
    """A notice comes with the answer to a form alone."""
    assert 'role="status"' not in manager.get(f"/manage?done={done}").text


def test_a_decline_has_a_reason_and_can_be_taken_back(community: Community, manager: TestClient) -> None:
    """From the notice, or from the introduction's page; not once it is too old."""
    introduction = proposed(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    path, csrf = f"/manage/introductions/{introduction.id}", form_token(manager.get("/manage").text)
    declined = manager.post(path, data={"csrf": csrf, "do": "decline", "version": 1, "why": "they do not fit"}).text
    assert f'action="{path}/reopen"' in declined
    assert "they do not fit" in manager.get(path).text
    manager.post(f"{path}/reopen", data={"csrf": csrf})

    assert state(community, introduction.id) is IntroductionState.PROPOSED
    manager.post(path, data={"csrf": csrf, "do": "decline", "version": 3})
    community.clock.forward(days=8)
    manager.get("/manage/login")
    with community.services.ledger.read() as uow:
        what = [entry.what for entry in uow.operations.audit_entries(subject=f"introduction:{introduction.id}")]
    assert "introduction.reopened" in what


def test_a_decline_is_not_taken_back_for_two_who_cannot_be_introduced_any_more(
    community: Community, manager: TestClient
) -> None:
    """Nor is it said which of the reasons it is."""
    one, other = community.member("Nora Visser"), community.member("Bram de Wit")
    introduction = proposed(community, one, other)
    path, csrf = f"/manage/introductions/{introduction.id}", form_token(manager.get("/manage").text)
    manager.post(path, data={"csrf": csrf, "do": "decline", "version": 1})
    with community.services.ledger.write() as uow:
        uow.members.block(one.id, other.id, why="never_this_person", at=community.clock.now())

    refused = manager.post(f"{path}/reopen", data={"csrf": csrf})

    assert (refused.status_code, state(community, introduction.id)) == (409, IntroductionState.DECLINED)
    assert "They cannot be introduced any more." in refused.text


def test_several_declined_at_once_are_named_with_the_reason_and_can_be_taken_back(
    community: Community, manager: TestClient
) -> None:
    """And the search that led to them stays."""
    people = [community.member(name) for name in ("Nora Visser", "Bram de Wit", "Kim Bos", "Ada Smit")]
    one, two = proposed(community, *people[:2]), proposed(community, *people[2:])
    page = manager.get("/manage").text
    ids = [unescape(each) for each in re.findall(r'name="ids" value="([^"]*)"', page)]
    data = {"csrf": form_token(page), "ids": ids, "do": "decline", "why": "they do not fit", "search": "s"}

    declined = manager.post("/manage/queue", data=data, follow_redirects=False)
    told = manager.get(declined.headers["location"]).text
    undo = unescape(re.findall(r'action="(/manage/queue/reopen[^"]*)"', told)[0])
    reasons = [reason_of(community, each.id) for each in (one, two)]
    manager.post(undo, data={"csrf": form_token(told)})

    assert declined.headers["location"].startswith("/manage?search=s")
    assert "Nora Visser and Bram de Wit" in unescape(told)
    assert "Kim Bos and Ada Smit" in unescape(told)
    assert reasons == ["they do not fit"] * 2
    assert {state(community, each.id) for each in (one, two)} == {IntroductionState.PROPOSED}


def reason_of(community: Community, id: str) -> str | None:
    """Why an introduction was declined."""
    with community.services.ledger.read() as uow:
        return uow.introductions.get(id).reason


@pytest.mark.parametrize("path", ["/manage/events", "/manage/runs/emergency"])
def test_the_latest_events_are_listed_however_many_there_were(
    community: Community, manager: TestClient, path: str
) -> None:
    """Those to come are the ones that matter."""
    with community.services.ledger.write() as uow:
        for number in range(520):
            at = community.clock.now() + timedelta(hours=number - 510)
            uow.places.put_event(Event(id=f"e-{number}", title=f"Meet {number}", starts_at=at, ends_at=at))

    listed = manager.get(path).text

    assert "Meet 519" in listed
    assert "Meet 19<" not in listed


def state(community: Community, id: str) -> IntroductionState:
    with community.services.ledger.read() as uow:
        return uow.introductions.get(id).state


def test_who_was_never_asked_sees_nothing_of_an_introduction(community: Community, manager: TestClient) -> None:
    """Neither that it was proposed nor that it ended: both would tell what the other answered."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    member = first_asked(introduction)
    other = next(party.member for party in introduction.parties if party.member != member)
    services = community.services
    with services.ledger.write() as uow:
        verdicts = [
            Verdict(run="r-1", member=id, outcome="proposed", introduction=introduction.id) for id in (member, other)
        ]
        uow.operations.add_verdicts(verdicts)
    for step in (0, 20):
        community.clock.forward(days=step)
        advance_introductions(services)
        manager.cookies.clear()
        mine = f"/me/{link(community, LinkPurpose.PROFILE, other)}"
        manager.post(mine, data={"csrf": form_token(manager.get(mine).text)})
        exported = manager.get("/me/export").json()
        assert (exported["introductions"], exported["decisions"]) == ([], [])
        assert "An introduction was proposed" not in manager.get("/me").text
    assert [each["id"] for each in export(services, member)["introductions"]] == [introduction.id]


def test_not_now_is_a_pause_with_a_date_and_a_way_back(community: Community, manager: TestClient) -> None:
    """Runs say paused, the member's page until when and Resume; managers read no more than that."""
    introduction = asked(community, community.member("Nora Visser"), community.member("Bram de Wit"))
    member, now = first_asked(introduction), community.clock.now()
    token = link(community, LinkPurpose.ANSWER, member, introduction.id)
    services = community.services
    with services.ledger.write() as uow:
        opened = open_link(uow, token, LinkPurpose.ANSWER, now)
        services.opt_in().answer(uow, opened, Answer.DECLINED, reason=DeclineReason.NOT_NOW, now=now)
    snapshot = Snapshot.empty(services.half_lives, now)
    eligibility = eligibility_of(services, snapshot, None, now, surprise=0.25, dated=False)
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member)}"
    manager.post(mine, data={"csrf": form_token(manager.get(mine).text)})
    own, managers = manager.get("/me").text, manager.get(f"/manage/members/{member}").text

    assert eligibility.left_out[member] == PAUSED
    assert "Paused until 19 Jan 2026" in own
    assert 'action="/me/resume"' in own
    assert "Paused until 19 Jan 2026." in managers
    assert ">paused<" in manager.get("/manage/members").text
    assert manager.get(f"/v1/members/{member}", auth=community.key()).json()["status"] == "paused"
    assert "not now" not in managers
    manager.post("/me/resume", data={"csrf": form_token(own)})
    with services.ledger.read() as uow:
        assert not uow.members.get(member).is_paused(now)


def test_a_pause_of_one_s_own_can_look_just_like_a_not_now(community: Community, manager: TestClient) -> None:
    """So that a day on the manager's page tells nobody that a member said no to somebody."""
    member = community.member("Nora Visser").id
    mine = f"/me/{link(community, LinkPurpose.PROFILE, member)}"
    manager.post(mine, data={"csrf": form_token(manager.get(mine).text)})
    csrf = form_token(manager.get("/me").text)

    said = manager.post("/me/pause", data={"csrf": csrf, "a_while": "yes"}).text

    assert "Paused for a while." in said
    assert "Paused until 19 Jan 2026." in manager.get(f"/manage/members/{member}").text


def test_all_that_is_noted_is_said_in_both_languages() -> None:
    """Each kind of entry that the code writes has words of its own, and Dutch ones."""
    dutch = texts("nl").gettext
    written = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and _notes(call)
        for node in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "what")]
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+\.[a-z_]+", node.value)
    }

    curation = {kind.value for kind in RecordKind if kind.value.startswith(("topic.", "phrase.", "curation."))}
    own = {f"topic.{what}.undone" for what in ("struck", "pinned", "hidden")}
    states = {f"introduction.{state}" for state in IntroductionState if state is not IntroductionState.FOLLOWED_UP}
    sent_late = {f"message.sent_while_{state}" for state in MessageState}
    written |= curation | own | states | sent_late

    assert len(written) > 25
    assert [each for each in sorted(written) if each not in WORDS] == []
    same = {"member.erased"}
    assert [each for each in sorted(written - same) if dutch(word(each)) == word(each)] == []


def _notes(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in {"note", "_audit", "AuditEntry", "_save", "_saved", "audit", "audit_action", "audit_views"}


@pytest.mark.parametrize("locale", ["en", "nl"])
@pytest.mark.parametrize("kind", list(map(str, MessageKind)))
def test_mails_have_their_spaces_and_no_rests(community: Community, kind: str, locale: str) -> None:
    """No sentence begins right behind another's full stop, nothing stands twice, and no placeholder is left."""
    member = community.member("Nora Visser", purposes=frozenset({Purpose.INTRODUCTIONS}))
    context = {
        "other": {"name": "Bram", "organisation": "De Wit", "about": "I build."},
        "others": "Bram",
        "people": [{"name": "Nora V", "first_name": "Nora", "organisation": None}] * 2,
        "sentences": ["You both work on data."],
        "answer_days": 7,
        "is_group": False,
    }
    message = MailComposer().compose(kind, replace(member, locale=locale), context, id="1")
    for text in (message.subject, message.text, words(message.html)):
        said = re.sub(r"https?://\S+|\S+@\S+", "", text)
        assert re.findall(r"[.!?,][A-Za-z]", said) == []
        assert (
            re.findall(r"  +(?=\S)|\.\.(?!\.)|%\(|\{\{|\bNone\b", said.replace("\n", " \n").replace(" \n", "\n")) == []
        )


def test_how_many_purposes_there_are_is_counted(community: Community, manager: TestClient) -> None:
    """Nobody agreed to five of four."""
    community.member("Nora Visser")

    assert f"{len(Purpose)} / {len(Purpose)}" in manager.get("/manage/members").text


def test_an_emergency_run_is_for_people_by_name_and_events_by_title(community: Community, manager: TestClient) -> None:
    """Nobody types an id."""
    community.member("Nora Visser")
    community.catch_up()
    page = manager.get("/manage/runs/emergency").text
    data = {"csrf": form_token(page), "named": "nora visser", "do": "try"}

    assert '<select id="event"' in page
    assert "1 member chosen" in manager.post("/manage/runs/emergency", data=data).text
