"""Typing errors: how many words of the vocabulary are recovered, and how many other words are taken for one."""

import random
from collections import Counter

from rich.table import Table

from bench.topics.texts import many_labels, rows, tags
from serendipity.topics.phrases import normalise, tokens
from serendipity.topics.repair import SHORTEST, Repairs

WORDS = 2_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def typo_table() -> Table:
    """Make one slip in each of many words of the vocabulary, and read the words of texts that are none of them."""
    vocabulary = {word for label in tags() or many_labels(6_000) for word in normalise(label).split()}
    repairs, rng = Repairs(), random.Random(1)
    repairs.learn(vocabulary)
    long_words = sorted(word for word in vocabulary if word.isalpha() and len(word) >= SHORTEST)
    slips = [(word, slip(word, rng)) for word in rng.sample(long_words, min(WORDS, len(long_words)))]
    made = [(word, repairs.repair(typed)) for word, typed in slips if typed not in vocabulary]
    others = _other_words(vocabulary)
    table = Table("figure", "value", title="Topics: typing errors")
    table.add_row("words of the vocabulary mistyped", f"{len(made):,}")
    table.add_row("recovered", f"{sum(word == got for word, got in made) / len(made):.3f}")
    table.add_row(
        "taken for another word of the vocabulary", f"{sum(got in vocabulary - {word} for word, got in made)}"
    )
    if others:
        merged = sum(repairs.repair(word) != word for word in others)
        table.add_row("other words of texts", f"{len(others):,}")
        table.add_row("of these taken for one of the vocabulary", f"{merged / len(others):.4f}")
    return table


def slip(word: str, rng: random.Random) -> str:
    """Return a word with a letter left out, doubled, swapped with the next or replaced, but for the first.

    >>> slip("robotics", random.Random(1)) != "robotics"
    True
    """
    at, kind = rng.randrange(1, len(word) - 1), rng.randrange(4)
    changed = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + rng.choice(LETTERS) + word[at + 1 :],
    )[kind]
    return changed if changed != word else slip(word, rng)


def _other_words(vocabulary: set[str]) -> list[str]:
    """Return the words that texts say at least three times and the vocabulary does not hold: no slips, mostly."""
    said = Counter(word for row in rows("stackexchange_valid") for word in tokens(row["text"].lower()))
    often = {normalise(word) for word, count in said.items() if count >= 3 and len(word) >= SHORTEST}
    return sorted(word for word in often if word.isalpha() and word not in vocabulary)
