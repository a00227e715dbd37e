"""The managers' pages, walked through with a browser that keeps cookies."""

import pytest
from fastapi.testclient import TestClient

PAGES = (
    "/manage",
    "/manage?state=all",
    "/manage/members",
    "/manage/members/new",
    "/manage/import",
    "/manage/topics",
    "/manage/topics?search=market",
    "/manage/events",
    "/manage/runs",
    "/manage/messages",
    "/manage/messages?state=parked",
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


@pytest.mark.parametrize("locale", ["en", "nl"])
def test_every_page_opens_in_every_language(manager: TestClient, locale: str) -> None:
    """A manager can open each page, and it says which language it is in."""
    pages = {path: manager.get(path, headers={"accept-language": locale}) for path in PAGES}

    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(PAGES, 200)
    assert all("<h1>" in page.text for page in pages.values())
