"""Contact data neither gets into the ledger nor into a topic."""

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serendipity.topics.scrub import has_contact, scrub, scrub_for_ledger

CONTACT = [
    "jan.devries@voorbeeld.nl",
    "a.b+test@sub.example.co.uk",
    "jan [at] voorbeeld [punt] nl",
    "jan＠voorbeeld.nl",
    "https://example.org/x?y=1",
    "www.voorbeeld.nl/pagina",
    "linkedin.com/in/jan",
    "NL91 ABNA 0417 1643 00",
    "BE68539007547034",
    "06-12345678",
    "06 - 1234 5678",
    "020 123 45 67",
    "+31 6 1234 5678",
    "+31 (0)6 1234 5678",
    "+32 470 12 34 56",
    "0032 470 12 34 56",
    "(555) 123-4567",
    "０６-１２３４５６７８",
    "06\u200b12345678",
    "@jan_98",
    "123-45-6789",
    "85.07.30-033.28",
    "111222333",
    "4111 1111 1111 1111",
    "111.222.333",
]
HARMLESS = [
    "the archive of 2015-2020",
    "a report on 1999 2000 2001 2002",
    "budget 2024/2025 in node.js",
    "moving bol.com to python3.11",
    "c++17 and c# 12",
    "3D printing, 250 volunteers, 1.000.000 rows",
    "workshop 01-02-2026 at 09:00",
    "open 08.00 - 17.00",
    "R&D, UI/UX and ci/cd",
    "MH17 case file 2014",
    "100.000.000 records",
]
WORDS = st.sampled_from(
    ["working on", "Big Data", "bel me", "vandaag:", "🎉🎉", "(zie", ")", "...", "marketing,", "\n", "é"]
)


@pytest.mark.parametrize("contact", CONTACT)
def test_contact_data_is_removed_from_what_is_stored_and_read(contact: str) -> None:
    """Each kind of contact data goes, and the words around it stay."""
    text = f"big data {contact} marketing"

    assert scrub_for_ledger(text) == "big data […] marketing"
    assert scrub(text).text == "big data\nmarketing"
    assert scrub(text).contact


@pytest.mark.parametrize("text", HARMLESS)
def test_figures_and_names_that_only_look_like_contact_data_stay(text: str) -> None:
    """Year ranges, node.js and bol.com are no contact data."""
    assert scrub_for_ledger(text) == text
    assert not has_contact(text)


def test_a_card_number_among_other_groups_of_digits_is_found() -> None:
    """Four groups that are no card's may hold the beginning of one that is."""
    assert "1111" not in scrub_for_ledger("06 - 1234 5678 4111 1111 1111 1111")


@given(st.lists(WORDS | st.sampled_from(CONTACT).map(lambda c: f" {c} "), max_size=12))
def test_no_planted_contact_data_survives(parts: list[str]) -> None:
    """Wherever it stands among words, emoji and brackets, it goes."""
    text = " ".join(parts)

    stored, read = scrub_for_ledger(text), scrub(text).text

    assert not [c for c in CONTACT if c in stored or c in read]


@given(st.text(max_size=400))
@example("06\x0012345678")
@example("06    12345678")
@example("++31 6 12345678")
@example("a@\n@b")
@example("\u0344\u00a8¨e\u0301\u0301\u0301\u0301")
@example("ﷺ" * 30)
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    """What was scrubbed is scrubbed, for storing and for reading."""
    once, stored = scrub(text), scrub_for_ledger(text)

    assert scrub(once.text).text == once.text
    assert scrub_for_ledger(stored) == stored
    assert not has_contact(stored)


@given(st.text(max_size=300))
def test_origins_lie_in_the_text_and_never_go_back(text: str) -> None:
    """Each character of what is read points to where it was in what was given."""
    scrubbed = scrub(text)
    origins = [scrubbed.origin(i) for i in range(len(scrubbed.text))]

    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins)


def test_what_is_stored_is_otherwise_as_typed() -> None:
    """Capitals, accents and emoji stay; control characters and null bytes go."""
    assert scrub_for_ledger("Café №5 🎉\x00 — “Big Data”\x1b!") == "Café №5 🎉 — “Big Data”!"


def test_a_long_text_is_cut_without_leaving_half_an_address() -> None:
    """An address across the cut goes as a whole."""
    stored = scrub_for_ledger("x" * 1_990 + " jan.devries@voorbeeld.nl")

    assert "jan" not in stored
    assert len(stored) <= 2_000
    assert "jan" not in scrub("y " * 495 + "jan.devries@voorbeeld.nl").text


@settings(max_examples=20)
@given(st.sampled_from(["😀", "(", "\u0301", "א", "長", "ع", "a", "a.", "@a", "0", "+", "\u200d", "]["]))
def test_ten_thousand_of_anything_are_cut_first(character: str) -> None:
    """Nasty inputs come out short."""
    assert len(scrub(character * 10_000).text) <= 1_000


@pytest.mark.skipif("SERENDIPITY_BENCH" not in os.environ, reason="SERENDIPITY_BENCH names no folder of bench data")
def test_no_contact_data_of_the_noisy_check_ins_survives() -> None:
    """None of the strings planted there is left after scrubbing."""
    path = Path(os.environ["SERENDIPITY_BENCH"]) / "topics" / "noisy_checkins.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]

    left = [p for row in rows for p in row["pii"] if p in scrub_for_ledger(row["text"]) or p in scrub(row["text"]).text]

    assert sum(len(row["pii"]) for row in rows) > 500
    assert left == []
