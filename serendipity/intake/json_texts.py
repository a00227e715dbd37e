"""JSON from outside: one parser for every door, so that the same bytes are the same input everywhere."""

import json
import math
from typing import Any

from serendipity.domain.errors import InvalidInput, NotJson

DEEPEST = 32
LARGEST = 2**63 - 1
ODD_TEXT = "A text holds a null byte or half a character; send whole characters."


def parse_json(raw: bytes) -> Any:
    """Return what a JSON text says.

    Raises NotJson for what is none, and InvalidInput for what cannot be kept as it is: nesting deeper than 32,
    numbers beyond 64 bits, NaN and Infinity, a key twice in one object, null bytes and halves of characters in texts.

    >>> parse_json(b'{"visits": 3}')
    {'visits': 3}
    """
    if raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _refuse_deep(raw)
    try:
        text = raw.decode()
        found = json.loads(
            text, parse_int=_whole, parse_float=_decimal, parse_constant=_no_number, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        raise NotJson(f"This is not JSON in UTF-8 (byte {error.start} is none); send UTF-8.") from error
    except json.JSONDecodeError as error:
        raise NotJson(
            f"This is not JSON: {error.msg} at character {error.pos}; send one JSON object, in UTF-8."
        ) from error
    if "\\u" in text:
        _refuse_odd_texts(found)
    return found


def _refuse_deep(raw: bytes) -> None:
    depth, in_text, escaped = 0, False, False
    for sign in raw:
        if in_text:
            escaped, in_text = sign == _BACKSLASH and not escaped, sign != _QUOTE or escaped
        elif sign == _QUOTE:
            in_text = True
        elif sign in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise InvalidInput(f"This is nested deeper than {DEEPEST} levels; send it flatter.")
        elif sign in b"]}":
            depth -= 1


_QUOTE, _BACKSLASH = ord('"'), ord("\\")


def _whole(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > LARGEST:
        raise InvalidInput(f"The number {digits[:24]}… does not fit 64 bits; send it as a text.")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise InvalidInput(f"The number {digits[:24]} is too large; send it as a text.")
    return number


def _no_number(name: str) -> Any:
    raise InvalidInput(f"{name} is no JSON number; leave the field out, or send null.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"The key {twice[:60]!r} stands twice in one object; keep one of them.")
    return found


def _refuse_odd_texts(value: Any) -> None:
    """Refuse null bytes and halves of surrogate pairs, which escapes can say and no database keeps."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, dict):
            waiting += [(path, key) for key in each]
            waiting += [(f"{path}.{key}".lstrip("."), inner) for key, inner in each.items()]
        elif isinstance(each, list):
            waiting += [(path, inner) for inner in each]
        elif isinstance(each, str) and ("\x00" in each or any("\ud800" <= sign <= "\udfff" for sign in each)):
            raise InvalidInput(ODD_TEXT, errors=[{"field": path, "message": ODD_TEXT}])
