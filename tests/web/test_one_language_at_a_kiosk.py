"""A tablet speaks one language: the one that was chosen on it, whoever is there and whatever goes wrong."""

import html
import re
from dataclasses import replace
from pathlib import Path

from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from serendipity.domain.errors import LedgerUnavailable
from serendipity.usecases.services import Services
from serendipity.web.app import create_app
from tests.web.conftest import Community, form_token
from tests.web.test_kiosk_and_sessions import _by_code, _hidden, find, kiosk  # noqa: F401 - a paired tablet

LABEL = "Entrance"  # what the manager called the tablet
CATALOGUES = Path(__file__).parents[2] / "serendipity/translations/nl/LC_MESSAGES"


def _english() -> set[str]:
    """The texts of the catalogues that are said otherwise in Dutch, and stand alone between two marks."""
    found = set()
    for path in CATALOGUES.glob("*.po"):
        with path.open("rb") as file:
            found |= {one.id for one in read_po(file) if isinstance(one.id, str) and one.string not in ("", one.id)}
    return {text for text in found if "%(" not in text}


def _said(page: str) -> set[str]:
    """What a page says: between its marks, and in what is read aloud or shown in an empty field."""
    apart = re.findall(r">([^<>]+)<", page) + re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]+)"', page)
    return {html.unescape(text).strip() for text in apart} - {"", LABEL}


def _pages(community: Community, kiosk: TestClient) -> dict[str, str]:  # noqa: F811
    """Every page of the tablet in Dutch, for a member whose own language is English and who meets somebody."""
    community.member("Nora Visser", code="ABCD-2345")
    community.member("Bram de Wit", code="ABCD-6789")
    for code in ("ABCD-6789", "ABCD-2345"):
        _by_code(kiosk, code, text="Marketing, photography and big data")
    community.catch_up()
    pages = {"start": kiosk.get("/kiosk?lang=nl").text}
    for name, typed in (("nobody", "zzz"), ("short", "no"), ("names", "nora"), ("wrong code", "ZZZZ-9999")):
        pages[name] = find(kiosk, typed).text
    pages["question"] = find(kiosk, "ABCD-2345").text
    texts = (("answer", "Marketing with big data"), ("nothing", "qwxz"), ("too long", "big data " * 400))
    for name, text in texts:
        pages[name] = _by_code(kiosk, "ABCD-2345", text=text)
    struck = {name: _hidden(pages["answer"], name) for name in ("csrf", "who", "answered", "topic")}
    pages["struck"] = kiosk.post("/kiosk/strike", data=struck).text
    pages["last time"] = find(kiosk, "ABCD-2345").text
    over = {"who": "x 1 2 3", "csrf": form_token(pages["start"])}
    pages["over"] = kiosk.post("/kiosk/who", data=over).text
    guest = {"csrf": form_token(pages["start"]), "kind": "guest"}
    pages |= {"form": kiosk.get("/kiosk/guest").text, "no name": kiosk.post("/kiosk/guest", data=guest).text}
    pages["joined"] = kiosk.post("/kiosk/guest", data=guest | {"name": "Kim Bos"}).text
    pages["no page"] = kiosk.get("/kiosk/nowhere").text
    pages["pairing"] = kiosk.get("/kiosk/pair").text
    return pages


def test_every_page_of_a_dutch_tablet_is_dutch(community: Community, kiosk: TestClient) -> None:  # noqa: F811
    """Names of topics, errors and buttons too; the same pages in English are English, so that the check sees both."""
    english = _english()
    pages = _pages(community, kiosk)

    assert {name: said for name, page in pages.items() if (said := _said(page) & english)} == {}
    assert "Jij en Bram" in pages["answer"]
    assert [name for name, page in pages.items() if '<html lang="nl">' not in page] == []
    assert _said(kiosk.get("/kiosk?lang=en").text) & english


def test_a_tablet_says_in_its_language_that_the_service_fails(community: Community, kiosk: TestClient) -> None:  # noqa: F811
    """Without a ledger to ask; it tries again by itself, and a page elsewhere leads to the start page."""
    kiosk.get("/kiosk?lang=nl")
    broken = TestClient(create_app(_without_ledger(community.services)), cookies=kiosk.cookies)

    shown, elsewhere = broken.get("/kiosk").text, broken.get("/check-in").text

    assert _said(shown) & _english() == set()
    assert 'href="/kiosk"' in shown
    assert "url=/kiosk" in shown
    assert "kiosk" not in elsewhere


class _NoLedger:
    """A ledger whose database does not answer."""

    def read(self) -> object:
        """Fail as the real one does."""
        raise LedgerUnavailable

    write = read


def _without_ledger(services: Services) -> Services:
    return replace(services, ledger=_NoLedger())  # type: ignore[arg-type]
