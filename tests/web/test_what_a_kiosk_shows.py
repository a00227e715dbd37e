"""A tablet at the door is read by whoever stands there: nothing on it is its member's alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from fastapi.testclient import TestClient

from serendipity.domain.model import Mention, RecordKind, Stance, Understanding
from serendipity.usecases.check_in.check_in import CheckInAnswer, UnderstoodTopic
from serendipity.usecases.members.own_topics import decide
from serendipity.usecases.topics.reading import Reader
from tests.web.conftest import Community, PhraseReader, form_token, words
from tests.web.test_kiosk_and_sessions import _by_code, _hidden, kiosk  # noqa: F401 - a paired tablet

NEW = "zqxnew"  # a phrase that is no topic yet


@dataclass
class NotingReader(PhraseReader):
    """Finds the vocabulary's phrases, and one that is new."""

    def understand(self, text: str, *, stance: Stance = Stance.INTEREST) -> Understanding:
        """Return the known phrases, and the new one where it stands."""
        found = super().understand(text, stance=stance)
        new = (Mention(phrase=NEW, topic=None, stance=stance),) if NEW in text else ()
        return replace(found, mentions=(*found.mentions, *new))


@pytest.fixture
def noting(community: Community) -> Community:
    """The community with a reader that notes a new phrase beside what it knows."""
    community.services = replace(community.services, reader=Reader(community.services.ledger, NotingReader))
    community.services.reader.refresh()
    return community


def _by_name(kiosk: TestClient, text: str, **fields: str) -> str:  # noqa: F811
    named = kiosk.get("/kiosk/find", params={"q": "nora"}).text
    who = {"csrf": form_token(named), "who": _hidden(named, "who")}
    asked = kiosk.post("/kiosk/who", data=who).text
    data = {name: _hidden(asked, name) for name in ("csrf", "who", "id")} | {"text": text} | fields
    return kiosk.post("/kiosk/check-in", data=data).text


def test_phrases_of_a_sensitive_sentence_are_not_noted_on_the_tablet(
    noting: Community,
    browser_of: Callable[[], TestClient],
) -> None:
    """They tell what it was about; of an open sentence they are noted."""
    tablet = _paired(noting, browser_of())
    noting.member("Nora Visser", code="ABCD-2345")

    assert NEW not in _by_code(tablet, "ABCD-2345", text=f"Big data, a burnout and {NEW}")
    assert NEW in _by_code(tablet, "ABCD-2345", text=f"Big data and {NEW}")


def _paired(community: Community, tablet: TestClient) -> TestClient:
    token = form_token(tablet.get("/kiosk/pair").text)
    tablet.post("/kiosk/pair", data={"code": community.kiosk_code(), "csrf": token})
    return tablet


def test_a_check_in_of_nothing_but_something_sensitive_is_thanked_for(
    community: Community,
    kiosk: TestClient,  # noqa: F811
) -> None:
    """It was understood, so the tablet does not say that it was not, nor what it was."""
    community.member("Nora Visser", code="ABCD-2345")
    shown = words(_by_code(kiosk, "ABCD-2345", text="Back from a burnout"))

    assert "Thank you, Nora!" in shown
    assert "did not understand" not in shown
    assert "Is it one of these" not in shown
    assert "burnout" not in shown.casefold()


def test_whoever_taps_a_name_is_offered_nothing_that_its_member_keeps(
    community: Community,
    kiosk: TestClient,  # noqa: F811
) -> None:
    """Neither a topic that was said in private nor one that is hidden; one said openly is offered."""
    member = community.member("Nora Visser", code="ABCD-2345")
    _by_code(kiosk, "ABCD-2345", text="Marketing", visibility="private")
    _by_code(kiosk, "ABCD-2345", text="Photography and big data")
    decide(community.services, member.id, RecordKind.TOPIC_HIDDEN, "photography")

    offered = re.findall(r'class="choice">([^<]+)<', _by_name(kiosk, "qwxz"))

    assert "Big Data" in offered
    assert {"Marketing", "Photography"}.isdisjoint(offered)


def test_an_answer_for_others_names_nothing_that_is_its_member_s_alone() -> None:
    """Whoever checks somebody in by command line or API is not that member; that it was understood stays true."""
    topics = [("big-data", "Big data", False), ("burnout", "Burnout", True), (None, NEW, False)]
    answer = CheckInAnswer(
        position=1,
        fresh=True,
        topics=tuple(UnderstoodTopic(topic=id, label=label, phrase=label, sensitive=own) for id, label, own in topics),
    )

    assert [each.label for each in answer.for_others().topics] == ["Big data"]
    assert answer.for_others().understood
    assert replace(answer, topics=answer.topics[1:]).for_others().understood
