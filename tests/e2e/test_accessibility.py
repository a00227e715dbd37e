"""No page keeps anybody out: axe-core finds nothing serious on the main pages, nor anything cut off on a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from serendipity.domain.model import LinkPurpose
from serendipity.outreach.links import issue_link
from serendipity.usecases.runs.execution import RunRequest, run_matching
from tests.e2e.conftest import SAID, Site, log_in, pair, pairing_code
from tests.integration.outcomes import with_outcomes
from tests.servers.chromium import accessibility_faults, fresh_page
from tests.web.judged import with_judgement

pytestmark = pytest.mark.browser
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
PUBLIC = ("/check-in", "/join", "/me/link", "/embed/check-in", "/manage/login", "/kiosk/pair", "/no-such-page")
MANAGERS = (
    "/manage",
    "/manage/members",
    "/manage/members/new",
    "/manage/import",
    "/manage/topics",
    "/manage/topics?list=blocked",
    "/manage/topic-proposals",
    "/manage/topic-trends",
    "/manage/topic-table",
    "/manage/events",
    "/manage/runs",
    "/manage/runs/emergency",
    "/manage/learning",
    "/manage/learning/first-ties",
    "/manage/messages",
    "/manage/mail",
    "/manage/health",
    "/manage/settings/kiosks",
    "/manage/settings/places",
    "/manage/settings/matching",
    "/manage/settings/must-not",
    "/manage/settings/keys",
    "/manage/settings/audit",
    "/manage/account",
)


def _faults(page: Page) -> list[str]:
    """Return what axe-core says, and whether the page is wider than a phone or its header breaks on a desktop."""
    page.set_viewport_size(PHONE)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.set_viewport_size(DESKTOP)
    tall = page.evaluate("(document.querySelector('.top')?.offsetHeight ?? 0) > 70")
    told = [*(["wider than a phone"] if wide else []), *(["the header breaks on a desktop"] if tall else [])]
    return told + accessibility_faults(page)


def _look(page: Page, site: Site, paths: tuple[str, ...]) -> dict[str, list[str]]:
    found = {}
    for path in paths:
        page.goto(f"{site.address}{path}")
        found[path] = _faults(page)
    return {path: faults for path, faults in found.items() if faults}


def test_the_public_pages_have_no_serious_faults(site: Site, page: Page) -> None:
    """Check-in, sign-up, link, embedded form, log-in, pairing and an error."""
    assert _look(page, site, PUBLIC) == {}


def test_the_managers_pages_have_no_serious_faults(site: Site, page: Page) -> None:
    """Each page with something on it: a run has proposed introductions."""
    site.work()
    run_matching(site.services, RunRequest(kind="by_hand"))
    with site.services.ledger.read() as uow:
        introduction = uow.introductions.search()[0]
        run = uow.operations.runs()[0]
    topic = site.services.reader.vocabulary.find("big data")
    log_in(page, site)

    paths = (
        f"/manage/introductions/{introduction.id}",
        f"/manage/members/{introduction.parties[0].member}?find=a",
        f"/manage/runs/{run.id}",
        f"/manage/topics/{topic}",
    )
    assert _look(page, site, (*MANAGERS, *paths)) == {}


def test_what_outcomes_teach_has_no_serious_faults(site: Site, page: Page) -> None:
    """Once something was learned, tried again, and taken back: all tables are there."""
    with_outcomes(site.services)
    log_in(page, site)
    page.goto(f"{site.address}/manage/learning")
    page.get_by_role("button", name="Try what would be learned now").click()
    tried = _faults(page)
    page.get_by_role("button", name="Learn it").click()
    expect(page.get_by_text("version 1 in force")).to_be_visible()
    learned = _faults(page)
    page.get_by_role("button", name="Put scores back as they are").click()
    expect(page.get_by_text("version 0 brought back, held")).to_be_visible()

    assert [tried, learned, _faults(page)] == [[], [], []]


def test_what_first_ties_teach_has_no_serious_faults(site: Site, page: Page) -> None:
    """Once something was learned, and taken back: all tables are there."""
    with_judgement(site.services)
    log_in(page, site)
    page.goto(f"{site.address}/manage/learning/first-ties")
    expect(page.get_by_text("version 1 in force")).to_be_visible()
    learned = _faults(page)
    page.get_by_role("button", name="Rank by fusion again").click()
    expect(page.get_by_text("version 0 brought back, held")).to_be_visible()

    assert [learned, _faults(page)] == [[], []]


def test_the_kiosks_pages_have_no_serious_faults(site: Site, browser: Browser) -> None:
    """Each step of a check-in: the start, the names, the question and the answer."""
    site.work()
    with fresh_page(browser) as desk, fresh_page(browser) as kiosk:
        log_in(desk, site)
        pair(kiosk, site, pairing_code(desk, site))
        found = {"start": _faults(kiosk)}
        kiosk.get_by_label("Your name or personal code").press_sequentially("Nor")
        name = kiosk.get_by_role("button", name=re.compile("Nora Visser"))
        name.wait_for()
        found["names"] = _faults(kiosk)
        name.click()
        found["question"] = _faults(kiosk)
        kiosk.get_by_label("What are you working on?").fill("Big data")
        kiosk.get_by_role("button", name="Check in").click()
        kiosk.get_by_role("heading", name="Thank you, Nora!").wait_for()
        found["answer"] = _faults(kiosk)

    assert {step: faults for step, faults in found.items() if faults} == {}


def test_a_members_own_pages_have_no_serious_faults(site: Site, page: Page) -> None:
    """What is known about me, the check-in, its answer, and erasing."""
    site.work()
    with site.services.ledger.write() as uow:
        [member] = uow.members.page(search=next(iter(SAID)))
        now, ttl = site.services.clock.now(), site.services.settings.session_lasts
        token = issue_link(uow, LinkPurpose.PROFILE, member.id, None, now=now, ttl=ttl)
    page.goto(f"{site.address}/me/{token}")
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("heading", name="What you know about me").wait_for()

    assert _look(page, site, ("/me", "/me/topics", "/check-in", "/me/erase")) == {}
