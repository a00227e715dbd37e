"""JSON from outside is read in one way, and what cannot be kept as it is is refused in words."""

import json
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serendipity.domain.errors import InvalidInput, NotJson
from serendipity.intake.json_texts import DEEPEST, LARGEST, parse_json

KEPT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    # Texts of whole characters.
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(KEPT, st.booleans())
def test_what_can_be_kept_is_read_as_it_is(value: object, ascii_only: bool) -> None:
    """Whatever is well-formed, not too deep and within 64 bits, escaped or not."""
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_is_sent_is_read_or_refused(raw: bytes) -> None:
    """Nothing else is ever raised."""
    with suppress(InvalidInput):
        parse_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 300 + b"]" * 300,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"n": 123456789012345678901234567}',
        b'{"n": 9223372036854775808}',
        b'{"n": NaN}',
        b'{"n": -Infinity}',
        b'{"n": 1e999}',
        rb'{"text": "\ud800"}',
        rb'{"text": "null \u0000 byte"}',
        rb'{"\udfff": 1}',
        b'{"a": 1, "a": 2}',
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(raw: bytes) -> None:
    """Deep nesting, huge and odd numbers, halves of characters, keys that stand twice."""
    with pytest.raises(InvalidInput) as refused:
        parse_json(raw)
    assert not isinstance(refused.value, NotJson)
    assert ";" in str(refused.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'"a\x00b"', b"{'a': 1}", b"nan"])
def test_what_is_no_json_is_told_so(raw: bytes) -> None:
    """With where it stops being JSON."""
    with pytest.raises(NotJson):
        parse_json(raw)


def test_brackets_in_texts_do_not_count_as_nesting() -> None:
    """Only structure does, and that up to its limit."""
    text = "[{" * 200 + '\\"'
    deep = b"[" * DEEPEST + b"]" * DEEPEST

    assert parse_json(json.dumps({"text": text}).encode()) == {"text": text}
    assert parse_json(deep) is not None
    assert math.isclose(parse_json(b"1.5"), 1.5)
