"""Take contact data out of texts: once for storing them, once for reading them."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

LONGEST_READ = 1_000
LONGEST_STORED = 2_000
MARK = "[…]"

_LONGEST_EXPANSION = 4

# Looked at beyond the cut, so that contact data across it is recognised whole.
_MARGIN = 300

_TLD = r"(?:com|net|org|info|biz|nl|be|eu|de|fr|uk|us|io|ai|co|me|app|dev|nu|tv|ly|gg|site|online|shop)"
_EDGE = r"[^\s,;<>()\[\]{}\"“”|]"
_AT = re.compile(rf"(?<!{_EDGE}){_EDGE}*[@＠]{_EDGE}+")
_SPELT_AT = re.compile(
    r"[\w.+-]{1,64}\s{0,2}[\[({]\s?(?:at|apenstaartje)\s?[\])}]\s{0,2}[\w-]{1,63}"
    r"(?:\s{0,2}(?:\.|[\[({]\s?(?:dot|punt)\s?[\])}])\s{0,2}\w{2,24}){1,4}",
    re.IGNORECASE,
)
_BRACKETED_AT = re.compile(r"[\[({]\s?(?:at|apenstaartje)\s?[\])}]", re.IGNORECASE)
_URL = re.compile(
    rf"(?:\b(?:https?|ftp)://|\bmailto:|\bwww\.)\S+|(?<![\w.-])(?:[\w-]{{1,63}}\.){{1,5}}{_TLD}/[^\s,;<>()]+",
    re.IGNORECASE,
)
# What a link cannot do without: much faster to look for, and most texts with a slash or a colon have none.
_LINK_LIKE = re.compile(rf"://|mailto:|www\.|\.{_TLD}/", re.IGNORECASE)
_WITH_DIGIT = r"[ -]?(?=[a-z]{0,3}\d)[a-z0-9]"
_IBAN = re.compile(
    rf"(?<![^\W_])[a-z]{{2}}\d\d(?:[ -]?[a-z]{{4}})?(?:{_WITH_DIGIT}{{4}}){{1,7}}(?:{_WITH_DIGIT}{{1,3}})?(?![^\W_])",
    re.IGNORECASE,
)
_SEPARATORS = r"[ \t./()–-]{0,3}"
_PHONE = re.compile(
    rf"(?<!\w)(?<!\d[.,])\(?(?:\+{_SEPARATORS}[1-9]|0[ ]?[1-9]|00[1-9])(?:{_SEPARATORS}\d){{6,14}}(?!\d)"
    r"|(?<![\w+])\(\d{3}\) ?\d{3}[ .-]\d{4}(?!\w)|(?<![\w.-])\d{3}[.-]\d{3}[.-]\d{4}(?![\w.-])"
)
_SOCIAL = re.compile(
    r"(?<![\w.-])(?:\d{3}-\d{2}-\d{4}|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{6}-\d{3}-?\d{2}|\d{3}\.\d{3}\.\d{3}"
    r"|\d{4}[ .]\d{2}[ .]\d{3}|\d{4}(?:[ -]\d{4}){3})(?![\w-])|(?<!\d)\d{9,}(?!\d)"
)
_DATE = re.compile(r"\(?\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)")
_HOURS = re.compile(r"\(?\d\d?[.]\d\d ?(?:-|–|uur|tot) ?\d\d?[.]\d\d")
_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS = 8
_FEWEST_PHONE_DIGITS = 9
_FEWEST_IBAN_DIGITS = 9
_FEWEST_INTERNATIONAL_DIGITS = 8

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Each begins with one plain class, so that the search for it is fast; what was taken is looked back at.
_EMOJI = r"[^\w\s.,:'’&+#/\-\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0957]"  # also brackets, ! and ?
_SIGNS_APART = re.compile(
    r"[^0-9A-Za-z\s](?:"
    rf"(?<={_EMOJI}){_EMOJI}+"
    r"|(?<=[#&+/_'’-])(?<!\w[#&+/_'’-])[#&+/_'’-]*(?!\w)"
    r"|(?<=[+])(?<!c[+])[+]+|(?<=[.,:'’&#/\-_])[.,:'’&#/\-_]+|(?<=[\u0300-\u036f])[\u0300-\u036f]{2,})"
)
_LONGEST_WORD = 60
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_UNTIDY = re.compile(r"\s{2}|[^\S\n ]")
_SPACES = re.compile(r"\s(?:\s+|(?<! ))")  # but for a single space


class Scrubbed(NamedTuple):
    """A text fit for reading: line breaks stand for boundaries, words are at most 60 characters long.

    `origins[i]` is the offset that character i had in the given text (None where nothing moved); `contact` says
    whether contact data was removed.
    """

    text: str
    contact: bool = False
    origins: tuple[int, ...] | None = None

    def origin(self, offset: int) -> int:
        """Return where an offset into `text` lies in the given text."""
        return offset if self.origins is None else self.origins[offset]


def scrub(text: str) -> Scrubbed:
    r"""Return what may be read of a text, cut to 1,000 characters first.

    Mail and web addresses, IBANs, phone and social numbers, handles, emoji and runs of signs become boundaries.

    >>> scrub("big data, mail jan@voorbeeld.nl or 06-12345678 🎉🎉 since 2015-2020").text
    'big data, mail\nor\nsince 2015-2020'
    """
    draft = _Draft(text[: LONGEST_READ + _MARGIN])
    draft.normalise()
    contact = draft.blank_contact()
    draft.cut(LONGEST_READ)
    draft.replace(_SIGNS_APART, "\n")
    if len(max(draft.text.split(), key=len, default="")) > _LONGEST_WORD:
        draft.replace(_LONG_WORD, "\n")
    draft.join_spaces()
    origins = draft.strip(len(text))
    return Scrubbed(text=draft.text, contact=contact, origins=origins)


def scrub_for_ledger(text: str, limit: int = LONGEST_STORED) -> str:
    """Return what may be stored of a text: as typed, with "[…]" for contact data, without control characters.

    >>> scrub_for_ledger("Bel me: +31 6 1234 5678, over Big Data!")
    'Bel me: […], over Big Data!'
    """
    kept = _CONTROL.sub("", _INVISIBLE_BUT_JOINERS.sub("", text[: limit + _MARGIN]))
    while spans := _contact_spans_as_typed(kept):
        kept = _replace(kept, spans, MARK)
    return kept[:limit].strip()


# Joiners stay in what is stored: emoji and several scripts are written with them.
_INVISIBLE_BUT_JOINERS = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")


def has_contact(text: str) -> bool:
    """Tell whether a text holds contact data."""
    return bool(_contact_spans_as_typed(text))


def _contact_spans_as_typed(text: str) -> list[tuple[int, int]]:
    draft = _Draft(text)
    draft.normalise()
    return [(draft.origin(start), draft.origin(end - 1) + 1) for start, end in contact_spans(draft.text)]


def contact_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans (start, end) of contact data in compatibility text, in order and apart."""
    rules = _rules_for(text)
    if not rules:
        return []
    found = sorted({span for rule in rules for span in rule(text)})
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _rules_for(text: str) -> "list[_Rule]":
    """Return the rules that something in a text calls for: for most texts none."""
    rules: list[_Rule] = []
    if "@" in text:
        rules.append(_addresses)
    if ("[" in text or "(" in text or "{" in text) and _BRACKETED_AT.search(text):
        rules.append(_spelt_addresses)
    if ("/" in text or ":" in text or "www." in text.lower()) and _LINK_LIKE.search(text):
        rules.append(_links)
    if len(_DIGIT.findall(text)) >= _FEWEST_DIGITS:
        rules += _OF_NUMBERS
    return rules


