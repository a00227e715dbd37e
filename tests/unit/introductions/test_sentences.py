"""Sentences: warm, correct in both languages, and never more than the evidence and its owners allow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serendipity.domain.model import Event, Reason, Topic
from serendipity.introductions.sentences import (
    Quote,
    SentenceContext,
    join_list,
    quote_sentence,
    sentences_for,
    sentences_for_all,
)
from serendipity.outreach.translations import translations

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ENGLISH, DUTCH = translations("en").gettext, translations("nl").gettext
KNOWN = SentenceContext(
    parties=("anna", "bram"),
    topics={
        "big-data": Topic("big-data", "big data"),
        "marketing": Topic("marketing", "marketing"),
        "law": Topic("law", "contract law"),
        "burnout": Topic("burnout", "burnout", sensitive=True),
    },
    events={
        "meetup": Event(id="meetup", title="Data Meetup", starts_at=NOW - timedelta(days=9)),
        "off": Event(id="off", title="Called Off", starts_at=NOW - timedelta(days=9), cancelled=True),
        "next": Event(id="next", title="Next Month", starts_at=NOW + timedelta(days=30)),
    },
    names={"anna": "Anna", "bram": "Bram"},
    now=NOW,
    quotes={"bram": Quote("moving our reports to a lake house", 1)},
)


def reason(kind: str, weight: float = 1.0, **fields: Any) -> Reason:
    return Reason(kind=kind, weight=weight, **fields)


SHARED = [reason("shared_topic", 0.5, topics=("big-data",)), reason("shared_topic", 0.3, topics=("marketing",))]
ADJACENT = reason("adjacent_topics", topics=("big-data", "marketing"))
OFFER = reason("seek_offer", topics=("law",), members=("bram",), data={"giver": "bram"})
DIFFERENT = reason("difference", 0.0, data={"only_one": [{"id": "law"}], "only_other": [{"id": "marketing"}]})
STRANGERS = {"steps": None, "shared_events": 0}


@pytest.mark.parametrize(
    ("reasons", "to_anna", "to_bram", "joint"),
    [
        (
            SHARED,
            "You and Bram both work on big data and marketing.",
            "You and Anna both work on big data and marketing.",
            "You both work on big data and marketing.",
        ),
        (
            [ADJACENT],
            "You work on big data and Bram on marketing, and these two often go together.",
            "You work on marketing and Anna on big data, and these two often go together.",
            "Anna works on big data and Bram on marketing, and these two often go together.",
        ),
        (
            [OFFER],
            "You are looking for contract law, and Bram offers just that.",
            "Anna is looking for contract law, and you offer just that.",
            "Anna is looking for contract law, and Bram offers just that.",
        ),
        (
            [DIFFERENT],
            "Besides, you are into contract law and Bram into marketing: fresh eyes on both sides.",
            "Besides, you are into marketing and Anna into contract law: fresh eyes on both sides.",
            "Besides, Anna is into contract law and Bram into marketing: fresh eyes on both sides.",
        ),
        (
            [reason("shared_event", events=("meetup", "off", "next", "unknown"))],
            *["You were both at Data Meetup."] * 3,
        ),
        ([reason("path", members=("anna", "x", "bram"))], *["There is somebody whom you both know."] * 3),
        (
            [reason("path", members=("anna", "x", "y", "bram"))],
            *["People you know are acquainted with each other."] * 3,
        ),
        (
            [reason("distance", data={**STRANGERS, "shared_weekdays": []})],
            *["You are usually here on different days, so you would hardly have run into each other."] * 3,
        ),
        (
            [reason("bridge", topics=("law",))],
            *["You come from different corners of the community, and contract law can connect you."] * 3,
        ),
    ],
)
def test_each_side_reads_its_own_sentence(reasons: list[Reason], to_anna: str, to_bram: str, joint: str) -> None:
    """In the second person, from the reader's side; and one for both."""
    said = [
        sentences_for(reasons, KNOWN, reader="anna", gettext=ENGLISH),
        sentences_for(reasons, KNOWN, reader="bram", gettext=ENGLISH),
        sentences_for_all(reasons, KNOWN, gettext=ENGLISH),
    ]

    assert [[sentence.text for sentence in sentences] for sentences in said] == [[to_anna], [to_bram], [joint]]


