"""What the pipeline knows of one text while it reads it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from serendipity.domain.model import Stance
from serendipity.topics.phrases import LONGEST_WORD, TOKEN, has_word, normalise_plain, plain

if TYPE_CHECKING:
    from spacy.tokens import Doc

READING = "serendipity.reading"
WITHIN_A_SENTENCE = frozenset(",:")  # every other sign ends one


class Found(NamedTuple):
    """A phrase found at words [start, end); `topic` is None for a proposal, `weight` positive so far."""

    phrase: str
    topic: str | None
    start: int
    end: int
    weight: float


as_found = partial(tuple.__new__, Found)  # takes its fields as one tuple, for half of what calling Found costs


@dataclass(kw_only=True, slots=True)
class Reading:
    """One scrubbed text as words: `tokens` as typed, `words` plain, `norms` in normal form.

    `signs[i]`: word i is a boundary; `able[i]`: it may be part of a topic. The components fill in the rest;
    `marked`: some word is denied, or in another stance than the text; `runs`: what stands between joining words.
    """

    text: str
    tokens: Sequence[str]
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
    runs: list[tuple[int, int]] = field(default_factory=list)

    def starts(self, count: int) -> list[int]:
        """Return where the first tokens begin in the text; between tokens there is nothing that looks like one."""
        starts, place, index = [], 0, self.text.index
        for token in self.tokens[:count]:
            place = index(token, place)
            starts.append(place)
            place += len(token)
        return starts


class Step(ABC):
    """A component of the pipeline: it extends a reading, for spaCy the one that a document carries."""

    @abstractmethod
    def mark(self, reading: Reading) -> None:
        """Extend the reading."""

    def __call__(self, doc: "Doc") -> "Doc":
        """Extend the document's reading."""
        self.mark(doc.user_data[READING])
        return doc


# What is to be known of a token, whatever text it stands in: as typed, plain, in normal form, whether it is a sign,
# whether it may be part of a topic. A bare tuple, because thousands are kept and Python need not watch over those.
Form = tuple[str, str, str, bool, bool]


def forms_of(part: str) -> tuple[Form, ...]:
    """Return the forms of the tokens of a part of a text without spaces."""
    return tuple(map(form_of, TOKEN.findall(part)))


def form_of(token: str) -> Form:
    """Return the form of a token."""
    word = plain(token)
    return token, word, normalise_plain(word) or token, not has_word(token), may_stand_in_a_topic(word)


def may_stand_in_a_topic(word: str) -> bool:
    r"""Tell whether a word may be part of a proposal: no number, no single letter, not overlong.

    >>> [may_stand_in_a_topic(w) for w in ("3d", "c#", "j", "2024", "\n")]
    [True, True, False, False, False]
    """
    return 2 <= len(word) <= LONGEST_WORD and (word.isalpha() or any(c.isalpha() for c in word))


def read_words(text: str, forms: Callable[[str], tuple[Form, ...]] = forms_of) -> Reading:
    """Split a scrubbed text into words; no token reaches across a space, so that `forms` may remember the parts.

    >>> read_words("E-mails, big-data").norms
    ('email', ',', 'big', 'data')
    """
    known = list(chain.from_iterable(map(forms, text.split(" "))))
    tokens, words, norms, signs, able = zip(*known, strict=True) if known else ((), (), (), (), ())
    return Reading(text=text, tokens=tokens, words=words, norms=norms, signs=signs, able=able)
