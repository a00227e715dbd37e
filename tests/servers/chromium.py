"""A real Chromium for the tests, the system's own package, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers.session import ServerUnavailable

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 300_000  # only a hang takes so long
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One running browser; raises ServerUnavailable when the machine has none."""
    named = os.environ.get("SERENDIPITY_TEST_CHROMIUM")
    executable = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise ServerUnavailable("Chromium is not installed (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page without cookies or cache; leaving the block fails when a script on it did."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert not broken, f"scripts failed on the page: {broken}"


def accessibility_faults(page: Page) -> list[str]:
    """What axe-core finds against the page that is shown, serious and critical only, a line each."""
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {fault['help']}" for fault in found if fault["impact"] in {"serious", "critical"}]
