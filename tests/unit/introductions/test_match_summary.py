"""The account of a match as data: complete, and silent on what is sensitive."""

import json

from serendipity.domain.model import Match, Reason, Topic
from serendipity.introductions.match_summary import drop_sensitive_reasons, summarise

TOPICS = {
    "data": Topic("data", "big data", labels=(("nl", "grote data"),)),
    "ads": Topic("ads", "advertising"),
    "health": Topic("health", "health", sensitive=True),
    "burnout": Topic("burnout", "burnout", parent="health"),
}
MATCH = Match(
    member="anna",
    other="bram",
    score=0.7,
    relevance=0.8,
    unexpectedness=0.6,
    reasons=(
        Reason(kind="shared_topic", weight=0.4, topics=("data",)),
        Reason(kind="shared_topic", weight=0.2, topics=("burnout",)),
        Reason(kind="adjacent_topics", weight=0.1, topics=("ads", "health")),
        Reason(kind="seek_offer", weight=0.2, topics=("ads",), data={"giver": "bram"}),
        Reason(kind="path", weight=0.1, members=("anna", "cas", "bram"), data={"length": 2}),
        Reason(
            kind="difference",
            weight=0.0,
            topics=("ads", "burnout"),
            data={
                "only_one": [{"id": "ads", "label": "advertising"}],
                "only_other": [{"id": "burnout", "label": "burnout"}],
            },
        ),
        Reason(kind="distance", weight=0.0, data={"steps": 2, "shared_events": 0}),
    ),
)


def test_an_account_says_what_is_shared_what_is_not_and_who_could_give_what() -> None:
    """Each part has its place, in the language asked for."""
    said = summarise(MATCH, TOPICS, locale="nl")

    assert said["shared"]["topics"] == [{"id": "data", "label": "grote data"}]
    assert said["could_give"] == {"anna": [], "bram": [{"id": "ads", "label": "advertising"}]}
    assert said["different"]["anna"] == [{"id": "ads", "label": "advertising"}]
    assert said["path"] == [["anna", "cas", "bram"]]
    assert said["why_not_met"]["steps"] == 2


def test_no_sensitive_topic_is_in_an_account_or_its_reasons() -> None:
    """Neither one that is flagged, nor one beneath it, nor in the data of a reason."""
    said = json.dumps(
        [summarise(MATCH, TOPICS), [str(reason) for reason in drop_sensitive_reasons(MATCH, TOPICS).reasons]]
    )

    assert "burnout" not in said
    assert "health" not in said
    assert "big data" in said
