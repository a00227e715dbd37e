"""The pages around a run: dial, rules, wishes, how far it is, the same again, and why a score is what it is."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import LinkPurpose, Match, Member, Purpose, Reason, Run, RunPart, RunState, Surprise
from serendipity.intake import members
from serendipity.intake.check_ins import record_check_ins
from serendipity.intake.inputs import CheckInInput, MustNotInput
from serendipity.intake.must_not import state as state_rule
from serendipity.introductions import queue
from serendipity.usecases.check_in.check_in import check_in
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.runs.lease import LEASE
from serendipity.usecases.runs.presenter import proposals_of
from serendipity.web.api.matches import with_explanations
from serendipity.web.manage.score_steps import list_checks, list_steps
from tests.web.conftest import Community, Send, form_token
from tests.web.introduced import link
from tests.web.judged import with_judgement

WORK = {
    "Nora Visser": "big data and urban farming",
    "Bram de Wit": "big data and podcasts",
    "Elif Kaya": "urban farming and podcasts",
    "Tom Peeters": "podcasts and urban farming",
}


@pytest.fixture
def people(community: Community) -> dict[str, Member]:
    """Four who could meet, by first name."""
    community.place()
    joined = {name.split()[0]: community.member(name) for name in WORK}
    at = community.clock.now() - timedelta(days=1)
    said = [CheckInInput(member=member.id, text=WORK[member.name], place="main", at=at) for member in joined.values()]
    with community.services.ledger.write() as uow:
        record_check_ins(uow, said, source="test", now=community.clock.now(), scrub=community.services.scrub)
    community.catch_up()
    return joined


def test_a_manager_turns_the_dial_and_takes_it_back(community: Community, manager: TestClient, send: Send) -> None:
    """It is kept, told in the history, and a slip is told beside the field."""
    assert "0.70" in send("/manage/settings/matching", surprise="0.7").text
    wrong = send("/manage/settings/matching", surprise="much")
    assert wrong.status_code == 422
    assert "The dial goes from 0 to 1." in wrong.text
    assert "0.25 → 0.70" in manager.get("/manage/settings/matching").text

    send("/manage/settings/matching", do="reset", surprise="0.7")

    with community.services.ledger.read() as uow:
        assert [entry.data["to"] for entry in uow.operations.audit_entries(subject="surprise")] == [0.25, 0.7]


def test_a_manager_states_a_rule_by_names_and_takes_it_back(
    community: Community, people: dict[str, Member], manager: TestClient, send: Send
) -> None:
    """Names become ids; whoever is not known, or is called like another, is told at the side where it stands."""
    wrong = send("/manage/settings/must-not", one="Nora Visser", other="Nobody")
    alone = send("/manage/settings/must-not", one="Nora Visser")
    done = send("/manage/settings/must-not", one="Nora Visser\nbram@example.org", other="organisation:Rival", why="old")

    assert (wrong.status_code, alone.status_code, done.status_code) == (422, 422, 200)
    assert 'id="other-error"' in wrong.text
    assert all(text in done.text for text in ("Bram de Wit, Nora Visser", "Rival", "old"))
    with community.services.ledger.read() as uow:
        [rule] = uow.members.must_nots()
    assert rule.one == tuple(sorted((people["Nora"].id, people["Bram"].id)))
    assert "No rule yet." in send(f"/manage/settings/must-not/{rule.id}/drop").text


def test_rules_are_imported_from_a_file(community: Community, people: dict[str, Member], send: Send) -> None:
    """A dry run keeps nothing; a wrong line is told by its number; twice is once."""
    file = {"file": ("rules.csv", b"one,other,why\nNora Visser,Bram de Wit;Tom Peeters,asked\nnobody,Elif Kaya,\n")}

    dry = send("/manage/import", files=file, kind="must_not", dry_run="1")
    real = send("/manage/import", files=file, kind="must_not")
    send("/manage/import", files=file, kind="must_not")

    assert all("There is no member" in page.text for page in (dry, real))
    with community.services.ledger.read() as uow:
        [rule] = uow.members.must_nots()
    assert len(rule.other) == 2


def test_a_member_chooses_how_surprising_and_how_many(
    community: Community, people: dict[str, Member], browser_of: Callable[[], TestClient], manager: TestClient
) -> None:
    """On their own page, in words; the managers' page of the dial counts them."""
    browser, nora = browser_of(), people["Nora"]
    token = link(community, LinkPurpose.PROFILE, nora.id)
    page = browser.get(f"/me/{token}").text
    browser.post(f"/me/{token}", data={"csrf": form_token(page)})
    mine = browser.get("/me").text
    browser.post("/me/wishes", data={"csrf": form_token(mine), "surprise": "closer", "per_month": "2"})

    with community.services.ledger.read() as uow:
        assert uow.members.wishes() == {nora.id: ("closer", 2)}
    assert 'value="closer" checked' in browser.get("/me").text
    assert "dial 0.08" in manager.get("/manage/settings/matching").text
    exported = browser.get("/me/export").json()["member"]
    assert (exported["surprise"], exported["per_month"]) == ("closer", 2)


