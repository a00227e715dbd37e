"""A submitted form, read once, and its errors beside their fields."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from serendipity.domain.errors import InvalidInput

FORM = "csrf"
KEPT = "\t\n\r"
MOST_LINES = 100_000
LONGEST_NUMBER = 18  # digits: a database holds no more


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The fields of a form; `text` and its sisters say what is missing as empty."""

    fields: Mapping[str, list[str]] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return one field without the spaces around it."""
        return (self.fields.get(name) or [""])[-1].strip()

    def all(self, name: str) -> list[str]:
        """Return every value of a field."""
        return [each for each in self.fields.get(name, []) if each]

    def lines(self, name: str) -> tuple[str, ...]:
        """Return a field's phrases: one a line, or separated by commas."""
        parts = self.text(name).replace("\r", "\n").replace(",", "\n").split("\n")
        return tuple(part.strip() for part in parts if part.strip())

    def number(self, name: str) -> int:
        """Return a field that holds a whole number. Raises InvalidInput."""
        found = whole_number(self.text(name))
        if found is None:
            raise InvalidInput("This form is not complete; go back, reload the page and try again.", field=name)
        return found

    def flag(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return bool(self.text(name))

    def upload(self, name: str) -> Upload:
        """Return a file. Raises InvalidInput when none was chosen, or it is too long to be read while a page waits."""
        if name not in self.uploads:
            raise InvalidInput("Choose a file first.", field=name)
        if max(map(self.uploads[name].content.count, (b"\n", b"\r"))) > MOST_LINES:
            raise InvalidInput("The file has more than 100,000 lines; import it in parts, or on the command line.")
        return self.uploads[name]

    @property
    def values(self) -> dict[str, str]:
        """Return what was typed, to show it again beside an error."""
        return {name: values[-1] for name, values in self.fields.items() if name != FORM and values}


def whole_number(text: str) -> int | None:
    """Return the whole number that a text is, None when it is none or longer than a database holds.

    >>> whole_number("12"), whole_number("-1"), whole_number("9" * 5000)
    (12, None, None)
    """
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def plain_text(value: str) -> str:
    r"""Return what was typed without control characters, which no keyboard has and databases refuse.

    >>> plain_text("big\x00 data")
    'big data'
    """
    return value if value.isprintable() else "".join(sign for sign in value if sign in KEPT or _is_text(sign))


def _is_text(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs")


async def read_form(request: Request) -> Form:
    """Read the body of a form; text that is not UTF-8 is refused by the parser."""
    async with request.form(max_files=2, max_fields=2_000) as data:
        fields: dict[str, list[str]] = {}
        uploads: dict[str, Upload] = {}
        for name, value in data.multi_items():
            if isinstance(value, UploadFile):
                uploads |= {name: Upload(name=value.filename, content=await value.read())} if value.filename else {}
            else:
                fields.setdefault(name, []).append(plain_text(value))
    return Form(fields=fields, uploads=uploads)


SentForm = Annotated[Form, Depends(read_form)]


def errors_of(error: ValidationError | InvalidInput, gettext: Any) -> dict[str, str]:
    """Return a message per field; "" holds what concerns the whole form."""
    if isinstance(error, InvalidInput):
        return {str(error.details.get("field", "")): gettext(str(error))}
    return {
        _field(each): _describe_error(each, gettext)
        for each in reversed(error.errors(include_url=False, include_input=False))
    }


def _field(error: Mapping[str, Any]) -> str:
    return str(error["loc"][0]) if error["loc"] else ""


def _describe_error(error: Mapping[str, Any], gettext: Any) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "string_too_long":
            return str(gettext("Please keep it under %(count)s characters.") % {"count": context["max_length"]})
        case "string_too_short" | "missing":
            return str(gettext("Please fill this in."))
        case "value_error":
            return str(gettext(str(context["error"])))
        case "datetime_parsing" | "datetime_from_date_parsing" | "datetime_type":
            return str(gettext("This is not a date and time we can read."))
        case _:
            message = str(error["msg"])
            return str(gettext(message))
