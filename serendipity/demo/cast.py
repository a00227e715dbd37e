"""Data types of the example community: frozen values with absolute times, ready for the intake."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from serendipity.domain.model import Purpose, Role, Visibility

Origin = Literal["routine", "pair", "remark", "here_now", "january"]


@dataclass(frozen=True, kw_only=True)
class DemoOrganisation:
    """An invented organisation that members work for."""

    name: str
    about: str


@dataclass(frozen=True, kw_only=True)
class DemoPlace:
    """A place of the example; opening hours are local, as HH:MM, on weekdays."""

    id: str
    name: str
    about: str
    zone: str
    opens: str
    closes: str


@dataclass(frozen=True, kw_only=True)
class DemoMember:
    """A member or guest, with their profile, consents and habits; `days` are ISO weekdays (1 is Monday)."""

    id: str
    name: str
    email: str
    organisation: str | None
    guest: bool
    locale: Literal["en", "nl"]
    languages: tuple[str, ...]
    joined_at: datetime
    purposes: frozenset[Purpose]
    paused: bool
    about: str
    skills: tuple[str, ...]
    seeks: tuple[str, ...]
    offers: tuple[str, ...]
    place: str
    days: tuple[int, ...]
    chance: float
    arrives: str
    storylines: tuple[str, ...]
    drifts_to: str | None


@dataclass(frozen=True, kw_only=True)
class DemoCheckIn:
    """One check-in of the example; `origin` names the part of the example that it belongs to."""

    id: str
    member: str
    place: str
    at: datetime
    text: str
    seeks: str | None = None
    offers: str | None = None
    visibility: Visibility = Visibility.MEMBERS
    origin: Origin = "routine"


@dataclass(frozen=True, kw_only=True)
class DemoEvent:
    """A gathering, with its host and speakers (member ids)."""

    id: str
    title: str
    description: str
    language: Literal["en", "nl"]
    starts_at: datetime
    ends_at: datetime
    place: str
    host: str
    speakers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DemoAttendance:
    """A member's part in an event: registered (not when they walked in), and there or not (yet)."""

    event: str
    member: str
    role: Role
    registered_at: datetime | None
    attended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DemoTie:
    """Direct evidence that two members know each other."""

    member_a: str
    member_b: str
    why: Literal["worked_together", "said_so"]
    at: datetime
    note: str


@dataclass(frozen=True, kw_only=True)
class DemoPair:
    """Two members who do not know each other and should meet, the topics that say so, and why."""

    member_a: str
    member_b: str
    topics: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class DemoCommunity:
    """The whole example; check-ins are in order of time, and none is later than `end`."""

    end: datetime
    seed: int
    organisations: tuple[DemoOrganisation, ...]
    places: tuple[DemoPlace, ...]
    members: tuple[DemoMember, ...]
    check_ins: tuple[DemoCheckIn, ...]
    events: tuple[DemoEvent, ...]
    attendances: tuple[DemoAttendance, ...]
    ties: tuple[DemoTie, ...]
    pairs: tuple[DemoPair, ...]