def _addresses(text: str) -> Iterable[tuple[int, int]]:
    return (m.span() for m in _AT.finditer(text))


def _spelt_addresses(text: str) -> Iterable[tuple[int, int]]:
    return (m.span() for m in _SPELT_AT.finditer(text))


def _links(text: str) -> Iterable[tuple[int, int]]:
    return (m.span() for m in _URL.finditer(text))


def _accounts(text: str) -> Iterable[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        if _digits(match.group()) >= _FEWEST_IBAN_DIGITS:
            yield match.span()


def _phones(text: str) -> Iterable[tuple[int, int]]:
    position = 0
    while match := _PHONE.search(text, position):
        start, end = match.span()
        if not_phone := _DATE.match(text, start) or _HOURS.match(text, start):
            position = not_phone.end()
            continue
        fewest = _FEWEST_INTERNATIONAL_DIGITS if "+" in match.group() else _FEWEST_PHONE_DIGITS
        if _digits(match.group()) >= fewest:
            yield start, end
        position = end


def _social_numbers(text: str) -> Iterable[tuple[int, int]]:
    position = 0
    while match := _SOCIAL.search(text, position):
        if _is_number(match.group()):
            yield match.span()
            position = match.end()
        else:
            position = match.start() + 1  # a number may begin within what only looked like one


def _is_number(number: str) -> bool:
    """Ask the checksum where digits in groups could be anything."""
    if _digits(number) == 9 and (number.count(".") == 2 or " " in number):
        return _passes_eleven_test(number)
    return not (_digits(number) == 16 and len(number) > 16) or _passes_luhn(number)


def _passes_eleven_test(number: str) -> bool:
    """Check a Dutch citizen service number: 9·d1 + 8·d2 + … + 2·d8 − d9 is a multiple of 11."""
    digits = [int(c) for c in number if c.isdecimal()]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(digits) == 9 and sum(w * d for w, d in zip(weights, digits, strict=True)) % 11 == 0


def _passes_luhn(number: str) -> bool:
    """Check a card number: from the right, every second digit doubled, the digits' sum is a multiple of 10."""
    digits = [int(c) for c in reversed(number) if c.isdecimal()]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _digits(text: str) -> int:
    return sum(c.isdecimal() for c in text)


_Rule = Callable[[str], Iterable[tuple[int, int]]]
_OF_NUMBERS: tuple[_Rule, ...] = (_accounts, _phones, _social_numbers)


def _replace(text: str, spans: Sequence[tuple[int, int]], mark: str) -> str:
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], mark]
        position = end
    return "".join([*parts, text[position:]])