def test_a_run_is_followed_on_its_page_stopped_and_gone_on_with(
    community: Community, people: dict[str, Member], manager: TestClient, send: Send
) -> None:
    """The bar's data say state, stage, pace and time left in words; what ended is not followed any more."""
    now = community.clock.now()
    counts = {"delivered": 40, "chosen": 100, "pace": 20}
    run = Run(id="r-1", kind="by_hand", as_of=now, started_at=now, seed=1, position=1, settings={}, counts=counts)
    with community.services.ledger.write() as uow:
        uow.operations.put_run(run)
        uow.operations.put_part("r-1", RunPart.START, [])
        uow.operations.put_part("r-1", RunPart.BATCH, [], number=2)
        uow.operations.lease(LEASE, holder="r-1@host:7", seconds=3600)

    going = manager.get("/manage/runs/r-1/progress").json()
    page, listed = manager.get("/manage/runs/r-1").text, manager.get("/manage/runs").text
    stopped = send("/manage/runs/r-1", do="stop").text
    with community.services.ledger.write() as uow:
        uow.operations.release(LEASE, holder="r-1@host:7")
        uow.operations.put_run(replace(run, state=RunState.RUNNING))
    gone = manager.get("/manage/runs/r-1").text

    assert (going["state"], going["per_minute"], going["seconds_left"]) == ("under_way", 20, 180)
    assert going["said"] == "40 of 100 introductions delivered · 20 a minute · about 3 minutes left"
    assert all("/static/progress.js" in text and 'http-equiv="refresh"' in text for text in (page, listed))
    assert all("/static/progress.js" not in text for text in (stopped, gone))
    assert "A manager stopped it." in stopped
    assert "Its process is gone." in gone
    assert "Go on with it" in gone

    send("/manage/runs/r-1", do="resume")

    assert manager.get("/manage/runs/r-1/progress").json()["state"] == "finished"


def test_an_emergency_run_comes_out_as_it_was_shown_and_again(
    community: Community, people: dict[str, Member], manager: TestClient, send: Send
) -> None:
    """Groups are an option; the run takes the lots of what was tried; its page says that it comes out the same."""
    nora = people["Nora"].id
    shown = send("/manage/runs/emergency", do="try", named=nora, group_size="3")
    seed = shown.text.partition('name="seed" value="')[2].partition('"')[0]
    done = send("/manage/runs/emergency", do="run", seed=seed, named=nora, group_size="3")

    with community.services.ledger.read() as uow:
        [run] = uow.operations.runs()
    assert (shown.status_code, done.status_code) == (200, 200)
    assert (run.kind, str(run.seed), run.settings["group_size"]) == ("emergency", seed, 3)
    assert run.settings["members"] == [nora]
    again = send(f"/manage/runs/{run.id}", do="replay")
    assert "Yes: from its record alone" in again.text


def test_every_step_of_a_score_is_shown_and_they_multiply_to_it(
    community: Community, people: dict[str, Member], manager: TestClient
) -> None:
    """What the page says is what the numbers say, to three places."""
    services = community.services
    run = run_matching(services, RunRequest(kind="by_hand", seed=1)).run
    with services.ledger.read() as uow:
        introduction = uow.introductions.search()[0]
    page = manager.get(f"/manage/introductions/{introduction.id}/why").text
    shown = {each.title: each for each in list_steps(introduction, run, _plain)}

    assert [title for title in shown if title != "Outcomes"] == [
        "Relevance",
        "Relevance, seen from both sides",
        "Unexpectedness",
        "Surprise",
        "Exposure",
        "The score",
    ]
    multiplied = ("Relevance, seen from both sides", "Surprise", "Outcomes", "Exposure")
    product = math.prod(shown[title].value for title in multiplied if title in shown)
    assert abs(product - introduction.score) < 1e-4
    powered = shown["Unexpectedness"].value ** (4 * run.settings["surprise"])
    assert abs(powered - shown["Surprise"].value) < 1e-4
    for each in (*shown.values(), *list_checks(introduction, run, _plain)):
        assert f"{each.value:.3f}" in page


