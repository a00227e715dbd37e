"""What the pipeline knows of one text while it reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from serendipity.domain.model import Stance
from serendipity.topics.phrases import TOKEN, has_word, normalise_word, plain

READING = "serendipity.reading"
SENTENCE_ENDS = frozenset({".", ";", ":", "!", "?", "\n", "…"})


class Found(NamedTuple):
    """A phrase found at words [start, end); `topic` is None for a proposal, `weight` positive so far."""

    phrase: str
    topic: str | None
    start: int
    end: int
    weight: float


@dataclass(slots=True)
class Reading:
    """One text as words: `words` plain, `norms` in normal form, `starts` and `ends` offsets into the scrubbed text.

    `signs[i]` says that word i is a boundary. The components fill in the rest.
    """

    words: Sequence[str]
    norms: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    signs: Sequence[bool]
    text: str = ""
    language: str = ""
    stance: Stance = Stance.INTEREST
    stances: list[Stance] = field(default_factory=list)
    denied: list[bool] = field(default_factory=list)
    cued: list[bool] = field(default_factory=list)
    topics: list[Found] = field(default_factory=list)
    proposals: list[Found] = field(default_factory=list)


@lru_cache(maxsize=65_536)
def _forms(token: str) -> tuple[str, str, bool]:
    return plain(token), normalise_word(token) or token, not has_word(token)


def read_words(text: str) -> Reading:
    """Split a scrubbed text into words.

    >>> read_words("E-mails, big-data").norms
    ['email', ',', 'big', 'data']
    """
    words: list[str] = []
    norms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    signs: list[bool] = []
    for match in TOKEN.finditer(text):
        word, norm, sign = _forms(match.group())
        words.append(word)
        norms.append(norm)
        signs.append(sign)
        starts.append(match.start())
        ends.append(match.end())
    return Reading(words, norms, starts, ends, signs, text=text)
