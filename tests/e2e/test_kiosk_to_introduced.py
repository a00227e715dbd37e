"""The main job in a real browser: kiosk, check-in, queue, approval, mail, two answers, introduced."""

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, log_in, pair, pairing_code
from tests.servers.chromium import fresh_page

pytestmark = pytest.mark.browser


def _check_in_at(kiosk: Page) -> None:
    kiosk.get_by_label("Your name or personal code").press_sequentially("Nor")
    kiosk.get_by_role("button", name=re.compile("Nora Visser")).click()
    kiosk.get_by_label("What are you working on?").fill("Marketing automation on big data, now for a theatre")
    kiosk.get_by_role("button", name="Check in").click()
    expect(kiosk.get_by_role("heading", name="Thank you, Nora!")).to_be_visible()
    expect(kiosk.get_by_role("button", name=re.compile("Big data", re.IGNORECASE)).first).to_be_visible()


def _answer_link(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain",))
    assert body is not None
    found = re.search(r"http://\S+/answer/\S+", str(body.get_content()))
    assert found, "the mail has no link to answer"
    return found[0]


def _say_yes(page: Page, link: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", name="Would you like to meet?")).to_be_visible()
    page.get_by_role("button", name="Yes, introduce us").click()


def test_from_the_kiosk_to_an_introduction(site: Site, browser: Browser) -> None:
    """A member checks in at a kiosk, a manager approves what a run proposes, both say yes, and both get the mail."""
    with fresh_page(browser) as desk, fresh_page(browser) as kiosk, fresh_page(browser) as phone:
        log_in(desk, site)
        pair(kiosk, site, pairing_code(desk, site))
        site.work()
        _check_in_at(kiosk)

        desk.goto(f"{site.address}/manage/runs")
        desk.get_by_role("button", name="Start a run now").click()
        expect(desk).to_have_url(re.compile(r"/manage/runs/run-"))
        desk.goto(f"{site.address}/manage/runs")
        expect(desk.locator("tbody tr").first).to_contain_text(re.compile(r"\d s$"))
        desk.goto(f"{site.address}/manage")
        introduction = desk.locator("article").filter(has_text="Nora Visser").first
        introduction.get_by_role("button", name="Approve").click()
        expect(desk.get_by_role("status")).to_contain_text("Approved")

        site.work()
        [first_ask] = site.mails()
        _say_yes(phone, _answer_link(first_ask))
        expect(phone.locator(".notice").first).to_be_visible()
        site.work()
        second_ask = site.mails()[-1]
        assert second_ask["To"] != first_ask["To"]
        _say_yes(phone, _answer_link(second_ask))

        expect(phone.get_by_role("heading", name="You are introduced")).to_be_visible()
        site.work()
        made = site.mails()[2:]
        assert len(made) == 2
        assert all(str(mail["To"]).count("@") == 2 for mail in made), "the introduction is addressed to both"
        desk.goto(f"{site.address}/manage/mail")
        expect(desk.locator("tbody tr")).to_have_count(4)
