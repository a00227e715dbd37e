"""The picture of the path: described in words, in both directions, and silent on who and what may not be named."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from serendipity.domain.model import Introduction, IntroductionState, Party, Reason, Topic
from serendipity.introductions.sentences import SentenceContext
from serendipity.web.pages import PageRequest
from serendipity.web.path_picture import path_picture

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOPICS = {
    "data": Topic("data", "big data"),
    "ads": Topic("ads", "advertising <b>"),
    "burnout": Topic("burnout", "burnout", sensitive=True),
}
KNOWN = SentenceContext(parties=("anna", "bram"), topics=TOPICS, events={}, names={"bram": "Bram"}, now=NOW)


class English:
    """A page that says its texts as they stand."""

    locale = "en"

    def say(self, text: str, **values: str) -> str:
        """Return the text, filled in."""
        return text % values if values else text


PAGE = cast(PageRequest, English())


def introduction(*reasons: Reason) -> Introduction:
    """Anna and Bram, for these reasons."""
    return Introduction(
        id="i-1",
        parties=(Party(member="anna"), Party(member="bram")),
        state=IntroductionState.ASKED,
        score=0.5,
        reasons=reasons,
        factors={},
        run=None,
        proposed_at=NOW,
        changed_at=NOW,
    )


def test_the_picture_says_in_words_what_it_shows() -> None:
    """A title of who, and a description of what is in between; what a label holds is no markup."""
    drawn = path_picture(
        PAGE,
        introduction(
            Reason(kind="adjacent_topics", weight=0.5, topics=("data", "ads")),
            Reason(kind="path", weight=0.5, members=("anna", "cas", "bram")),
        ),
        KNOWN,
        "anna",
        "You",
    )

    assert "<title" in drawn
    assert "What connects You and Bram" in drawn
    assert "big data ~ advertising &lt;b&gt; (close to each other); somebody both know (people)" in drawn
    assert "cas" not in drawn


@pytest.mark.parametrize(("reader", "way"), [("anna", "from right to left"), ("bram", "from left to right")])
def test_what_is_offered_points_from_the_giver_to_the_seeker(reader: str, way: str) -> None:
    """Bram offers: Anna, on the left of her picture, gets it from the right."""
    offer = introduction(Reason(kind="seek_offer", weight=1.0, topics=("data",), data={"giver": "bram"}))

    assert way in path_picture(PAGE, offer, KNOWN, reader, "You")


def test_who_is_not_named_is_a_question_mark() -> None:
    """No name before a yes that is not shared."""
    shared = introduction(Reason(kind="shared_topic", weight=1.0, topics=("data",)))

    drawn = path_picture(PAGE, shared, replace(KNOWN, names={}), "anna", "You")

    assert "Bram" not in drawn
    assert ">?<" in drawn


def test_a_sensitive_topic_is_never_drawn() -> None:
    """Alone it leaves no picture at all."""
    hidden = introduction(Reason(kind="shared_topic", weight=1.0, topics=("burnout",)))

    assert path_picture(PAGE, hidden, KNOWN, "anna", "You") == ""
