"""One tablet, many members: whoever is next finds no name, no code and no sentence of those before them."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from serendipity.domain.model import Purpose
from serendipity.intake import members
from serendipity.intake.inputs import MemberInput
from tests.e2e.conftest import Site, log_in, pair, pairing_code, stand_still
from tests.servers.chromium import fresh_page

pytestmark = pytest.mark.browser
FIELD = "Your name or personal code"


def _pair(browser: Browser, kiosk: Page, site: Site) -> None:
    with fresh_page(browser) as desk:
        log_in(desk, site)
        kiosk.set_viewport_size({"width": 1024, "height": 768})
        pair(kiosk, site, pairing_code(desk, site))
    stand_still(kiosk)
    kiosk.goto(f"{site.address}/kiosk")


def _find(kiosk: Page, letters: str) -> None:
    kiosk.get_by_label(FIELD).press_sequentially(letters)
    kiosk.clock.run_for(1000)
    expect(kiosk.get_by_role("button", name="Nora Visser")).to_be_visible()


def _at_the_start(kiosk: Page) -> None:
    expect(kiosk.get_by_role("heading", name="Welcome! Who are you?")).to_be_visible()
    expect(kiosk.get_by_label(FIELD)).to_have_value("")
    expect(kiosk.get_by_text("Nora")).to_have_count(0)


def _check_in(kiosk: Page) -> None:
    _find(kiosk, "nor")
    kiosk.get_by_role("button", name="Nora Visser").click()
    kiosk.get_by_label("What are you working on?").fill("Marketing automation for a theatre")
    kiosk.get_by_role("button", name="Check in").click()
    expect(kiosk.get_by_role("heading", name="Thank you, Nora!")).to_be_visible()


def _back_to_the_first(kiosk: Page) -> None:
    """Press back as often as there is something to go back to; nothing of anybody is shown on the way."""
    for _ in range(int(kiosk.evaluate("history.length"))):
        kiosk.go_back(wait_until="load")
        if kiosk.url == "about:blank":
            return
        expect(kiosk.get_by_role("heading").first).to_be_visible()
        expect(kiosk.get_by_text("Nora")).to_have_count(0)
        typed = kiosk.locator("input:not([type=hidden], [type=checkbox], [type=radio]), textarea")
        assert [field.input_value() for field in typed.all()] == [""] * typed.count()


def test_letters_that_were_typed_and_left_go_away(site: Site, browser: Browser) -> None:
    """With the names that they found, on the very first page too; an empty one just waits."""
    with fresh_page(browser) as kiosk:
        _pair(browser, kiosk, site)
        _find(kiosk, "nor")
        kiosk.clock.run_for(61_000)
        expect(kiosk.get_by_role("alertdialog")).to_be_visible()
        kiosk.clock.run_for(15_000)
        _at_the_start(kiosk)

        kiosk.evaluate("document.body.dataset.same = 'yes'")
        kiosk.clock.run_for(200_000)
        expect(kiosk.get_by_role("alertdialog")).to_be_hidden()
        assert kiosk.evaluate("document.body.dataset.same") == "yes"


def test_after_a_check_in_nobody_goes_back_to_it(site: Site, browser: Browser) -> None:
    """Neither once it cleared itself, nor by the back button right away; and no code stands in an address."""
    with fresh_page(browser) as kiosk:
        _pair(browser, kiosk, site)
        _check_in(kiosk)
        kiosk.clock.run_for(31_000)
        _at_the_start(kiosk)
        _back_to_the_first(kiosk)


def test_a_guest_s_code_is_in_no_address_and_not_behind_the_back_button(site: Site, browser: Browser) -> None:
    """A guest joins at the kiosk, checks in and is done; whoever is next cannot become them."""
    with fresh_page(browser) as kiosk:
        _pair(browser, kiosk, site)
        visited: list[str] = []
        kiosk.on("request", lambda request: visited.append(request.url))
        kiosk.get_by_role("link", name="I am here for the first time").click()
        kiosk.get_by_label("Your name").fill("Nora Guest")
        kiosk.get_by_label("a guest, for today or a few times").check()
        kiosk.get_by_role("button", name="Join").click()
        code = kiosk.locator(".secret").inner_text()
        expect(kiosk.get_by_role("img", name="Your personal code")).to_be_visible()
        kiosk.get_by_role("button", name="Check in now").click()
        kiosk.get_by_label("What are you working on?").fill("Marketing automation for a theatre")
        kiosk.get_by_role("button", name="Check in").click()
        kiosk.get_by_role("link", name="Done").click()
        _at_the_start(kiosk)
        _back_to_the_first(kiosk)

        kiosk.goto(f"{site.address}/kiosk")
        kiosk.get_by_label(FIELD).press_sequentially(code)
        kiosk.clock.run_for(1000)
        kiosk.wait_for_load_state("networkidle")
        kiosk.get_by_role("button", name="Next").click()
        expect(kiosk.get_by_role("heading", name=re.compile("Hello Nora"))).to_be_visible()
        expect(kiosk.get_by_text("Marketing automation for a theatre")).to_be_visible()
        assert [url for url in visited if code[:4] in url] == []


def test_the_camera_is_not_offered_to_a_browser_that_reads_no_qr_codes(site: Site, browser: Browser) -> None:
    """One that lacks the reader, and one whose reader knows no QR codes; one that reads them gets the button."""
    offered = {}
    for name, formats in (("none", None), ("empty", "[]"), ("qr", "['qr_code']")):
        with fresh_page(browser) as kiosk:
            if formats is not None:
                kiosk.add_init_script(
                    "Object.defineProperty(Navigator.prototype, 'mediaDevices', {value: {}, configurable: true});"
                    f"window.BarcodeDetector = class {{ static async getSupportedFormats() {{ return {formats}; }} }};"
                )
            _pair(browser, kiosk, site)
            kiosk.wait_for_load_state("networkidle")
            offered[name] = kiosk.locator("#scan").is_visible()

    assert offered == {"none": False, "empty": False, "qr": True}


def test_a_page_that_fails_at_the_tablet_leads_back_to_its_start(site: Site, browser: Browser) -> None:
    """A turn that is over, and a fault of ours: in the tablet's language, and by itself after a while."""
    with fresh_page(browser) as kiosk:
        _pair(browser, kiosk, site)
        kiosk.goto(f"{site.address}/kiosk?lang=nl")
        kiosk.get_by_label("Je naam of persoonlijke code").press_sequentially("nor")
        kiosk.clock.run_for(1000)
        expect(kiosk.get_by_role("button", name="Nora Visser")).to_be_visible()
        kiosk.evaluate("document.querySelector('#names [name=who]').value = 'x 1 2 3'")
        kiosk.get_by_role("button", name="Nora Visser").click()
        expect(kiosk.get_by_role("link", name="Opnieuw beginnen")).to_have_attribute("href", "/kiosk")
        expect(kiosk.get_by_role("link", name=re.compile("link|Get"))).to_have_count(0)
        kiosk.clock.run_for(31_000)
        expect(kiosk.get_by_role("heading", name="Welkom! Wie ben je?")).to_be_visible()


