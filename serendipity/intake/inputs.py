"""Validated inputs from outside; shared by REST, pages, kiosk and imports."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from serendipity.domain.addresses import normal_address
from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import PRODUCT_SIGNALS, Purpose, Role, SignalCategory, Surprise, Visibility

TEXT_LIMIT = 2000
_ID = re.compile(r"^[^\s\x00-\x1f\x7f]{1,200}$")
_SIGNAL_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")
_NUMBER = re.compile(r"^\s*[+-]?[\d.]+\s*$")


def _check_id(value: str) -> str:
    if not _ID.match(value) or value in (".", ".."):
        raise ValueError("an id has 1 to 200 characters, without spaces or control characters, and is not only dots")
    return value


def _check_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("the text contains null bytes; send it as plain UTF-8 text")
    return unicodedata.normalize("NFC", value).strip()


def _check_words(value: str) -> str:
    if not any(map(str.isalnum, value)):
        raise ValueError("the text has no words in it; say in a few words what you are working on")
    return value


def _check_signal_name(value: str) -> str:
    if not _SIGNAL_NAME.match(value):
        raise ValueError("a name has 1 to 100 letters, digits and any of _ . : - and begins with a letter or digit")
    if value.casefold() in PRODUCT_SIGNALS:
        raise ValueError(f"the product itself sends {value.casefold()}; put a prefix of your own before it, as in crm.")
    return value


def _check_category(value: object) -> object:
    if not isinstance(value, str):
        return value
    category = value.strip().casefold().replace("_", "-").replace(" ", "-")
    if category not in set(SignalCategory):
        raise ValueError(f"{value[:60]!r} is none of the categories: {', '.join(SignalCategory)}")
    return category


def _check_email(value: str | None) -> str | None:
    if not value or not value.strip():
        return None
    try:
        return normal_address(value)
    except InvalidInput as error:
        raise ValueError(str(error)) from error


def _check_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("this is not a time zone; use an IANA name such as Europe/Brussels")
    return value


def _check_moment(value: object) -> object:
    """Refuse what would be taken for seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.match(value)):
        raise ValueError("this is a number, not a time; write it as 2026-01-05T09:00:00+01:00 or 2026-01-05")
    return value


Id = Annotated[str, AfterValidator(_check_id)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_check_text)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(_check_text)]
SaidText = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(_check_text), AfterValidator(_check_words)]
Email = Annotated[str | None, Field(max_length=254), AfterValidator(_check_email)]
Zone = Annotated[str, AfterValidator(_check_zone)]
Moment = Annotated[datetime, BeforeValidator(_check_moment)]
Phrases = Annotated[tuple[Line, ...], Field(max_length=30)]


class Input(BaseModel):
    """Base of all inputs: unknown fields are refused, so that a typo is reported and not lost."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class MemberInput(Input):
    """A person who joins, or a whole profile to replace the present one."""

    id: Id | None = None
    name: Annotated[Line, Field(min_length=1)]
    email: Email = None
    organisation: Line | None = None
    about: Text = ""
    skills: Phrases = ()
    seeks: Phrases = ()
    offers: Phrases = ()
    locale: Literal["en", "nl"] = "en"
    guest: bool = False
    purposes: frozenset[Purpose] = frozenset()
    joined_at: Moment | None = None


class MemberChanges(Input):
    """Parts of a profile to change; what is left out stays."""

    name: Annotated[Line, Field(min_length=1)] | None = None
    email: Email = None
    organisation: Line | None = None
    about: Text | None = None
    skills: Phrases | None = None
    seeks: Phrases | None = None
    offers: Phrases | None = None
    locale: Literal["en", "nl"] | None = None
    shares: frozenset[Literal["name", "organisation", "about"]] | None = None
    surprise: Surprise | None = None
    per_month: Annotated[int, Field(ge=1, le=100)] | None = None


class MustNotInput(Input):
    """Two sides that must not be introduced: ids, e-mail addresses, whole names, or "organisation:NAME".

    Without `other`, those of `one` are kept apart from each other.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"one": ["m-1"], "other": ["organisation:Rival"], "why": "asked for it"}]}
    )

    one: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]
    other: Annotated[tuple[Line, ...], Field(max_length=500)] = ()
    why: Text = ""


class CheckInInput(Input):
    """A member's answer to "what are you working on?"; a time without a zone is the place's own."""

    id: Id | None = None
    member: Id
    text: SaidText
    seeks: Text = ""
    offers: Text = ""
    visibility: Visibility = Visibility.MEMBERS
    place: Id | None = None
    at: Moment | None = None
    stay_minutes: Annotated[int, Field(ge=5, le=24 * 60)] | None = None


class EventInput(Input):
    """A gathering; times without a zone are those of its place."""

    id: Id
    title: Annotated[Line, Field(min_length=1)]
    starts_at: Moment
    ends_at: Moment | None = None
    description: Annotated[str, Field(max_length=10_000), AfterValidator(_check_text)] = ""
    place: Id | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> "EventInput":
        if self.ends_at and bool(self.ends_at.tzinfo) != bool(self.starts_at.tzinfo):
            raise ValueError("give both the start and the end a zone, or neither")
        if self.ends_at and self.ends_at < self.starts_at:
            raise ValueError("the event ends before it starts")
        return self


class AttendanceInput(Input):
    """A member was at an event (or has registered for it, as a RegistrationInput)."""

    id: Id | None = None
    member: Id
    event: Id
    role: Role = Role.ATTENDEE
    at: Moment | None = None


class RegistrationInput(AttendanceInput):
    """A member has registered for an event."""


class PlaceInput(Input):
    """A meeting place; `hours` maps weekdays ("0" is Monday) to opening and closing time."""

    id: Id
    name: Annotated[Line, Field(min_length=1)]
    zone: Zone = "UTC"
    hours: dict[int, tuple[str, str]] = Field(default_factory=dict)

    @field_validator("hours")
    @classmethod
    def _hours_are_times(cls, hours: dict[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
        for weekday, (opens, closes) in hours.items():
            if not 0 <= weekday <= 6:
                raise ValueError("weekdays run from 0 (Monday) to 6 (Sunday)")
            for time in (opens, closes):
                if not re.match(r"^([01]\d|2[0-3]):[0-5]\d$", time):
                    raise ValueError("opening hours look like 08:30")
        return hours


class SignalInput(Input):
    """Anything that happened to a member or to something that concerns members."""

    id: Id
    name: Annotated[str, AfterValidator(_check_signal_name)]
    category: Annotated[SignalCategory, BeforeValidator(_check_category)] | None = None
    member: Id | None = None
    subject: Line | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    at: Moment | None = None


class TieInput(Input):
    """Direct evidence that two members know each other."""

    id: Id | None = None
    member: Id
    other: Id
    why: Literal["said_so", "worked_together"] = "said_so"
    at: Moment | None = None

    @model_validator(mode="after")
    def _two_people(self) -> "TieInput":
        if self.member == self.other:
            raise ValueError("a tie needs two different members")
        return self
