"""What the pipeline knows of one text while it reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from serendipity.domain.model import Stance
from serendipity.topics.phrases import LONGEST_WORD, TOKEN, has_word, normalise_word, plain

READING = "serendipity.reading"
WITHIN_A_SENTENCE = ","  # every other sign ends one


class Found(NamedTuple):
    """A phrase found at words [start, end); `topic` is None for a proposal, `weight` positive so far."""

    phrase: str
    topic: str | None
    start: int
    end: int
    weight: float


@dataclass(kw_only=True, slots=True)
class Reading:
    """One scrubbed text as words: `tokens` as typed, `words` plain, `norms` in normal form.

    `signs[i]`: word i is a boundary; `able[i]`: it may be part of a topic. The components fill in the rest;
    `marked`: some word is denied, or in another stance than the text.
    """

    text: str
    tokens: list[str]
    words: Sequence[str]
    norms: Sequence[str]
    signs: Sequence[bool]
    able: Sequence[bool]
    marked: bool = False
    language: str = ""
    stance: Stance = Stance.INTEREST
    stances: list[Stance] = field(default_factory=list)
    denied: list[bool] = field(default_factory=list)
    cued: list[bool] = field(default_factory=list)
    topics: list[Found] = field(default_factory=list)
    proposals: list[Found] = field(default_factory=list)

    def spans(self) -> list[tuple[int, int]]:
        """Return where each token lies in the text; between tokens there is nothing that looks like one."""
        found, position = [], 0
        for token in self.tokens:
            start = self.text.index(token, position)
            position = start + len(token)
            found.append((start, position))
        return found


class _Forms(NamedTuple):
    """What is to be known of a token, whatever text it stands in."""

    word: str
    norm: str
    sign: bool
    able: bool


@lru_cache(maxsize=16_384)
def _forms(token: str) -> _Forms:
    word = plain(token)
    return _Forms(word, normalise_word(token) or token, not has_word(token), may_stand_in_a_topic(word))


def may_stand_in_a_topic(word: str) -> bool:
    r"""Tell whether a word may be part of a proposal: no number, no single letter, not overlong.

    >>> [may_stand_in_a_topic(w) for w in ("3d", "c#", "j", "2024", "\n")]
    [True, True, False, False, False]
    """
    return 2 <= len(word) <= LONGEST_WORD and any(c.isalpha() for c in word)


def read_words(text: str) -> Reading:
    """Split a scrubbed text into words.

    >>> read_words("E-mails, big-data").norms
    ['email', ',', 'big', 'data']
    """
    tokens = TOKEN.findall(text)
    forms = [_forms(token) for token in tokens]
    return Reading(
        text=text,
        tokens=tokens,
        words=[form.word for form in forms],
        norms=[form.norm for form in forms],
        signs=[form.sign for form in forms],
        able=[form.able for form in forms],
    )
