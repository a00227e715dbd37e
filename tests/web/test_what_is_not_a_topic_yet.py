"""A check-in of which only new phrases were understood: noted, not understood yet, and with topics to tap."""

from fastapi.testclient import TestClient

from serendipity.usecases.check_in.check_in import CheckInAnswer, UnderstoodTopic
from tests.web.conftest import Community, form_token


def _check_in(client: TestClient, text: str, **fields: str) -> str:
    token = form_token(client.get("/check-in").text)
    data = {"csrf": token, "code": "ABCD-2345", "text": text, "visibility": "members"} | fields
    return client.post("/check-in", data=data).text


def test_only_a_topic_counts_as_understood() -> None:
    """A phrase without a topic is noted; one inside a longer one is not said twice."""
    new = [UnderstoodTopic(topic=None, label=each, phrase=each) for each in ("quantum knitting", "knitting")]
    known = UnderstoodTopic(topic="big-data", label="Big data", phrase="big data")

    assert not CheckInAnswer(position=1, fresh=True, topics=tuple(new)).understood
    assert CheckInAnswer(position=1, fresh=True, topics=(known, *new)).understood
    assert CheckInAnswer(position=1, fresh=True, topics=(known, *new)).noted == ("quantum knitting",)


def test_a_new_phrase_is_noted_kindly_with_topics_to_tap(curious: Community, client: TestClient) -> None:
    """No cross: what was noted is named, and what was said before can be tapped."""
    curious.member("Nora Visser", code="ABCD-2345")
    _check_in(client, "Big data")

    shown = _check_in(client, "Gnorfling in the weekend")

    assert "We did not understand the subject yet" in shown
    assert "We noted:" in shown
    assert "<b>gnorfling</b>" in shown
    assert '<button class="choice">Big Data</button>' in shown


def test_a_tap_on_a_choice_is_for_the_same_eyes(curious: Community, client: TestClient) -> None:
    """What was said in private is not made public by tapping a topic."""
    curious.member("Nora Visser", code="ABCD-2345")
    _check_in(client, "Big data")

    shown = _check_in(client, "Gnorfling in the weekend", visibility="private")

    assert 'name="visibility" value="private"' in shown


def test_the_embedded_form_takes_a_check_in_by_code_and_remembers_nobody(
    curious: Community, client: TestClient
) -> None:
    """It can be framed, sets no log-in, and a wrong code is told beside its field."""
    curious.member("Nora Visser", code="ABCD-2345")
    sent = {"code": "ABCD-2345", "text": "Big data", "visibility": "members"}

    shown = client.post("/embed/check-in", data=sent)
    wrong = client.post("/embed/check-in", data=sent | {"code": "ZZZZ-9999"})

    assert "Thank you, Nora!" in shown.text
    assert "serendipity_here" not in client.cookies
    assert "x-frame-options" not in shown.headers
    assert wrong.status_code == 422
    assert 'id="code-error"' in wrong.text
