"""Topics in a real browser: curated by the keyboard alone, and pinned and hidden by their member."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from serendipity.domain.model import LinkPurpose
from serendipity.intake import check_ins
from serendipity.intake.inputs import CheckInInput
from serendipity.outreach.links import issue_link
from serendipity.usecases.topics.drift import tell_drift
from tests.e2e.conftest import Site, log_in
from tests.servers.chromium import accessibility_faults

pytestmark = pytest.mark.browser


def test_topics_are_merged_and_unmerged_by_the_keyboard(site: Site, page: Page) -> None:
    """Search, choose two, merge them, and undo one of it, with the shortcuts that ? lists."""
    site.work()
    log_in(page, site)
    page.goto(f"{site.address}/manage/topics")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("BOEKHOUDING")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("search=BOEKHOUDING"))
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("m")
    page.keyboard.type("Big Data")
    page.keyboard.press("Escape")
    page.keyboard.press("m")

    expect(page.get_by_text("“Accounting” was merged into “Big Data”")).to_be_visible()
    assert site.services.reader.refresh().find("boekhouding") == "big-data"
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Undone: “Accounting” was merged into “Big Data”")).to_be_visible()
    assert site.services.reader.refresh().find("boekhouding") == "accounting"


def test_a_proposal_is_accepted_by_the_keyboard(site: Site, page: Page) -> None:
    """The first of the list, with its example, becomes a topic."""
    site.work()
    log_in(page, site)
    page.goto(f"{site.address}/manage/topic-proposals")
    phrase = page.locator("[data-row] b").first.inner_text()

    page.keyboard.press("j")
    page.keyboard.press("a")

    expect(page.get_by_text("It is a topic now; earlier mentions count as well.")).to_be_visible()
    assert site.services.reader.refresh().find(phrase) is not None


def test_what_rises_is_drawn(site: Site, page: Page) -> None:
    """Everybody starts to podcast this week: a line, the figures, and a link to the topic."""
    services, now = site.services, site.services.clock.now()
    with services.ledger.write() as uow:
        members = uow.members.page()
        said = [
            CheckInInput(member=each.id, text=text, place="main", at=now - timedelta(days=days))
            for each in members
            for days, text in ((2, "A podcast"), (9, "Accounting"), (16, "Accounting"), (23, "Accounting"))
        ]
        check_ins.record_check_ins(uow, said, source="test", now=now, scrub=services.scrub)
    site.work()
    tell_drift(services)
    log_in(page, site)

    page.goto(f"{site.address}/manage/topic-trends?days=7")

    row = page.get_by_role("row", name=re.compile("Podcasts"))
    expect(row.get_by_role("img", name="Members who spoke of Podcasts, over the last 90 days")).to_be_visible()
    expect(row).to_contain_text("6 / 6")
    assert accessibility_faults(page) == []


def test_a_member_pins_and_hides_topics(site: Site, page: Page) -> None:
    """What is pinned says so, what is hidden moves to what only they see; a phone shows both."""
    site.work()
    with site.services.ledger.write() as uow:
        [member] = uow.members.page(search="Nora")
        now, ttl = site.services.clock.now(), site.services.settings.session_lasts
        token = issue_link(uow, LinkPurpose.PROFILE, member.id, None, now=now, ttl=ttl)
    page.goto(f"{site.address}/me/{token}")
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("link", name="My topics: why, and what to do about it").click()
    big_data = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Big Data"))
    museum = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Marketing Automation"))

    big_data.get_by_role("button", name="Pin").click()
    site.work()
    museum.get_by_role("button", name="Hide").click()
    site.work()
    page.reload()

    expect(big_data.get_by_text("pinned")).to_be_visible()
    expect(page.locator("#hidden").get_by_text("Marketing Automation", exact=True)).to_be_visible()
    expect(museum).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 844})
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert accessibility_faults(page) == []
