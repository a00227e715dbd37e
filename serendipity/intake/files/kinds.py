"""Columns of the tables of members, events, attendance and check-ins, and how cells become inputs."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from serendipity.domain.errors import InvalidInput
from serendipity.domain.model import Purpose, Role, Visibility
from serendipity.intake.files.lines import Line, LineError, Read, problems_of
from serendipity.intake.files.tables import Columns, plain, read_table
from serendipity.intake.inputs import AttendanceInput, CheckInInput, EventInput, Input, MemberInput, MustNotInput
from serendipity.intake.timing import in_utc

AnyInput = TypeVar("AnyInput", bound=Input)
Values = dict[str, Any]

MEMBER_COLUMNS = Columns(
    names={
        "id": ("member", "lidnummer", "nummer"),
        "name": ("naam", "full name", "volledige naam"),
        "first_name": ("first name", "voornaam", "given name"),
        "last_name": ("last name", "achternaam", "familienaam", "surname"),
        "email": ("e-mail", "mail", "e-mailadres", "mailadres", "email address"),
        "organisation": ("organisatie", "organization", "company", "bedrijf"),
        "about": ("over", "over mij", "bio"),
        "skills": ("vaardigheden", "kan"),
        "seeks": ("zoekt", "seeking", "looking for", "op zoek naar"),
        "offers": ("biedt", "aanbod", "offering", "biedt aan"),
        "locale": ("taal", "language"),
        "consents": ("consent", "toestemming", "toestemmingen", "purposes"),
        "joined_at": ("joined", "lid sinds", "member since"),
    },
)
EVENT_COLUMNS = Columns(
    names={
        "id": ("event", "uid"),
        "title": ("titel", "name", "naam"),
        "starts_at": ("start", "begin", "starts", "van", "datum", "date"),
        "ends_at": ("end", "einde", "ends", "tot"),
        "description": ("beschrijving", "omschrijving", "text", "tekst"),
        "place": ("plaats", "locatie"),
    },
    needed=("title", "starts_at"),
)
ATTENDANCE_COLUMNS = Columns(
    names={
        "member": ("lid", "member id", "e-mail", "email", "e-mailadres", "person"),
        "event": ("evenement", "event id", "activiteit"),
        "role": ("rol",),
        "at": ("datum", "tijd", "wanneer", "date", "time"),
        "id": (),
    },
    needed=("member", "event"),
)
CHECK_IN_COLUMNS = Columns(
    names={
        "member": ("lid", "member id", "e-mail", "email", "e-mailadres", "person"),
        "text": ("tekst", "bezig met", "working on"),
        "seeks": ("zoekt", "looking for", "op zoek naar"),
        "offers": ("biedt", "aanbod"),
        "visibility": ("zichtbaarheid",),
        "place": ("plaats", "locatie"),
        "at": ("datum", "tijd", "wanneer", "date", "time"),
        "id": (),
    },
    needed=("member", "text"),
)
MUST_NOT_COLUMNS = Columns(
    names={
        "one": ("member", "lid", "who", "wie"),
        "other": ("others", "ander", "anderen", "with", "met"),
        "why": ("waarom", "reason", "reden"),
    },
    needed=("one",),
)
_LOCALES = {"nederlands": "nl", "dutch": "nl", "engels": "en", "english": "en"}
_ROLES = {"deelnemer": Role.ATTENDEE, "spreker": Role.SPEAKER, "gastheer": Role.HOST, "gastvrouw": Role.HOST}
_VISIBILITIES = {"leden": Visibility.MEMBERS, "prive": Visibility.PRIVATE}
_DATE = re.compile(r"^\d{4}-\d\d-\d\d")


def read_members(content: bytes, *, zone: str = "UTC") -> Read[MemberInput]:
    """Read a table of members: name, and an e-mail address or an id; lists are separated by ; or |."""
    return _read(content, MEMBER_COLUMNS, MemberInput, lambda line: _member(line, zone))


def read_events(content: bytes, *, zone: str = "UTC") -> Read[EventInput]:
    """Read a table of events; one without an id gets it from its title and start."""
    return _read(content, EVENT_COLUMNS, EventInput, lambda line: _event(line, zone))


def read_attendance(content: bytes, *, zone: str = "UTC") -> Read[AttendanceInput]:
    """Read a table of attendance; the member is an id or an e-mail address."""
    return _read(content, ATTENDANCE_COLUMNS, AttendanceInput, lambda line: _attendance(line, zone))


def read_check_ins(content: bytes, *, zone: str = "UTC") -> Read[CheckInInput]:
    """Read a table of check-ins; the member is an id or an e-mail address; a time without a zone is the place's."""
    return _read(content, CHECK_IN_COLUMNS, CheckInInput, lambda line: _check_in(line, zone))


