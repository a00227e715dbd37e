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
    "/manage/settings/keys",
    "/manage/settings/audit",
    "/manage/account",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("locale", ["en", "nl"])
def test_every_page_opens_in_every_language(manager: TestClient, path: str, locale: str) -> None:
    """A manager can open each page, and it says which language it is in."""
    page = manager.get(path, params={"lang": locale} if "?" not in path else None, headers={"accept-language": locale})

    assert page.status_code == 200
    assert "<h1>" in page.text