@pytest.mark.parametrize(
    ("told", "dutch"),
    [
        (SHARED, "Jij en Bram werken allebei aan big data en marketing."),
        ([OFFER], "Jij zoekt contract law, en precies dat biedt Bram."),
        ([reason("shared_event", events=("meetup",))], "Jullie waren allebei bij Data Meetup."),
    ],
)
def test_a_dutch_reader_reads_dutch(told: list[Reason], dutch: str) -> None:
    """With Dutch word order and lists."""
    assert [sentence.text for sentence in sentences_for(told, KNOWN, reader="anna", gettext=DUTCH)] == [dutch]


def test_a_sentence_traces_to_its_reasons() -> None:
    """Nothing is said that no reason says."""
    sentences = sentences_for([*SHARED, OFFER], KNOWN, reader="anna", gettext=ENGLISH)

    assert [sentence.reasons for sentence in sentences] == [(OFFER,), tuple(SHARED)]


@pytest.mark.parametrize(
    "nothing",
    [
        reason("shared_topic", topics=("burnout",)),
        reason("shared_topic", topics=("nobody-knows",)),
        reason("adjacent_topics", topics=("burnout", "big-data")),
        reason("adjacent_topics", topics=("big-data",)),
        reason("seek_offer", topics=("law",)),
        reason("seek_offer", topics=("law",), data={"giver": "carla"}),
        reason("shared_event", events=("off", "next")),
        reason("path", members=("anna", "bram")),
        reason("difference", data={"only_one": [{"id": "burnout"}], "only_other": [{"id": "law"}]}),
        reason("distance", data={"steps": 2}),
        reason("astrology", topics=("big-data",)),
    ],
    ids=lambda each: f"{each.kind}-{each.topics}",
)
def test_what_may_not_or_cannot_be_said_is_left_out(nothing: Reason) -> None:
    """Sensitive topics, unknown kinds and ids, events to come, one step between them."""
    assert sentences_for([nothing], KNOWN, reader="anna", gettext=ENGLISH) == []
    assert sentences_for_all([nothing], KNOWN, gettext=ENGLISH) == []


def test_a_sensitive_topic_is_left_out_of_a_list() -> None:
    """The others are still named."""
    (sentence,) = sentences_for_all([reason("shared_topic", topics=("burnout", "law"))], KNOWN, gettext=ENGLISH)

    assert sentence.text == "You both work on contract law."


def test_one_thing_is_not_said_three_times() -> None:
    """Of topics that begin with the same word the weightiest is named, in its place."""
    topics = {id: Topic(id, id.replace("-", " ")) for id in ("3d-scanner", "design", "3d-scanning")}
    known = replace(KNOWN, topics=topics)
    (sentence,) = sentences_for_all([reason("shared_topic", topics=tuple(topics))], known, gettext=ENGLISH)

    assert sentence.text == "You both work on 3d scanner and design."


def test_a_member_without_a_name_is_not_named() -> None:
    """Nor are those in between."""
    nameless = SentenceContext(parties=KNOWN.parties, topics=KNOWN.topics, events={}, names={}, now=NOW)
    (sentence,) = sentences_for([OFFER], nameless, reader="anna", gettext=ENGLISH)

    assert sentence.text == "You are looking for contract law, and this member offers just that."


def test_it_stays_short_and_ends_with_why_they_would_not_have_met() -> None:
    """Three sentences on what brings them together, one on what keeps them apart."""
    many = [
        *SHARED,
        ADJACENT,
        OFFER,
        reason("shared_event", events=("meetup",)),
        reason("distance", 0.0, data=STRANGERS),
        DIFFERENT,
    ]
    sentences = sentences_for_all(many, KNOWN, gettext=ENGLISH)

    assert len(sentences) == 4
    assert sentences[-1].reasons[0].kind == "difference"


def test_only_what_may_be_quoted_is_quoted() -> None:
    """Bram may be quoted, Anna may not."""
    assert quote_sentence(KNOWN, "bram", gettext=ENGLISH) == "Bram wrote: “moving our reports to a lake house”"
    assert quote_sentence(KNOWN, "anna", gettext=ENGLISH) is None


@pytest.mark.parametrize(
    ("gettext", "expected"), [(ENGLISH, ["", "A", "A and B", "A, B and C"]), (DUTCH, ["", "A", "A en B", "A, B en C"])]
)
def test_lists_read_as_people_write_them(gettext: Callable[[str], str], expected: list[str]) -> None:
    """Commas, and one word before the last."""
    assert [join_list(["A", "B", "C"][:n], gettext=gettext) for n in range(4)] == expected