def test_nothing_is_hidden_that_shows_all_the_same(site: Site, browser: Browser) -> None:
    """On each page of the tablet, whatever styles say."""
    with fresh_page(browser) as kiosk:
        _pair(browser, kiosk, site)
        shown = [_hidden_and_visible(kiosk)]
        _find(kiosk, "nor")
        shown.append(_hidden_and_visible(kiosk))
        kiosk.get_by_role("button", name="Nora Visser").click()
        shown.append(_hidden_and_visible(kiosk))

    assert shown == [0, 0, 0]


def _hidden_and_visible(page: Page) -> int:
    return int(page.evaluate("[...document.querySelectorAll('[hidden]')].filter((one) => one.offsetParent).length"))


def test_the_best_four_names_are_above_an_on_screen_keyboard(site: Site, browser: Browser) -> None:
    """It takes 45 % of a tablet's height; the names stand right below the field, and the button beside it."""
    with site.services.ledger.write() as uow:
        names = [
            MemberInput(name=f"Norbert {last}", purposes=frozenset(Purpose)) for last in ("Aas", "Bos", "Cox", "Duin")
        ]
        now, scrub = site.services.clock.now(), site.services.scrub
        members.join_all(uow, names, source="test", now=now, scrub=scrub)
    with fresh_page(browser) as kiosk:
        _pair(browser, kiosk, site)
        kiosk.get_by_label(FIELD).press_sequentially("nor")
        kiosk.clock.run_for(1000)
        expect(kiosk.locator(".names button")).to_have_count(5)
        boxes = [name.bounding_box() for name in kiosk.locator(".names button").all()[:4]]

    assert [box["y"] + box["height"] <= 768 * 0.55 for box in boxes if box] == [True] * 4
