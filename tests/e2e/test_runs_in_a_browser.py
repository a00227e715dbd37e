"""An emergency run on its page, what a run says of itself, and the numbers and the picture behind an introduction."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from serendipity.domain.model import LinkPurpose, Match, Reason, Run, RunState
from serendipity.introductions import queue
from serendipity.outreach.links import issue_link
from serendipity.usecases.runs.execution import RunRequest, run_matching
from serendipity.usecases.runs.lease import LEASE
from tests.e2e.conftest import Site, log_in
from tests.servers.chromium import accessibility_faults

pytestmark = pytest.mark.browser


def _keep(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look."""
    if folder := os.environ.get("SERENDIPITY_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_manager_chooses_members_looks_and_runs(site: Site, page: Page) -> None:
    """First what it would propose, then the run itself, which the page of runs follows to its end."""
    site.work()
    log_in(page, site)
    page.goto(f"{site.address}/manage/runs")
    page.get_by_role("link", name="Emergency run").click()
    page.get_by_label("Works on the topic").fill("big data")
    page.get_by_role("button", name="Show what it would propose").click()

    expect(page.get_by_role("heading", name="2 members chosen")).to_be_visible()
    expect(page.locator("article")).to_contain_text("Bram de Wit")
    _keep(page, "emergency")
    assert accessibility_faults(page) == []
    with site.services.ledger.read() as uow:
        assert uow.introductions.search() == []

    page.get_by_role("button", name="Run now for 2 members").click()
    page.get_by_text("finished", exact=True).wait_for()
    _keep(page, "run")
    with site.services.ledger.read() as uow:
        [run] = uow.operations.runs()
        assert (run.kind, run.counts["proposed"]) == ("emergency", 1)
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Run it again and compare").click()
    expect(page.get_by_text("Yes: from its record alone")).to_be_visible()
    assert accessibility_faults(page) == []


def test_the_bar_of_a_run_moves_and_the_page_shows_its_end(site: Site, page: Page) -> None:
    """Kept up by a script without loading the page; once the run has ended, what it decided is there."""
    now = site.services.clock.now()
    counts = {"delivered": 40, "chosen": 100, "pace": 20}
    run = Run(id="r-1", kind="by_hand", as_of=now, started_at=now, seed=1, position=1, settings={}, counts=counts)
    with site.services.ledger.write() as uow:
        uow.operations.put_run(run)
        uow.operations.lease(LEASE, holder="r-1@host:7", seconds=3600)
    log_in(page, site)
    page.goto(f"{site.address}/manage/runs/r-1")
    expect(page.get_by_text("40 of 100 introductions delivered · 20 a minute · about 3 minutes left")).to_be_visible()
    assert accessibility_faults(page) == []
    page.evaluate("window.unchanged = true")

    with site.services.ledger.write() as uow:
        uow.operations.put_run(replace(run, counts={**counts, "delivered": 90}))
    expect(
        page.get_by_text("90 of 100 introductions delivered · 20 a minute · less than a minute left")
    ).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 90)
    assert page.evaluate("window.unchanged")
    _keep(page, "run-under-way")

    with site.services.ledger.write() as uow:
        uow.operations.put_run(
            replace(run, counts={"delivered": 100, "chosen": 100}, finished_at=now, state=RunState.FINISHED)
        )
    expect(page.get_by_text("finished", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_a_slip_in_the_form_is_told_and_nothing_runs(site: Site, page: Page) -> None:
    """A topic that nobody knows and a member who is none."""
    site.work()
    log_in(page, site)
    page.goto(f"{site.address}/manage/runs/emergency")
    page.get_by_label("And these members").fill("nobody@example.org")
    page.get_by_role("button", name="Show what it would propose").click()

    expect(page.get_by_role("alert")).to_contain_text("nobody@example.org")
    assert accessibility_faults(page) == []


def test_the_numbers_and_the_picture_of_an_introduction(site: Site, page: Page) -> None:
    """The product gives the score, each source has its number, and the picture says in words what it shows."""
    site.work()
    run_matching(site.services, RunRequest(kind="by_hand"))
    with site.services.ledger.read() as uow:
        introduction = uow.introductions.search()[0]
    log_in(page, site)
    page.goto(f"{site.address}/manage")
    _keep(page, "queue")
    page.goto(f"{site.address}/manage/introductions/{introduction.id}")
    page.get_by_text(re.compile(r"Why 0\.\d\d\?")).click()

    expect(page.get_by_text("relevance, seen from both sides")).to_be_visible()
    picture = page.get_by_role("img", name=re.compile("What connects"))
    expect(picture).to_be_visible()
    _keep(page, "introduction")
    assert accessibility_faults(page) == []

    page.get_by_role("link", name="How it comes about, step by step").click()
    expect(page.get_by_role("heading", name="The score", exact=True)).to_be_visible()
    _keep(page, "why")
    assert accessibility_faults(page) == []


@pytest.mark.parametrize("locale", ["en", "nl"])
def test_the_answer_page_shows_the_path_and_no_name_that_is_not_shared(site: Site, page: Page, locale: str) -> None:
    """Who does not share their name before a yes is a question mark in the picture too."""
    site.work()
    run_matching(site.services, RunRequest(kind="by_hand"))
    services = site.services
    with services.ledger.write() as uow:
        introduction = uow.introductions.search()[0]
        queue.approve(uow, introduction.id, by="manager:mgr", now=services.clock.now())
        services.opt_in().advance(uow, introduction.id, now=services.clock.now())
        asked = uow.introductions.get(introduction.id)
        reader = next(party.member for party in asked.parties if party.asked_at)
        other = next(party.member for party in asked.parties if party.member != reader)
        shy = replace(uow.members.get(other), shares=frozenset())
        uow.members.put(shy)
        now, ttl = services.clock.now(), services.settings.session_lasts
        token = issue_link(uow, LinkPurpose.ANSWER, reader, introduction.id, now=now, ttl=ttl)
    page.goto(f"{site.address}/answer/{token}?lang={locale}")

    _keep(page, f"answer-{locale}")
    picture = page.locator("svg.path")
    expect(picture).to_be_visible()
    assert shy.first_name not in page.content()
    assert accessibility_faults(page) == []


def test_a_group_is_in_the_queue_with_all_its_members(site: Site, page: Page) -> None:
    """Three who fit each other: one proposal with three names, one picture, and the reason that all share."""
    site.work()
    services = site.services
    topic = services.reader.vocabulary.find("big data")
    assert topic
    with services.ledger.write() as uow:
        trio = [each.id for each in uow.members.page(limit=3)]
        reason = Reason(kind="shared_topic", weight=1.0, topics=(topic,), members=tuple(trio))
        match = Match(
            member=trio[0],
            other=trio[1],
            more=(trio[2],),
            score=0.5,
            relevance=0.5,
            unexpectedness=0.5,
            reasons=(reason,),
        )
        found = queue.propose(uow, match, run="r-1", now=services.clock.now(), policy=services.introductions)
    log_in(page, site)
    page.goto(f"{site.address}/manage")
    expect(page.get_by_text("All of you work on Big Data.").first).to_be_visible()
    page.goto(f"{site.address}/manage/introductions/{found.id}")

    _keep(page, "group")
    heading = page.locator("h1")
    assert heading.locator("a").count() == 3
    assert accessibility_faults(page) == []
