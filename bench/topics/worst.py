"""The inputs that are slowest to read or to store, in processor time."""

import random
from time import process_time

from rich.table import Table

from bench.topics.texts import FIRST_TEXT, vocabulary_of
from serendipity.topics.pipeline import build_extractor
from serendipity.topics.scrub import scrub_for_ledger

SHOWN = 8


def nasty_texts() -> dict[str, str]:
    """Return texts that were, or could be, slow."""
    rng = random.Random(1)
    words = " ".join("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(220))
    return {
        "10,000 emoji": "🎉" * 10_000,
        "emoji apart": "🎉 " * 5_000,
        "10,000 brackets": "(" * 10_000,
        "combining marks": "a" + "\u0301" * 10_000,
        "marks in threes": "a\u0301\u0302\u0303 " * 2_000,
        "right-to-left marks": "\u202e" * 10_000,
        "sayings in one sign": "\ufdfa" * 1_000,
        "sayings apart": "\ufdfa " * 1_000,
        "one word of 100,000": "a" * 100_000,
        "Chinese": "机器学习" * 2_500,
        "Arabic": "مرحبا بكم " * 1_000,
        "random words": words,
        "random plurals": words.replace(" ", "s "),
        "random characters": "".join(chr(rng.randrange(32, 0x2FFF)) for _ in range(2_000)),
        "digits": "1 " * 5_000,
        "phone numbers": "06-12345678 " * 500,
        "addresses": "a@" * 5_000,
        "spelt addresses": "a [at] " * 1_000,
        "links": "http://a " * 1_000,
        "account numbers": "NL91 ABNA 0417 1643 00 " * 100,
        "cues": "need to not no " * 500,
    }


def worst_table() -> Table:
    """Time each nasty text once, after a first text that loads the dictionaries."""
    extractor = build_extractor(vocabulary_of(["machine learning", "pottery"]))
    extractor.understand(FIRST_TEXT)
    timed = []
    for name, text in nasty_texts().items():
        start = process_time()
        extractor.understand(text)
        read = process_time()
        scrub_for_ledger(text)
        timed.append(((read - start) * 1_000, (process_time() - read) * 1_000, name))
    table = Table("input", "reading, ms", "scrubbing to store, ms", title="Topics: the slowest inputs")
    for reading, storing, name in sorted(timed, key=lambda one: -max(one[:2]))[:SHOWN]:
        table.add_row(name, f"{reading:.1f}", f"{storing:.1f}")
    return table