class _Draft:
    """A text under change that knows where each of its characters came from."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._origins: list[int] | None = None

    def origin(self, offset: int) -> int:
        return offset if self._origins is None else self._origins[offset]

    def cut(self, length: int) -> None:
        if len(self.text) > length:
            self.text = self.text[:length]
            if self._origins is not None:
                del self._origins[length:]

    def normalise(self) -> None:
        """Drop what cannot be seen, and bring the rest into compatibility form (NFKC)."""
        if not self.text.isascii() or not self.text.isprintable():
            self.replace(_INVISIBLE, "")
            self.replace(_CONTROL, " ")
        self.join_spaces()
        if self.text.isascii() or unicodedata.is_normalized("NFKC", self.text):
            return
        parts: list[str] = []
        origins: list[int] = []
        for start, end in _clusters(self.text):
            part = unicodedata.normalize("NFKC", self.text[start:end])
            if len(part) > _LONGEST_EXPANSION * (end - start):  # a sign for a whole saying stays a sign
                part = self.text[start:end]
            parts.append(part)
            origins += [self.origin(start)] * len(part)
        self.text, self._origins = "".join(parts), origins
        self.join_spaces()

    def join_spaces(self) -> None:
        """Make one space, or one line break, of every run of them."""
        text = self.text
        if "  " in text or (not text.isprintable() and _UNTIDY.search(text)):
            self.replace(_SPACES, lambda m: "\n" if len(f".{m.group()}.".splitlines()) > 1 else " ")

    def blank_contact(self) -> bool:
        """Turn contact data into boundaries, until none is left; tell whether there was any."""
        found = False
        while spans := contact_spans(self.text):
            found = True
            self._apply(spans, ["\n"] * len(spans))
        return found

    def replace(self, pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str]) -> None:
        if matches := list(pattern.finditer(self.text)):
            marks = [by if isinstance(by, str) else by(match) for match in matches]
            self._apply([match.span() for match in matches], marks)

    def strip(self, length: int) -> tuple[int, ...] | None:
        """Strip the text and return its origins, one more than it has characters; None where nothing moved."""
        left = len(self.text) - len(self.text.lstrip())
        if self._origins is None and not left:
            self.text = self.text.rstrip()
            return None
        origins = self._origins if self._origins is not None else list(range(len(self.text)))
        self.text = self.text.strip()
        kept = origins[left : left + len(self.text)]
        return (*kept, min(kept[-1] + 1, length) if kept else 0)

    def _apply(self, spans: Sequence[tuple[int, int]], marks: Sequence[str]) -> None:
        origins = self._origins if self._origins is not None else list(range(len(self.text)))
        parts: list[str] = []
        moved: list[int] = []
        position = 0
        for (start, end), mark in zip(spans, marks, strict=True):
            parts += [self.text[position:start], mark]
            moved += origins[position:start]
            moved += [origins[start]] * len(mark)
            position = end
        self.text = "".join([*parts, self.text[position:]])
        self._origins = moved + origins[position:]


def _clusters(text: str) -> Iterable[tuple[int, int]]:
    """Yield the spans of each character together with the marks that combine with it."""
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or not unicodedata.combining(text[i]):
            yield start, i
            start = i