def test_every_step_of_a_judged_score_is_shown_and_they_multiply_to_it(
    community: Community, people: dict[str, Member], manager: TestClient
) -> None:
    """The judgement stands where relevance does, with what each kind of trait adds; in Dutch as well."""
    services = community.services
    with_judgement(services)
    run = run_matching(services, RunRequest(kind="by_hand", seed=1)).run
    with services.ledger.read() as uow:
        introduction = uow.introductions.search()[0]
    address = f"/manage/introductions/{introduction.id}"
    shown = {each.title: each for each in list_steps(introduction, run, _plain)}
    kinds = {name: factor for name, factor in introduction.factors.items() if name.startswith("by_")}

    assert list(shown) == ["Judgement", "Unexpectedness", "Surprise", "Exposure", "The score"]
    assert math.prod(shown[title].value for title in ("Judgement", "Surprise", "Exposure")) == pytest.approx(
        introduction.score, abs=1e-4
    )
    assert "version 1 learned it" in shown["Judgement"].words
    page, numbers_beside = manager.get(f"{address}/why").text, manager.get(address).text
    assert f"{shown['Judgement'].value:.3f}" in page
    assert "What the judgement adds up" in numbers_beside
    assert "judgement: how like the pairs that became tied" in numbers_beside
    assert "weight 3.0" not in numbers_beside
    assert "Oordeel" in manager.get(f"{address}/why?lang=nl").text
    assert all(f"{added:+.3f}" in shown["Judgement"].sum for added in kinds.values())
    assert 1 / (1 + math.exp(-sum(kinds.values()))) == pytest.approx(shown["Judgement"].value, abs=1e-5)


def test_who_is_on_the_path_is_named_only_where_all_of_them_agreed(
    community: Community, people: dict[str, Member], manager: TestClient
) -> None:
    """Tom knows both: named while he agrees to that, and somebody once he does not."""
    nora, bram, tom = (people[name].id for name in ("Nora", "Bram", "Tom"))
    services, now = community.services, community.clock.now()
    match = Match(
        member=nora,
        other=bram,
        score=0.5,
        relevance=0.5,
        unexpectedness=0.5,
        reasons=(Reason(kind="path", weight=1.0, members=(nora, tom, bram), data={"length": 2}),),
    )
    with services.ledger.write() as uow:
        found = queue.propose(uow, match, run="r-1", now=now, policy=services.introductions)
    named = manager.get(f"/manage/introductions/{found.id}").text
    [told], [shown] = with_explanations(services, [match]), proposals_of(services, [match])
    with services.ledger.write() as uow:
        members.set_consent(uow, tom, Purpose.NAMED_BETWEEN, given=False, now=now)
    unnamed = manager.get(f"/manage/introductions/{found.id}").text
    [withheld], [hidden] = with_explanations(services, [match]), proposals_of(services, [match])

    assert "You both know Tom Peeters." in named
    assert "Tom Peeters" in named.partition('<svg class="path"')[2]
    assert told["explanation"]["path"] == [[nora, tom, bram]]
    assert "Tom Peeters" not in unnamed
    assert "There is somebody whom you both know." in unnamed
    assert tom not in str(withheld)
    assert (tom in str(shown), tom in str(hidden)) == (True, False)


def test_a_rule_is_told_to_managers_and_not_to_the_member(
    community: Community,
    people: dict[str, Member],
    manager: TestClient,
    browser_of: Callable[[], TestClient],
) -> None:
    """Whose only good match is kept apart from them: the managers' page says so, the member's says nobody fitted."""
    services, nora, browser = community.services, people["Nora"], browser_of()
    others = tuple(each.id for name, each in people.items() if name != "Nora")
    with services.ledger.write() as uow:
        rule = MustNotInput(one=(nora.id,), other=others)
        state_rule(uow, rule, by="manager:mgr", now=community.clock.now(), scrub=services.scrub)
    run_matching(services, RunRequest(kind="by_hand", seed=1))
    token = link(community, LinkPurpose.PROFILE, nora.id)
    browser.post(f"/me/{token}", data={"csrf": form_token(browser.get(f"/me/{token}").text)})
    mine, theirs = browser.get("/me").text, manager.get(f"/manage/members/{nora.id}").text

    assert "Nobody fitted well enough" in mine
    assert "rule" not in mine
    assert "a rule" in theirs
    assert {each["outcome"] for each in browser.get("/me/export").json()["decisions"]} == {"nobody_good_enough"}


def test_a_check_in_counts_the_members_own_dial_and_keeps_it(community: Community, people: dict[str, Member]) -> None:
    """The run that it triggers says which dial those here were chosen with: her own, and the community's for Bram."""
    services, here = community.services, {}
    with services.ledger.write() as uow:
        uow.members.put(replace(uow.members.get(people["Nora"].id), surprise=Surprise.MORE))
    for name in ("Bram", "Nora"):
        item = CheckInInput(member=people[name].id, text="big data", place="main")
        here[name] = check_in(services, item, source="test")

    assert [person.name for person in here["Nora"].people] == ["Bram de Wit"]
    with services.ledger.read() as uow:
        runs = {each.id: each.settings["surprise"] for each in uow.operations.runs(kinds={"triggered"})}
    assert runs == {f"check-in:{here['Bram'].position}": 0.25, f"check-in:{here['Nora'].position}": 0.625}


def _plain(text: str, **values: str) -> str:
    return text % values if values else text