def read_must_nots(content: bytes) -> Read[MustNotInput]:
    """Read a table of who must not be introduced to whom; several on a side are separated by ; or |."""
    return _read(content, MUST_NOT_COLUMNS, MustNotInput, _must_not)


def _must_not(line: Line) -> Values:
    values: Values = dict(line.values)
    return values | {side: _split_list(values[side]) for side in ("one", "other") if side in values}


def _read(
    content: bytes, columns: Columns, model: type[AnyInput], values_of: Callable[[Line], Values]
) -> Read[AnyInput]:
    table = read_table(content, columns)
    lines: list[tuple[int, AnyInput]] = []
    errors = list(table.errors)
    for line in table.lines:
        try:
            lines.append((line.number, model.model_validate(values_of(line))))
        except InvalidInput as wrong:
            field = wrong.details["column"]
            errors.append(LineError(line=line.number, column=table.called.get(field, field), problem=str(wrong)))
        except ValidationError as error:
            errors.extend(problems_of(error, line.number, table.called))
    notes = tuple(f"The column {name!r} is not used." for name in table.unused)
    return Read(lines=tuple(lines), errors=tuple(sorted(errors, key=lambda error: error.line)), notes=notes)


def _member(line: Line, zone: str) -> Values:
    values: Values = dict(line.values)
    parts = [values.pop(name) for name in ("first_name", "last_name") if name in values]
    if "name" not in values and parts:
        values["name"] = " ".join(parts)
    if "id" not in values and "email" not in values:
        raise InvalidInput(
            "is empty; give each member an e-mail address or an id, so that they are known again", column="email"
        )
    for name in ("skills", "seeks", "offers"):
        if name in values:
            values[name] = _split_list(values[name])
    if "locale" in values:
        values["locale"] = _LOCALES.get(plain(values["locale"]), values["locale"].casefold())
    if "consents" in values:
        values["purposes"] = _purposes(values.pop("consents"))
    return _parse_times(values, zone, "joined_at")


def _event(line: Line, zone: str) -> Values:
    values: Values = dict(line.values)
    naive = None if "place" in values else zone
    _parse_times(values, naive, "starts_at", "ends_at")
    if "id" not in values and "title" in values and "starts_at" in values:
        values["id"] = derive_id("event", values["title"], values["starts_at"].isoformat())
    return values


def _attendance(line: Line, zone: str) -> Values:
    values: Values = dict(line.values)
    if "role" in values:
        values["role"] = _ROLES.get(plain(values["role"]), values["role"].casefold())
    return _parse_times(values, zone, "at")


def _check_in(line: Line, zone: str) -> Values:
    values: Values = dict(line.values)
    if "id" not in values and "at" not in values:
        raise InvalidInput("is empty; give each check-in its time or an id, so that it is known again", column="at")
    if "visibility" in values:
        values["visibility"] = _VISIBILITIES.get(plain(values["visibility"]), values["visibility"].casefold())
    return _parse_times(values, None if "place" in values else zone, "at")


def _parse_times(values: Values, zone: str | None, *fields: str) -> Values:
    """Turn texts into times, those without a zone into ones of `zone` (None: as they are, the place has one)."""
    for field in fields:
        if field in values:
            values[field] = _time(field, values[field], zone)
    return values


def _time(field: str, text: str, zone: str | None) -> datetime:
    try:
        # Only the year first is unambiguous: 5/1/2026 is two days, in January or in May.
        moment = datetime.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidInput("is not a date; write 2026-01-05 or 2026-01-05 09:00", column=field)
    return moment if zone is None else in_utc(moment, zone)


def _split_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[;|\n]", text) if part.strip())


def _purposes(text: str) -> frozenset[Purpose]:
    known = {plain(purpose.value): purpose for purpose in Purpose}
    given = _split_list(text.replace(",", ";"))
    unknown = [part for part in given if plain(part) not in known]
    if unknown:
        choices = ", ".join(purpose.value for purpose in Purpose)
        raise InvalidInput(
            f"{unknown[0]!r} is no purpose; choose among {choices}, or leave it empty", column="consents"
        )
    return frozenset(known[plain(part)] for part in given)


def derive_id(kind: str, *parts: str) -> str:
    """Return an id made of what a line says, for lines that carry none: the same line, the same id.

    >>> derive_id("event", "Meet-up", "2026-01-05T18:00:00+00:00")
    'event-d340583fa163fc3c'
    """
    return f"{kind}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}"
