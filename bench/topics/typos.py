"""Typing errors: how many words of the vocabulary are recovered, and how many other words are taken for one."""

import random
from collections import Counter
from collections.abc import Iterable

from rich.table import Table

from bench.topics.texts import many_labels, rows, tags
from serendipity.topics.phrases import normalise, tokens
from serendipity.topics.repair import SHORTEST, Repairs

WORDS = 2_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SLIPS = ("a letter left out", "a letter doubled", "two letters swapped", "a letter replaced by any")


def typo_table() -> Table:
    """Make one slip in each of many words of the vocabulary, and read the words of texts that are none of them."""
    vocabulary = {word for label in tags() or many_labels(6_000) for word in normalise(label).split()}
    repairs, rng = Repairs(), random.Random(1)
    repairs.learn(vocabulary)
    long_words = sorted(word for word in vocabulary if word.isalpha() and len(word) >= SHORTEST)
    drawn = [(word, *slip(word, rng)) for word in rng.sample(long_words, min(WORDS, len(long_words)))]
    slips = [(word, kind, repairs.repair(typed)) for word, kind, typed in drawn if typed not in vocabulary]
    others = _other_words(vocabulary)
    table = Table("figure", "value", title="Topics: typing errors")
    table.add_row("words of the vocabulary mistyped", f"{len(slips):,}")
    table.add_row("recovered", _share(word == got for word, _, got in slips))
    for kind in SLIPS:
        table.add_row(f"  with {kind}", _share(word == got for word, of, got in slips if of == kind))
    table.add_row(
        "taken for another word of the vocabulary", f"{sum(got in vocabulary - {word} for word, _, got in slips)}"
    )
    if others:
        table.add_row("other words of texts", f"{len(others):,}")
        merged = _share((repairs.repair(word) != word for word in others), digits=4)
        table.add_row("of these taken for one of the vocabulary", merged)
    return table


def _share(outcomes: Iterable[bool], *, digits: int = 3) -> str:
    found = list(outcomes)
    return f"{sum(found) / len(found):.{digits}f}" if found else "none"


def slip(word: str, rng: random.Random) -> tuple[str, str]:
    """Return the kind of a slip and the word with it: a letter left out, doubled, swapped or replaced.

    >>> slip("robotics", random.Random(1))
    ('a letter left out', 'rootics')
    """
    at, kind = rng.randrange(1, len(word) - 1), rng.randrange(4)
    changed = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + rng.choice(LETTERS) + word[at + 1 :],
    )[kind]
    return (SLIPS[kind], changed) if changed != word else slip(word, rng)


def _other_words(vocabulary: set[str]) -> list[str]:
    """Return the words that texts say at least three times and the vocabulary does not hold: no slips, mostly."""
    said = Counter(word for row in rows("stackexchange_valid") for word in tokens(row["text"].lower()))
    often = {normalise(word) for word, count in said.items() if count >= 3 and len(word) >= SHORTEST - 1}
    return sorted(word for word in often if word.isalpha() and word not in vocabulary)
