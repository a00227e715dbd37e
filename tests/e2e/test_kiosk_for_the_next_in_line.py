"""A tablet at the door is shared: it clears itself, shows names where they are seen, and offers what works."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Site, log_in, pair, pairing_code, stand_still
from tests.servers.chromium import fresh_page

pytestmark = pytest.mark.browser
KEYBOARD = 0.45  # of the height, as an on-screen keyboard takes it


def _tablet(browser: Browser, desk: Page, kiosk: Page, site: Site) -> None:
    log_in(desk, site)
    kiosk.set_viewport_size({"width": 1024, "height": 768})
    pair(kiosk, site, pairing_code(desk, site))


def test_a_question_that_is_left_alone_clears_itself(site: Site, browser: Browser) -> None:
    """First it asks, then it starts again; going back shows neither the name nor what was typed."""
    with fresh_page(browser) as desk, fresh_page(browser) as kiosk:
        _tablet(browser, desk, kiosk, site)
        stand_still(kiosk)
        kiosk.goto(f"{site.address}/kiosk")
        kiosk.get_by_label("Your name or personal code").press_sequentially("Nor")
        kiosk.clock.run_for(1000)
        kiosk.get_by_role("button", name="Nora Visser").click()
        field = kiosk.get_by_label("What are you working on?")
        field.fill("Half a sentence that somebody left")
        kiosk.clock.run_for(59_000)
        expect(kiosk.get_by_role("alertdialog")).to_be_hidden()
        kiosk.clock.run_for(2_000)
        expect(kiosk.get_by_role("alertdialog")).to_be_visible()
        kiosk.get_by_role("button", name="Yes, I am still here").click()
        expect(kiosk.get_by_role("alertdialog")).to_be_hidden()
        expect(field).to_have_value("Half a sentence that somebody left")

        kiosk.clock.run_for(76_000)
        expect(kiosk.get_by_role("heading", name="Welcome! Who are you?")).to_be_visible()
        kiosk.go_back()
        expect(kiosk.get_by_text("Half a sentence")).to_have_count(0)
        assert "Half a sentence" not in kiosk.content()


def test_a_name_that_was_typed_does_not_stay(site: Site, browser: Browser) -> None:
    """Nor do the names that were found."""
    with fresh_page(browser) as desk, fresh_page(browser) as kiosk:
        _tablet(browser, desk, kiosk, site)
        stand_still(kiosk)
        kiosk.goto(f"{site.address}/kiosk/find?q=nora")
        expect(kiosk.get_by_role("button", name="Nora Visser")).to_be_visible()
        kiosk.clock.run_for(76_000)
        expect(kiosk.get_by_role("button", name="Nora Visser")).to_have_count(0)
        expect(kiosk.get_by_label("Your name or personal code")).to_have_value("")


def test_names_are_seen_above_an_on_screen_keyboard(site: Site, browser: Browser) -> None:
    """Right below the field, in the half of the tablet that is left."""
    with fresh_page(browser) as desk, fresh_page(browser) as kiosk:
        _tablet(browser, desk, kiosk, site)
        kiosk.goto(f"{site.address}/kiosk")
        kiosk.get_by_label("Your name or personal code").press_sequentially("vis")
        name = kiosk.get_by_role("button", name="Nora Visser")
        expect(name).to_be_visible()
        box = name.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768 * (1 - KEYBOARD)


def test_the_camera_is_offered_only_where_it_can_read_codes(site: Site, browser: Browser) -> None:
    """Chromium on this system has no reader of codes: no button, and no picture of a camera."""
    with fresh_page(browser) as desk, fresh_page(browser) as kiosk:
        _tablet(browser, desk, kiosk, site)
        kiosk.goto(f"{site.address}/kiosk")
        works = kiosk.evaluate("'BarcodeDetector' in window && !!navigator.mediaDevices")
        assert kiosk.locator("#scan").is_visible() == works
        assert not kiosk.locator("#camera").is_visible()
        hidden = kiosk.locator("[hidden]")
        assert [each for each in range(hidden.count()) if hidden.nth(each).is_visible()] == []
