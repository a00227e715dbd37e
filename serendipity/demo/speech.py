"""Generates the texts of the example's check-ins: hand-written lines of a storyline, hurriedly put together."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random

WORDS_AT_LEAST = 3
WORDS_AT_MOST = 40
TYPO_CHANCE = 0.06
EMOJI_CHANCE = 0.07


@dataclass(frozen=True, kw_only=True)
class Storyline:
    """A piece of work as people tell it, by language ("en", "nl"), the lines in the order in which the work goes."""

    id: str
    title: str
    lines: Mapping[str, Sequence[str]]
    seeks: Mapping[str, Sequence[str]]
    offers: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Small talk by language: openings, joints between two lines, and ways to go on; and emoji."""

    opens: Mapping[str, Sequence[str]]
    joins: Mapping[str, Sequence[str]]
    tails: Mapping[str, Sequence[str]]
    emoji: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Subject that members mention from `since` to `until` (days before the end), in a share of the visits."""

    since: int
    until: int
    share: float
    lines: Mapping[str, Sequence[str]]

    def falls_on(self, days: int) -> bool:
        """Tell whether it is spoken of so many days before the end."""
        return self.until <= days <= self.since


def read_talks() -> tuple[Talk, ...]:
    """The talk of the house in the package data."""
    told = tomllib.loads((files("serendipity.demo") / "data" / "talk.toml").read_text(encoding="utf-8"))["talk"]
    return tuple(
        Talk(
            until=each["until"],
            since=each["since"],
            share=each["share"],
            lines={"en": each["en"], "nl": each["nl"]},
        )
        for each in told
    )


def read_storylines() -> dict[str, Storyline]:
    """All storylines of the package data, by id."""
    found: dict[str, Storyline] = {}
    for path in sorted((files("serendipity.demo") / "data" / "storylines").iterdir(), key=lambda entry: entry.name):
        for name, told in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[name] = Storyline(
                id=name,
                title=told["title"],
                lines={"en": told["en"], "nl": told["nl"]},
                seeks={"en": told["seeks_en"], "nl": told["seeks_nl"]},
                offers={"en": told["offers_en"], "nl": told["offers_nl"]},
            )
    return found


def read_turns() -> Turns:
    """The small talk of the package data."""
    path = files("serendipity.demo") / "data" / "turns.toml"
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return Turns(
        opens={"en": told["opens_en"], "nl": told["opens_nl"]},
        joins={"en": told["joins_en"], "nl": told["joins_nl"]},
        tails={"en": told["en"], "nl": told["nl"]},
        emoji=told["emoji"],
    )


def pick_line(lines: Sequence[str], progress: float, said: set[str], rng: Random) -> str:
    """A line from about where the work has come (progress 0 to 1), not yet said if one is near; joins `said`."""
    line = lines[0]
    for width in (1.0, 1.5, 2.5, 4.0, 6.0):
        place = round(rng.gauss(progress * (len(lines) - 1), width))
        line = lines[min(max(place, 0), len(lines) - 1)]
        if line not in said:
            break
    said.add(line)
    return line


def word_check_in(line: str, aside: str, language: str, turns: Turns, rng: Random) -> str:
    """One text from a line, perhaps an opening, a tail, an aside (another line), an emoji and a typo."""
    text = _put_together(line, aside, language, turns, rng)
    if len(text.split()) > WORDS_AT_MOST:
        text = line
    if len(text.split()) < WORDS_AT_LEAST:
        text = f"{text}, {rng.choice(turns.tails[language])} {rng.choice(turns.emoji)}"
    elif rng.random() < EMOJI_CHANCE:
        text = f"{text} {rng.choice(turns.emoji)}"
    return with_typo(text, rng) if rng.random() < TYPO_CHANCE else text


def _put_together(line: str, aside: str, language: str, turns: Turns, rng: Random) -> str:
    tail = rng.choice(turns.tails[language])
    opening = rng.choice(turns.opens[language])
    joint = rng.choice(turns.joins[language])
    shapes = (
        line,
        f"{line}, {tail}" if line[-1].isalnum() else f"{line} {tail}",
        f"{line} {joint} {aside}",
        f"{opening} {line}",
        f"{opening} {line}. {tail}",
    )
    return rng.choices(shapes, weights=(27, 31, 16, 14, 12))[0]


def with_typo(text: str, rng: Random) -> str:
    """The text with two neighbouring letters of one long word swapped, as hurried fingers do.

    >>> with_typo("solder party", Random(1)) != "solder party"
    True
    """
    words = text.split(" ")
    long_words = [i for i, word in enumerate(words) if len(word) > WORDS_AT_LEAST + 2 and word.isalpha()]
    if not long_words:
        return text
    chosen = rng.choice(long_words)
    word = words[chosen]
    spots = [i for i in range(1, len(word) - 1) if word[i] != word[i + 1]]
    if spots:
        spot = rng.choice(spots)
        words[chosen] = word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
    return " ".join(words)
